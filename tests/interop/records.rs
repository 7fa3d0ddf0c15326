//! Equal serials with equal or different records.

use super::zones::{ZONE, with_soa, zone};
use super::{Pair, both_ways, check, differences};
use crate::harness::daemon::Kind;

both_ways! {
    case_f03_an_edit_without_a_new_serial_diverges_and_every_rrset_is_named
    case_f04_soa_timers_edited_without_a_new_serial_diverge
    case_f25_letter_case_order_and_duplicates_are_no_difference
    case_f25_another_ttl_is_a_warning_and_in_sync
    case_f25_another_ttl_diverges_with_strict_ttl
    a_corrupt_copy_diverges_and_every_rrset_is_named
}

fn case_f03_an_edit_without_a_new_serial_diverges_and_every_rrset_is_named(primary: Kind) {
    let mut pair =
        Pair::in_sync(primary, &zone(5, "www A 192.0.2.1\nmail MX 10 www\nkept A 192.0.2.3\ngone TXT x\n"));
    pair.publish_refusing_transfers(&zone(
        5,
        "www A 192.0.2.9\nmail MX 20 www\nkept A 192.0.2.3\nnew AAAA ::1\n",
    ));

    let outcome = pair.check().critical();

    let server = outcome.server("ns1");
    assert_eq!(server["verdict"], "diverged", "{server:#}");
    assert_eq!(server["serial_lag"], 0, "{server:#}");
    assert_eq!(server["self_heals"], false, "{server:#}");
    assert_eq!(outcome.verdict("ns0"), "in_sync");
    assert_eq!(
        outcome.differences("ns1"),
        differences(&[
            ("www.example.test.", "A", "changed"),
            ("mail.example.test.", "MX", "changed"),
            ("new.example.test.", "AAAA", "missing"),
            ("gone.example.test.", "TXT", "extra"),
        ])
    );
    let findings = outcome.findings("ns1");
    assert!(findings.iter().any(|code| code == "serial_not_raised"), "{findings:?}");
}

fn case_f04_soa_timers_edited_without_a_new_serial_diverge(primary: Kind) {
    let mut pair = Pair::in_sync(primary, &with_soa("5 7200 600 86400 300", "www A 192.0.2.1\n"));
    pair.publish_refusing_transfers(&with_soa("5 14400 600 86400 300", "www A 192.0.2.1\n"));

    let outcome = pair.check().critical();

    assert_eq!(outcome.verdict("ns1"), "diverged");
    assert_eq!(outcome.differences("ns1"), differences(&[("example.test.", "SOA", "changed")]));
    let findings = outcome.findings("ns1");
    assert!(findings.iter().any(|code| code == "soa_differs"), "{findings:?}");
}

fn case_f25_letter_case_order_and_duplicates_are_no_difference(primary: Kind) {
    let one = "www A 192.0.2.1\nwww A 192.0.2.2\nmail MX 10 www.example.test.\nalias CNAME mail\n";
    let other = "ALIAS CNAME MAIL.Example.Test.\nMail MX 10 WWW\nWWW A 192.0.2.2\nwWw A 192.0.2.1\n\
                 www A 192.0.2.2\n";
    let first = primary.primary(ZONE, zone(5, one)).start();
    let second = primary.other().primary(ZONE, zone(5, other)).start();

    let outcome = check(&first, &second).ok();

    assert_eq!(outcome.verdict("ns1"), "in_sync");
    assert_eq!(outcome.differences("ns1"), differences(&[]));
    assert_eq!(outcome.server("ns1")["severity"], "ok");
}

/// A pair whose primary has another TTL for one RRset, and the same serial.
fn other_ttl(primary: Kind) -> Pair {
    let mut pair = Pair::in_sync(primary, &zone(5, "www 3600 A 192.0.2.1\nwww TXT x\n"));
    pair.publish_refusing_transfers(&zone(5, "www 3599 A 192.0.2.1\nwww TXT x\n"));
    pair
}

fn case_f25_another_ttl_is_a_warning_and_in_sync(primary: Kind) {
    let pair = other_ttl(primary);

    let outcome = pair.check().warning();

    assert_eq!(outcome.verdict("ns1"), "in_sync");
    assert_eq!(outcome.differences("ns1"), differences(&[("www.example.test.", "A", "ttl")]));
    assert_eq!(outcome.findings("ns1"), ["ttl_differs"]);
}

fn case_f25_another_ttl_diverges_with_strict_ttl(primary: Kind) {
    let pair = other_ttl(primary);

    let outcome = pair.check().arg("--strict-ttl").critical();

    assert_eq!(outcome.verdict("ns1"), "diverged");
    assert_eq!(outcome.differences("ns1"), differences(&[("www.example.test.", "A", "ttl")]));
}

/// A copy as a wrongly applied IXFR leaves it: the right serial, and records of neither version.
fn a_corrupt_copy_diverges_and_every_rrset_is_named(primary: Kind) {
    let good = "www A 192.0.2.1\nwww A 192.0.2.2\na\\.b TXT \"one label\"\n*.wild A 192.0.2.3\n";
    let corrupt = "www A 192.0.2.1\na.b TXT \"two labels\"\nstray.wild A 192.0.2.3\n";
    let first = primary.primary(ZONE, zone(5, good)).start();
    let second = primary.other().primary(ZONE, zone(5, corrupt)).start();

    let outcome = check(&first, &second).critical();

    assert_eq!(outcome.verdict("ns1"), "diverged");
    assert_eq!(
        outcome.differences("ns1"),
        differences(&[
            ("www.example.test.", "A", "changed"),
            ("a\\.b.example.test.", "TXT", "missing"),
            ("a.b.example.test.", "TXT", "extra"),
            ("*.wild.example.test.", "A", "missing"),
            ("stray.wild.example.test.", "A", "extra"),
        ])
    );
}
