//! A record as it is sorted and stored: what decides its place stands first.
//!
//! ```text
//! length of the rest (4) | TTL (4) | length of the key (2) | key | RDATA
//!                                                            owner, 0 0, type (2), 1 if it is a signature (1)
//! ```
//!
//! The owner is relative to the zone, as [`push_sort_key`] writes it. No key is the beginning of another one, so the
//! order of records is that of the octets of key and RDATA; of two that are equal in both, the TTL decides. The type
//! of an RRSIG record is the one that it covers.

use std::cmp::Ordering;

use crate::dns::name::{MAX_NAME, push_sort_key};
use crate::dns::wire::Record;
use crate::dns::{Name, Rtype};

/// The length of the field in front, which counts what follows it.
pub(super) const LENGTH_LEN: usize = 4;

/// The length of all that stands in front of the key.
const HEADER_LEN: usize = LENGTH_LEN + 4 + 2;

/// The length of the type and the mark of signatures, which end the key.
const KIND_LEN: usize = 3;

/// The end of the owner in a key; every label sorts behind it.
const OWNER_END: [u8; 2] = [0, 0];

/// The most octets of RDATA; it may have more once its names are decompressed, and then fits in no response.
const MAX_RDATA: usize = 65_535;

/// A stored record.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a>(&'a [u8]);

impl<'a> Entry<'a> {
    /// The entry that some bytes are.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The entry at the start of some bytes.
    #[inline]
    pub(super) fn first_of(bytes: &'a [u8]) -> Option<Self> {
        let length = entry_len(*bytes.first_chunk()?);
        bytes.get(..length).map(Self)
    }

    /// All of its bytes.
    pub(super) fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    pub(super) fn ttl(self) -> u32 {
        let ttl = self.0.get(LENGTH_LEN..).and_then(|rest| rest.first_chunk());
        ttl.map_or(0, |&octets| u32::from_be_bytes(octets))
    }

    /// The key and the RDATA.
    fn content(self) -> &'a [u8] {
        self.0.get(HEADER_LEN..).unwrap_or_default()
    }

    fn key_len(self) -> usize {
        let length = self.0.get(LENGTH_LEN + 4..).and_then(|rest| rest.first_chunk());
        length.map_or(0, |&octets| u16::from_be_bytes(octets).into())
    }

    pub(super) fn rdata(self) -> &'a [u8] {
        self.content().get(self.key_len()..).unwrap_or_default()
    }

    /// The part of the key that all records and signatures of one RRset share.
    pub(super) fn rrset_key(self) -> RrsetKey<'a> {
        RrsetKey(self.content().get(..self.key_len().saturating_sub(1)).unwrap_or_default())
    }

    /// Whether it is a signature over the RRset.
    pub(super) fn is_signature(self) -> bool {
        self.content().get(self.key_len().wrapping_sub(1)) == Some(&1)
    }

    /// The first octets of what is sorted by, as a number.
    pub(super) fn prefix(self) -> u128 {
        match self.content().first_chunk() {
            Some(octets) => u128::from_be_bytes(*octets),
            None => {
                let mut octets = [0; 16];
                octets.iter_mut().zip(self.content()).for_each(|(octet, &from)| *octet = from);
                u128::from_be_bytes(octets)
            }
        }
    }

    /// The order of records in the canonical order of their zone (RFC 4034 section 6).
    pub(super) fn order(self, other: Self) -> Ordering {
        self.content().cmp(other.content()).then_with(|| self.ttl().cmp(&other.ttl()))
    }
}

/// The length of an entry that begins with this field.
pub(super) fn entry_len(field: [u8; LENGTH_LEN]) -> usize {
    LENGTH_LEN + usize::try_from(u32::from_be_bytes(field)).unwrap_or(usize::MAX - LENGTH_LEN)
}

/// The owner and the type of an RRset.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct RrsetKey<'a>(&'a [u8]);

impl<'a> RrsetKey<'a> {
    /// The key that was stored as these bytes.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    pub(super) fn owner(self) -> &'a [u8] {
        self.0.get(..self.0.len().saturating_sub(KIND_LEN - 1)).unwrap_or_default()
    }

    pub(super) fn rtype(self) -> Rtype {
        Rtype(self.0.last_chunk().map_or(0, |&octets| u16::from_be_bytes(octets)))
    }
}

/// Writes records as entries.
pub(super) struct EntryEncoder {
    zone: Name,
    /// The owner of the last record.
    owner: Vec<u8>,
    /// The same in a key, with its end.
    owner_key: Vec<u8>,
}

impl EntryEncoder {
    pub(super) fn new(zone: Name) -> Self {
        let owner = zone.as_wire().to_vec();
        Self { zone, owner, owner_key: OWNER_END.to_vec() }
    }

    /// Appends a record of the zone as an entry, with one of the forms of its RDATA.
    pub(super) fn push(&mut self, out: &mut Vec<u8>, record: &Record<'_>, rdata: &[u8]) {
        if record.owner != self.owner {
            self.set_owner(record.owner);
        }
        let is_signature = record.rtype == Rtype::RRSIG;
        let rtype = if is_signature { record.covered() } else { record.rtype.0 };
        let rdata = rdata.get(..MAX_RDATA).unwrap_or(rdata);
        let key_len = self.owner_key.len() + KIND_LEN;
        let length = HEADER_LEN - LENGTH_LEN + key_len + rdata.len();
        // A key has three octets at most for each octet of a name.
        out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(&record.ttl.to_be_bytes());
        out.extend_from_slice(&u16::try_from(key_len).unwrap_or(u16::MAX).to_be_bytes());
        out.extend_from_slice(&self.owner_key);
        out.extend_from_slice(&rtype.to_be_bytes());
        out.push(u8::from(is_signature));
        out.extend_from_slice(rdata);
    }

    fn set_owner(&mut self, owner: &[u8]) {
        self.owner.clear();
        self.owner.extend_from_slice(owner);
        self.owner_key.clear();
        let relative = owner.strip_suffix(self.zone.as_wire()).unwrap_or(owner);
        push_sort_key(&mut self.owner_key, relative);
        self.owner_key.extend_from_slice(&OWNER_END);
    }
}

/// Returns the name that has this owner key in a zone.
pub(super) fn name_of_owner_key(mut key: &[u8], zone: &Name) -> Option<Name> {
    // The labels from right to left, each with its length in front.
    let mut labels = Vec::with_capacity(MAX_NAME);
    let mut starts = Vec::with_capacity(8);
    while key != OWNER_END {
        starts.push(labels.len());
        let length_at = labels.len();
        labels.push(0);
        loop {
            let (&octet, rest) = key.split_first()?;
            key = rest;
            if octet == 0 {
                let (&mark, rest) = key.split_first()?;
                key = rest;
                if mark == 0 {
                    break;
                }
            }
            labels.push(octet);
        }
        let length = u8::try_from(labels.len() - length_at - 1).ok()?;
        *labels.get_mut(length_at)? = length;
    }
    let mut wire = Vec::with_capacity(MAX_NAME);
    let mut end = labels.len();
    for start in starts.into_iter().rev() {
        wire.extend_from_slice(labels.get(start..end)?);
        end = start;
    }
    wire.extend_from_slice(zone.as_wire());
    Name::from_wire(&wire)
}
