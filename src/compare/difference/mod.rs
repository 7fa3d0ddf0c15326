//! The RRsets in which two copies differ.

use std::cmp::Ordering;
use std::ops::Range;

use crate::digest::{Buckets, KeptRecord, Profile};
use crate::dns::name::{display, push_sort_key};
use crate::dns::xfr::ixfr::ChangedRrsets;
use crate::dns::{Name, Rtype, rdata};
use crate::observe::Copy;

/// How contents are compared.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The zone.
    pub zone: &'a Name,
    /// What makes records the same.
    pub profile: &'a Profile,
    /// The RRsets that are expected to differ, if that is known.
    pub changed: Option<&'a ChangedRrsets>,
    /// The most RRsets to list.
    pub max_listed: usize,
}

/// How an RRset differs, seen from the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DifferenceKind {
    /// It is in the reference, and not here.
    Missing,
    /// It is here, and not in the reference.
    Extra,
    /// The data differ.
    Changed,
    /// Only the TTL differs.
    Ttl,
}

/// An RRset as zone-file text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RrsetText {
    /// The TTL; the lowest, where its records disagree.
    pub ttl: u32,
    /// The data of each record, sorted.
    pub rdata: Vec<String>,
}

/// An RRset that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its owner, as zone-file text with the final dot.
    pub owner: String,
    /// Its type as mnemonic, or `TYPEnnn` (RFC 3597).
    pub rtype: String,
    /// How it differs.
    pub kind: DifferenceKind,
    /// What the reference serves.
    pub reference: Option<RrsetText>,
    /// What is served here.
    pub found: Option<RrsetText>,
}

/// The RRsets that differ: all of them counted, the first of them listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// RRsets of the reference that are not here.
    pub missing: u64,
    /// RRsets here that are not in the reference.
    pub extra: u64,
    /// RRsets whose data differ.
    pub changed: u64,
    /// RRsets of which only the TTL differs.
    pub ttl: u64,
    /// RRsets whose signatures mean the same and have other bytes; they are counted in none of the above.
    pub signatures: u64,
    /// Whether the SOA differs in more than its serial.
    pub soa: bool,
    /// Whether an RRset other than the SOA differs in more than its TTL, and is not among those that are expected
    /// to differ.
    pub unexpected: bool,
    /// Whether these are all; if not, the counts are lower bounds.
    pub complete: bool,
    /// The first of them, in canonical order, the SOA in front.
    pub listed: Vec<Difference>,
}

impl Differences {
    /// The number of RRsets that differ in more than the TTL.
    pub fn content(&self) -> u64 {
        self.missing + self.extra + self.changed
    }

    fn count(&mut self, kind: DifferenceKind) {
        *match kind {
            DifferenceKind::Missing => &mut self.missing,
            DifferenceKind::Extra => &mut self.extra,
            DifferenceKind::Changed => &mut self.changed,
            DifferenceKind::Ttl => &mut self.ttl,
        } += 1;
    }
}

/// Returns the RRsets in which a copy differs from the reference.
pub(super) fn differences(reference: &Copy, found: &Copy, scope: &Scope<'_>) -> Differences {
    let pair = Pair::new(reference, found);
    let mut differences = Differences { complete: pair.complete, ..Differences::default() };
    compare_soa(scope.zone, reference, found, &mut differences);
    differences.listed.truncate(scope.max_listed);
    pair.each(scope.profile, |ours, theirs| {
        let Some(kind) = kind(ours, theirs) else {
            differences.signatures += u64::from(!same_bytes(ours, theirs));
            return;
        };
        differences.count(kind);
        differences.unexpected |= kind != DifferenceKind::Ttl && !is_expected(ours.or(theirs), scope);
        if differences.listed.len() < scope.max_listed {
            differences.listed.extend(describe(kind, ours, theirs));
        }
    });
    differences
}

