//! RRsets whose records have different TTLs in the zone file: what servers make of them, and what is told of it.

use super::zones::{ZONE, zone};
use super::{check, differences, every_software};
use crate::harness::Probe;
use crate::harness::daemon::Kind;

/// An RRset with three TTLs, and another one with one, in turns.
const RECORDS: &str = "m 456 A 192.0.2.2\nx 60 TXT a\nm 123 A 192.0.2.3\nm 789 A 192.0.2.4\nx 60 TXT b\n";

every_software! {
    a_server_that_loaded_mixed_ttls_is_in_sync_with_its_file
}

fn a_server_that_loaded_mixed_ttls_is_in_sync_with_its_file(kind: Kind) {
    let text = zone(7, RECORDS);
    let server = kind.primary(ZONE, &text).start();
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("zone"), &text).unwrap();
    let probe = Probe::check(ZONE).primary_at("ns0", server.address()).current_dir(directory.path());
    let outcome = probe.args(["--zone-file", "zone", "--strict-ttl"]).warning();
    assert_eq!(outcome.verdict("ns0"), "in_sync");
    assert_eq!(outcome.zone_findings(), ["mixed_ttls"]);
    let expected = match kind {
        Kind::Nsd | Kind::Pdns => vec!["mixed_ttls"],
        // Each gives all records of the RRset one of its TTLs.
        Kind::Bind | Kind::Knot | Kind::Yadifa => vec![],
    };
    assert_eq!(outcome.findings("ns0"), expected);
}

#[test]
fn mixed_ttls_are_told_of_the_copies_that_have_them_and_differ_where_a_server_gives_all_one() {
    let text = zone(7, RECORDS);
    let nsd = Kind::Nsd.primary(ZONE, &text).start();
    let powerdns = Kind::Pdns.primary(ZONE, &text).start();
    let knot = Kind::Knot.primary(ZONE, &text).start();

    for strict in [None, Some("--strict-ttl")] {
        let outcome = check(&nsd, &powerdns).args(strict).warning();
        for server in ["ns0", "ns1"] {
            assert_eq!(outcome.verdict(server), "in_sync");
            assert_eq!(outcome.findings(server), ["mixed_ttls"]);
        }
    }

    let outcome = check(&nsd, &knot).warning();
    assert_eq!(
        (outcome.verdict("ns1"), outcome.findings("ns0")),
        ("in_sync".into(), vec!["mixed_ttls".into()])
    );
    assert_eq!(outcome.findings("ns1"), ["ttl_differs"]);

    for (reference, other, mixed, one) in
        [(&nsd, &knot, "reference", "found"), (&knot, &nsd, "found", "reference")]
    {
        let outcome = check(reference, other).arg("--strict-ttl").critical();
        assert_eq!(outcome.verdict("ns1"), "diverged");
        assert_eq!(outcome.differences("ns1"), differences(&[("m.example.test.", "A", "ttl")]));
        let difference = &outcome.server("ns1")["differences"]["rrsets"][0];
        assert_eq!(difference[mixed]["ttls"], serde_json::json!([456, 123, 789]), "{difference:#}");
        assert_eq!(difference[one]["ttl"], 789, "{difference:#}");
        assert!(difference[one]["ttls"].is_null(), "{difference:#}");
    }
}

#[test]
fn with_strict_ttl_the_text_shows_the_ttl_of_each_record() {
    let text = zone(7, RECORDS);
    let nsd = Kind::Nsd.primary(ZONE, &text).start();
    let knot = Kind::Knot.primary(ZONE, &text).start();
    let outcome = check(&nsd, &knot).arg("--strict-ttl").format("table").critical();
    let differences = ["- 456 192.0.2.2", "- 123 192.0.2.3", "+ 789 192.0.2.2", "+ 789 192.0.2.3"];
    for line in [&differences[..], &["m.example.test. A with 123, 456 and 789 s"]].concat() {
        assert!(outcome.stdout().contains(line), "{line}: {}", outcome.transcript());
    }
}
