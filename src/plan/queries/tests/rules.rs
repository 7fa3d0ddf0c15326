//! What is asked where some types are not compared, and where only some names are drawn.

use super::select;
use super::shapes::lines;
use super::zone::{name, zone};
use crate::dns::Rtype;
use crate::plan::queries::{Draw, RrsetQuery};
use crate::plan::{Serials, SignatureComparison};

#[test]
fn rrsets_that_are_not_compared_are_neither_asked_nor_counted() {
    let records = zone(&[
        "example SOA NS ns.other DNSKEY NSEC3PARAM",
        "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example NSEC3",
        "_acme-challenge.host.example TXT",
        "sub.example NS ns.sub.example DS",
        "ns.sub.example A",
        "www.example A TXT",
    ]);
    let queries = select(&name("example"), &records, |rules, _, extra| {
        rules.serials = Serials::Independent;
        rules.content.dnssec = SignatureComparison::Ignore;
        rules.content.ignored = vec![Rtype::NS, Rtype::TXT];
        rules.content.permitted = vec![(name("www.example"), Rtype::A), (name("*.example"), Rtype::A)];
        // A server may have other names for lack of what is not compared.
        extra.push((name("host.example"), None));
        extra.push((name("x._acme-challenge.host.example"), None));
        extra.push((name("www.example"), Some(Rtype::MX)));
    });
    assert_eq!(lines(&queries.all), ["sub.example. DS"]);
    assert_eq!((queries.askable, queries.occluded), (1, 1));
}

#[test]
fn names_are_probed_by_a_type_that_is_compared() {
    let records = zone(&["example SOA", "a.b.example MX"]);
    let queries = select(&name("example"), &records, |rules, _, _| {
        rules.content.ignored = vec![Rtype::A, Rtype::AAAA];
    });
    let expected = ["example. SOA", "b.example. TXT no data", "a.b.example. MX", "?.example. TXT no name"];
    assert_eq!(lines(&queries.all), expected);
}

#[test]
fn the_apex_delegations_and_extra_names_are_asked_whatever_is_drawn() {
    let hosts: Vec<String> = (0..1000).map(|number| format!("h{number}.e{number}.example A TXT")).collect();
    let mut records = vec!["example SOA NS ns.other", "sub.example NS ns.sub.example DS", "ns.sub.example A"];
    records.extend(hosts.iter().map(String::as_str));
    let records = zone(&records);
    let queries = select(&name("example"), &records, |_, draw, extra| {
        *draw = Draw::window([9; 16], 0, 0.1);
        extra.push((name("h0.e0.example"), Some(Rtype::TXT)));
        extra.push((name("h1.e1.example"), None));
        extra.push((name("gone.example"), Some(Rtype::TXT)));
    });
    let asked = lines(&queries.all);
    for line in [
        "example. SOA",
        "example. NS",
        "sub.example. DS",
        "sub.example. NS refers ns.sub.example./A",
        "h0.e0.example. TXT",
        "h1.e1.example. A",
        "h1.e1.example. MX no data",
        "gone.example. TXT no name",
        "?.example. A no name",
    ] {
        assert!(asked.iter().any(|it| it == line), "{line}");
    }
    assert_eq!((queries.askable, queries.occluded), (5 + 2000, 0));
    let shown: u64 = queries.all.iter().map(RrsetQuery::rrsets).sum();
    assert!((120..320).contains(&shown), "{shown}");
    let empty = asked.iter().filter(|line| line.ends_with(" A no data")).count();
    assert!((60..150).contains(&empty), "{empty}");
}
