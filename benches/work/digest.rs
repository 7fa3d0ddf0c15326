//! Digesting a transfer.

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use zoneprobe::digest::{Buckets, Digest, HashKey, Profile};
use zoneprobe::dns::Rtype;
use zoneprobe::dns::message::Question;
use zoneprobe::dns::xfr::axfr::{AxfrProgress, AxfrReader, CopySummary};
use zoneprobe::plan::ContentRules;

use crate::zones::TransferStream;

/// The profile of all digests, with a fixed hash key.
pub(crate) fn profile() -> Arc<Profile> {
    Arc::new(Profile { key: HashKey([7; 16]), content: ContentRules::default() })
}

/// Reads all records, and adds their canonical forms and fingerprints to a digest.
pub(crate) fn digest(
    stream: &TransferStream,
    profile: &Arc<Profile>,
    wanted: Buckets,
) -> (CopySummary, Digest) {
    let zone = stream.zone.parse().expect("it is a name");
    let mut transfer = AxfrReader::new(Question { id: 0, qname: zone, qtype: Rtype::AXFR }, u64::MAX);
    let mut digest = Digest::new(Arc::clone(profile), wanted, UNIX_EPOCH);
    for message in stream.messages() {
        let progress =
            transfer.read_message(message, |record| digest.add(record)).expect("it is well-formed");
        if progress == AxfrProgress::Complete {
            break;
        }
    }
    (transfer.end().expect("it is complete"), digest)
}
