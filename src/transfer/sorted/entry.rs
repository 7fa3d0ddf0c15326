//! A record as it is sorted and stored: what decides its place stands first.
//!
//! ```text
//! length of the rest (4) | TTL (4) | length of the key (2) | key | RDATA
//!                                                            owner, 0 0, type (2), 1 if it is a signature (1)
//! ```
//!
//! The owner is relative to the zone, as [`push_sort_key`] writes it. No key is the beginning of another one, so the
//! order of records is that of the octets of key and RDATA; of two that are equal in both, the TTL decides. The type
//! of an RRSIG record is the one that it covers, unless the records are digested: then it is a record like any other.

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

/// The most labels of a name (RFC 1035 section 2.3.4).
const MAX_LABELS: usize = MAX_NAME / 2;

/// The most octets of RDATA; it may have more once its names are decompressed, and then fits in no response.
const MAX_RDATA: usize = 65_535;

/// The form in which records are sorted and stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordForm {
    /// As they are compared, signatures with the RRset that they cover.
    Compared,
    /// As they are signed, signatures with the RRset that they cover.
    Signed,
    /// As they are digested (RFC 8976 section 3.3.1): as they are signed, and signatures are RRsets of type RRSIG.
    Digested,
}

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
    pub(super) fn content(self) -> &'a [u8] {
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
    form: RecordForm,
    /// The owner of the last record.
    owner: Vec<u8>,
    /// The same in a key, with its end.
    owner_key: Vec<u8>,
}

impl EntryEncoder {
    pub(super) fn new(zone: Name, form: RecordForm) -> Self {
        let owner = zone.as_wire().to_vec();
        Self { zone, form, owner, owner_key: OWNER_END.to_vec() }
    }

    pub(super) fn form(&self) -> RecordForm {
        self.form
    }

    /// Whether the last record has this owner.
    #[inline]
    pub(super) fn is_owner(&self, owner: &[u8]) -> bool {
        self.owner == owner
    }

    /// Begins the records of an owner; returns false if the last record has the same owner.
    #[inline]
    pub(super) fn begin_owner(&mut self, owner: &[u8]) -> bool {
        let is_other = owner != self.owner;
        if is_other {
            self.set_owner(owner);
        }
        is_other
    }

    /// Appends a record of the owner that was begun last as an entry.
    pub(super) fn push(&mut self, out: &mut Vec<u8>, record: &Record<'_>) {
        let is_signature = record.rtype == Rtype::RRSIG && self.form != RecordForm::Digested;
        let rtype = if is_signature { record.covered() } else { record.rtype.0 };
        let rdata = if self.form == RecordForm::Compared { record.rdata } else { record.signed };
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

/// Replaces the content of `out` by the name that has this owner key in a zone.
pub(super) fn write_owner(key: &[u8], zone: &Name, out: &mut Vec<u8>) -> Option<()> {
    out.clear();
    // Where each label ends in the key, from right to left in the name.
    let mut ends = [0_u16; MAX_LABELS];
    let (mut labels, mut at) = (0, 0);
    while key.get(at..)? != OWNER_END {
        // A zero within a label has a one behind it.
        at += key.get(at..)?.windows(2).position(|octets| octets == [0, 0])?;
        *ends.get_mut(labels)? = u16::try_from(at).ok()?;
        (labels, at) = (labels + 1, at + OWNER_END.len());
    }
    for label in (0..labels).rev() {
        let start = match label.checked_sub(1) {
            Some(before) => usize::from(*ends.get(before)?) + OWNER_END.len(),
            None => 0,
        };
        let escaped = key.get(start..usize::from(*ends.get(label)?))?;
        let length_at = out.len();
        out.push(0);
        let mut is_behind_zero = false;
        for &octet in escaped {
            if !is_behind_zero {
                out.push(octet);
            }
            is_behind_zero = octet == 0;
        }
        let length = u8::try_from(out.len() - length_at - 1).ok()?;
        *out.get_mut(length_at)? = length;
    }
    out.extend_from_slice(zone.as_wire());
    Some(())
}

/// Returns the name that has this owner key in a zone.
pub(super) fn name_of_owner_key(key: &[u8], zone: &Name) -> Option<Name> {
    let mut wire = Vec::with_capacity(MAX_NAME);
    write_owner(key, zone, &mut wire)?;
    Name::from_wire(&wire)
}
