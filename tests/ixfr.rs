//! Lags that the IXFR response of the reference explains, and lags that it does not.

use std::fs;

use zoneprobe::dns::message::{NOTIMP, REFUSED};
use zoneprobe::testserver::Zone;

use crate::harness::{IxfrBehaviour, Nameserver, Outcome, Probe, RunningNameserver};

const ZONE: &str = "example.test";

const KEY: &str = r#"key "xfr" { algorithm hmac-sha256; secret "c2VjcmV0"; };"#;

/// A server with serial 7 of the zone, in which the address of www is new.
fn primary() -> Nameserver {
    Nameserver::new().zone(ZONE, 7).replace("www 300 A 192.0.2.81")
}

fn before(zone: Zone) -> Zone {
    zone.replace("www 300 A 192.0.2.80").unwrap()
}

/// A secondary with serial 6.
fn lagging() -> Nameserver {
    Nameserver::new().zone(ZONE, 6)
}

/// A secondary with serial 6 and a wrong record.
fn corrupt() -> Nameserver {
    lagging().replace("mail 3600 A 192.0.2.99")
}

fn check(primary: &RunningNameserver, secondary: &RunningNameserver) -> Outcome {
    Probe::check(ZONE).primary(primary).secondary(secondary).run()
}

fn ixfr_queries(server: &RunningNameserver) -> usize {
    server.queries().iter().filter(|line| line.contains("IXFR")).count()
}

#[test]
fn a_lagging_copy_that_is_corrupt_is_diverged_at_the_first_check() {
    for primary in [
        primary().ixfr_since(6, before),
        primary().ixfr_since(6, before).records_per_message(1),
        primary().ixfr_since(6, before).soa_alone_first().question_in_every_message(),
        primary().ixfr_since(6, before).upper_case_in_transfer().aa_clear_in_transfer(),
    ] {
        let (primary, lagging, corrupt) = (primary.start(), lagging().start(), corrupt().start());
        let outcome = check(&primary, &lagging);
        assert_eq!(outcome.verdict("ns1"), "behind", "{}", outcome.transcript());
        let outcome = check(&primary, &corrupt);
        assert_eq!(outcome.verdict("ns1"), "diverged", "{}", outcome.transcript());
        assert_eq!(outcome.server("ns1")["serial_lag"], 1);
        assert_eq!(ixfr_queries(&primary), 2);
        assert_eq!(ixfr_queries(&lagging) + ixfr_queries(&corrupt), 0);
    }
}

#[test]
fn without_a_usable_ixfr_response_a_corrupt_copy_is_behind() {
    let other_serial = |zone: Zone| zone.with_serial(5);
    for (response, primary) in [
        ("the whole zone", primary()),
        ("the whole zone, the SOA in its own message", primary().soa_alone_first()),
        ("one SOA", primary().ixfr(IxfrBehaviour::Soa)),
        ("REFUSED", primary().ixfr(IxfrBehaviour::Rcode(REFUSED))),
        ("NOTIMP", primary().ixfr(IxfrBehaviour::Rcode(NOTIMP))),
        ("a delta from another serial", primary().ixfr_since(6, other_serial)),
    ] {
        let (primary, corrupt) = (primary.start(), corrupt().start());
        let outcome =
            Probe::check(ZONE).primary(&primary).secondary(&corrupt).args(["--timeout", "500ms"]).run();
        assert_eq!(outcome.verdict("ns1"), "behind", "{response}: {}", outcome.transcript());
        assert_eq!(ixfr_queries(&primary), 1, "{response}");
    }
}

#[test]
fn an_ixfr_query_is_signed_with_the_key_of_the_primary() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("keys");
    fs::write(&file, KEY).unwrap();
    let primary = primary().ixfr_since(6, before).key(KEY).requiring_key().start();
    let corrupt = corrupt().key(KEY).requiring_key().start();
    let outcome = Probe::check(ZONE)
        .primary(&primary)
        .secondary(&corrupt)
        .args(["--tsig-file", file.to_str().unwrap()])
        .run();
    assert_eq!(outcome.verdict("ns1"), "diverged", "{}", outcome.transcript());
}
