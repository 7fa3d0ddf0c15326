//! Changes and their text.

mod nsupdate;
mod texts;

use std::convert::Infallible;

use super::*;
use crate::dns::rdata::to_text;
use crate::dns::{Name, Rrset, Rtype, Serial, Soa};

/// The changes between two streams that cannot fail.
type TestChanges = Changes<TestStream, TestStream>;
type TestStream = std::vec::IntoIter<Result<Rrset, Infallible>>;

fn zone() -> Name {
    "example.".parse().unwrap()
}

/// The SOA of the target.
fn soa(serial: u32) -> Soa {
    Soa {
        mname: "ns.example.".parse().unwrap(),
        rname: "host.example.".parse().unwrap(),
        serial: Serial(serial),
        refresh: 1,
        retry: 2,
        expire: 3,
        minimum: 4,
    }
}

/// An RRset of records with one octet each, and a TTL each.
fn rrset(owner: &str, rtype: Rtype, records: &[(u32, &[u8])]) -> Rrset {
    let owner = match owner {
        "@" => zone(),
        relative => format!("{relative}.example.").parse().unwrap(),
    };
    let records = records.iter().map(|(ttl, rdata)| (*ttl, rdata.to_vec())).collect();
    Rrset::new(owner, rtype, records, Vec::new())
}

fn a(owner: &str, ttl: u32, last: u8) -> Rrset {
    rrset(owner, Rtype::A, &[(ttl, &[192, 0, 2, last])])
}

fn cname(owner: &str, to: &str) -> Rrset {
    rrset(owner, Rtype::CNAME, &[(60, to.parse::<Name>().unwrap().as_wire())])
}

fn ns(owner: &str, ttl: u32, servers: &[&str]) -> Rrset {
    let names: Vec<Name> = servers.iter().map(|server| server.parse().unwrap()).collect();
    let records: Vec<(u32, &[u8])> = names.iter().map(|name| (ttl, name.as_wire())).collect();
    rrset(owner, Rtype::NS, &records)
}

fn stream(mut rrsets: Vec<Rrset>) -> TestStream {
    rrsets.sort_by(|one, other| (&one.owner, one.rtype).cmp(&(&other.owner, other.rtype)));
    rrsets.into_iter().map(Ok).collect::<Vec<_>>().into_iter()
}

/// The changes that make `target` equal to `reference`.
fn changes(reference: Vec<Rrset>, target: Vec<Rrset>) -> TestChanges {
    let rules = DiffRules { zone: zone(), ignored: vec![Rtype::CAA] };
    Changes::new(rules, stream(reference), stream(target))
}

fn all(changes: &mut TestChanges) -> Vec<RrsetChange> {
    changes.by_ref().map(|change| change.unwrap_or_else(|never| match never {})).collect()
}

/// Each change in short: its owner, type and kind.
fn short(changes: &[RrsetChange]) -> Vec<String> {
    let line = |it: &RrsetChange| format!("{} {} {:?}", it.owner, it.rtype, it.kind());
    changes.iter().map(line).collect()
}

#[test]
fn every_kind_of_change_is_found_in_canonical_order() {
    let reference = vec![a("same", 60, 1), a("new", 60, 1), a("other", 60, 1), a("ttl", 60, 1)];
    let target = vec![a("same", 60, 1), a("gone", 60, 1), a("other", 60, 2), a("ttl", 30, 1)];
    let mut found = changes(reference, target);
    let expected =
        ["gone.example. A Remove", "new.example. A Add", "other.example. A Replace", "ttl.example. A Ttl"];
    assert_eq!(short(&all(&mut found)), expected);
    assert_eq!(found.counts().all(), 4);
    let words = "1 to add, 1 to remove, 1 to replace, 1 to change in the TTL alone";
    assert_eq!(found.counts().in_words(), words);
    assert_eq!(found.left_out(), &LeftOut::default());
}

