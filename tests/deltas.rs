//! Lags that the reference explains by what it has changed since.

use std::fs;

use zoneprobe::testserver::Zone;

use crate::harness::{Incremental, Listening, Nameserver, Outcome, Probe};

const ZONE: &str = "example.test";

const KEY: &str = r#"key "xfr" { algorithm hmac-sha256; secret "c2VjcmV0"; };"#;

/// The zone at serial 7, in which the address of www is new.
fn primary() -> Nameserver {
    Nameserver::new().zone(ZONE, 7).replace("www 300 A 192.0.2.81")
}

fn before(zone: Zone) -> Zone {
    zone.replace("www 300 A 192.0.2.80").unwrap()
}

/// A secondary that has not taken that yet.
fn lagging() -> Nameserver {
    Nameserver::new().zone(ZONE, 6)
}

/// A secondary that has not taken that yet, and has a wrong record besides.
fn corrupt() -> Nameserver {
    lagging().replace("mail 3600 A 192.0.2.99")
}

fn look(primary: &Listening, secondary: &Listening) -> Outcome {
    Probe::check(ZONE).primary(primary).secondary(secondary).run()
}

fn deltas_asked_of(server: &Listening) -> usize {
    server.asked().iter().filter(|line| line.contains("IXFR")).count()
}

#[test]
fn a_copy_that_lags_and_is_corrupt_is_diverged_at_the_first_look() {
    for primary in [
        primary().changed_since(6, before),
        primary().changed_since(6, before).records_per_message(1),
        primary().changed_since(6, before).soa_alone_first().question_in_every_message(),
        primary().changed_since(6, before).upper_case_in_transfer().aa_clear_in_transfer(),
    ] {
        let (primary, lagging, corrupt) = (primary.start(), lagging().start(), corrupt().start());
        let outcome = look(&primary, &lagging);
        assert_eq!(outcome.verdict("ns1"), "behind", "{}", outcome.transcript());
        let outcome = look(&primary, &corrupt);
        assert_eq!(outcome.verdict("ns1"), "diverged", "{}", outcome.transcript());
        assert_eq!(outcome.server("ns1")["serial_lag"], 1);
        assert_eq!(deltas_asked_of(&primary), 2);
        assert_eq!(deltas_asked_of(&lagging) + deltas_asked_of(&corrupt), 0);
    }
}

#[test]
fn a_primary_that_tells_nothing_of_its_changes_accuses_nobody() {
    let another = |zone: Zone| zone.with_serial(5);
    for (why, primary) in [
        ("the whole zone", primary()),
        ("the whole zone, its SOA in front", primary().soa_alone_first()),
        ("one SOA", primary().incremental(Incremental::Soa)),
        ("REFUSED", primary().incremental(Incremental::Rcode(5))),
        ("NOTIMP", primary().incremental(Incremental::Rcode(4))),
        ("another beginning", primary().changed_since(6, another)),
    ] {
        let (primary, corrupt) = (primary.start(), corrupt().start());
        let outcome =
            Probe::check(ZONE).primary(&primary).secondary(&corrupt).args(["--timeout", "500ms"]).run();
        assert_eq!(outcome.verdict("ns1"), "behind", "{why}: {}", outcome.transcript());
        assert_eq!(deltas_asked_of(&primary), 1, "{why}");
    }
}

#[test]
fn a_delta_is_asked_for_and_believed_with_the_key_of_the_primary() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("keys");
    fs::write(&file, KEY).unwrap();
    let primary = primary().changed_since(6, before).key(KEY).requiring_key().start();
    let corrupt = corrupt().key(KEY).requiring_key().start();
    let outcome = Probe::check(ZONE)
        .primary(&primary)
        .secondary(&corrupt)
        .args(["--tsig-file", file.to_str().unwrap()])
        .run();
    assert_eq!(outcome.verdict("ns1"), "diverged", "{}", outcome.transcript());
}
