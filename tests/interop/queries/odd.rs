//! Whatever one software loads, held against a primary with the same records.

use super::super::record_types::records_read_by;
use super::super::{check, differences, every_software};
use super::{ZONE, assert_asked_whole, assert_right, large_rrset, zone};
use crate::harness::daemon::Kind;

every_software! {
    every_record_that_it_loads_is_right
}

/// Escaped labels, a DNAME, every type.
fn every_record_that_it_loads_is_right(kind: Kind) {
    let records = records_read_by(&[Kind::Bind, kind]);
    // PowerDNS does not answer for these, which has a test of its own.
    let is_answered =
        |line: &&str| kind != Kind::Pdns || !(line.starts_with('\\') || line.starts_with("quo\\"));
    let records: String = records.split_inclusive('\n').filter(is_answered).collect();
    let text = zone(2_026_112_201, &(records + &large_rrset('x')));
    let primary = Kind::Bind.primary(ZONE, text.clone()).start();
    let other = kind.primary(ZONE, text).refusing_transfers().start();

    let outcome = check(&primary, &other).ok();

    assert_right(&outcome, "ns1");
}

/// PowerDNS answers SERVFAIL for owner names with a zero octet or a semicolon.
#[test]
fn an_rrset_for_which_the_server_fails_is_named() {
    let text = zone(1, "\\000\\001 TXT \"no text\"\nquo\\\"te\\; TXT \"escaped\"\nwww A 192.0.2.1\n");
    let primary = Kind::Bind.primary(ZONE, text.clone()).start();
    let other = Kind::Pdns.primary(ZONE, text).refusing_transfers().start();

    let outcome = check(&primary, &other).critical();

    assert_eq!(outcome.verdict("ns1"), "diverged");
    assert_asked_whole(&outcome, "ns1");
    let expected =
        [("\\000\\001.example.test.", "TXT", "answer"), ("quo\\\"te\\;.example.test.", "TXT", "answer")];
    assert_eq!(outcome.differences("ns1"), differences(&expected), "{}", outcome.transcript());
    for rrset in outcome.server("ns1")["differences"]["rrsets"].as_array().unwrap() {
        assert_eq!(rrset["found"]["rcode"], "SERVFAIL", "{rrset:#}");
    }
}
