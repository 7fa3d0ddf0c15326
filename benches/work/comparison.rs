//! Comparing two copies.

use std::sync::Arc;
use std::time::Duration;

use zoneprobe::compare::{Differences, differences};
use zoneprobe::digest::{Buckets, Profile};
use zoneprobe::dns::Name;
use zoneprobe::observe::Copy;

use crate::digest::{digest, profile};
use crate::zones::TransferStream;

/// Two copies with the records of all buckets that differ.
pub(crate) struct CopyPair {
    zone: Name,
    profile: Arc<Profile>,
    copies: [Copy; 2],
}

impl CopyPair {
    /// Reads both copies twice, the second time with the records of the buckets that differ.
    pub(crate) fn new(streams: [&TransferStream; 2]) -> Self {
        let profile = profile();
        let first = streams.map(|stream| digest(stream, &profile, Buckets::none()).1);
        let differing = first[0].differing(&first[1]);
        let copies = streams.map(|stream| {
            let (whole, digest) = digest(stream, &profile, differing.clone());
            Copy { summary: whole, digest, bytes: stream.bytes.len() as u64, duration: Duration::ZERO }
        });
        Self { zone: streams[0].zone.parse().expect("it is a name"), profile, copies }
    }

    /// Finds the RRsets that differ.
    pub(crate) fn differences(&self) -> Differences {
        let [reference, found] = &self.copies;
        differences(&self.zone, &self.profile, reference, found, 100)
    }
}
