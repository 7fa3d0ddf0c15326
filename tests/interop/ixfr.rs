//! Lags explained by the IXFR responses of primaries.

use super::check;
use super::verify::update;
use super::zones::{ZONE, zone};
use crate::harness::daemon::{Daemon, Kind};

const RECORDS: &str = "www A 192.0.2.1\nmail A 192.0.2.2\n";

/// A server with serial 1 of the zone and these records.
fn old_copy(records: &str) -> Daemon {
    Kind::Nsd.primary(ZONE, zone(1, records)).start()
}

#[test]
fn case_f08_a_lagging_copy_that_is_corrupt_diverges_by_the_journal_of_bind() {
    // BIND sends the whole zone if that is smaller than the changes.
    let others: Vec<String> = (0..100).map(|host| format!("h{host} A 192.0.2.99")).collect();
    let records = |records: &str| format!("{}\n{records}", others.join("\n"));
    let primary = Kind::Bind.primary(ZONE, zone(1, &records(RECORDS))).updatable().start();
    update(&primary, &format!("first.{ZONE}. 300 A 192.0.2.3"));
    update(&primary, &format!("second.{ZONE}. 300 A 192.0.2.4"));
    primary.await_serial(3);

    let outcome = check(&primary, &old_copy(&records(RECORDS))).warning();
    assert_eq!(outcome.verdict("ns1"), "behind", "{}", outcome.transcript());

    // A copy that the delta turns into the primary's proves it. Without one, the delta could be wrong as well.
    let right = old_copy(&records(RECORDS));
    for corrupt in ["www A 192.0.2.1\n", "www A 192.0.2.1\nmail A 192.0.2.9\n"] {
        let corrupt = old_copy(&records(corrupt));
        let outcome = check(&primary, &right).secondary_at("ns2", corrupt.address()).critical();
        assert_eq!(outcome.verdict("ns1"), "behind", "{}", outcome.transcript());
        assert_eq!(outcome.verdict("ns2"), "diverged", "{}", outcome.transcript());
        let outcome = check(&primary, &corrupt).warning();
        assert_eq!(outcome.verdict("ns1"), "behind", "{}", outcome.transcript());
    }
}

#[test]
fn without_a_journal_on_the_primary_a_different_old_copy_is_behind() {
    for kind in [Kind::Bind, Kind::Nsd, Kind::Knot, Kind::Pdns, Kind::Yadifa] {
        let primary = kind.primary(ZONE, zone(2, RECORDS)).start();
        let outcome = check(&primary, &old_copy("www A 192.0.2.9\n")).warning();
        assert_eq!(outcome.verdict("ns1"), "behind", "{kind:?}: {}", outcome.transcript());
    }
}
