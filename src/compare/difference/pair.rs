//! Two copies held against each other, RRset by RRset, without an object for each record.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::compare::ttls::same_ttls;
use crate::digest::{Buckets, Digest, Profile, RecordPosition};
use crate::dns::Rtype;
use crate::observe::{Copy, DifferenceKind};

/// Two copies, and the buckets in which they differ and of which both kept the records.
pub(super) struct Pair<'a> {
    reference: &'a Copy,
    found: &'a Copy,
    profile: &'a Profile,
    buckets: Buckets,
    /// Whether those are all the buckets in which they differ.
    pub(super) is_complete: bool,
}

impl<'a> Pair<'a> {
    pub(super) fn new(reference: &'a Copy, found: &'a Copy, profile: &'a Profile) -> Self {
        let differing = reference.digest.differing(&found.digest);
        let kept = reference.digest.kept_buckets().common(&found.digest.kept_buckets());
        let is_complete = differing.is_within(&kept);
        Self { reference, found, profile, buckets: differing.common(&kept), is_complete }
    }

    /// Returns the records of both in those buckets, each RRset in one piece.
    pub(super) fn sides(&self) -> [Side<'a>; 2] {
        [self.reference, self.found].map(|copy| Side::new(&copy.digest, self.profile, &self.buckets))
    }

    /// Visits every RRset of those buckets, in no particular order.
    pub(super) fn each<'s>(
        &self,
        [reference, found]: &'s [Side<'a>; 2],
        mut visit: impl FnMut(RrsetPair<'s, 'a>),
    ) {
        let (mut left, mut right) = (reference.rrsets().peekable(), found.rrsets().peekable());
        loop {
            let order = match (left.peek(), right.peek()) {
                (Some(a), Some(b)) => a.compare(b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => return,
            };
            let ours = left.next_if(|_| order.is_le());
            let theirs = right.next_if(|_| order.is_ge());
            let Some(named) = ours.as_ref().or(theirs.as_ref()).and_then(Records::first) else { return };
            let in_part = self.buckets.is_limited(named.bucket);
            let empty = |side: &'s Side<'a>| Records { side, positions: &[] };
            let (ours, theirs) = (ours.unwrap_or(empty(reference)), theirs.unwrap_or(empty(found)));
            visit(RrsetPair { named, in_part, ours, theirs });
        }
    }
}

/// The kept records of one copy in some buckets, sorted: the buckets by number, the records of each bucket by
/// owner, type, identity, TTL and RDATA.
pub(super) struct Side<'a> {
    digest: &'a Digest,
    profile: &'a Profile,
    positions: Vec<RecordPosition>,
}

impl<'a> Side<'a> {
    fn new(digest: &'a Digest, profile: &'a Profile, buckets: &Buckets) -> Self {
        let mut side = Self { digest, profile, positions: digest.kept(buckets).collect() };
        let mut positions = std::mem::take(&mut side.positions);
        positions.sort_unstable_by(|a, b| match (side.at(*a), side.at(*b)) {
            (Some(a), Some(b)) => a.compare(&b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        });
        Self { positions, ..side }
    }

    fn at(&self, position: RecordPosition) -> Option<SidedRecord<'a>> {
        let kept = self.digest.record_at(position)?;
        Some(SidedRecord {
            bucket: kept.bucket,
            owner: kept.owner,
            kind: kept.record().kind(),
            identity: self.profile.identity(kept.rtype, kept.rdata),
            ttl: kept.ttl,
            rdata: kept.rdata,
        })
    }

    fn rrsets(&self) -> impl Iterator<Item = Records<'_, 'a>> {
        let same_rrset = |a: &RecordPosition, b: &RecordPosition| match (self.at(*a), self.at(*b)) {
            (Some(a), Some(b)) => a.compare_rrset(&b).is_eq(),
            _ => false,
        };
        self.positions.chunk_by(same_rrset).map(|positions| Records { side: self, positions })
    }
}

/// A record of one side.
#[derive(Clone, Copy, Debug)]
pub(super) struct SidedRecord<'a> {
    pub(super) bucket: u16,
    pub(super) owner: &'a [u8],
    /// Its [`kind`](crate::dns::wire::Record::kind).
    pub(super) kind: (Rtype, u16),
    /// What makes it the same record as another one of its RRset.
    pub(super) identity: (&'a [u8], &'a [u8]),
    pub(super) ttl: u32,
    pub(super) rdata: &'a [u8],
}

impl SidedRecord<'_> {
    fn compare_rrset(&self, other: &Self) -> Ordering {
        (self.bucket, self.owner, self.kind).cmp(&(other.bucket, other.owner, other.kind))
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let within = |it: &Self| (it.identity, it.ttl);
        let by_identity = self.compare_rrset(other).then_with(|| within(self).cmp(&within(other)));
        by_identity.then_with(|| self.rdata.cmp(other.rdata))
    }
}

