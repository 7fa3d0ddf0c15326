//! The content of the zone at one source.

use std::time::Duration;

use super::{Asked, Failure, TimeSpan, ZonemdCheck};
use crate::digest::{DeltaDigest, Digest};
use crate::dns::Soa;
use crate::dns::xfr::axfr::CopySummary;
use crate::dns::xfr::ixfr::ChangedRrsets;

/// What is known of the content of the zone at one source.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one content of an address")]
pub enum Content {
    /// All of it.
    Whole(Copy),
    /// What queries for its RRsets have shown.
    Asked(Asked),
}

impl Content {
    /// The whole copy, if all of it is known.
    pub fn whole(&self) -> Option<&Copy> {
        match self {
            Self::Whole(copy) => Some(copy),
            Self::Asked(_) => None,
        }
    }

    /// What queries have shown, if it is known from them.
    pub fn asked(&self) -> Option<&Asked> {
        match self {
            Self::Whole(_) => None,
            Self::Asked(asked) => Some(asked),
        }
    }

    /// The SOA, and its TTL.
    pub fn soa(&self) -> (&Soa, u32) {
        match self {
            Self::Whole(Copy { summary, .. }) => (&summary.soa, summary.soa_ttl),
            Self::Asked(asked) => (&asked.soa, asked.soa_ttl),
        }
    }
}

/// A whole copy of the zone, read by transfer or from a file.
#[derive(Debug)]
pub struct Copy {
    /// The SOA, and the number of records.
    pub summary: CopySummary,
    /// The digest of the records, and the records that were kept.
    pub digest: Digest,
    /// Bytes on the wire, or of the files.
    pub bytes: u64,
    /// How long it took to read.
    pub duration: Duration,
    /// The result of verifying its ZONEMD records; `None` if it has none.
    pub zonemd: Option<ZonemdCheck>,
}

/// One attempt to read a copy.
#[derive(Debug)]
pub struct CopyAttempt {
    /// When it was made.
    pub span: TimeSpan,
    /// The copy, or why there is none.
    pub copy: Result<Copy, Failure>,
}

/// What an address says has changed from one version of the zone to another.
#[derive(Debug)]
pub struct Delta {
    /// The two serials, and the RRsets that have changed.
    pub changed: ChangedRrsets,
    /// The digest of the records that it deletes and adds.
    pub digest: DeltaDigest,
}

/// Why an address sent no changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeltaError {
    /// It could not be asked, its response did not come to an end, or it has no newer version yet.
    Interrupted,
    /// It sends none since that version, or such as do not follow one another.
    NotGiven,
}
