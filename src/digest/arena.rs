//! The records that a digest keeps, one after the other in one buffer.

use crate::dns::Rtype;
use crate::dns::wire::{CLASS_IN, Record};

/// The bytes in front of each record: bucket, type, TTL, and the lengths of owner and RDATA.
const HEADER_LEN: usize = 2 + 2 + 4 + 1 + 2;

/// A buffer of records in canonical form, each with its bucket.
#[derive(Debug, Default)]
pub(super) struct Arena(Vec<u8>);

/// A record that is kept in an arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptRecord<'a> {
    /// The bucket of its RRset.
    pub bucket: u16,
    /// Its owner name in wire form.
    pub owner: &'a [u8],
    /// Its type.
    pub rtype: Rtype,
    /// Its TTL in seconds.
    pub ttl: u32,
    /// Its RDATA.
    pub rdata: &'a [u8],
}

impl<'a> KeptRecord<'a> {
    /// Returns the record as it came from the wire.
    pub fn record(&self) -> Record<'a> {
        Record { owner: self.owner, rtype: self.rtype, class: CLASS_IN, ttl: self.ttl, rdata: self.rdata }
    }

    fn split_off(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (&[b0, b1, t0, t1, l0, l1, l2, l3, owner, r0, r1], rest) =
            bytes.split_first_chunk::<HEADER_LEN>()?;
        let (owner, rest) = rest.split_at_checked(owner.into())?;
        let (rdata, rest) = rest.split_at_checked(u16::from_be_bytes([r0, r1]).into())?;
        let record = Self {
            bucket: u16::from_be_bytes([b0, b1]),
            owner,
            rtype: Rtype(u16::from_be_bytes([t0, t1])),
            ttl: u32::from_be_bytes([l0, l1, l2, l3]),
            rdata,
        };
        Some((record, rest))
    }

    fn len(&self) -> usize {
        HEADER_LEN + self.owner.len() + self.rdata.len()
    }
}

impl Arena {
    /// Returns the number of bytes in use.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds a record.
    ///
    /// RDATA may be longer than 65,535 octets once its names are decompressed, which no server sends on
    /// purpose: it is truncated, in every copy alike.
    pub(super) fn push(&mut self, record: &Record<'_>, bucket: u16) {
        let owner = u8::try_from(record.owner.len()).unwrap_or(u8::MAX);
        let rdata = u16::try_from(record.rdata.len()).unwrap_or(u16::MAX);
        self.0.extend_from_slice(&bucket.to_be_bytes());
        self.0.extend_from_slice(&record.rtype.0.to_be_bytes());
        self.0.extend_from_slice(&record.ttl.to_be_bytes());
        self.0.push(owner);
        self.0.extend_from_slice(&rdata.to_be_bytes());
        self.0.extend(record.owner.iter().take(owner.into()));
        self.0.extend(record.rdata.iter().take(rdata.into()));
    }

    /// Returns the records in the order in which they were added.
    pub(super) fn records(&self) -> impl Iterator<Item = KeptRecord<'_>> {
        let mut rest = self.0.as_slice();
        std::iter::from_fn(move || {
            let (record, next) = KeptRecord::split_off(rest)?;
            rest = next;
            Some(record)
        })
    }

    /// Drops the records of every bucket for which `keep` returns false, and memory above `min_capacity` with them.
    pub(super) fn retain(&mut self, min_capacity: usize, keep: impl Fn(u16) -> bool) {
        let (mut read, mut written) = (0, 0);
        while let Some((record, _)) = self.0.get(read..).and_then(KeptRecord::split_off) {
            let (len, kept) = (record.len(), keep(record.bucket));
            if kept {
                self.0.copy_within(read..read + len, written);
                written += len;
            }
            read += len;
        }
        self.0.truncate(written);
        self.0.shrink_to(written.max(min_capacity));
    }
}
