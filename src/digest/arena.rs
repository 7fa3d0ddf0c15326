//! The records that a digest keeps, one after the other, in chunks of memory of which none ever moves.

use crate::dns::Rtype;
use crate::dns::wire::Record;

/// The bytes in front of each record: bucket, type, TTL, and the lengths of owner and RDATA.
const HEADER_LEN: usize = 2 + 2 + 4 + 1 + 2;

/// The binary logarithm of the size of a chunk: 1 MiB, so that a record of 64 KiB leaves little of it unused.
const CHUNK_BITS: u32 = 20;

/// Records in canonical form, each with its bucket.
#[derive(Debug, Default)]
pub(super) struct Arena {
    /// All chunks but the last have no room for another record.
    chunks: Vec<Vec<u8>>,
    /// The bytes in use.
    len: usize,
}

/// The place of a record in the arena of one digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordPosition(u32);

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
        Record::new(self.owner, self.rtype, self.ttl, self.rdata)
    }

    /// Reads the record at the start of some bytes.
    #[inline]
    fn first_of(bytes: &'a [u8]) -> Option<Self> {
        let (&[b0, b1, t0, t1, l0, l1, l2, l3, owner, r0, r1], rest) =
            bytes.split_first_chunk::<HEADER_LEN>()?;
        let (owner, rest) = rest.split_at_checked(owner.into())?;
        let rdata = rest.get(..u16::from_be_bytes([r0, r1]).into())?;
        Some(Self {
            bucket: u16::from_be_bytes([b0, b1]),
            owner,
            rtype: Rtype(u16::from_be_bytes([t0, t1])),
            ttl: u32::from_be_bytes([l0, l1, l2, l3]),
            rdata,
        })
    }

    /// Returns the bytes that it takes.
    pub(super) fn len(&self) -> usize {
        HEADER_LEN + self.owner.len() + self.rdata.len()
    }
}

impl Arena {
    /// Returns the number of bytes in use.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds a record.
    ///
    /// RDATA may be longer than 65,535 octets once its names are decompressed, which no server sends on
    /// purpose: it is truncated, in every copy alike.
    pub(super) fn push(&mut self, record: &Record<'_>, bucket: u16) {
        let owner_len = u8::try_from(record.owner.len()).unwrap_or(u8::MAX);
        let rdata_len = u16::try_from(record.rdata.len()).unwrap_or(u16::MAX);
        let needed = HEADER_LEN + usize::from(owner_len) + usize::from(rdata_len);
        let Some(chunk) = self.chunk_with_room(needed) else { return };
        chunk.extend_from_slice(&bucket.to_be_bytes());
        chunk.extend_from_slice(&record.rtype.0.to_be_bytes());
        chunk.extend_from_slice(&record.ttl.to_be_bytes());
        chunk.push(owner_len);
        chunk.extend_from_slice(&rdata_len.to_be_bytes());
        chunk.extend(record.owner.iter().take(owner_len.into()));
        chunk.extend(record.rdata.iter().take(rdata_len.into()));
        self.len += needed;
    }

    /// Returns the last chunk, or a new one if that has no room. The first chunk grows as it is filled, since
    /// most copies are small.
    fn chunk_with_room(&mut self, needed: usize) -> Option<&mut Vec<u8>> {
        const CHUNK_LEN: usize = 1 << CHUNK_BITS;
        let has_room = self.chunks.last().is_some_and(|chunk| chunk.len() + needed <= CHUNK_LEN);
        if !has_room {
            let capacity = if self.chunks.is_empty() { 0 } else { CHUNK_LEN };
            self.chunks.push(Vec::with_capacity(capacity));
        }
        self.chunks.last_mut()
    }

    /// Returns the records in the order in which they were added.
    pub(super) fn records(&self) -> impl Iterator<Item = KeptRecord<'_>> {
        self.positioned().map(|(_, record)| record)
    }

    /// Returns the records in the order in which they were added, each with its position.
    pub(super) fn positioned(&self) -> impl Iterator<Item = (RecordPosition, KeptRecord<'_>)> {
        self.chunks.iter().zip(0_u32..).flat_map(|(chunk, number)| {
            records_in(chunk).filter_map(move |(at, record)| {
                let offset = u32::try_from(at).ok()?;
                Some((RecordPosition(number << CHUNK_BITS | offset), record))
            })
        })
    }

    /// Returns the record at a position of this arena.
    #[inline]
    pub(super) fn get(&self, RecordPosition(position): RecordPosition) -> Option<KeptRecord<'_>> {
        let chunk = self.chunks.get(usize::try_from(position >> CHUNK_BITS).ok()?)?;
        let offset = position & ((1 << CHUNK_BITS) - 1);
        KeptRecord::first_of(chunk.get(usize::try_from(offset).ok()?..)?)
    }

    /// Drops every record for which `keep` returns false, and its memory with it.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&KeptRecord<'_>) -> bool) {
        let mut kept = Self::default();
        for chunk in std::mem::take(&mut self.chunks) {
            for (_, record) in records_in(&chunk).filter(|(_, record)| keep(record)) {
                kept.push(&record.record(), record.bucket);
            }
        }
        *self = kept;
    }
}

/// Returns the records in a chunk, each with the byte at which it begins.
#[inline]
fn records_in(chunk: &[u8]) -> impl Iterator<Item = (usize, KeptRecord<'_>)> {
    let mut next = 0;
    std::iter::from_fn(move || {
        let at = next;
        let record = chunk.get(at..).and_then(KeptRecord::first_of)?;
        next += record.len();
        Some((at, record))
    })
}
