//! Records kept one behind the other in one piece of memory.

use crate::dns::Rtype;
use crate::dns::wire::{CLASS_IN, Record};

/// Octets in front of each record: bucket, type, TTL, and the lengths of owner and RDATA.
const FRONT: usize = 2 + 2 + 4 + 1 + 2;

/// Records in canonical form, each with its bucket.
#[derive(Debug, Default)]
pub struct Arena(Vec<u8>);

/// A record that was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The bucket its RRset falls into.
    pub bucket: u16,
    /// Its owner in wire form.
    pub owner: &'a [u8],
    /// Its type.
    pub rtype: Rtype,
    /// Its TTL in seconds.
    pub ttl: u32,
    /// Its data.
    pub rdata: &'a [u8],
}

impl<'a> Entry<'a> {
    /// Returns the record as it came from the wire.
    pub fn record(&self) -> Record<'a> {
        Record { owner: self.owner, rtype: self.rtype, class: CLASS_IN, ttl: self.ttl, rdata: self.rdata }
    }

    fn split_off(octets: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (&[b0, b1, t0, t1, l0, l1, l2, l3, owner, r0, r1], rest) = octets.split_first_chunk::<FRONT>()?;
        let (owner, rest) = rest.split_at_checked(owner.into())?;
        let (rdata, rest) = rest.split_at_checked(u16::from_be_bytes([r0, r1]).into())?;
        let entry = Self {
            bucket: u16::from_be_bytes([b0, b1]),
            owner,
            rtype: Rtype(u16::from_be_bytes([t0, t1])),
            ttl: u32::from_be_bytes([l0, l1, l2, l3]),
            rdata,
        };
        Some((entry, rest))
    }

    fn octets(&self) -> usize {
        FRONT + self.owner.len() + self.rdata.len()
    }
}

impl Arena {
    /// Returns the octets in use.
    pub fn octets(&self) -> usize {
        self.0.len()
    }

    /// Keeps a record.
    ///
    /// RDATA whose names were compressed may grow past 65,535 octets, which no server can have sent
    /// on purpose: what is over is cut, the same for every copy.
    pub fn push(&mut self, record: &Record<'_>, bucket: u16) {
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

    /// Returns the records in the order they came.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let mut rest = self.0.as_slice();
        std::iter::from_fn(move || {
            let (entry, next) = Entry::split_off(rest)?;
            rest = next;
            Some(entry)
        })
    }

    /// Drops the records of all buckets but those that `keep` says to keep.
    pub fn retain(&mut self, keep: impl Fn(u16) -> bool) {
        let (mut read, mut written) = (0, 0);
        while let Some((entry, _)) = self.0.get(read..).and_then(Entry::split_off) {
            let (octets, kept) = (entry.octets(), keep(entry.bucket));
            if kept {
                self.0.copy_within(read..read + octets, written);
                written += octets;
            }
            read += octets;
        }
        self.0.truncate(written);
        self.0.shrink_to(written.max(super::WHOLE_LIMIT));
    }
}