#[test]
fn what_belongs_to_a_server_or_its_signer_is_left_out_and_counted() {
    let soas = [7, 8].map(|serial| rrset("@", Rtype::SOA, &[(60, &soa(serial).to_rdata())]));
    let [theirs, here] = soas;
    let signed = |octet: u8| Rrset { signatures: vec![(60, vec![octet])], ..a("www", 60, 1) };
    let made = rrset("@", Rtype::DNSKEY, &[(60, &[1])]);
    let mut found = changes(
        vec![theirs, signed(1), made, rrset("@", Rtype::CAA, &[(60, &[1])])],
        vec![here, signed(2), ns("@", 60, &["ns.example."])],
    );
    assert_eq!(all(&mut found), []);
    let expected =
        LeftOut { soa: true, made_by_signer: 2, ignored: 1, name_servers: true, ..LeftOut::default() };
    assert_eq!(found.left_out(), &expected);
    assert!(found.left_out().has_rest());
    assert_eq!(found.left_out().lines().len(), 4);
}

#[test]
fn of_records_that_disagree_in_their_ttl_the_least_counts() {
    let mixed = || rrset("www", Rtype::A, &[(60, &[1, 1, 1, 1]), (30, &[1, 1, 1, 2]), (90, &[1, 1, 1, 1])]);
    assert_eq!(all(&mut changes(vec![mixed()], vec![mixed()])), []);
    let uniform = rrset("www", Rtype::A, &[(30, &[1, 1, 1, 1]), (30, &[1, 1, 1, 2])]);
    assert_eq!(all(&mut changes(vec![mixed()], vec![uniform])), []);
    let mut found = changes(vec![mixed()], vec![a("www", 60, 1)]);
    let change = all(&mut found).remove(0);
    assert_eq!(change.to.map(|to| (to.ttl, to.rdata.len())), Some((30, 2)));
    assert!(found.left_out().mixed_ttls_line().is_some());
}

#[test]
fn nothing_comes_after_an_error() {
    let broken: Vec<Result<Rrset, &str>> = vec![Ok(a("a", 60, 1)), Err("torn"), Ok(a("z", 60, 1))];
    let rules = DiffRules { zone: zone(), ignored: Vec::new() };
    let found = Changes::new(rules, broken.into_iter(), std::iter::empty());
    let found: Vec<Result<RrsetChange, &str>> = found.collect();
    assert_eq!(found.len(), 2);
    assert_eq!(found[1], Err("torn"));
}

#[test]
fn the_changes_of_an_owner_come_together() {
    let target = vec![a("www", 60, 1), rrset("www", Rtype::TXT, &[(60, b"\x01x")])];
    let mut found = changes(vec![cname("www", "web.example."), a("zzz", 60, 1)], target);
    let groups: Vec<Vec<String>> =
        OwnerGroups::new(found.by_ref()).map(|group| short(&group.unwrap())).collect();
    assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [3, 1]);
    assert_eq!(groups[0][1], "www.example. CNAME Add");
}

#[test]
fn the_names_of_name_servers_are_found_where_the_ns_set_of_the_zone_changes() {
    let reference = ns("@", 60, &["a.example.", "ns.test."]);
    let mut found = changes(
        vec![reference, ns("sub", 60, &["c.example."])],
        vec![ns("@", 60, &["b.example.", "example."])],
    );
    let group = all(&mut found);
    let mut names: Vec<Name> = name_server_names(&zone(), &group).into_iter().collect();
    names.sort();
    assert_eq!(names, ["a.example.", "b.example."].map(|name| name.parse::<Name>().unwrap()));
    assert!(name_server_names(&zone(), &group[1..]).is_empty());
}

#[test]
fn text_has_the_records_that_go_and_come() {
    let from = rrset("www", Rtype::A, &[(60, &[1, 1, 1, 1]), (60, &[1, 1, 1, 2])]);
    let to = rrset("www", Rtype::A, &[(60, &[1, 1, 1, 2]), (60, &[1, 1, 1, 3])]);
    let shown = |to: Rrset| {
        let mut out = String::new();
        for change in all(&mut changes(vec![to], vec![from.clone()])) {
            text::push_change(&mut out, &change);
        }
        out
    };
    assert_eq!(shown(to), "- www.example. 60 A 1.1.1.1\n+ www.example. 60 A 1.1.1.3\n");
    let lower = rrset("www", Rtype::A, &[(30, &[1, 1, 1, 1]), (30, &[1, 1, 1, 2])]);
    assert_eq!(shown(lower).lines().count(), 4, "a TTL is one of all records");
    assert_eq!(to_text(Rtype::A, &[1, 1, 1, 1]), "1.1.1.1");
}
