//! What is expected, as people write it.

use super::*;
use crate::dns::{Name, Serial};
use crate::observe::RrsetAnswer;

fn zone() -> Name {
    "example.com".parse().unwrap()
}

fn all(expected: &[&str], absent: &[&str]) -> Result<Vec<Wanted>, ExpectError> {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    wanted(&zone(), None, &owned(expected), &owned(absent))
}

fn found(ttl: u32, rdata: &[&[u8]]) -> RrsetAnswer {
    let records = rdata.iter().map(|rdata| (ttl, rdata.to_vec())).collect();
    RrsetAnswer { rcode: 0, authoritative: true, records }
}

#[test]
fn serials_are_wanted_exactly_or_at_least_and_by_rfc_1982() {
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
fn an_rrset_is_met_whole_and_with_its_ttl_if_that_is_written() {
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
fn text_is_compared_by_its_strings_however_they_are_written() {
    let wanted = all(&[r#"t TXT "a\098" c"#], &[]).unwrap();
    assert!(wanted[0].is_met_by(&found(1, &[b"\x02ab\x01c"])));
    assert!(!wanted[0].is_met_by(&found(1, &[b"\x03abc"])));
}

#[test]
fn what_is_absent_is_so_with_authority() {
    let wanted = &all(&[], &["old A"]).unwrap()[0];
    for (rcode, authoritative, met) in [(0, true, true), (3, true, true), (3, false, false), (2, true, false)]
    {
        let found = RrsetAnswer { rcode, authoritative, records: Vec::new() };
        assert_eq!(wanted.is_met_by(&found), met, "{found:?}");
    }
    assert!(!wanted.is_met_by(&found(1, &[&[192, 0, 2, 1]])));
}

#[test]
fn what_cannot_be_expected_is_said_so() {
    for (expected, absent, message) in [
        ("www A 192.0.2", "", "192.0.2"),
        ("www", "", "type"),
        ("$INCLUDE /etc/passwd", "", "is no record"),
        ("$TTL 5", "", "is no record"),
        ("", "", "is no record"),
        (" A 192.0.2.1", "", "is no record"),
        ("www.example.net. A 192.0.2.1", "", "can be no record of example.com."),
        ("@ SOA a b 1 2 3 4 5", "", "--serial"),
        ("www TXT (a", "", "parenthes"),
        ("www A 192.0.2.1", "www A", "and expected to be absent"),
        ("www A 192.0.2.1", "www", "is no name and type"),
        ("www A 192.0.2.1", "www.example.net. A", "can be no record"),
    ] {
        let absent: Vec<&str> = Some(absent).filter(|it| !it.is_empty()).into_iter().collect();
        let error = all(&[expected], &absent).unwrap_err().to_string();
        assert!(error.contains(message), "{expected}: {error}");
    }
    assert!(matches!(all(&["a 1 A 192.0.2.1", "a 2 A 192.0.2.2"], &[]), Err(ExpectError::TwoTtls { .. })));
}
