//! Digesting a transfer.

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use zoneprobe::digest::{Buckets, Digest, Key as HashKey, Profile};
use zoneprobe::dns::Rtype;
use zoneprobe::dns::message::Question;
use zoneprobe::dns::xfr::{Progress, Transfer, Whole};
use zoneprobe::plan::Content;

use crate::zones::TransferStream;

/// The profile of all digests, with a fixed hash key.
pub(crate) fn profile() -> Arc<Profile> {
    Arc::new(Profile { key: HashKey([7; 16]), content: Content::default() })
}

/// Reads all records, and adds their canonical forms and fingerprints to a digest.
pub(crate) fn digest(stream: &TransferStream, profile: &Arc<Profile>, wanted: Buckets) -> (Whole, Digest) {
    let zone = stream.zone.parse().expect("it is a name");
    let mut transfer = Transfer::new(Question { id: 0, zone, rtype: Rtype::AXFR }, u64::MAX);
    let mut digest = Digest::new(Arc::clone(profile), wanted, UNIX_EPOCH);
    for message in stream.messages() {
        let progress = transfer.message(message, |record| digest.add(record)).expect("it is well-formed");
        if progress == Progress::Whole {
            break;
        }
    }
    (transfer.end().expect("it is complete"), digest)
}
