//! The RRsets that an address answers wrongly, as differences from the reference.

use super::causes::{Causes, SignatureCause};
use super::harm::Harm;
use super::held;
use super::keys::{are_keys_of_zone, other_keys};
use super::listing::{Listing, SortKey, sort_key};
use super::result::{Completeness, Differences, OtherKeys};
use super::wrong::{describe, record, sides};
use super::{Scope, soa_differences};
use crate::digest::KeySet;
use crate::dns::{Rtype, Soa};
use crate::observe::{Asked, DifferenceKind, WrongRrset};

/// Returns the RRsets that an address answers otherwise than the records of the reference require.
pub(in crate::compare) fn asked_differences(
    reference_soa: (&Soa, u32),
    asked: &Asked,
    scope: &Scope<'_>,
) -> Differences {
    let mut differences = soa_differences([reference_soa, (&asked.soa, asked.soa_ttl)], scope);
    for kind in DifferenceKind::ALL {
        *differences.counter(kind) += asked.wrong.count(kind);
    }
    differences.signatures = asked.wrong.signatures;
    let mut wrong: Vec<Placed<'_>> = asked.wrong.listed.iter().map(Placed::new).collect();
    wrong.sort_unstable_by(|a, b| a.key().cmp(&b.key()));
    let mut last: Option<SortKey> = None;
    wrong.retain(|placed| {
        let is_counted = last.as_ref() != Some(&placed.place) && !placed.is_soa_of(scope);
        if !is_counted {
            *differences.counter(placed.wrong.kind) -= 1;
        }
        last = Some(placed.place.clone());
        is_counted
    });
    let denial = held::of_denial((&asked.soa, asked.soa_ttl));
    for Placed { wrong, .. } in &wrong {
        differences.hold(held::of_answer(wrong, denial));
    }
    let is_unlisted = |kind: &DifferenceKind| {
        *kind != DifferenceKind::Ttl && asked.wrong.unlisted.get(*kind as usize).is_some_and(|&it| it > 0)
    };
    if DifferenceKind::ALL.iter().any(is_unlisted) {
        differences.held_for = None;
    }
    let is_unexpected = |Placed { place: (.., kind), wrong }: &Placed<'_>| {
        wrong.kind != DifferenceKind::Ttl && !scope.expects(wrong.owner.as_wire(), *kind)
    };
    differences.unexpected = wrong.iter().any(is_unexpected);
    let room = scope.max_listed.saturating_sub(differences.listed.len());
    let is_short = wrong.len() < room && asked.wrong.unlisted.iter().any(|count| *count > 0);
    differences.signature_causes = signature_causes(&wrong, scope);
    differences.has_other_causes =
        !differences.signature_causes.is_empty() && asked.wrong.unlisted.iter().any(|count| *count > 0);
    differences.keys = keys(&wrong, scope);
    let mut listing = Listing::new(differences.listed.pop(), scope.max_listed);
    for Placed { place, wrong } in wrong {
        let causes = &differences.signature_causes;
        if !listing.push(place.0, |is_cut| describe(wrong, scope, causes, is_cut)) {
            break;
        }
    }
    if listing.is_cut || is_short {
        differences.completeness = Completeness::Cut;
    }
    differences.listed = listing.finish();
    differences
}

/// An RRset that was answered wrongly, with its place in the list.
struct Placed<'a> {
    place: SortKey,
    wrong: &'a WrongRrset,
}

impl<'a> Placed<'a> {
    fn new(wrong: &'a WrongRrset) -> Self {
        let rrset = wrong.reference.as_ref().or(wrong.found.as_ref());
        let first = rrset.and_then(|rrset| Some(record(rrset, rrset.records.first()?).kind()));
        Self { place: sort_key(wrong.owner.as_wire(), first.unwrap_or((wrong.rtype, 0))), wrong }
    }

    /// What it is sorted by. A wildcard may be wrong in its own answer, and again in those that are made from it.
    fn key(&self) -> (&SortKey, usize) {
        (&self.place, self.wrong.kind as usize)
    }

    /// Whether it is the SOA of the zone, which is compared on its own, apart from its serial.
    fn is_soa_of(&self, scope: &Scope<'_>) -> bool {
        self.wrong.rtype == Rtype::SOA
            && self.wrong.owner == *scope.zone
            && matches!(self.wrong.kind, DifferenceKind::Changed | DifferenceKind::Ttl)
    }
}

