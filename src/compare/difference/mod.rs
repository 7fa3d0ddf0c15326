//! The RRsets in which two copies differ.

mod listing;
mod pair;
mod result;

use crate::digest::Profile;
use crate::dns::xfr::ixfr::ChangedRrsets;
use crate::dns::{Name, Rtype};
use crate::observe::Copy;
use listing::FirstRrsets;
use pair::{Pair, RrsetPair};

pub use result::{Completeness, Difference, DifferenceKind, Differences, RrsetText};

/// How contents are compared.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The zone.
    pub zone: &'a Name,
    /// What makes records the same.
    pub profile: &'a Profile,
    /// Whether the SOA is compared, apart from its serial.
    pub compares_soa: bool,
    /// The RRsets that are expected to differ, if that is known.
    pub changed: Option<&'a ChangedRrsets>,
    /// The most RRsets to list.
    pub max_listed: usize,
    /// Whether the reference is a zone file.
    pub is_file: bool,
}

/// Returns the RRsets in which a copy differs from the reference.
pub(super) fn differences(reference: &Copy, found: &Copy, scope: &Scope<'_>) -> Differences {
    let pair = Pair::new(reference, found, scope.profile);
    let mut differences = Differences::default();
    if scope.compares_soa {
        compare_soa(scope.zone, reference, found, &mut differences);
    }
    differences.listed.truncate(scope.max_listed);
    let mut first = FirstRrsets::new(scope.max_listed.saturating_sub(differences.listed.len()));
    let sides = pair.sides();
    pair.each(&sides, |rrset| {
        let Some(kind) = rrset.difference(scope.is_file) else {
            differences.signatures += u64::from(!rrset.has_same_bytes());
            return;
        };
        differences.count(kind);
        differences.unexpected |= kind != DifferenceKind::Ttl && !is_expected(&rrset, scope);
        first.offer(kind, rrset);
    });
    let is_cut = first.describe(&mut differences.listed, scope.max_listed);
    differences.completeness = match (pair.is_complete, is_cut) {
        (false, _) => Completeness::LowerBounds,
        (true, true) => Completeness::Cut,
        (true, false) => Completeness::Complete,
    };
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
        answer: None,
    });
}

#[cfg(test)]
mod tests;
