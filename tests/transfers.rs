//! Transfers: the normal forms, and the failures, which are never differences.

use zoneprobe::dns::message::{NOTAUTH, SERVFAIL};

use crate::harness::{Nameserver, Probe, RunningNameserver};

const ZONE: &str = "example.test";

fn server() -> Nameserver {
    Nameserver::new().zone(ZONE, 7).hosts(500)
}

fn probe<'n>(primary: &'n RunningNameserver, other: &'n RunningNameserver) -> Probe<'n> {
    Probe::check(ZONE).primary(primary).secondary(other).args([
        "--timeout",
        "500ms",
        "--idle-timeout",
        "500ms",
    ])
}

#[test]
fn every_normal_form_of_a_transfer_is_in_sync() {
    let primary = server().start();
    for (form, other) in [
        ("the usual form", server()),
        ("the SOA alone first", server().soa_alone_first()),
        ("one record a message", server().records_per_message(1)),
        ("as many records a message as fit", server().records_per_message(2000)),
        ("the question in every message", server().question_in_every_message()),
        ("AA clear", server().aa_clear_in_transfer()),
        ("owners in upper case", server().upper_case_in_transfer()),
    ] {
        let other = other.start();
        let outcome = probe(&primary, &other).ok();
        assert_eq!(outcome.verdict("ns1"), "in_sync", "{form}\n{}", outcome.transcript());
        let (ours, theirs) = (outcome.server("ns0"), outcome.server("ns1"));
        for key in ["records", "rrsets", "fingerprint", "serial"] {
            assert_eq!(ours["copy"][key], theirs["copy"][key], "{form}: {key}");
        }
    }
}

#[test]
fn an_incomplete_transfer_is_unknown_and_has_no_differences() {
    let primary = server().start();
    for (failure, other, kind) in [
        ("closed early", server().closing_after(100), "transfer_incomplete"),
        ("reset", server().tcp_resetting(), "transfer_incomplete"),
        ("changed", server().changing_soa_at_end(8), "changed_during_transfer"),
        ("refused", server().transfer_refused(), "transfer_refused"),
        ("not authoritative", server().transfer_rcode(NOTAUTH), "transfer_refused"),
        ("failing", server().transfer_rcode(SERVFAIL), "rcode"),
        ("too slow", server().slow_transfer(100), "limit_exceeded"),
    ] {
        let other = other.start();
        let outcome = probe(&primary, &other).unknown();
        let server = outcome.server("ns1");
        assert_eq!(server["verdict"], "unknown", "{failure}\n{}", outcome.transcript());
        assert_eq!(server["failure"]["kind"], kind, "{failure}\n{}", outcome.transcript());
        assert!(server["differences"].is_null(), "{failure}");
        assert!(server["copy"].is_null(), "{failure}");
    }
}

#[test]
fn endless_transfers_end_at_the_limits() {
    let primary = server().start();
    let other = server().endless_transfer().start();
    for limit in ["--max-transfer-records", "--max-transfer-bytes"] {
        let outcome = probe(&primary, &other).args([limit, "200000"]).unknown();
        let server = outcome.server("ns1");
        assert_eq!(server["failure"]["kind"], "limit_exceeded", "{limit}\n{}", outcome.transcript());
        assert_eq!(outcome.findings("ns1"), ["unknown", "transfer_incomplete"], "{limit}");
    }
}

#[test]
fn records_out_of_zone_or_after_the_closing_soa_are_dropped_and_counted() {
    let primary = server().start();
    for other in [server().out_of_zone_record(), server().record_after_closing_soa()] {
        let other = other.start();
        let outcome = probe(&primary, &other).ok();
        assert_eq!(outcome.server("ns1")["copy"]["dropped"], 1, "{}", outcome.transcript());
    }
}

#[test]
fn records_of_unknown_types_are_compared_and_reported_in_generic_form() {
    let with = |data: &[u8]| {
        server().record("private", 65280, 60, data).record("empty", 42, 60, &[]).record(
            r"odd\.label\032x",
            16,
            60,
            b"\x05\x1b[31m",
        )
    };
    let (primary, same, other) = (with(&[1, 2]).start(), with(&[1, 2]).start(), with(&[]).start());
    probe(&primary, &same).ok();
    let outcome = probe(&primary, &other).critical();
    let expected = ("private.example.test.".to_owned(), "TYPE65280".to_owned(), "changed".to_owned());
    assert_eq!(outcome.differences("ns1"), [expected]);
    let rrset = outcome.server("ns1")["differences"]["rrsets"][0].clone();
    assert_eq!(rrset["reference"]["rdata"][0], r"\# 2 0102");
    assert_eq!(rrset["found"]["rdata"][0], r"\# 0");
}

#[test]
fn all_differences_between_large_copies_are_named() {
    // Far more than is kept in memory.
    let large = || Nameserver::new().zone(ZONE, 7).hosts(20_000);
    let primary = large().start();
    let other = large().without("h7 A").replace("h12345 A 203.0.113.9").with("new A 203.0.113.1").start();
    let outcome = Probe::check(ZONE).primary(&primary).secondary(&other).critical();
    let named = |owner: &str, kind: &str| (format!("{owner}.{ZONE}."), "A".to_owned(), kind.to_owned());
    assert_eq!(
        outcome.differences("ns1"),
        [named("h12345", "changed"), named("h7", "missing"), named("new", "extra")]
    );
    assert_eq!(outcome.server("ns1")["differences"]["complete"], true);
}

#[test]
fn counts_of_very_many_differences_are_lower_bounds() {
    // More bytes differ than are kept of one copy.
    let large = |last: u8| {
        let text = [[255; 1].as_slice(), &[last; 255]].concat();
        (0..40_000_u32).fold(Nameserver::new().zone(ZONE, 7), |server, host| {
            server.record(&format!("t{host}"), 16, 60, &text)
        })
    };
    let (primary, other) = (large(b'a').start(), large(b'b').start());
    let outcome = Probe::check(ZONE).primary(&primary).secondary(&other).critical();
    let differences = outcome.server("ns1")["differences"].clone();
    assert_eq!(outcome.verdict("ns1"), "diverged");
    assert_eq!(differences["complete"], false);
    let changed = differences["changed"].as_u64().unwrap();
    assert!(changed > 1000 && changed < 40_000, "{changed}");
    assert_eq!(differences["shown"], 100);
}
