//! How expectations are parsed, and which answers meet them.

use super::error::ExpectError;
use super::*;
use crate::dns::message::Redirect;
use crate::dns::{Name, Serial};
use crate::observe::RrsetAnswer;
use crate::report::model::ServerReport;
use crate::report::tests::samples;

fn zone() -> Name {
    "example.com".parse().unwrap()
}

fn all(expected: &[&str], absent: &[&str]) -> Result<Vec<Wanted>, ExpectError> {
    parse(expected, &[], absent)
}

fn parse(expected: &[&str], contains: &[&str], absent: &[&str]) -> Result<Vec<Wanted>, ExpectError> {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let (records, contains, absent) = (owned(expected), owned(contains), owned(absent));
    parse_wanted(&zone(), None, RrsetTexts { records: &records, contains: &contains, absent: &absent })
}

fn found(ttl: u32, rdata: &[&[u8]]) -> RrsetAnswer {
    let records = rdata.iter().map(|rdata| (ttl, rdata.to_vec())).collect();
    RrsetAnswer { authoritative: true, records, ..RrsetAnswer::default() }
}

#[test]
fn a_wanted_serial_is_met_exactly_or_by_a_newer_one() {
    for (text, met, unmet) in [
        ("5", vec![5], vec![4, 6]),
        ("5+", vec![5, 6, 5 + (1 << 30)], vec![4, 5 + (1 << 31), u32::MAX]),
        (">=4294967295", vec![u32::MAX, 0, 7], vec![u32::MAX - 1]),
    ] {
        let wanted: WantedSerial = text.parse().unwrap();
        assert!(met.iter().all(|it| wanted.is_met_by(Serial(*it))), "{text}");
        assert!(!unmet.iter().any(|it| wanted.is_met_by(Serial(*it))), "{text}");
    }
    for text in ["", "+", "-1", "five", "4294967296", "+5", ">5"] {
        assert!(text.parse::<WantedSerial>().is_err(), "{text}");
    }
}

#[test]
fn records_of_one_owner_and_type_are_one_rrset() {
    let wanted = all(&["www A 192.0.2.1", "WWW.example.com. 300 IN A 192.0.2.2", "@ TXT a"], &["old AAAA"]);
    let texts: Vec<String> = wanted.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "old.example.com. no AAAA",
            "www.example.com. 300 A 192.0.2.1, 300 A 192.0.2.2",
            "example.com. TXT \"a\""
        ]
    );
}

#[test]
fn an_rrset_is_met_by_all_its_records_and_by_the_ttl_if_stated() {
    let one = [192, 0, 2, 1].as_slice();
    let two = [192, 0, 2, 2].as_slice();
    for (text, found, met) in [
        ("www A 192.0.2.1", found(60, &[one]), true),
        ("www 60 A 192.0.2.1", found(60, &[one]), true),
        ("www 61 A 192.0.2.1", found(60, &[one]), false),
        ("www 0 A 192.0.2.1", found(60, &[one]), false),
        ("www A 192.0.2.1", found(60, &[one, two]), false),
        ("www A 192.0.2.1", found(60, &[]), false),
        ("www A 192.0.2.1", RrsetAnswer { authoritative: false, ..found(60, &[one]) }, false),
    ] {
        assert_eq!(all(&[text], &[]).unwrap()[0].is_met_by(&found), met, "{text} {found:?}");
    }
}

