//! The RRsets in which two contents differ.

mod answered;
mod asked;
mod causes;
mod harm;
mod held;
mod keys;
mod listing;
mod pair;
mod result;
mod scope;
mod wrong;

use crate::dns::message::held_ttl;
use crate::dns::{Rtype, Soa};
use crate::observe::Copy;
use causes::Causes;
use harm::Harm;
use keys::{are_keys_of_zone, other_keys, wrong_keys};
use listing::{FirstRrsets, Listing};
use pair::{Pair, SidedRecord};

pub use crate::observe::DifferenceKind;
pub use answered::{has_data_of, rrset_text};
pub(super) use asked::asked_differences;
pub use causes::{SignatureCause, SignatureField, tags_in_words};
pub use result::{Completeness, Difference, Differences, OtherKeys, RrsetText};
pub use scope::Scope;

/// Returns the RRsets in which a copy differs from the reference.
pub(super) fn differences(reference: &Copy, found: &Copy, scope: &Scope<'_>) -> Differences {
    let pair = Pair::new(reference, found, scope.profile);
    let soas = [reference, found].map(|copy| (&copy.summary.soa, copy.summary.soa_ttl));
    let mut differences = soa_differences(soas, scope);
    let mut listing = Listing::new(differences.listed.pop(), scope.max_listed);
    let mut first = FirstRrsets::new(scope.max_listed);
    let mut causes = Causes::default();
    let keys = [reference, found].map(|copy| copy.digest.keys());
    differences.keys = other_keys(keys, scope);
    let mut are_keys_listed = differences.keys.is_none();
    let denial = held::of_denial(soas[1]);
    let sides = pair.sides();
    pair.each(&sides, |rrset| {
        let Some(kind) = rrset.difference(scope.is_file) else {
            differences.signatures += u64::from(!rrset.has_same_bytes());
            return;
        };
        differences.count(kind);
        if kind != DifferenceKind::Ttl {
            differences.hold(Some(held::of_side(&rrset.theirs, denial)));
        }
        let SidedRecord { owner, kind: rtype, .. } = rrset.named;
        are_keys_listed |= are_keys_of_zone(owner, rtype.0, scope);
        differences.unexpected |= kind != DifferenceKind::Ttl && !scope.expects(owner, rtype);
        if rtype.0 == Rtype::RRSIG {
            causes.add(kind, [&rrset.ours, &rrset.theirs]);
        }
        first.offer(kind, rrset);
    });
    differences.signature_causes = causes.finish();
    if !are_keys_listed {
        // Their bucket was not kept.
        let wrong = wrong_keys(keys, scope);
        differences.count(wrong.kind);
        differences.hold(held::of_answer(&wrong, denial));
        differences.unexpected |= !scope.expects(scope.zone.as_wire(), (Rtype::DNSKEY, 0));
        listing.push(Harm::Keys, |is_cut| wrong::describe(&wrong, scope, &[], is_cut));
    }
    first.describe(&mut listing, &differences.signature_causes);
    differences.completeness = match (pair.is_complete, listing.is_cut) {
        (false, _) => Completeness::LowerBounds,
        (true, true) => Completeness::Cut,
        (true, false) => Completeness::Complete,
    };
    if !differences.is_exact() {
        differences.held_for = None;
    }
    differences.listed = listing.finish();
    differences
}

/// Compares the SOAs, each with its TTL: another serial is no difference, any other field is.
pub(super) fn soa_differences(soas: [(&Soa, u32); 2], scope: &Scope<'_>) -> Differences {
    let mut differences = Differences::default();
    let [(ours, our_ttl), (theirs, their_ttl)] = soas;
    let is_changed = !ours.same_but_serial(theirs);
    let kind = if is_changed { DifferenceKind::Changed } else { DifferenceKind::Ttl };
    if !scope.compares_soa || (!is_changed && our_ttl == their_ttl) {
        return differences;
    }
    differences.soa = is_changed;
    differences.hold(is_changed.then_some(held_ttl(their_ttl)));
    differences.count(kind);
    if scope.max_listed > 0 {
        let [reference, found] = soas.map(|(soa, ttl)| Some(RrsetText::of_one(ttl, soa.to_text())));
        let (owner, rtype) = (scope.zone.to_string(), Rtype::SOA.to_string());
        let (answer, signature_cause) = (None, None);
        differences.listed.push(Difference { owner, rtype, kind, reference, found, answer, signature_cause });
    }
    differences
}

#[cfg(test)]
mod tests;
