use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// Where a server does not answer a query for NSEC with the record of the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Server {
    /// As BIND and PowerDNS do: nowhere.
    Direct,
    /// As NSD and Knot do.
    RefersAtCuts,
    /// As YADIFA does.
    FollowsAliases,
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn key(name: &Name) -> Vec<u8> {
    let mut key = Vec::new();
    push_sort_key(&mut key, name.as_wire());
    key
}

/// The chain of a zone `example` with these names, and their types beside NSEC and RRSIG.
fn chain(names: &[(&str, &str)]) -> Vec<NsecStep> {
    let mut all: BTreeMap<Vec<u8>, (Name, Vec<Rtype>)> = BTreeMap::new();
    for (owner, types) in [("example", "SOA NS")].iter().chain(names) {
        let types = types.split(' ').chain(["NSEC", "RRSIG"]).map(|it| it.parse().unwrap());
        all.insert(key(&name(owner)), (name(owner), types.collect()));
    }
    let all: Vec<_> = all.into_values().collect();
    let next = |index: usize| all.get(index + 1).unwrap_or(&all[0]).0.clone();
    let step = |(index, (owner, types)): (usize, &(Name, Vec<Rtype>))| NsecStep {
        owner: owner.clone(),
        next: next(index),
        types: types.clone(),
    };
    all.iter().enumerate().map(step).collect()
}

fn answer(server: Server, chain: &[NsecStep], qname: &Name, qtype: Rtype) -> WalkAnswer {
    let has = |step: &NsecStep, rtype| step.types.contains(&rtype);
    let is_above = |step: &NsecStep| is_within(qname.as_wire(), step.owner.as_wire());
    let is_cut = |step: &&NsecStep| is_above(step) && has(step, Rtype::NS) && !has(step, Rtype::SOA);
    let own = chain.iter().find(|step| step.owner == *qname);
    if chain.iter().find(is_cut).is_some_and(|cut| cut.owner != *qname || server != Server::Direct) {
        return WalkAnswer::Referral;
    }
    match own {
        Some(step) if has(step, Rtype::CNAME) && server == Server::FollowsAliases => WalkAnswer::Alias,
        Some(step) if qtype == Rtype::NSEC => WalkAnswer::Nsec(vec![step.clone()]),
        Some(_) => WalkAnswer::Nothing,
        // The apex, as the one that denies wildcards, and the record that covers the name.
        None => {
            let before = chain.iter().rfind(|step| key(&step.owner) < key(qname));
            WalkAnswer::Nsec(before.into_iter().chain(chain.first()).cloned().collect())
        }
    }
}

fn walk(server: Server, chain: &[NsecStep]) -> (Vec<NsecStep>, WalkEnd) {
    let mut walk = NsecWalk::new(name("example"));
    let mut seen = Vec::new();
    for _ in 0..1000 {
        let Some((qname, qtype)) = walk.question() else { break };
        seen.extend(walk.answer(&answer(server, chain, &qname, qtype)));
    }
    (seen, walk.end().expect("a walk ends"))
}

#[test]
fn a_chain_is_walked_to_its_end_on_every_server() {
    let chain = chain(&[
        ("!.example", "A"),
        ("*.example", "TXT"),
        ("alias.example", "CNAME"),
        ("below.alias.example", "A"),
        ("sub.example", "NS DS"),
        ("sub-2.example", "NS"),
        (r"sub\000x.example", "A"),
        ("www.example", "A AAAA"),
    ]);
    for server in [Server::Direct, Server::RefersAtCuts, Server::FollowsAliases] {
        let (seen, end) = walk(server, &chain);
        assert_eq!((seen, end), (chain.clone(), WalkEnd::Whole), "{server:?}");
    }
    assert_eq!(walk(Server::Direct, &chain[..0]).1, WalkEnd::Unsigned);
}

