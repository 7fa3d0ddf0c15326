//! The DNSKEY RRsets of a zone on two sides. Those of copies are known whatever else was kept of them.

use super::result::OtherKeys;
use super::scope::Scope;
use crate::digest::KeySet;
use crate::dns::wire::Record;
use crate::dns::{Rrset, Rtype};
use crate::observe::{DifferenceKind, WrongRrset};

/// Returns the key tags on both sides, if one publishes other keys than the other, and keys are compared.
pub(super) fn other_keys([reference, found]: [&KeySet; 2], scope: &Scope<'_>) -> Option<OtherKeys> {
    let zone = scope.zone;
    if !compares_keys(scope) || !reference.publishes_other(found, zone)? {
        return None;
    }
    Some(OtherKeys { reference: reference.published_tags(zone), found: found.published_tags(zone) })
}

/// Whether the DNSKEY RRset of the zone is one of those that are compared.
fn compares_keys(scope: &Scope<'_>) -> bool {
    !scope.profile.leaves_out(&Record::new(scope.zone.as_wire(), Rtype::DNSKEY, 0, &[]))
}

/// Whether an RRset is the DNSKEY RRset of the zone.
pub(super) fn are_keys_of_zone(owner: &[u8], rtype: Rtype, scope: &Scope<'_>) -> bool {
    rtype == Rtype::DNSKEY && owner.eq_ignore_ascii_case(scope.zone.as_wire())
}

/// Returns the DNSKEY RRsets of the zone, which differ, with all records that are known.
pub(super) fn wrong_keys([reference, found]: [&KeySet; 2], scope: &Scope<'_>) -> WrongRrset {
    let rrset = |keys: &KeySet| {
        let records = keys.published(scope.zone).unwrap_or_default().to_vec();
        let rrset = Rrset::new(scope.zone.clone(), Rtype::DNSKEY, records, Vec::new());
        (!rrset.records.is_empty()).then_some(rrset)
    };
    let (reference, found) = (rrset(reference), rrset(found));
    let kind = match (&reference, &found) {
        (Some(_), None) => DifferenceKind::Missing,
        (None, Some(_)) => DifferenceKind::Extra,
        _ => DifferenceKind::Changed,
    };
    let (owner, rtype) = (scope.zone.clone(), Rtype::DNSKEY);
    WrongRrset { owner, rtype, kind, reference, found, answer: None }
}
