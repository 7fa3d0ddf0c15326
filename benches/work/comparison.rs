//! Comparing two copies.

use std::sync::Arc;
use std::time::Duration;

use zoneprobe::compare::{Differences, Scope, contents};
use zoneprobe::digest::{Buckets, Profile};
use zoneprobe::dns::Name;
use zoneprobe::observe::{Content, Copy};

use crate::digest::{digest, profile};
use crate::zones::TransferStream;

/// Two copies with the records of all buckets that differ.
pub(crate) struct CopyPair {
    zone: Name,
    profile: Arc<Profile>,
    contents: [Content; 2],
}

impl CopyPair {
    /// Reads both copies twice, the second time with the records of the buckets that differ.
    pub(crate) fn new(streams: [&TransferStream; 2]) -> Self {
        let profile = profile();
        let first = streams.map(|stream| digest(stream, &profile, Buckets::none()).1);
        let differing = first[0].differing(&first[1]);
        let contents = streams.map(|stream| {
            let (whole, digest) = digest(stream, &profile, differing.clone());
            let bytes = stream.bytes.len() as u64;
            Content::Whole(Copy { summary: whole, digest, bytes, duration: Duration::ZERO, zonemd: None })
        });
        Self { zone: streams[0].zone.parse().expect("it is a name"), profile, contents }
    }

    /// Finds the RRsets that differ.
    pub(crate) fn differences(&self) -> Differences {
        let [reference, other] = &self.contents;
        let scope = Scope {
            zone: &self.zone,
            profile: &self.profile,
            compares_soa: true,
            changed: None,
            max_listed: 100,
            is_file: false,
        };
        contents(reference, other, &scope).differences
    }
}
