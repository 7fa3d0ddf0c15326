//! How the catalog itself is read.

use std::path::Path;

use super::{CATALOG, is_asked_for_more, over_tcp_alone, serving, zones};
use crate::harness::{Nameserver, Probe};

const MEMBERS: &str = "one.zones PTR a.test.\ncoo.one.zones PTR other.test.\nprimaries.ext.one.zones TXT x";

#[test]
fn the_servers_that_a_catalog_names_are_not_looked_up() {
    let server = || serving(7, MEMBERS).zone("a.test", 1);
    let (one, other, resolver) = (server().start(), server().start(), Nameserver::new().start());
    let probe = Probe::check_no_zone().args(["--catalog", CATALOG, "--dnssec", "meaning"]);
    let outcome = probe.secondary(&one).secondary(&other).resolver(&resolver).run();
    assert_eq!(zones(&outcome), ["catalog.test.", "a.test."]);
    let of_catalog: Vec<String> =
        one.queries().into_iter().filter(|query| query.contains("catalog.test")).collect();
    assert!(!is_asked_for_more(&of_catalog), "{of_catalog:?}");
    assert!(!resolver.queries().iter().any(|query| query.contains("invalid")), "{:?}", resolver.queries());
}

#[test]
fn an_ordinary_zone_over_tcp_alone_is_still_found_fault_with() {
    let server = || over_tcp_alone(serving(7, MEMBERS)).start();
    let (primary, secondary) = (server(), server());
    let outcome = Probe::check(CATALOG).primary(&primary).secondary(&secondary).run();
    assert_eq!(outcome.findings("ns1"), ["udp_unanswered"], "{}", outcome.transcript());
}

#[test]
fn a_secondary_with_another_catalog_of_the_same_serial_is_diverged() {
    let primary = serving(7, MEMBERS).zone("a.test", 1).start();
    let secondary = serving(7, "two.zones PTR b.test.").zone("a.test", 1).start();
    let probe = Probe::check_no_zone().args(["--catalog", CATALOG]);
    let outcome = probe.primary(&primary).secondary(&secondary).critical();
    assert_eq!(outcome.verdict("ns1"), "diverged", "{}", outcome.transcript());
    assert_eq!(zones(&outcome), ["catalog.test.", "a.test."]);
}

#[test]
fn catalogs_as_servers_make_them_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/zones/catalogs");
    for software in ["bind", "knot", "pdns"] {
        let text = std::fs::read_to_string(folder.join(format!("{software}.zone"))).unwrap();
        let server =
            || Nameserver::new().any_zone(CATALOG, &text).zone("a.test", 1).zone("b.test", 1).start();
        let (primary, secondary) = (server(), server());
        let probe = Probe::check_no_zone().args(["--catalog", CATALOG]);
        let outcome = probe.primary(&primary).secondary(&secondary).ok();
        assert_eq!(zones(&outcome), ["catalog.test.", "a.test.", "b.test."], "{software}");
    }
}
