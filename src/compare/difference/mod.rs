//! The RRsets in which two copies differ.

mod listing;
mod pair;

use crate::digest::Profile;
use crate::dns::xfr::ixfr::ChangedRrsets;
use crate::dns::{Name, Rtype};
use crate::observe::Copy;
use listing::FirstRrsets;
use pair::{Pair, RrsetPair};

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
    /// The TTL of each record in `rdata`, where they disagree (RFC 2181 section 5.2); else empty.
    pub ttls: Vec<u32>,
    /// The data of each record, sorted. Where there are too many, those that differ come before others.
    pub rdata: Vec<String>,
    /// The number of records, those that are not in `rdata` included.
    pub records: u64,
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
    pub exact: bool,
    /// Whether some text was left out of `listed`, or RRsets that would have been in it.
    pub cut: bool,
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
    let pair = Pair::new(reference, found, scope.profile);
    let mut differences = Differences { exact: pair.is_complete, ..Differences::default() };
    compare_soa(scope.zone, reference, found, &mut differences);
    differences.listed.truncate(scope.max_listed);
    let mut first = FirstRrsets::new(scope.max_listed.saturating_sub(differences.listed.len()));
    let sides = pair.sides();
    pair.each(&sides, |rrset| {
        let Some(kind) = rrset.difference() else {
            differences.signatures += u64::from(!rrset.has_same_bytes());
            return;
        };
        differences.count(kind);
        differences.unexpected |= kind != DifferenceKind::Ttl && !is_expected(&rrset, scope);
        first.offer(kind, rrset);
    });
    differences.cut = first.describe(&mut differences.listed, scope.max_listed);
    differences
}

/// Whether an RRset is among those that are expected to differ.
fn is_expected(rrset: &RrsetPair<'_, '_>, scope: &Scope<'_>) -> bool {
    let (owner, (rtype, covered)) = (rrset.named.owner, rrset.named.kind);
    scope.changed.is_some_and(|changed| changed.contains(owner, rtype, covered))
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
    let text = |copy: &Copy| Some(RrsetText::of_one(copy.summary.soa_ttl, copy.summary.soa.to_text()));
    differences.count(kind);
    differences.listed.push(Difference {
        owner: zone.to_string(),
        rtype: Rtype::SOA.to_string(),
        kind,
        reference: text(reference),
        found: text(found),
    });
}

impl RrsetText {
    /// An RRset of one record.
    fn of_one(ttl: u32, rdata: String) -> Self {
        Self { ttl, ttls: Vec::new(), rdata: vec![rdata], records: 1 }
    }
}

#[cfg(test)]
mod tests;