/// The records of one RRset on one side, sorted by identity, TTL and RDATA.
pub(super) trait SideRecords<'a> {
    /// Returns the records in order.
    fn iter(&self) -> impl Iterator<Item = SidedRecord<'a>>;

    /// Whether one of them has this identity.
    fn has_identity(&self, identity: (&[u8], &[u8])) -> bool;

    /// Returns the TTLs, each once.
    fn ttls(&self) -> BTreeSet<u32> {
        deduped(self.iter().map(|record| record.ttl)).collect()
    }
}

impl<'a> SideRecords<'a> for Vec<SidedRecord<'a>> {
    fn iter(&self) -> impl Iterator<Item = SidedRecord<'a>> {
        self.as_slice().iter().copied()
    }

    fn has_identity(&self, identity: (&[u8], &[u8])) -> bool {
        self.binary_search_by(|record| record.identity.cmp(&identity)).is_ok()
    }
}

/// Sorted records of one RRset on one side.
#[derive(Clone, Copy)]
pub(super) struct Records<'s, 'a> {
    side: &'s Side<'a>,
    positions: &'s [RecordPosition],
}

impl<'s, 'a> Records<'s, 'a> {
    /// Returns other records of the same side.
    pub(super) fn at<'t>(&self, positions: &'t [RecordPosition]) -> Records<'t, 'a>
    where
        's: 't,
    {
        Records { side: self.side, positions }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    fn first(&self) -> Option<SidedRecord<'a>> {
        self.side.at(*self.positions.first()?)
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self.first(), other.first()) {
            (Some(a), Some(b)) => a.compare_rrset(&b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        }
    }

    fn identities(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        deduped(self.iter().map(|record| record.identity))
    }

    /// Returns the RDATA in order, each once.
    fn rdata(&self) -> Vec<&'a [u8]> {
        let mut rdata: Vec<&[u8]> = self.iter().map(|record| record.rdata).collect();
        rdata.sort_unstable();
        rdata.dedup();
        rdata
    }
}

impl<'a> SideRecords<'a> for Records<'_, 'a> {
    fn iter(&self) -> impl Iterator<Item = SidedRecord<'a>> {
        let side = self.side;
        self.positions.iter().filter_map(|position| side.at(*position))
    }

    fn has_identity(&self, identity: (&[u8], &[u8])) -> bool {
        let order = |position: &RecordPosition| {
            self.side.at(*position).map_or(Ordering::Less, |record| record.identity.cmp(&identity))
        };
        self.positions.binary_search_by(order).is_ok()
    }
}

/// An RRset on both sides.
#[derive(Clone, Copy)]
pub(super) struct RrsetPair<'s, 'a> {
    /// A record that has its owner and type.
    pub(super) named: SidedRecord<'a>,
    /// Whether only some of its records were kept.
    in_part: bool,
    pub(super) ours: Records<'s, 'a>,
    pub(super) theirs: Records<'s, 'a>,
}

impl<'s, 'a> RrsetPair<'s, 'a> {
    /// Returns how the two sides differ; `None` if at most the bytes of signatures do.
    pub(super) fn difference(&self, is_file: bool) -> Option<DifferenceKind> {
        if !self.ours.identities().eq(self.theirs.identities()) {
            return Some(match (self.size(&self.ours) > 0, self.size(&self.theirs) > 0) {
                (true, false) => DifferenceKind::Missing,
                (false, true) => DifferenceKind::Extra,
                _ => DifferenceKind::Changed,
            });
        }
        (!self.has_same_ttls(is_file)).then_some(DifferenceKind::Ttl)
    }

    fn has_same_ttls(&self, is_file: bool) -> bool {
        let ours = || self.ours.iter().map(|record| record.ttl);
        let theirs = || self.theirs.iter().map(|record| record.ttl);
        same_ttls(ours, theirs, is_file)
    }

    /// Returns the positions of the records of one side to show: where none of those that were compared is of the
    /// RRset, of any that were kept.
    pub(super) fn shown(&self, side: &Records<'s, 'a>) -> Cow<'s, [RecordPosition]> {
        if !side.is_empty() || !self.in_part {
            return Cow::Borrowed(side.positions);
        }
        let SidedRecord { bucket, owner, kind, .. } = self.named;
        Cow::Owned(side.side.digest.kept_of_rrset(bucket, owner, kind).collect())
    }

    /// Returns the number of records of one side, those that were not kept included; duplicates count where some
    /// were not kept.
    pub(super) fn size(&self, side: &Records<'_, '_>) -> u64 {
        if self.in_part {
            return side.side.digest.rrset_records(self.named.bucket, self.named.owner, self.named.kind);
        }
        deduped(side.iter().map(|record| (record.ttl, record.rdata))).count() as u64
    }

    /// Whether the two sides have the same RDATA, octet by octet.
    pub(super) fn has_same_bytes(&self) -> bool {
        // Of all types but RRSIG, the RDATA is the identity.
        self.named.kind.0 != Rtype::RRSIG || self.ours.rdata() == self.theirs.rdata()
    }
}

/// Leaves out keys that are equal to the one before.
fn deduped<K: std::marker::Copy + PartialEq>(keys: impl Iterator<Item = K>) -> impl Iterator<Item = K> {
    let mut last = None;
    keys.filter(move |key| last.replace(*key) != Some(*key))
}
