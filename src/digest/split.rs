//! Buckets with more records than can be kept: a sum for each of their parts, and the sizes of their RRsets.

use super::buckets::PARTS;
use super::hashing::RecordHashes;
use crate::dns::Rtype;
use crate::dns::wire::Record;

/// RRsets of a bucket whose records are counted: a bucket so large has one, and seldom a second one.
const MAX_RRSETS: usize = 64;

/// A bucket of one copy that is divided into parts.
#[derive(Debug)]
pub(super) struct SplitBucket {
    pub(super) bucket: u16,
    /// The sum over the records of each part, whether they are kept or not.
    pub(super) sums: Box<[u64; PARTS]>,
    rrsets: Vec<RrsetSize>,
}

/// The number of records of an RRset.
#[derive(Debug)]
struct RrsetSize {
    owner: Box<[u8]>,
    /// The [`kind`](Record::kind) of its records.
    kind: (Rtype, u16),
    records: u64,
}

impl SplitBucket {
    pub(super) fn new(bucket: u16) -> Self {
        Self { bucket, sums: Box::new([0; PARTS]), rrsets: Vec::new() }
    }

    /// Adds a record of the bucket.
    pub(super) fn add(&mut self, record: &Record<'_>, hashes: &RecordHashes) {
        if let Some(sum) = self.sums.get_mut(usize::from(hashes.part())) {
            *sum = sum.wrapping_add(hashes.combined());
        }
        let kind = record.kind();
        let same = |size: &&mut RrsetSize| size.kind == kind && *size.owner == *record.owner;
        if let Some(size) = self.rrsets.iter_mut().find(same) {
            size.records += 1;
        } else if self.rrsets.len() < MAX_RRSETS {
            self.rrsets.push(RrsetSize { owner: record.owner.into(), kind, records: 1 });
        }
    }

    /// Returns the number of records of an RRset, duplicates included.
    pub(super) fn records(&self, owner: &[u8], kind: (Rtype, u16)) -> u64 {
        let same = |size: &&RrsetSize| size.kind == kind && *size.owner == *owner;
        self.rrsets.iter().find(same).map_or(0, |size| size.records)
    }
}
