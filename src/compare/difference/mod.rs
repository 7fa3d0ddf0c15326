//! The RRsets in which two copies differ.

use std::cmp::Ordering;
use std::ops::Range;

use serde::Serialize;

use crate::digest::{Buckets, KeptRecord, Profile};
use crate::dns::name::{display, push_sort_key};
use crate::dns::xfr::ixfr::ChangedRrsets;
use crate::dns::{Name, Rtype, rdata};
use crate::observe::Copy;

/// How an RRset differs, seen from the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// In the reference, not here.
    Missing,
    /// Here, not in the reference.
    Extra,
    /// The data differ.
    Changed,
    /// Nothing but the TTL differs.
    Ttl,
}

/// One RRset as zone-file text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ShownRrset {
    /// Seconds it may be cached; the least, where its records disagree.
    pub ttl: u32,
    /// The data of each record, sorted, as zone-file text.
    pub rdata: Vec<String>,
}

/// One RRset that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Difference {
    /// Its owner, as zone-file text with the final dot.
    pub owner: String,
    /// Its type as mnemonic, or `TYPEnnn` (RFC 3597).
    #[serde(rename = "type")]
    pub rtype: String,
    /// How it differs.
    pub kind: Kind,
    /// What the reference serves.
    pub reference: Option<ShownRrset>,
    /// What this address serves.
    pub found: Option<ShownRrset>,
}

/// All RRsets that differ: every one counted, the first of them shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// RRsets of the reference that are not here.
    pub missing: u64,
    /// RRsets here that are not in the reference.
    pub extra: u64,
    /// RRsets whose data differ.
    pub changed: u64,
    /// RRsets that differ in nothing but TTL.
    pub ttl: u64,
    /// RRsets whose signatures mean the same and have other octets; counted among none of the above.
    pub signatures: u64,
    /// Whether the SOA differs in more than its serial.
    pub soa: bool,
    /// False where so much differs that the counts are lower bounds.
    pub complete: bool,
    /// The first of them, in canonical order, the SOA in front.
    pub shown: Vec<Difference>,
}

impl Differences {
    /// Returns how many RRsets differ in more than TTL.
    pub fn content(&self) -> u64 {
        self.missing + self.extra + self.changed
    }

    fn count(&mut self, kind: Kind) {
        *match kind {
            Kind::Missing => &mut self.missing,
            Kind::Extra => &mut self.extra,
            Kind::Changed => &mut self.changed,
            Kind::Ttl => &mut self.ttl,
        } += 1;
    }
}

/// Returns the RRsets in which `found` differs from `reference`, at most `most_shown` of them shown.
///
/// Both copies must have kept the records of the buckets in which they differ; where they could not,
/// the result is not complete.
pub fn differences(
    zone: &Name,
    profile: &Profile,
    reference: &Copy,
    found: &Copy,
    most_shown: usize,
) -> Differences {
    let pair = Pair::new(reference, found);
    let mut differences = Differences { complete: pair.complete, ..Differences::default() };
    compare_soa(zone, reference, found, &mut differences);
    differences.shown.truncate(most_shown);
    pair.each(profile, |ours, theirs| {
        let Some(kind) = kind(ours, theirs) else {
            differences.signatures += u64::from(!same_octets(ours, theirs));
            return;
        };
        differences.count(kind);
        if differences.shown.len() < most_shown {
            differences.shown.extend(show(kind, ours, theirs));
        }
    });
    differences
}

/// Returns whether some RRset differs in more than TTL and is not among those that `delta` touches; `None`
/// where not all differences can be named. The SOA is in every delta.
pub fn has_differences_beside(
    delta: &ChangedRrsets,
    profile: &Profile,
    reference: &Copy,
    found: &Copy,
) -> Option<bool> {
    let pair = Pair::new(reference, found);
    let mut beside = false;
    pair.each(profile, |ours, theirs| {
        let differs = kind(ours, theirs).is_some_and(|kind| kind != Kind::Ttl);
        let first = ours.or(theirs).and_then(<[_]>::first);
        beside |= differs
            && first.is_some_and(|record| {
                let (rtype, covered) = record.kind;
                !delta.contains(record.entry.owner, rtype, covered)
            });
    });
    pair.complete.then_some(beside)
}

/// Two copies, and the buckets in which they differ and whose records both have kept.
struct Pair<'a> {
    reference: &'a Copy,
    found: &'a Copy,
    buckets: Buckets,
    /// Whether those are all in which they differ.
    complete: bool,
}

impl<'a> Pair<'a> {
    fn new(reference: &'a Copy, found: &'a Copy) -> Self {
        let differing = reference.digest.differing(&found.digest);
        let kept = reference.digest.kept_buckets().common(&found.digest.kept_buckets());
        let complete = differing.is_within(&kept);
        Self { reference, found, buckets: differing.common(&kept), complete }
    }

