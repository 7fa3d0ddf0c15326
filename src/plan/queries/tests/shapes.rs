//! What is asked of zones of every shape, line by line.

use super::all;
use super::zone::{name, zone};
use crate::dns::{Name, Rtype};
use crate::plan::queries::{ExpectedAnswer, RrsetQuery};

/// A query in one line; random labels are `?`.
pub(super) fn line(query: &RrsetQuery) -> String {
    let answer = match &query.expected {
        ExpectedAnswer::Rrset(_) => String::new(),
        ExpectedAnswer::Synthesized(rrset) => format!(" from {}", rrset.owner),
        ExpectedAnswer::Referral { glue, .. } => {
            let glue = glue.iter().map(|it| format!(" {}/{}", it.owner, it.rtype));
            format!(" refers{}", glue.collect::<String>())
        }
        ExpectedAnswer::NoData => " no data".to_owned(),
        ExpectedAnswer::NxDomain => " no name".to_owned(),
    };
    let is_random = |label: &[u8]| label.len() == 16 && label.iter().all(u8::is_ascii_hexdigit);
    let text = query.qname.to_string();
    let qname = match query.qname.labels().next() {
        Some(label) if is_random(label) => format!("?{}", &text[16..]),
        _ => text,
    };
    format!("{qname} {}{answer}", query.qtype)
}

pub(super) fn lines(queries: &[RrsetQuery]) -> Vec<String> {
    queries.iter().map(line).collect()
}

/// Checks the queries for a zone `example` beside those for its SOA and NS, and the RRsets that are not askable.
fn assert_asked(records: &[&str], extra: &[(&str, &str)], expected: &[&str], occluded: u64) {
    let mut all_records = vec!["example SOA NS ns.other"];
    all_records.extend(records);
    let extra: Vec<(Name, Option<Rtype>)> =
        extra.iter().map(|(owner, rtype)| (name(owner), rtype.parse().ok())).collect();
    let queries = all(&name("example"), &zone(&all_records), &extra);
    let asked = lines(&queries.all);
    let is_apex = |line: &&String| *line != "example. SOA" && *line != "example. NS";
    assert_eq!(asked.iter().filter(is_apex).collect::<Vec<_>>(), expected, "{records:?} {extra:?}");
    assert_eq!(queries.occluded, occluded, "{records:?}");
}

#[test]
fn every_rrset_of_a_plain_zone_is_asked_once() {
    let queries = all(&name("example"), &zone(&["example SOA"]), &[]);
    assert_eq!(lines(&queries.all), ["example. SOA", "?.example. A no name"]);
    assert_eq!((queries.askable, queries.occluded), (1, 0));
    assert_asked(
        &["example MX DNSKEY NSEC3PARAM", "www.example A AAAA HTTPS NSEC", r"a\.b.\000.example TYPE65280"],
        &[],
        &[
            "example. MX",
            "example. DNSKEY",
            "example. NSEC3PARAM",
            r"\000.example. A no data",
            r"a\.b.\000.example. TYPE65280",
            "www.example. A",
            "www.example. AAAA",
            "www.example. NSEC",
            "www.example. HTTPS",
            "?.example. A no name",
        ],
        0,
    );
}

#[test]
fn a_delegation_is_asked_with_the_glue_that_its_name_servers_need() {
    assert_asked(
        &[
            "sub.example NS ns.sub.example,sub.example,ns.other.example DS A NSEC TXT",
            "ns.sub.example A AAAA TXT",
            "www.sub.example A",
            "other.example NS ns.sub.example",
            "ns.other.example A",
        ],
        &[("sub.example", "A"), ("old.sub.example", "")],
        &[
            "other.example. NS refers",
            "sub.example. DS",
            "sub.example. NS refers sub.example./A ns.sub.example./A ns.sub.example./AAAA",
            "?.example. A no name",
        ],
        5,
    );
    assert_asked(
        &["a.b.sub.example NS ns.other", "x.a.b.sub.example NS ns.x.a.b.sub.example", "unsafe.example DS"],
        &[("a.b.sub.example", "DS")],
        &[
            "sub.example. A no data",
            "b.sub.example. A no data",
            "a.b.sub.example. DS no data",
            "a.b.sub.example. NS refers",
            "unsafe.example. DS",
            "?.example. A no name",
        ],
        1,
    );
    assert_asked(
        &["a.example NS ns.other CNAME", "b.example NS ns.other CNAME DS"],
        &[("a.example", "DS"), ("b.example", "DS")],
        &["a.example. NS refers", "b.example. NS refers", "?.example. A no name"],
        3,
    );
}