/// Whether an RRset is among those that are expected to differ.
fn is_expected(rrset: Option<&[Sortable<'_>]>, scope: &Scope<'_>) -> bool {
    let Some(record) = rrset.and_then(<[_]>::first) else { return true };
    let (rtype, covered) = record.kind;
    scope.changed.is_some_and(|changed| changed.contains(record.entry.owner, rtype, covered))
}

/// Two copies, and the buckets in which they differ and of which both kept the records.
struct Pair<'a> {
    reference: &'a Copy,
    found: &'a Copy,
    buckets: Buckets,
    /// Whether those are all the buckets in which they differ.
    complete: bool,
}

impl<'a> Pair<'a> {
    fn new(reference: &'a Copy, found: &'a Copy) -> Self {
        let differing = reference.digest.differing(&found.digest);
        let kept = reference.digest.kept_buckets().common(&found.digest.kept_buckets());
        let complete = differing.is_within(&kept);
        Self { reference, found, buckets: differing.common(&kept), complete }
    }

    /// Visits every RRset of those buckets in canonical order: the reference's, and what was found.
    fn each(
        &self,
        profile: &Profile,
        mut visit: impl FnMut(Option<&[Sortable<'_>]>, Option<&[Sortable<'_>]>),
    ) {
        let kept = |copy: &'a Copy| Kept::new(copy.digest.kept(&self.buckets));
        let (reference, found) = (kept(self.reference), kept(self.found));
        let (reference, found) = (reference.sorted(profile), found.sorted(profile));
        let (mut left, mut right) =
            (reference.chunk_by(same_rrset).peekable(), found.chunk_by(same_rrset).peekable());
        loop {
            let order = match (left.peek(), right.peek()) {
                (Some([a, ..]), Some([b, ..])) => a.compare_rrset(b),
                (Some(_), _) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => return,
            };
            visit(left.next_if(|_| order.is_le()), right.next_if(|_| order.is_ge()));
        }
    }
}

/// Compares the SOAs: another serial is no difference, any other field is.
fn compare_soa(zone: &Name, reference: &Copy, found: &Copy, differences: &mut Differences) {
    let (ours, theirs) = (&reference.summary, &found.summary);
    differences.soa = !ours.soa.same_but_serial(&theirs.soa);
    let kind = match differences.soa {
        true => DifferenceKind::Changed,
        false if ours.soa_ttl != theirs.soa_ttl => DifferenceKind::Ttl,
        false => return,
    };
    let text =
        |copy: &Copy| Some(RrsetText { ttl: copy.summary.soa_ttl, rdata: vec![copy.summary.soa.to_text()] });
    differences.count(kind);
    differences.listed.push(Difference {
        owner: zone.to_string(),
        rtype: Rtype::SOA.to_string(),
        kind,
        reference: text(reference),
        found: text(found),
    });
}

/// The kept records of a copy, with what puts them in order.
#[derive(Debug)]
struct Kept<'a> {
    entries: Vec<KeptRecord<'a>>,
    /// The sort keys of the owners (see [`push_sort_key`]), each once.
    owners: Vec<u8>,
    /// Where the sort key of each entry is.
    owner_of: Vec<Range<usize>>,
}

impl<'a> Kept<'a> {
    fn new(entries: impl Iterator<Item = KeptRecord<'a>>) -> Self {
        let mut kept = Self { entries: entries.collect(), owners: Vec::new(), owner_of: Vec::new() };
        let mut last: Option<(&[u8], Range<usize>)> = None;
        for entry in &kept.entries {
            let range = match &last {
                Some((owner, range)) if *owner == entry.owner => range.clone(),
                _ => {
                    let start = kept.owners.len();
                    push_sort_key(&mut kept.owners, entry.owner);
                    start..kept.owners.len()
                }
            };
            last = Some((entry.owner, range.clone()));
            kept.owner_of.push(range);
        }
        kept
    }