proptest! {
    #[test]
    fn every_name_of_a_random_chain_is_seen(
        names in prop::collection::vec(("[a-c!@*]{1,2}(\\.[a-c@]{1,2}){0,2}", prop::sample::select(vec!["A", "CNAME", "NS", "TXT"])), 0..12),
        server in prop::sample::select(vec![Server::Direct, Server::RefersAtCuts, Server::FollowsAliases]),
    ) {
        let names: Vec<_> = names.into_iter().map(|(owner, types)| (format!("{owner}.example"), types)).collect();
        let cuts: Vec<Name> = names.iter().filter(|it| it.1 == "NS").map(|it| name(&it.0)).collect();
        let is_below = |owner: &str| {
            cuts.iter().any(|cut| *cut != name(owner) && is_within(name(owner).as_wire(), cut.as_wire()))
        };
        let names: Vec<_> = names.iter().map(|(owner, types)| (owner.as_str(), *types)).filter(|it| !is_below(it.0)).collect();
        let chain = chain(&names);
        prop_assert_eq!(walk(server, &chain), (chain, WalkEnd::Whole));
    }
}

fn step(owner: &str, next: &str, types: &str) -> NsecStep {
    let types = types.split(' ').map(|it| it.parse().unwrap()).collect();
    NsecStep { owner: name(owner), next: name(next), types }
}

/// Walks through these answers, and returns the owners seen and the end.
fn walk_through(answers: &[WalkAnswer]) -> (Vec<String>, Option<WalkEnd>) {
    let mut walk = NsecWalk::new(name("example"));
    let seen = answers.iter().filter_map(|answer| walk.answer(answer)).map(|step| step.owner.to_string());
    (seen.collect(), walk.end())
}

fn nsec(owner: &str, next: &str, types: &str) -> WalkAnswer {
    WalkAnswer::Nsec(vec![step(owner, next, types)])
}

#[test]
fn records_made_for_each_query_end_the_walk() {
    let apex = "SOA NS RRSIG NSEC";
    let (seen, end) = walk_through(&[nsec("example", r"\000.example", apex)]);
    assert_eq!((seen.len(), end), (1, Some(WalkEnd::Minimal)));
    let first = nsec("example", "a.example", apex);
    let made = [
        (nsec("a.example", r"\000.a.example", "A NSEC RRSIG"), 2),
        (nsec("a.example", r"a\000.example", "A NSEC RRSIG"), 2),
        (nsec("a.example", "c.example", "NSEC RRSIG"), 1),
        (nsec("a.example", "c.example", "NSEC RRSIG TYPE128"), 1),
    ];
    for (answer, count) in made {
        let (seen, end) = walk_through(&[first.clone(), answer]);
        assert_eq!((seen.len(), end), (count, Some(WalkEnd::Minimal)));
    }
    // `b` is behind `a` in a chain too, but there it exists.
    let second = nsec("a.example", "b.example", "A NSEC RRSIG");
    let denied = nsec("a.example", "c.example", "A NSEC RRSIG");
    for (answer, expected) in [
        (denied, WalkEnd::Minimal),
        (WalkAnswer::Nothing, WalkEnd::Minimal),
        (nsec("b.example", "example", "A"), WalkEnd::Whole),
    ] {
        let (_, end) = walk_through(&[first.clone(), second.clone(), answer]);
        assert_eq!(end, Some(expected));
    }
}

#[test]
fn a_chain_that_is_not_one_ends_the_walk() {
    let apex = nsec("example", "b.example", "SOA NS");
    for (answers, expected) in [
        (vec![WalkAnswer::Nothing], WalkEnd::Unsigned),
        (vec![WalkAnswer::Referral], WalkEnd::Unsigned),
        (vec![nsec("example", "b.test", "SOA NS")], WalkEnd::Broken),
        (vec![apex.clone(), nsec("b.example", "a.example", "A")], WalkEnd::Broken),
        (vec![apex.clone(), nsec("b.example", "b.example", "A")], WalkEnd::Broken),
        (vec![apex.clone(), WalkAnswer::Nothing], WalkEnd::Broken),
        ([vec![apex.clone(), WalkAnswer::Referral], vec![WalkAnswer::Nothing; 2]].concat(), WalkEnd::Blocked),
        ([vec![apex.clone(), WalkAnswer::Alias], vec![WalkAnswer::Nothing; 3]].concat(), WalkEnd::Blocked),
    ] {
        let (_, end) = walk_through(&answers);
        assert_eq!(end, Some(expected), "{answers:?}");
    }
}