#[test]
fn glue_is_askable_as_far_as_a_message_has_room() {
    let servers: Vec<String> = (0..70).map(|number| format!("ns{number:02}.sub.example")).collect();
    let mut records = vec!["example SOA".to_owned(), format!("sub.example NS {}", servers.join(","))];
    records.extend(servers.iter().map(|server| format!("{server} A")));
    let records: Vec<&str> = records.iter().map(String::as_str).collect();
    let queries = all(&name("example"), &zone(&records), &[]);
    assert_eq!((queries.askable, queries.occluded), (1 + 1 + 70, 0));

    let mut large =
        zone(&["example SOA", "large.example TXT", "sub.example NS ns.sub.example", "ns.sub.example A"]);
    for rrset in &mut large[1..] {
        let record = rrset.records[0].clone();
        rrset.records = (0..u32::from(u16::MAX)).map(|ttl| (ttl, record.1.clone())).collect();
    }
    let queries = all(&name("example"), &large, &[]);
    assert_eq!(lines(&queries.all), ["example. SOA", "?.example. A no name"]);
    assert_eq!((queries.askable, queries.occluded), (1, 3));
}

#[test]
fn what_stands_beside_an_alias_is_not_askable() {
    assert_asked(
        &["www.example CNAME A NSEC", "a.www.example TXT"],
        &[("www.example", "TXT")],
        &["www.example. CNAME", "a.www.example. TXT", "?.example. A no name"],
        2,
    );
}

#[test]
fn names_below_a_dname_are_not_askable() {
    assert_asked(
        &["a.b.example DNAME TXT", "c.a.b.example A", "d.c.a.b.example NS ns.other"],
        &[("x.a.b.example", "A"), ("a.b.example", "MX")],
        &[
            "b.example. A no data",
            "a.b.example. MX no data",
            "a.b.example. TXT",
            "a.b.example. DNAME",
            "?.example. A no name",
        ],
        2,
    );
    assert_asked(&["example DNAME", "www.example A"], &[("old.example", "A")], &["example. DNAME"], 1);
}

#[test]
fn a_wildcard_is_asked_by_its_own_name_and_by_one_below_its_parent() {
    assert_asked(
        &["*.a.example TXT NSEC", "b.a.example A"],
        &[],
        &[
            "a.example. A no data",
            "?.a.example. TXT from *.a.example.",
            "*.a.example. TXT",
            "*.a.example. NSEC",
            "b.a.example. A",
            "?.example. A no name",
        ],
        0,
    );
    assert_asked(
        &["*.example CNAME"],
        &[("old.example", "A"), ("*.example", "A")],
        &["?.example. CNAME from *.example.", "*.example. CNAME", "old.example. A from *.example."],
        0,
    );
    assert_asked(&["*.example NS ns.other"], &[("old.example", "A")], &["*.example. NS refers"], 0);
    assert_asked(&["*.example DNAME A"], &[("old.example", "A")], &["*.example. A", "*.example. DNAME"], 0);
    assert_asked(
        &["a.*.example A"],
        &[("old.example", "A")],
        &["*.example. A no data", "a.*.example. A", "old.example. A no data"],
        0,
    );
    assert_asked(
        &["*.sub.example A", "sub.example NS ns.other"],
        &[],
        &["sub.example. NS refers", "?.example. A no name"],
        1,
    );
}

#[test]
fn an_extra_name_is_asked_for_what_its_closest_encloser_makes_of_it() {
    assert_asked(
        &["www.example A", "*.dyn.example A", "x.y.example A"],
        &[
            ("www.example", "TXT"),
            ("old.example", "TXT"),
            ("!.dyn.example", "A"),
            ("z.dyn.example", "TXT"),
            ("y.example", "A"),
            ("z.y.example", "A"),
            ("elsewhere.test", "A"),
        ],
        &[
            "dyn.example. A no data",
            "?.dyn.example. A from *.dyn.example.",
            "*.dyn.example. A",
            "z.dyn.example. TXT no data",
            "!.dyn.example. A from *.dyn.example.",
            "old.example. TXT no name",
            "www.example. TXT no data",
            "www.example. A",
            "y.example. A no data",
            "x.y.example. A",
            "z.y.example. A no name",
            "?.example. A no name",
        ],
        0,
    );
    assert_asked(
        &[],
        &[("old.example", "")],
        &[
            "old.example. A no name",
            "old.example. CNAME no name",
            "old.example. MX no name",
            "old.example. TXT no name",
            "old.example. AAAA no name",
            "?.example. A no name",
        ],
        0,
    );
}

#[test]
fn what_servers_answer_differently_is_not_asked() {
    assert_asked(
        &[
            "example DS NSEC3",
            "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example NSEC3",
            "alias.example TYPE65401",
            "lua.example TYPE65402 TXT",
            "signed.example RRSIG-A",
            "key.example TYPE24 TYPE249",
        ],
        &[
            ("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example", "A"),
            ("alias.example", "A"),
            ("signed.example", "A"),
            ("x.signed.example", "A"),
        ],
        &["0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example. A no name", "lua.example. TXT", "?.example. A no name"],
        7,
    );
}
