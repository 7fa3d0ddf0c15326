//! What is peculiar to one software.

use std::fmt::Write as _;

use super::zones::{ZONE, with_soa, zone};
use super::{Pair, check, differences, every_software};
use crate::harness::Probe;
use crate::harness::daemon::{DaemonSetup, Kind, ServedZone, directory};

every_software! {
    a_server_without_the_zone_is_lame
    after_a_reload_of_the_primary_the_secondary_is_in_sync
    a_server_of_several_zones_serves_all_of_them
}

fn a_server_without_the_zone_is_lame(software: Kind) {
    let primary = Kind::Bind.primary(ZONE, zone(1, "")).start();
    let other = software.without_zones(ZONE).start_without_zone();

    let outcome = check(&primary, &other).critical();

    let server = outcome.server("ns1");
    assert_eq!(server["verdict"], "lame", "{server:#}");
    assert_eq!(server["answer"]["rcode"], "REFUSED", "{server:#}");
    assert_eq!(outcome.verdict("ns0"), "in_sync");
}

fn after_a_reload_of_the_primary_the_secondary_is_in_sync(software: Kind) {
    let secondary = if software == Kind::Nsd { Kind::Knot } else { Kind::Nsd };
    let mut pair = Pair::start(software, secondary, &zone(1, "www A 192.0.2.1\n"));
    let address = pair.secondary.address();
    pair.primary.restart(|setup| setup.notify(address));
    pair.primary.reload(&zone(2, "www A 192.0.2.2\n"));
    pair.secondary.await_serial(2);

    let outcome = pair.check().ok();

    assert_eq!(outcome.verdict("ns1"), "in_sync");
    assert_eq!(outcome.server("ns1")["serial"], 2);
}

fn a_server_of_several_zones_serves_all_of_them(software: Kind) {
    let directory = directory();
    let path = directory.path().join("zone");
    let text = "$TTL 300\n@ SOA ns0 hostmaster 7 3600 600 86400 300\n@ NS ns0\nns0 A 192.0.2.1\n";
    std::fs::write(&path, text).unwrap();
    let zones = ["one.test", "two.test", "three.test"];
    let files = zones.map(|zone| ServedZone { zone: zone.to_owned(), path: path.clone() });
    let server = software.primary_of(&files).quiet().start();

    for zone in zones {
        // One address has nothing to be compared with.
        let outcome = Probe::check(zone).primary_at("ns0", server.address()).unknown();
        assert_eq!(outcome.server("ns0")["copy"]["records"], 3, "{zone}");
    }
}

#[test]
fn a_server_that_limits_its_response_rate_is_in_sync() {
    let primary = Kind::Nsd.primary(ZONE, zone(1, "")).rate_limit(20).start();
    let secondary = Kind::Bind.secondary(ZONE, primary.address()).start();
    // 200 queries at once, and 20 responses a second.
    let outcome = check(&primary, &secondary).arg("--samples").arg("200").ok();

    assert_eq!(
        (outcome.verdict("ns0"), outcome.verdict("ns1")),
        ("in_sync".to_owned(), "in_sync".to_owned())
    );
    assert!(!outcome.findings("ns0").contains(&"udp_unanswered".to_owned()));
}

#[test]
fn an_expired_zone_on_knot_is_lame_and_expired() {
    let mut pair = Pair::start(Kind::Nsd, Kind::Knot, &with_soa("1 1 1 3 1", ""));
    pair.primary.stop();
    pair.secondary.await_expiry();
    pair.primary.restart(DaemonSetup::without_transfers);

    let outcome = pair.check().critical();

    let server = outcome.server("ns1");
    assert_eq!(server["verdict"], "lame", "{server:#}");
    assert_eq!(server["answer"]["rcode"], "SERVFAIL", "{server:#}");
    assert!(outcome.findings("ns1").iter().any(|code| code == "expired"), "{server:#}");
}

/// A zone with an RRset of 150 records, which BIND does not accept.
fn large_rrset() -> String {
    let mut records = String::new();
    for number in 0..150 {
        // Writing to a string cannot fail.
        let _ = writeln!(records, "many A 10.0.0.{number}");
    }
    zone(1, &records)
}

fn an_rrset_of_150_records_with_one_other_record_diverges(primary: Kind, secondary: Kind) {
    let mut pair = Pair::start(primary, secondary, &large_rrset());
    pair.check().ok();
    pair.publish_refusing_transfers(&large_rrset().replace("many A 10.0.0.149\n", "many A 10.0.1.149\n"));

    let outcome = pair.check().critical();

    assert_eq!(outcome.verdict("ns1"), "diverged");
    assert_eq!(outcome.differences("ns1"), differences(&[("many.example.test.", "A", "changed")]));
}

#[test]
fn an_rrset_of_150_records_from_nsd_to_knot_with_one_other_record_diverges() {
    an_rrset_of_150_records_with_one_other_record_diverges(Kind::Nsd, Kind::Knot);
}

#[test]
fn an_rrset_of_150_records_from_knot_to_nsd_with_one_other_record_diverges() {
    an_rrset_of_150_records_with_one_other_record_diverges(Kind::Knot, Kind::Nsd);
}

#[test]
fn bind_refuses_an_rrset_of_150_records_and_lags() {
    let mut pair = Pair::start(Kind::Knot, Kind::Bind, &zone(1, "many A 10.0.0.0\n"));
    let secondary = pair.secondary.address();
    pair.primary
        .restart(|setup| setup.zone_text(large_rrset().replace(" 1 3600", " 2 3600")).notify(secondary));
    pair.secondary.await_log("too many records");
    pair.secondary.await_age();

    let outcome = pair.check().warning();

    assert_eq!(outcome.verdict("ns1"), "propagating");
    assert_eq!(outcome.differences("ns1"), differences(&[("many.example.test.", "A", "changed")]));
}

/// The first message of PowerDNS has the SOA alone, which in an IXFR response would mean that nothing is new.
#[test]
fn case_f26_a_transfer_of_powerdns_that_starts_with_the_soa_alone_is_read_to_its_end() {
    let text = zone(1, "www A 192.0.2.1\nmail MX 10 www\n");
    let bind = Kind::Bind.primary(ZONE, text.clone()).start();
    let powerdns = Kind::Pdns.primary(ZONE, text).start();

    let outcome = check(&bind, &powerdns).ok();

    assert_eq!(outcome.verdict("ns1"), "in_sync");
    for name in ["ns0", "ns1"] {
        let server = outcome.server(name);
        assert_eq!(server["copy"]["records"], 7, "{server:#}");
    }
}

#[test]
fn yadifa_refuses_the_transfer_of_knot_and_is_lame() {
    let primary = Kind::Knot.primary(ZONE, zone(1, "")).start();
    let secondary = Kind::Yadifa.secondary(ZONE, primary.address()).start_without_zone();
    secondary.await_log("UNPROCESSABLE_MESSAGE");

    let outcome = check(&primary, &secondary).critical();

    let server = outcome.server("ns1");
    assert_eq!(server["verdict"], "lame", "{server:#}");
    assert_eq!(server["answer"]["rcode"], "SERVFAIL", "{server:#}");
}
