//! Catalogs that Knot and PowerDNS make.

use super::{CATALOG, MEMBER, write};
use crate::harness::Probe;
use crate::harness::daemon::{Kind, ServedZone};

#[test]
fn a_catalog_of_knot_is_compared_with_what_bind_has_of_it() {
    a_produced_catalog_is_compared_with_what_bind_has_of_it(Kind::Knot);
}

#[test]
fn a_catalog_of_powerdns_is_compared_with_what_bind_has_of_it() {
    a_produced_catalog_is_compared_with_what_bind_has_of_it(Kind::Pdns);
}

fn a_produced_catalog_is_compared_with_what_bind_has_of_it(kind: Kind) {
    let directory = tempfile::tempdir().unwrap();
    let file = write(&directory, "member", MEMBER);
    let member = |zone: &str, group| (ServedZone { zone: zone.to_owned(), ..file.clone() }, group);
    let members = [member("a.test", None), member("b.test", Some("customers"))];
    let producer = kind.producer(CATALOG, &members).start();
    let consumer = Kind::Bind.consumer(CATALOG, producer.address()).start();
    for zone in ["a.test", "b.test", CATALOG] {
        consumer.await_member(zone, true);
        let probe = Probe::check(zone).primary_at("producer", producer.address());
        let outcome = probe.secondary_at("consumer", consumer.address()).ok();
        assert_eq!(outcome.verdict("consumer"), "in_sync", "{}", outcome.transcript());
        assert_eq!(outcome.server("consumer")["copy"]["method"], "axfr");
        // Knot refuses the catalog over UDP, and has it nevertheless.
        let instances = outcome.server("producer")["instances"].as_array().unwrap().clone();
        assert_eq!(
            instances.iter().filter(|instance| instance["serial"].is_null()).count(),
            0,
            "{instances:?}"
        );
    }
}
