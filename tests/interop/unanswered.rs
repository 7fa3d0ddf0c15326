//! Servers that do not serve the zone, and servers that do not respond.

use super::zones::{ZONE, with_soa, zone};
use super::{Pair, both_ways, check};
use crate::harness::Probe;
use crate::harness::daemon::port::unused_address;
use crate::harness::daemon::{DaemonSetup, Kind};

both_ways! {
    a_server_without_the_zone_is_lame
    a_secondary_that_never_transferred_the_zone_is_lame
    a_secondary_whose_zone_has_expired_is_lame
    a_server_whose_port_is_closed_is_unreachable
    a_server_that_never_responds_is_unreachable
}

fn a_server_without_the_zone_is_lame(primary: Kind) {
    let empty = primary.other().without_zones(ZONE).start_without_zone();
    let primary = primary.primary(ZONE, zone(1, "")).start();

    let outcome = check(&primary, &empty).critical();

    let server = outcome.server("ns1");
    assert_eq!(server["verdict"], "lame", "{server:#}");
    assert_eq!(server["answer"]["rcode"], "REFUSED", "{server:#}");
    assert_eq!(server["serial"], serde_json::Value::Null, "{server:#}");
    assert_eq!(outcome.verdict("ns0"), "in_sync");
}

fn a_secondary_that_never_transferred_the_zone_is_lame(primary: Kind) {
    let secondary = primary.other().secondary(ZONE, unused_address()).start_without_zone();
    let primary = primary.primary(ZONE, zone(1, "")).start();

    let outcome = check(&primary, &secondary).critical();

    let server = outcome.server("ns1");
    assert_eq!(server["verdict"], "lame", "{server:#}");
    assert_eq!(server["answer"]["rcode"], "SERVFAIL", "{server:#}");
    assert!(outcome.findings("ns1").iter().all(|code| code != "expired"), "{server:#}");
}

fn a_secondary_whose_zone_has_expired_is_lame(primary: Kind) {
    let mut pair = Pair::in_sync(primary, &with_soa("1 1 1 3 1", ""));
    pair.primary.stop();
    pair.secondary.await_expiry();
    pair.primary.restart(DaemonSetup::without_transfers);

    let outcome = pair.check().critical();

    let server = outcome.server("ns1");
    assert_eq!(server["verdict"], "lame", "{server:#}");
    assert_eq!(server["answer"]["rcode"], "SERVFAIL", "{server:#}");
    let expired = outcome.findings("ns1").iter().any(|code| code == "expired");
    // NSD sends EDE 24 (Invalid Data). BIND's SERVFAIL does not say why.
    assert_eq!(expired, primary.other() == Kind::Nsd, "{server:#}");
}

fn a_server_whose_port_is_closed_is_unreachable(primary: Kind) {
    let mut pair = Pair::in_sync(primary, &zone(1, ""));
    pair.secondary.stop();

    let outcome = pair.check().critical();

    let server = outcome.server("ns1");
    assert_eq!(server["verdict"], "unreachable", "{server:#}");
    assert_eq!(server["failure"]["kind"], "connection_refused", "{server:#}");
    assert_eq!(server["answer"], serde_json::Value::Null, "{server:#}");
    assert_eq!(outcome.verdict("ns0"), "in_sync");
}

fn a_server_that_never_responds_is_unreachable(primary: Kind) {
    let pair = Pair::in_sync(primary, &zone(1, ""));
    pair.secondary.freeze();

    let outcome = pair.check().arg("--timeout").arg("300ms").critical();

    let server = outcome.server("ns1");
    assert_eq!(server["verdict"], "unreachable", "{server:#}");
    assert_eq!(server["failure"]["kind"], "timeout", "{server:#}");
    assert_eq!(outcome.verdict("ns0"), "in_sync");
}

#[test]
fn each_of_six_servers_gets_its_own_verdict() {
    let pair = Pair::in_sync(Kind::Bind, &zone(3, "www A 192.0.2.1\n"));
    let second = Kind::Bind.secondary(ZONE, pair.primary.address()).start();
    let edited = Kind::Nsd.primary(ZONE, zone(3, "www A 192.0.2.2\n")).start();
    let empty = Kind::Bind.without_zones(ZONE).start_without_zone();

    let outcome = Probe::check(ZONE)
        .primary_at("ns0", pair.primary.address())
        .secondary_at("ns1", pair.secondary.address())
        .secondary_at("ns2", second.address())
        .secondary_at("ns3", edited.address())
        .secondary_at("ns4", empty.address())
        .secondary_at("ns5", unused_address())
        .critical();

    let verdicts = ["ns0", "ns1", "ns2", "ns3", "ns4", "ns5"].map(|name| outcome.verdict(name));
    assert_eq!(verdicts, ["in_sync", "in_sync", "in_sync", "diverged", "lame", "unreachable"]);
}
