//! Primaries that tell by IXFR what they have changed.

use super::check;
use super::gate::update;
use super::zones::{ZONE, zone};
use crate::harness::daemon::{Daemon, Kind};

const RECORDS: &str = "www A 192.0.2.1\nmail A 192.0.2.2\n";

/// A server that has the zone as it was before the changes, or another one in its place.
fn old_copy(records: &str) -> Daemon {
    Kind::Nsd.primary(ZONE, zone(1, records)).start()
}

#[test]
fn case_f08_a_copy_that_lags_and_is_corrupt_is_told_by_the_journal_of_bind() {
    // BIND sends the whole zone if that is less than the changes.
    let others: Vec<String> = (0..100).map(|host| format!("h{host} A 192.0.2.99")).collect();
    let records = |records: &str| format!("{}\n{records}", others.join("\n"));
    let primary = Kind::Bind.primary(ZONE, zone(1, &records(RECORDS))).updatable().start();
    update(&primary, &format!("first.{ZONE}. 300 A 192.0.2.3"));
    update(&primary, &format!("second.{ZONE}. 300 A 192.0.2.4"));
    primary.await_serial(3);

    let outcome = check(&primary, &old_copy(&records(RECORDS))).warning();
    assert_eq!(outcome.verdict("ns1"), "behind", "{}", outcome.transcript());

    for corrupt in ["www A 192.0.2.1\n", "www A 192.0.2.1\nmail A 192.0.2.9\n"] {
        let outcome = check(&primary, &old_copy(&records(corrupt))).critical();
        assert_eq!(outcome.verdict("ns1"), "diverged", "{}", outcome.transcript());
    }
}

#[test]
fn a_primary_that_kept_no_journal_explains_nothing() {
    for kind in [Kind::Bind, Kind::Nsd, Kind::Knot, Kind::Pdns, Kind::Yadifa] {
        let primary = kind.primary(ZONE, zone(2, RECORDS)).start();
        let outcome = check(&primary, &old_copy("www A 192.0.2.9\n")).warning();
        assert_eq!(outcome.verdict("ns1"), "behind", "{kind:?}: {}", outcome.transcript());
    }
}