#[test]
fn a_zone_below_on_the_same_server_is_passed() {
    let answers = [
        nsec("example", "sub.example", "SOA NS"),
        nsec("sub.example", "www.sub.example", "SOA NS"),
        nsec("sub.example", "www.example", "NS DS"),
        nsec("www.example", "example", "A"),
    ];
    let (seen, end) = walk_through(&answers);
    assert_eq!((seen.len(), end), (3, Some(WalkEnd::Whole)));
    // PowerDNS does not answer for a name with a zero octet.
    let without_first_behind = [&answers[..2], &[WalkAnswer::Nothing], &answers[2..]].concat();
    assert_eq!(walk_through(&without_first_behind).1, Some(WalkEnd::Whole));
    let (_, end) = walk_through(&[&answers[..2], &answers[1..2], &answers[1..2]].concat());
    assert_eq!(end, Some(WalkEnd::Blocked));
}

#[test]
fn names_that_were_passed_are_a_gap() {
    let answers = [
        nsec("example", "b.example", "SOA NS"),
        nsec("target.example", "www.example", "A"),
        WalkAnswer::Nothing,
        nsec("a.b.example", "www.example", "A"),
        nsec("www.example", "example", "A"),
    ];
    let (seen, end) = walk_through(&answers);
    assert_eq!(seen, ["example.", "a.b.example.", "www.example."]);
    assert_eq!(end, Some(WalkEnd::Gaps));
}

#[test]
fn a_record_is_parsed_with_its_types_and_gives_questions() {
    let rdata = [name("b.example").as_wire(), &[0, 6, 0x62, 0x01, 0, 0x08, 0, 0x03, 1, 1, 0x40]].concat();
    let parsed = NsecStep::parse(&name("example"), &rdata).unwrap();
    assert_eq!(parsed, step("example", "b.example", "A NS SOA MX AAAA RRSIG NSEC CAA"));
    for length in [0, 1, name("b.example").as_wire().len() + 1, rdata.len() - 1] {
        assert_eq!(NsecStep::parse(&name("example"), &rdata[..length]), None, "{length}");
    }
    for (owner, types, expected) in [
        ("example", "A NS SOA DS RRSIG NSEC", "A NS SOA NSEC"),
        ("sub.example", "NS DS RRSIG NSEC", "NS DS"),
        ("www.example", "CNAME RRSIG NSEC", "CNAME"),
        ("*.example", "TXT DS RRSIG NSEC TYPE65401", "TXT DS NSEC"),
    ] {
        let questions = step(owner, "example", types).questions(&name("example"));
        let types: Vec<String> = questions.iter().map(|(_, rtype)| rtype.to_string()).collect();
        assert_eq!(types.join(" "), expected, "{owner}");
    }
}

#[test]
fn long_names_have_a_name_behind_them() {
    let long = format!("{}.example", "x".repeat(63));
    assert_eq!(first_behind(&name(&long)), Some(name(&format!("{}y.example", "x".repeat(62)))));
    assert_eq!(first_behind(&name("sub.example")), Some(name(r"sub\000.example")));
    let labels = ["x".repeat(59), "x".repeat(61), "x".repeat(61), "x".repeat(61)];
    let full = name(&format!("{}.example", labels.join(".")));
    assert_eq!(full.as_wire().len(), MAX_NAME);
    assert_eq!(first_below(&full), None);
    assert!(first_behind(&full).is_some_and(|name| is_before(&full, &name)));
    assert_eq!(first_behind(&name(".")), None);
}
