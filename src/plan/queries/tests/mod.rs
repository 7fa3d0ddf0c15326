//! The queries for whole zones, held against a slow authoritative server.

mod authority;
mod rules;
mod shapes;
mod zone;

use std::collections::HashSet;

use proptest::prelude::*;

use self::authority::{Authority, Response, parents};
use self::zone::{name, names, rrsets};
use super::askable::is_computed;
use super::{Draw, ExpectedAnswer, QuerySelection, RrsetQueries, RrsetQuery};
use crate::dns::name::is_within;
use crate::dns::{Name, Rrset, Rtype};
use crate::plan::{Compare, ComparisonRules};

/// The queries for a zone, and the numbers of RRsets that are askable and occluded.
struct Queries {
    all: Vec<RrsetQuery>,
    askable: u64,
    occluded: u64,
}

fn select(
    zone: &Name,
    rrsets: &[Rrset],
    change: impl FnOnce(&mut ComparisonRules, &mut Draw, &mut Vec<(Name, Option<Rtype>)>),
) -> Queries {
    let (mut rules, mut draw, mut extra) = (ComparisonRules::new(Compare::Records), Draw::all(), Vec::new());
    change(&mut rules, &mut draw, &mut extra);
    let selection = QuerySelection { rules: &rules, extra, draw, seed: [3; 16] };
    let mut queries = RrsetQueries::new(zone.clone(), rrsets.iter().cloned(), selection);
    let all = queries.by_ref().collect();
    Queries { all, askable: queries.askable(), occluded: queries.occluded() }
}

fn all(zone: &Name, rrsets: &[Rrset], extra: &[(Name, Option<Rtype>)]) -> Queries {
    select(zone, rrsets, |_, _, all| *all = extra.to_vec())
}

fn expected(answer: &ExpectedAnswer) -> Response {
    match answer.clone() {
        ExpectedAnswer::Rrset(rrset) => Response::Rrset(rrset),
        ExpectedAnswer::Synthesized(rrset) => Response::Synthesized(rrset),
        ExpectedAnswer::Referral { ns, glue } => Response::Referral { ns, glue },
        ExpectedAnswer::NoData => Response::NoData,
        ExpectedAnswer::NxDomain => Response::NxDomain,
    }
}

/// Whether an authoritative answer for an RRset is the same on all servers.
fn is_asked(zone: &Name, authority: &Authority<'_>, rrset: &Rrset) -> bool {
    let misplaced = (rrset.rtype == Rtype::DS && rrset.owner == *zone)
        || (rrset.rtype == Rtype::SOA && rrset.owner != *zone);
    let answer = authority.answer(&rrset.owner, rrset.rtype);
    answer == Response::Rrset(rrset.clone())
        && !misplaced
        && rrset.rtype != Rtype::NSEC3
        && !is_computed(rrset.rtype)
}

fn check(zone: &Name, rrsets: &[Rrset], extra: &[(Name, Option<Rtype>)]) -> Result<(), TestCaseError> {
    let authority = Authority { zone, rrsets };
    let queries = all(zone, rrsets, extra);
    let mut asked = HashSet::new();
    for query in &queries.all {
        let answer = authority.answer(&query.qname, query.qtype);
        prop_assert_eq!(&answer, &expected(&query.expected), "{:?}", query);
        prop_assert!(asked.insert((query.qname.clone(), query.qtype)), "asked twice: {:?}", query);
    }
    let shown: u64 = queries.all.iter().map(RrsetQuery::rrsets).sum();
    prop_assert_eq!(shown, queries.askable);
    prop_assert_eq!(queries.askable + queries.occluded, rrsets.len() as u64);

    for rrset in rrsets {
        let is_cut = rrset.rtype == Rtype::NS && rrset.owner != *zone;
        let referral = authority.answer(&rrset.owner, Rtype::NS);
        let is_referral = is_cut && matches!(&referral, Response::Referral { ns, .. } if ns == rrset);
        let is_due = is_referral || is_asked(zone, &authority, rrset);
        prop_assert_eq!(asked.contains(&(rrset.owner.clone(), rrset.rtype)), is_due, "{:?}", rrset);
        for above in parents(&rrset.owner).filter(|it| is_within(it.as_wire(), zone.as_wire())) {
            let has_rrsets = rrsets.iter().any(|it| it.owner == above && it.rtype != Rtype::NSEC3);
            let is_empty = !has_rrsets && authority.answer(&above, Rtype::A) == Response::NoData;
            // Not one that a wildcard makes for a name without RRsets.
            let is_made =
                authority.answer(&above, Rtype::NSEC3) == Response::NxDomain || rrset.rtype == Rtype::NSEC3;
            let is_named = extra.iter().any(|(name, _)| *name == above);
            if is_empty && !is_made && !is_named {
                prop_assert!(asked.contains(&(above.clone(), Rtype::A)), "empty non-terminal {above}");
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn an_authoritative_server_gives_each_expected_answer_and_every_rrset_is_asked_or_counted(
        all in rrsets(&name("example")),
        extra in prop::collection::vec(
            (names(name("example")), prop::option::of(prop::sample::select(vec![Rtype(1), Rtype(16), Rtype(43)]))),
            0..6,
        ),
    ) {
        check(&name("example"), &all, &extra)?;
    }

    #[test]
    fn the_root_is_a_zone_like_others(all in rrsets(&name(".")), extra in prop::collection::vec(names(name(".")), 0..4)) {
        let extra: Vec<_> = extra.into_iter().map(|name| (name, None)).collect();
        check(&name("."), &all, &extra)?;
    }

    #[test]
    fn extra_names_are_asked_wherever_the_answer_is_known(
        all in rrsets(&name("example")),
        extra in names(name("example")),
    ) {
        let zone = name("example");
        let authority = Authority { zone: &zone, rrsets: &all };
        let queries = self::all(&zone, &all, &[(extra.clone(), Some(Rtype::TXT))]);
        let is_asked = queries.all.iter().any(|it| it.qname == extra && it.qtype == Rtype::TXT);
        let has_odd = all.iter().any(|it| is_computed(it.rtype) || matches!(it.rtype, Rtype::DNAME | Rtype::SOA));
        match authority.answer(&extra, Rtype::TXT) {
            Response::Rrset(_) | Response::NxDomain => prop_assert!(is_asked),
            Response::NoData | Response::Synthesized(_) => prop_assert!(is_asked || has_odd),
            Response::Alias(_) | Response::Redirected(_) | Response::Referral { .. } => prop_assert!(!is_asked),
        }
    }
}