/// Returns the keys on both sides, if those of the zone were answered wrongly.
fn keys(wrong: &[Placed<'_>], scope: &Scope<'_>) -> Option<OtherKeys> {
    let are_keys = |wrong: &WrongRrset| are_keys_of_zone(wrong.owner.as_wire(), wrong.rtype, scope);
    let wrong = wrong.iter().map(|placed| placed.wrong).find(|&wrong| are_keys(wrong))?;
    let sides = [&wrong.reference, &wrong.found].map(|rrset| {
        let mut keys = KeySet::default();
        if let Some(rrset) = rrset {
            keys.add_rrset(rrset);
        }
        keys
    });
    other_keys([&sides[0], &sides[1]], scope)
}

fn signature_causes(wrong: &[Placed<'_>], scope: &Scope<'_>) -> Vec<SignatureCause> {
    let mut causes = Causes::default();
    for Placed { wrong, .. } in wrong.iter().filter(|placed| placed.place.0 == Harm::Signatures) {
        let [ours, theirs] = sides(wrong, scope);
        causes.add(wrong.kind, [&ours, &theirs]);
    }
    causes.finish()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::compare::contents::contents;
    use crate::compare::{Coverage, RrsetText};
    use crate::digest::{HashKey, Profile};
    use crate::dns::{Name, Rrset, Serial};
    use crate::observe::{Content, TimeSpan, WrongAnswer, WrongRrsetList};
    use crate::plan::ContentRules;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    fn asked(minimum: u32, wrong: WrongRrsetList) -> Asked {
        Asked {
            span: TimeSpan::default(),
            soa: Soa {
                mname: name("ns1.example"),
                rname: name("admin.example"),
                serial: Serial(1),
                refresh: 1,
                retry: 1,
                expire: 1,
                minimum,
            },
            soa_ttl: 60,
            asked: 10,
            askable: Some(10),
            records: 10,
            bytes: 1000,
            duration: Duration::ZERO,
            wrong,
            has_gaps: false,
            drawn: None,
            computed: Vec::new(),
            alternating: Vec::new(),
            wrong_instances: Vec::new(),
            keys: Vec::new(),
        }
    }

    fn right() -> Asked {
        asked(0, WrongRrsetList::default())
    }

    fn addresses(owner: &str, octets: &[u8]) -> Rrset {
        let records = octets.iter().map(|octet| (60, vec![192, 0, 2, *octet])).collect();
        Rrset::new(name(owner), Rtype::A, records, Vec::new())
    }

    fn wrong(
        owner: &str,
        kind: DifferenceKind,
        reference: Option<Rrset>,
        found: Option<Rrset>,
    ) -> WrongRrset {
        WrongRrset { owner: name(owner), rtype: Rtype::A, kind, reference, found, answer: None }
    }

    fn compared(asked: Asked, max_listed: usize) -> Differences {
        let profile = Profile { key: HashKey([0; 16]), content: ContentRules::default() };
        let zone = name("example");
        let scope = Scope {
            zone: &zone,
            profile: &profile,
            compares_soa: true,
            changed: None,
            max_listed,
            is_file: false,
        };
        let reference = Content::Asked(right());
        let comparison = contents(&reference, &Content::Asked(asked), &scope);
        assert_eq!(comparison.coverage, Coverage::Asked);
        comparison.differences
    }

    fn all_kinds() -> WrongRrsetList {
        let mut list = WrongRrsetList::default();
        list.signatures = 3;
        let answer = Some(WrongAnswer { rcode: 3, content: "no such name".to_owned(), ttl: 30 });
        list.add(WrongRrset { answer, ..wrong("e.example", DifferenceKind::Answer, None, None) });
        let changed = wrong(
            "b.example",
            DifferenceKind::Changed,
            Some(addresses("b", &[1, 2])),
            Some(addresses("b", &[2, 3])),
        );
        list.add(changed);
        list.add(wrong("a.example", DifferenceKind::Missing, Some(addresses("a", &[1])), None));
        list
    }

    #[test]
    fn wrong_rrsets_are_counted_and_listed_in_canonical_order_behind_the_soa() {
        let differences = compared(asked(7, all_kinds()), 10);
        let Differences { missing, extra, changed, ttl, answer, signatures, soa, unexpected, .. } =
            differences;
        assert_eq!((missing, extra, changed, ttl, answer, signatures), (1, 0, 2, 0, 1, 3));
        assert_eq!(
            differences.held_for,
            Some(60),
            "the address and the SOA are held for longer than the denials"
        );
        assert!(soa && unexpected);
        let listed: Vec<&str> = differences.listed.iter().map(|it| it.owner.as_str()).collect();
        assert_eq!(listed, ["example.", "a.example.", "b.example.", "e.example."]);
        let text = |addresses: &[&str]| {
            let rdata: Vec<String> = addresses.iter().map(|it| (*it).to_owned()).collect();
            Some(RrsetText { ttl: 60, ttls: Vec::new(), records: rdata.len() as u64, rdata })
        };
        let changed = &differences.listed[2];
        assert_eq!(changed.reference, text(&["192.0.2.1", "192.0.2.2"]));
        assert_eq!(changed.found, text(&["192.0.2.2", "192.0.2.3"]));
        assert_eq!(differences.listed[3].answer.as_ref().map(|it| it.rcode), Some(3));
        assert_eq!(differences.completeness, Completeness::Complete);
    }

    #[test]
    fn an_rrset_that_is_wrong_in_two_answers_is_one_difference() {
        let mut list = WrongRrsetList::default();
        let reference = || Some(addresses("*.example", &[1]));
        list.add(wrong("*.example", DifferenceKind::Answer, reference(), None));
        list.add(wrong("*.example", DifferenceKind::Missing, reference(), None));
        list.add(WrongRrset { rtype: Rtype::SOA, ..wrong("example", DifferenceKind::Changed, None, None) });
        let differences = compared(asked(7, list), 10);
        let Differences { missing, changed, answer, .. } = differences;
        assert_eq!((missing, changed, answer), (1, 1, 0));
        let listed: Vec<&str> = differences.listed.iter().map(|it| it.rtype.as_str()).collect();
        assert_eq!(listed, ["SOA", "A"]);
    }

    #[test]
    fn what_does_more_harm_is_listed_first_in_answers_too() {
        let mut list = WrongRrsetList::default();
        for (owner, rtype) in [
            ("a.example", Rtype::RRSIG),
            ("a.example", Rtype::NSEC),
            ("b.example", Rtype::A),
            ("c.example", Rtype::DS),
            ("example", Rtype::DNSKEY),
        ] {
            list.add(WrongRrset { rtype, ..wrong(owner, DifferenceKind::Missing, None, None) });
        }
        let types = ["DNSKEY", "DS", "SOA", "A", "NSEC", "RRSIG"];
        for max in 0..=types.len() + 1 {
            let differences = compared(asked(7, list.clone()), max);
            let listed: Vec<&str> = differences.listed.iter().map(|it| it.rtype.as_str()).collect();
            assert_eq!(listed, types[..max.min(types.len())], "{max}");
        }
    }

    #[test]
    fn other_keys_are_known_from_answers() {
        let keys = |octets: &[u8]| {
            let rdata = |octet: &u8| (60, [&[1, 1, 3, 13], [*octet; 8].as_slice()].concat());
            let records = octets.iter().map(rdata).collect();
            Some(Rrset::new(name("example"), Rtype::DNSKEY, records, Vec::new()))
        };
        let tags = |reference, found, kind| {
            let wrong = WrongRrset { rtype: Rtype::DNSKEY, ..wrong("example", kind, reference, found) };
            let mut list = WrongRrsetList::default();
            list.add(wrong);
            let keys = compared(asked(0, list), 10).keys;
            keys.map(|keys| (keys.reference.len(), keys.found.len()))
        };
        assert_eq!(tags(keys(&[1]), keys(&[2, 3]), DifferenceKind::Changed), Some((1, 2)));
        assert_eq!(tags(keys(&[1]), None, DifferenceKind::Missing), Some((1, 0)));
        assert_eq!(tags(keys(&[1]), keys(&[1]), DifferenceKind::Ttl), None);
    }

    #[test]
    fn no_more_is_listed_than_was_asked_for() {
        let differences = compared(asked(7, all_kinds()), 2);
        assert_eq!((differences.listed.len(), differences.content()), (2, 4));
        assert_eq!(compared(asked(0, all_kinds()), 0).listed.len(), 0);
    }

    #[test]
    fn rrsets_that_were_not_kept_leave_the_list_incomplete_where_it_has_room() {
        let list = || {
            let mut list = all_kinds();
            list.unlisted = [5, 0, 0, 0, 0];
            list
        };
        let differences = compared(asked(0, list()), 10);
        assert_eq!((differences.missing, differences.completeness), (6, Completeness::Cut));
        assert_eq!(differences.held_for, None, "the TTLs of those that were not kept are not known");
        assert_eq!(compared(asked(0, list()), 3).completeness, Completeness::Complete);
    }

    #[test]
    fn right_answers_are_no_difference() {
        assert_eq!(compared(right(), 10), Differences::default());
    }
}