    /// Gives every RRset of those buckets in canonical order: the reference's, and what was found.
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

/// Takes in the SOA: a serial of its own is no difference, any other field is.
fn compare_soa(zone: &Name, reference: &Copy, found: &Copy, differences: &mut Differences) {
    let (ours, theirs) = (&reference.summary, &found.summary);
    differences.soa = !ours.soa.same_but_serial(&theirs.soa);
    let kind = match differences.soa {
        true => Kind::Changed,
        false if ours.soa_ttl != theirs.soa_ttl => Kind::Ttl,
        false => return,
    };
    let shown =
        |copy: &Copy| Some(ShownRrset { ttl: copy.summary.soa_ttl, rdata: vec![copy.summary.soa.to_text()] });
    differences.count(kind);
    differences.shown.push(Difference {
        owner: zone.to_string(),
        rtype: Rtype::SOA.to_string(),
        kind,
        reference: shown(reference),
        found: shown(found),
    });
}

/// The kept records of a copy, with what puts them in order.
#[derive(Debug)]
struct Kept<'a> {
    entries: Vec<KeptRecord<'a>>,
    /// The owners as octets that are in order as they are (see [`push_sort_key`]), each once.
    owners: Vec<u8>,
    /// Where the owner of each entry stands in those.
    owner_of: Vec<Range<usize>>,
}

impl<'a> Kept<'a> {
    fn new(entries: impl Iterator<Item = KeptRecord<'a>>) -> Self {
        let mut kept = Self { entries: entries.collect(), owners: Vec::new(), owner_of: Vec::new() };
        let mut last: Option<(&[u8], Range<usize>)> = None;
        for entry in &kept.entries {
            let place = match &last {
                Some((owner, place)) if *owner == entry.owner => place.clone(),
                _ => {
                    let start = kept.owners.len();
                    push_sort_key(&mut kept.owners, entry.owner);
                    start..kept.owners.len()
                }
            };
            last = Some((entry.owner, place.clone()));
            kept.owner_of.push(place);
        }
        kept
    }

    /// Returns the records sorted by owner, type and data.
    fn sorted(&self, profile: &Profile) -> Vec<Sortable<'_>> {
        let sortable = |(entry, place): (&KeptRecord<'a>, &Range<usize>)| Sortable {
            entry: *entry,
            owner: self.owners.get(place.clone()).unwrap_or_default(),
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

/// A kept record with what makes it the same as another one.
#[derive(Debug)]
struct Sortable<'a> {
    entry: KeptRecord<'a>,
    /// The owner as octets that are in order as they are.
    owner: &'a [u8],
    /// The type, and for a signature the type it covers.
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

/// Returns how two sorted RRsets differ; `None` if at most the octets of signatures do.
fn kind(ours: Option<&[Sortable<'_>]>, theirs: Option<&[Sortable<'_>]>) -> Option<Kind> {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => {
            if !distinct(ours, |record| record.identity).eq(distinct(theirs, |record| record.identity)) {
                return Some(Kind::Changed);
            }
            let same_ttl = distinct(ours, |record| (record.identity, record.entry.ttl))
                .eq(distinct(theirs, |record| (record.identity, record.entry.ttl)));
            (!same_ttl).then_some(Kind::Ttl)
        }
        (Some(_), None) => Some(Kind::Missing),
        (None, Some(_)) => Some(Kind::Extra),
        (None, None) => None,
    }
}

fn same_octets(ours: Option<&[Sortable<'_>]>, theirs: Option<&[Sortable<'_>]>) -> bool {
    let octets = |side| distinct(side, |record: &Sortable<'_>| record.entry.rdata);
    octets(ours.unwrap_or_default()).eq(octets(theirs.unwrap_or_default()))
}

/// Returns the keys of records in order, each once: duplicates are no difference.
///
/// Sorted anew by key: signatures that mean the same are sorted by their octets, not by their TTLs.
fn distinct<'s, 'a, K: Ord>(
    records: &'s [Sortable<'a>],
    key: impl Fn(&'s Sortable<'a>) -> K,
) -> impl Iterator<Item = K> {
    let mut keys: Vec<K> = records.iter().map(key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter()
}

fn show(kind: Kind, ours: Option<&[Sortable<'_>]>, theirs: Option<&[Sortable<'_>]>) -> Option<Difference> {
    let first = &ours.or(theirs)?.first()?.entry;
    Some(Difference {
        owner: display(first.owner),
        rtype: first.rtype.to_string(),
        kind,
        reference: ours.map(show_rrset),
        found: theirs.map(show_rrset),
    })
}

fn show_rrset(records: &[Sortable<'_>]) -> ShownRrset {
    let ttl = records.iter().map(|record| record.entry.ttl).min().unwrap_or_default();
    let mut octets: Vec<&[u8]> = records.iter().map(|record| record.entry.rdata).collect();
    octets.dedup();
    let rtype = records.first().map_or(Rtype(0), |record| record.entry.rtype);
    ShownRrset { ttl, rdata: octets.into_iter().map(|octets| rdata::to_text(rtype, octets)).collect() }
}

#[cfg(test)]
mod tests;