    /// Returns the records sorted by owner, type and data.
    fn sorted(&self, profile: &Profile) -> Vec<Sortable<'_>> {
        let sortable = |(entry, range): (&KeptRecord<'a>, &Range<usize>)| Sortable {
            entry: *entry,
            owner: self.owners.get(range.clone()).unwrap_or_default(),
            kind: (entry.rtype, entry.record().covered()),
            identity: profile.identity(entry.rtype, entry.rdata),
        };
        let mut sorted: Vec<Sortable<'_>> = self.entries.iter().zip(&self.owner_of).map(sortable).collect();
        sorted.sort_unstable_by(|a, b| {
            let by_rrset = a.compare_rrset(b).then_with(|| a.identity.cmp(&b.identity));
            by_rrset.then_with(|| (a.entry.rdata, a.entry.ttl).cmp(&(b.entry.rdata, b.entry.ttl)))
        });
        sorted
    }
}

/// A kept record with its sort key, and with what identifies it.
#[derive(Debug)]
struct Sortable<'a> {
    entry: KeptRecord<'a>,
    /// The sort key of the owner.
    owner: &'a [u8],
    /// The type, and for a signature the type that it covers.
    kind: (Rtype, u16),
    identity: (&'a [u8], &'a [u8]),
}

impl Sortable<'_> {
    fn compare_rrset(&self, other: &Self) -> Ordering {
        self.owner.cmp(other.owner).then_with(|| self.kind.cmp(&other.kind))
    }
}

fn same_rrset(a: &Sortable<'_>, b: &Sortable<'_>) -> bool {
    a.entry.owner == b.entry.owner && a.kind == b.kind
}

/// Returns how two sorted RRsets differ; `None` if at most the bytes of signatures do.
fn kind(ours: Option<&[Sortable<'_>]>, theirs: Option<&[Sortable<'_>]>) -> Option<DifferenceKind> {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => {
            if !distinct(ours, |record| record.identity).eq(distinct(theirs, |record| record.identity)) {
                return Some(DifferenceKind::Changed);
            }
            let same_ttl = distinct(ours, |record| (record.identity, record.entry.ttl))
                .eq(distinct(theirs, |record| (record.identity, record.entry.ttl)));
            (!same_ttl).then_some(DifferenceKind::Ttl)
        }
        (Some(_), None) => Some(DifferenceKind::Missing),
        (None, Some(_)) => Some(DifferenceKind::Extra),
        (None, None) => None,
    }
}

fn same_bytes(ours: Option<&[Sortable<'_>]>, theirs: Option<&[Sortable<'_>]>) -> bool {
    let rdata = |side| distinct(side, |record: &Sortable<'_>| record.entry.rdata);
    rdata(ours.unwrap_or_default()).eq(rdata(theirs.unwrap_or_default()))
}

/// Returns the keys of records in order, each once: duplicates are no difference.
///
/// They are sorted again by key: signatures that mean the same are sorted by their bytes, not by their TTLs.
fn distinct<'s, 'a, K: Ord>(
    records: &'s [Sortable<'a>],
    key: impl Fn(&'s Sortable<'a>) -> K,
) -> impl Iterator<Item = K> {
    let mut keys: Vec<K> = records.iter().map(key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter()
}

fn describe(
    kind: DifferenceKind,
    ours: Option<&[Sortable<'_>]>,
    theirs: Option<&[Sortable<'_>]>,
) -> Option<Difference> {
    let first = &ours.or(theirs)?.first()?.entry;
    Some(Difference {
        owner: display(first.owner),
        rtype: first.rtype.to_string(),
        kind,
        reference: ours.map(rrset_text),
        found: theirs.map(rrset_text),
    })
}

fn rrset_text(records: &[Sortable<'_>]) -> RrsetText {
    let ttl = records.iter().map(|record| record.entry.ttl).min().unwrap_or_default();
    let mut rdata: Vec<&[u8]> = records.iter().map(|record| record.entry.rdata).collect();
    rdata.dedup();
    let rtype = records.first().map_or(Rtype(0), |record| record.entry.rtype);
    RrsetText { ttl, rdata: rdata.into_iter().map(|rdata| rdata::to_text(rtype, rdata)).collect() }
}

#[cfg(test)]
mod tests;