#[test]
fn txt_strings_are_compared_by_content_not_by_notation() {
    let wanted = all(&[r#"t TXT "a\098" c"#], &[]).unwrap();
    assert!(wanted[0].is_met_by(&found(1, &[b"\x02ab\x01c"])));
    assert!(!wanted[0].is_met_by(&found(1, &[b"\x03abc"])));
}

#[test]
fn an_absent_rrset_is_met_by_an_authoritative_answer_only() {
    let wanted = &all(&[], &["old A"]).unwrap()[0];
    for (rcode, authoritative, met) in [(0, true, true), (3, true, true), (3, false, false), (2, true, false)]
    {
        let found = RrsetAnswer { rcode, authoritative, ..RrsetAnswer::default() };
        assert_eq!(wanted.is_met_by(&found), met, "{found:?}");
    }
    assert!(!wanted.is_met_by(&found(1, &[&[192, 0, 2, 1]])));
}

#[test]
fn a_contained_record_is_met_whatever_else_is_in_its_rrset() {
    let one = [192, 0, 2, 1].as_slice();
    let two = [192, 0, 2, 2].as_slice();
    let not_authoritative = RrsetAnswer { authoritative: false, ..found(60, &[one]) };
    for (text, found, met) in [
        ("www A 192.0.2.1", found(60, &[one]), true),
        ("www A 192.0.2.1", found(60, &[two, one]), true),
        ("www 60 A 192.0.2.1", found(60, &[two, one]), true),
        ("www 61 A 192.0.2.1", found(60, &[two, one]), false),
        ("www A 192.0.2.1", found(60, &[two]), false),
        ("www A 192.0.2.1", found(60, &[]), false),
        ("www A 192.0.2.1", not_authoritative, false),
    ] {
        assert_eq!(parse(&[], &[text], &[]).unwrap()[0].is_met_by(&found), met, "{text} {found:?}");
    }
}

#[test]
fn an_absent_record_is_met_while_others_stay() {
    let wanted = &all(&[], &["www IN A 192.0.2.1"]).unwrap()[0];
    assert_eq!(wanted.to_string(), "www.example.com. no A 192.0.2.1");
    let (one, two) = ([192, 0, 2, 1].as_slice(), [192, 0, 2, 2].as_slice());
    let empty = |rcode, authoritative| RrsetAnswer { rcode, authoritative, ..found(1, &[]) };
    for (found, met) in [
        (found(1, &[two]), true),
        (found(1, &[one]), false),
        (found(1, &[one, two]), false),
        (empty(0, true), true),
        (empty(3, true), true),
        (empty(3, false), false),
        (empty(2, true), false),
        (RrsetAnswer { authoritative: false, ..found(1, &[two]) }, false),
    ] {
        assert_eq!(wanted.is_met_by(&found), met, "{found:?}");
    }
}

#[test]
fn records_of_mixed_ttls_are_described_with_their_own() {
    let wanted = &all(&["m 300 A 192.0.2.1"], &[]).unwrap()[0];
    let (one, two) = (vec![192, 0, 2, 1], vec![192, 0, 2, 2]);
    let answer = RrsetAnswer { records: vec![(900, two), (300, one)], ..found(300, &[]) };
    assert_eq!(wanted.describe(&answer, &zone()), "300 A 192.0.2.1, 900 A 192.0.2.2");
    let many: Vec<Vec<u8>> = (0..40).map(|last| vec![192, 0, 2, last]).collect();
    let text = wanted.describe(&found(300, &many.iter().map(Vec::as_slice).collect::<Vec<_>>()), &zone());
    assert!(text.ends_with("300 A 192.0.2.15, and 24 more"), "{text}");
}

#[test]
fn what_stands_in_the_way_is_named() {
    let name = |text: &str| -> Name { text.parse().unwrap() };
    let redirected = |redirect| RrsetAnswer { redirect: Some(redirect), ..found(1, &[]) };
    let delegation = |owner: &str, count: u8| Redirect::Delegation {
        owner: name(owner),
        name_servers: (0..count).map(|number| name(&format!("ns{number}.example.net"))).collect(),
    };
    let one = [192, 0, 2, 1].as_slice();
    let dname = Redirect::Dname { owner: name("b.example.com"), target: name("d.example.net") };
    let referred =
        |owner, count| RrsetAnswer { authoritative: false, ..redirected(delegation(owner, count)) };
    let child = Some(name("b.example.com"));
    for (found, text, is_redirected) in [
        (redirected(Redirect::Cname(name("c.example.net"))), "CNAME c.example.net.", false),
        (redirected(dname), "DNAME d.example.net. at b.example.com.", true),
        (referred("b.example.com", 1), "delegated to ns0.example.net. at b.example.com.", true),
        // A server that refers to the zone itself, or above it, is no server of the zone.
        (referred("example.com", 1), "delegated to ns0.example.net. at example.com.", false),
        (referred("com", 1), "delegated to ns0.example.net. at com.", false),
        (
            RrsetAnswer { wildcard: Some(name("*.b.example.com")), ..found(1, &[one]) },
            "A 192.0.2.1, from the wildcard *.b.example.com.",
            false,
        ),
        (RrsetAnswer { authoritative: false, ..found(1, &[one]) }, "A 192.0.2.1, without authority", false),
        (
            RrsetAnswer { rcode: 3, negative_from: child, ..found(1, &[]) },
            "no A: the name does not exist in the zone b.example.com.",
            false,
        ),
        (RrsetAnswer { negative_from: Some(zone()), ..found(1, &[]) }, "no A", false),
    ] {
        let wanted = &all(&["a.b A 192.0.2.7"], &[]).unwrap()[0];
        assert_eq!(wanted.describe(&found, &zone()), text);
        assert_eq!(wanted.redirecting_owner(&found, &zone()).is_some(), is_redirected, "{text}");
        assert!(!wanted.is_met_by(&found), "{text}");
    }
    let wanted = &all(&["a.b A 192.0.2.7"], &[]).unwrap()[0];
    let many = wanted.describe(&referred("b.example.com", 20), &zone());
    assert!(many.ends_with("ns15.example.net., and 4 more at b.example.com."), "{many}");
}

#[test]
fn names_may_be_written_with_u_labels_and_text_stays_as_it_is() {
    for (typed, text) in [
        ("bücher A 192.0.2.1", "xn--bcher-kva.example.com. A 192.0.2.1"),
        (
            "_dmarc.BÜCHER 60 IN CNAME straße.example.",
            "_dmarc.xn--bcher-kva.example.com. 60 CNAME xn--strae-oqa.example.",
        ),
        ("*.é MX 10 mail.é", "*.xn--9ca.example.com. MX 10 mail.xn--9ca.example.com."),
        (r#"é TXT "ü;" ö"#, r#"xn--9ca.example.com. TXT "\195\188;" "\195\182""#),
        (r"a\.b\; TXT x\;y", r#"a\.b\;.example.com. TXT "x;y""#),
    ] {
        assert_eq!(all(&[typed], &[]).unwrap()[0].to_string(), text);
    }
    assert_eq!(all(&[], &["bücher A"]).unwrap()[0].to_string(), "xn--bcher-kva.example.com. no A");
    let permitted = parse_permitted(&zone(), &["*.bücher.example.com. A".to_owned()]).unwrap();
    assert_eq!(permitted[0].0.to_string(), "*.xn--bcher-kva.example.com.");
    for (typed, absent) in
        [(&["☃ A 192.0.2.1"], ""), (&["a CNAME ☃.example."], ""), (&["a A 192.0.2.1"], "☃ A")]
    {
        let absent: Vec<&str> = Some(absent).filter(|it| !it.is_empty()).into_iter().collect();
        let error = all(typed, &absent).unwrap_err().to_string();
        assert!(error.starts_with("`☃` is no label of an internationalised name by IDNA 2008"), "{error}");
    }
}

#[test]
fn a_semicolon_that_cuts_is_an_error_with_a_hint() {
    for (typed, left_out, hint) in [
        ("semi TXT v=DMARC1; p=none", "`; p=none`", r#"put the text in quotes: semi TXT "v=DMARC1; p=none""#),
        ("semi 60 IN TXT v=DMARC1 ; p=none", "`; p=none`", r#"semi 60 IN TXT "v=DMARC1 ; p=none""#),
        ("semi TXT v=DMARC1;", "`;`", r#"semi TXT "v=DMARC1;""#),
        (r#"semi TXT "v=DMARC1"; p=none"#, "`; p=none`", "leave comments out"),
        ("www A 192.0.2.1; web", "`; web`", "leave comments out"),
        ("www CAA 0 issue ca.example; policy", "`; policy`", "in quotes"),
    ] {
        let error = all(&[typed], &[]).unwrap_err().to_string();
        assert!(error.contains(left_out) && error.contains(hint), "{typed}: {error}");
        let error = parse(&[], &[typed], &[]).unwrap_err().to_string();
        assert!(error.contains(left_out), "{typed}: {error}");
    }
    all(&["www A 192.0.2.1 ; web", r#"semi TXT "v=DMARC1; p=none""#], &[]).unwrap();
}

#[test]
fn a_zone_name_that_stands_twice_is_an_error_with_a_hint() {
    for (expected, absent, stands_for) in [
        ("www.example.com A 192.0.2.1", "", "www.example.com.example.com."),
        ("WWW.Example.Com A 192.0.2.1", "", "www.example.com.example.com."),
        ("example.com A 192.0.2.1", "", "example.com.example.com."),
        ("www CNAME web.example.com", "", "web.example.com.example.com."),
        ("@ MX 10 mail.example.com", "", "mail.example.com.example.com."),
        ("@ NS ns.example.com", "", "ns.example.com.example.com."),
        ("a A 192.0.2.1", "www.example.com A", "www.example.com.example.com."),
        ("a A 192.0.2.1", "www.example.com A 192.0.2.1", "www.example.com.example.com."),
    ] {
        let absent: Vec<&str> = Some(absent).filter(|it| !it.is_empty()).into_iter().collect();
        let error = all(&[expected], &absent).unwrap_err().to_string();
        assert!(error.contains(&format!("has no final dot, so it stands for {stands_for}")), "{error}");
    }
    let permitted = parse_permitted(&zone(), &["www.example.com A".to_owned()]).unwrap_err();
    assert!(permitted.to_string().contains("has no final dot"));
    all(
        &[
            "www.example.com.example.com. A 192.0.2.1",
            "example.com._report._dmarc TXT v=DMARC1",
            "notexample.com A 192.0.2.1",
            "a TXT web.example.com",
            "b CNAME web.example.com.example.com.",
            "c CNAME web.example.com.",
        ],
        &[],
    )
    .unwrap();
    let root: Name = ".".parse().unwrap();
    let com = parse_permitted(&root, &["example.com NS".to_owned(), "com. NS".to_owned()]).unwrap();
    assert_eq!(com[0].0.to_string(), "example.com.");
}

#[test]
fn what_contradicts_itself_is_an_error() {
    let whole: &[&str] = &["www A 192.0.2.1"];
    for (expected, contains, absent, message) in [
        (whole, "", "www A 192.0.2.1", "A 192.0.2.1 is expected, and expected to be absent"),
        (whole, "www A 192.0.2.2", "", "A 192.0.2.2 is expected among others, but the whole RRset"),
        (&[], "www A 192.0.2.1", "www A", "www.example.com. A is expected, and"),
        (&[], "www A 192.0.2.1", "WWW A 192.0.2.1", "A 192.0.2.1 is expected, and"),
        (&[], "", "www 60 A 192.0.2.1", "leave the TTL out"),
        (&["www 60 A 192.0.2.1"], "www 61 A 192.0.2.1", "", "with two TTLs, 60 and 61"),
    ] {
        let list =
            |text: &'static str| Some(text).filter(|it| !it.is_empty()).into_iter().collect::<Vec<_>>();
        let error = parse(expected, &list(contains), &list(absent)).unwrap_err().to_string();
        assert!(error.contains(message), "{contains} {absent}: {error}");
    }
    parse(whole, whole, &["www A 192.0.2.2", "www AAAA"]).unwrap();
    parse(&[], &["a TXT x", "a TXT y"], &["a TXT z"]).unwrap();
}

#[test]
fn an_invalid_expectation_is_an_error() {
    for (expected, absent, message) in [
        ("www A 192.0.2", "", "192.0.2"),
        ("www", "", "type"),
        ("$INCLUDE /etc/passwd", "", "is not a record"),
        ("$TTL 5", "", "is not a record"),
        ("", "", "is not a record"),
        (" A 192.0.2.1", "", "is not a record"),
        ("www.example.net. A 192.0.2.1", "", "cannot be expected of example.com."),
        ("@ SOA a b 1 2 3 4 5", "", "--serial"),
        ("www TXT (a", "", "parenthes"),
        ("www A 192.0.2.1", "www A", "and expected to be absent"),
        ("www A 192.0.2.1", "www", "is not an owner and a type"),
        ("www A 192.0.2.1", "www.example.net. A", "cannot be expected"),
    ] {
        let absent: Vec<&str> = Some(absent).filter(|it| !it.is_empty()).into_iter().collect();
        let error = all(&[expected], &absent).unwrap_err().to_string();
        assert!(error.contains(message), "{expected}: {error}");
    }
    assert!(matches!(all(&["a 1 A 192.0.2.1", "a 2 A 192.0.2.2"], &[]), Err(ExpectError::TwoTtls { .. })));
}

#[test]
fn a_bad_server_is_named_with_its_address_once_if_it_has_one() {
    let server = samples::in_sync().servers.remove(0);
    for (name, address, text) in [
        ("ns1", Some("192.0.2.2:53"), "ns1 (192.0.2.2:53) was in_sync"),
        ("192.0.2.2", Some("192.0.2.2:53"), "192.0.2.2:53 was in_sync"),
        ("ns1", None, "ns1 was in_sync"),
    ] {
        let (name, address) = (name.to_owned(), address.map(str::to_owned));
        let server = ServerReport { server: name, address, findings: Vec::new(), ..server.clone() };
        assert_eq!(describe_bad_server(&server), text);
    }
}
