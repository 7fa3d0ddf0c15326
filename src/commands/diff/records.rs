//! The records of both sides, as streams in canonical order.

use std::io;

use crate::check::SortedCopy;
use crate::diff::{Changes, DiffRules, Merged};
use crate::dns::{Rrset, Soa};

/// RRsets in canonical order.
pub(super) type RrsetStream = Box<dyn Iterator<Item = io::Result<Rrset>> + Send>;

/// The records of one side.
pub(super) enum SideRecords {
    /// All of them, which may be in a temporary file.
    Whole(SortedCopy),
    /// Those that differ, of those that were asked for.
    Differing(Vec<Rrset>),
}

/// One side that was read.
pub(super) struct ReadSide {
    /// Its name for people.
    pub(super) name: String,
    /// The SOA of the version that was read.
    pub(super) soa: Soa,
    /// The number of its RRsets, if all are known.
    pub(super) rrsets: Option<u64>,
    pub(super) records: SideRecords,
}

impl ReadSide {
    /// The TTL of the SOA; of what was asked for, nobody needs it.
    pub(super) fn soa_ttl(&self) -> u32 {
        match &self.records {
            SideRecords::Whole(copy) => copy.soa_ttl,
            SideRecords::Differing(_) => self.soa.minimum,
        }
    }

    /// Reads the records from the first one on.
    pub(super) fn stream(&self) -> RrsetStream {
        match &self.records {
            SideRecords::Whole(copy) => Box::new(copy.rrsets.iter().with_unaskable_records()),
            SideRecords::Differing(rrsets) => Box::new(rrsets.clone().into_iter().map(Ok)),
        }
    }
}

/// The changes between two sides.
pub(super) fn changes(
    rules: &DiffRules,
    reference: &ReadSide,
    target: &ReadSide,
) -> Changes<RrsetStream, RrsetStream> {
    Changes::new(rules.clone(), reference.stream(), target.stream())
}

/// All RRsets of two sides, equal or not.
pub(super) fn pairs(reference: &ReadSide, target: &ReadSide) -> Merged<RrsetStream, RrsetStream> {
    Merged::new(reference.stream(), target.stream())
}
