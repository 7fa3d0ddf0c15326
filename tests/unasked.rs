//! Servers that were not asked at any address: they are unknown, and never in sync, in every format.

use crate::harness::service::servers;
use crate::harness::{Nameserver, Outcome, Probe, RunningNameserver, Service};

const ZONE: &str = "example.test";

/// An IPv6 address at which nothing is asked.
const OTHER: &str = "[::1]:5399";

fn at(serial: u32) -> RunningNameserver {
    Nameserver::new().zone(ZONE, serial).start()
}

#[track_caller]
fn assert_unasked(outcome: &Outcome, name: &str, reason: &str) {
    let server = outcome.server(name);
    assert!(server["address"].is_null(), "{}", outcome.transcript());
    assert_eq!(server["verdict"], "unknown");
    assert_eq!(server["severity"], "unknown");
    assert_eq!(outcome.findings(name), ["not_asked"]);
    let message = server["findings"][0]["message"].as_str().unwrap();
    assert!(message.contains(reason), "{message}");
    assert_eq!(outcome.zone()["verdict"], "unknown");
}

#[test]
fn a_server_of_an_excluded_family_is_unknown() {
    let (primary, one) = (at(7), at(7));
    for command in [Probe::check, Probe::verify] {
        let probe = || command(ZONE).primary(&primary).secondary(&one);
        let outcome = probe().secondary_at("ns9", OTHER.parse().unwrap()).arg("-4").unknown();
        assert_unasked(&outcome, "ns9", "`-4` leaves out [::1]:5399");
        // A source of the other family excludes it as well.
        let probe = probe().secondary_at("ns9", OTHER.parse().unwrap()).args(["--source", "127.0.0.1"]);
        assert_unasked(&probe.unknown(), "ns9", "another address family than the source 127.0.0.1");
    }
    let six = Nameserver::new().zone(ZONE, 7).on("::1").start();
    let outcome = Probe::check(ZONE).primary(&six).secondary(&one).arg("-6").unknown();
    assert_unasked(&outcome, "ns1", "`-6` leaves out 127.0.0.1:");
}

#[test]
fn a_server_whose_name_has_no_address_is_unknown() {
    let text = "@ 60 IN SOA ns0 host 7 3600 600 86400 60\n@ 60 IN NS ns1\nsix 60 IN AAAA ::1";
    let resolver = Nameserver::new().zone_text("hosts.test", text).start();
    let (primary, one) = (at(7), at(7));
    let probe = || Probe::check(ZONE).resolver(&resolver).primary(&primary).secondary(&one);
    let outcome = probe().args(["-s", "ns9=gone.hosts.test"]).unknown();
    assert_unasked(&outcome, "ns9", "no address was found for gone.hosts.test: the name does not exist");
    let outcome = probe().args(["-s", "ns9=six.hosts.test", "-4"]).unknown();
    assert_unasked(&outcome, "ns9", "no address was found for six.hosts.test: it has no IPv4 address");
    // Without any resolver.
    let outcome = Probe::check(ZONE).primary(&primary).secondary(&one).args(["-s", "ns9=x.test"]).unknown();
    assert_unasked(&outcome, "ns9", "no address was found for x.test");
}

#[test]
fn a_server_that_was_asked_at_one_of_two_addresses_is_judged_and_the_other_one_is_named() {
    let (primary, one) = (at(7), at(7));
    let probe = || {
        let probe = Probe::check(ZONE).primary(&primary).secondary_named("ns1", &one);
        probe.secondary_at("ns1", OTHER.parse().unwrap())
    };
    for (arguments, part) in [
        (["-4"].as_slice(), "`-4` leaves out addresses; not checked: ns1 ([::1]:5399)"),
        (["--source", "127.0.0.1"].as_slice(), "no route to IPv6; not checked: ns1 ([::1]:5399)"),
    ] {
        let outcome = probe().args(arguments.iter().copied()).ok();
        assert_eq!(outcome.zone_findings(), ["address_family_unusable"]);
        let message = outcome.zone()["findings"][0]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn every_format_has_a_row_for_a_server_that_was_not_asked() {
    let (primary, one) = (at(7), at(7));
    for (format, row) in [
        ("table", "? unknown  ns9  -"),
        ("json", "\"server\": \"ns9\",\n          \"address\": null,"),
        ("ndjson", "\"server\":\"ns9\",\"address\":null,"),
        ("nagios", "[UNKNOWN] ns9: unknown"),
        ("junit", "<testcase classname=\"example.test\" name=\"ns9\""),
        ("junit", "<error type=\"not_asked\" message=\"not_asked: it was not asked: "),
        ("markdown", "| ❔ | unknown | ns9 | - | not asked |"),
        ("github", "::error title=example.test%3A ns9%3A not_asked::"),
        (
            "prometheus",
            "zoneprobe_server_finding{zone=\"example.test\",server=\"ns9\",address=\"\",code=\"not_asked\"} 1",
        ),
        ("prometheus", "zoneprobe_zone_in_sync{zone=\"example.test\"} 0"),
    ] {
        let probe = Probe::check(ZONE).primary(&primary).secondary(&one).format(format);
        let outcome = probe.secondary_at("ns9", OTHER.parse().unwrap()).arg("-4").unknown();
        assert!(outcome.stdout().contains(row), "{format}: {row}\n{}", outcome.stdout());
    }
}

#[test]
fn serve_has_a_row_for_a_server_that_was_not_asked() {
    let (primary, one) = (at(7), at(7));
    let text = format!(
        "probe: {{interval: 1s}}\n{}  ns9: {{address: \"{OTHER}\", source: 127.0.0.1}}\nzones: [{ZONE}]\n",
        servers(&[&primary, &one])
    );
    let service = Service::start(&text);
    let server = service.await_verdict(ZONE, "ns9", "unknown");
    assert!(server["address"].is_null(), "{server}");
    assert_eq!(server["findings"][0]["code"], "not_asked");
    let labels = |verdict| ["server=\"ns9\",address=\"\"", verdict];
    assert_eq!(service.sample("zoneprobe_zone_in_sync", &[ZONE]), Some(0.0));
    assert_eq!(service.sample("zoneprobe_server_zones", &labels("unknown")), Some(1.0));
    assert_eq!(service.sample("zoneprobe_server_finding", &labels("not_asked")), Some(1.0));
    assert_eq!(service.sample("zoneprobe_server_up", &labels("zone=")), None);
    assert!(service.get("/").text.contains("ns9"));
}
