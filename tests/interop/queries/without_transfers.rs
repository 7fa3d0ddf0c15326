//! No server gives the zone by transfer.

use super::super::dnssec::{Denial, signed};
use super::super::{check, differences};
use super::{ALL, ZONE, assert_asked_whole, name, zone};
use crate::harness::Probe;
use crate::harness::daemon::{Daemon, DaemonSetup, Kind};

/// Starts two servers that refuse transfers.
#[track_caller]
fn pair(kinds: [Kind; 2], texts: [&str; 2]) -> [Daemon; 2] {
    let setups = [0, 1].map(|index| kinds[index].primary(ZONE, texts[index]));
    let mut servers = setups.map(|setup| DaemonSetup::refusing_transfers(setup).spawn());
    servers.iter_mut().for_each(Daemon::await_zones);
    servers
}

#[test]
fn a_zone_signed_with_nsec_is_compared_whole() {
    let text = signed(Denial::Nsec);
    let mut servers = ALL.map(|kind| kind.primary(ZONE, text.clone()).refusing_transfers().spawn());
    servers.iter_mut().for_each(Daemon::await_zones);
    for primary in &servers {
        let probe = Probe::check(ZONE).primary_at("ns0", primary.address());
        let others = servers.iter().filter(|server| server.kind() != primary.kind());
        let probe = others.fold(probe, |probe, it| probe.secondary_at(name(it.kind()), it.address()));

        // Every other time without the SOA, which is not counted then.
        let is_bind_or_knot = matches!(primary.kind(), Kind::Bind | Kind::Knot);
        let outcome = if is_bind_or_knot { probe.arg("--independent-serials") } else { probe }.ok();

        let zone = outcome.zone();
        assert_eq!((&zone["verdict"], &zone["compared"]), (&"in_sync".into(), &"records".into()), "{zone:#}");
        for kind in ALL.into_iter().filter(|&kind| kind != primary.kind()) {
            assert_eq!(outcome.verdict(name(kind)), "in_sync", "{}", outcome.transcript());
            assert_eq!(outcome.differences(name(kind)), [], "{}", outcome.transcript());
            assert_asked_whole(&outcome, name(kind));
        }
    }
}

#[test]
fn a_stale_record_of_a_zone_signed_with_nsec_is_named() {
    let right = signed(Denial::Nsec);
    let stale = right.replace("192.0.2.1\n", "192.0.2.111\n");
    for kinds in [[Kind::Bind, Kind::Nsd], [Kind::Nsd, Kind::Knot], [Kind::Yadifa, Kind::Pdns]] {
        let [primary, other] = pair(kinds, [&right, &stale]);

        let outcome = check(&primary, &other).critical();

        assert_eq!(outcome.verdict("ns1"), "diverged", "{}", outcome.transcript());
        let expected = differences(&[("www.example.test.", "A", "changed")]);
        assert_eq!(outcome.differences("ns1"), expected, "{}", outcome.transcript());
    }
}

#[test]
fn an_rrset_that_only_one_server_has_is_found_where_it_is_named() {
    let right = signed(Denial::Nsec);
    let more = right.clone() + "www.example.test.\t3600\tIN TXT\t\"more\"\n";
    let [primary, other] = pair([Kind::Bind, Kind::Nsd], [&right, &more]);

    check(&primary, &other).ok();
    let outcome = check(&primary, &other).args(["--name", "www.example.test/TXT"]).critical();

    let expected = differences(&[("www.example.test.", "TXT", "extra")]);
    assert_eq!(outcome.differences("ns1"), expected, "{}", outcome.transcript());
}

/// An unsigned zone: what is asked is the apex, and the names that are given.
#[test]
fn an_unsigned_zone_is_sampled_and_says_so() {
    // The host of the MX record is asked too, and `www` is not.
    let right = zone(7, "www A 192.0.2.1\nother A 192.0.2.2\n@ MX 10 other\n");
    let stale = right.replace("www A 192.0.2.1\n", "www A 192.0.2.111\n");
    let [primary, other] = pair([Kind::Nsd, Kind::Bind], [&right, &stale]);

    let outcome = check(&primary, &other).ok();
    let text = check(&primary, &other).default_format().ok();

    assert_eq!(outcome.zone()["compared"], "sampled", "{}", outcome.transcript());
    for server in ["ns0", "ns1"] {
        let report = outcome.server(server);
        assert_eq!(report["verdict"], "in_sync", "{}", outcome.transcript());
        assert_eq!(report["compared"], "sampled", "{}", outcome.transcript());
        assert_eq!(report["copy"]["method"], "queries", "{}", outcome.transcript());
        assert!(report["copy"]["asked"].as_u64() >= Some(3), "SOA, NS and MX\n{}", outcome.transcript());
        assert!(report["copy"]["askable"].is_null(), "{}", outcome.transcript());
    }
    assert!(text.stdout().contains("a sample of the records"), "{}", text.stdout());
    assert!(!text.stdout().contains("  records compared"), "{}", text.stdout());

    for named in [["--name", "www.example.test"], ["--name", "WWW.Example.Test./a"]] {
        let outcome = check(&primary, &other).args(named).critical();
        assert_eq!(outcome.verdict("ns1"), "diverged", "{}", outcome.transcript());
        let expected = differences(&[("www.example.test.", "A", "changed")]);
        assert_eq!(outcome.differences("ns1"), expected, "{}", outcome.transcript());
        assert_eq!(outcome.server("ns1")["compared"], "sampled");
    }
    let names = ["other.example.test", "nowhere.example.test", "www.example.test/TXT"];
    check(&primary, &other).args(names.iter().flat_map(|name| ["--name", name])).ok();
}

#[test]
fn what_differs_at_the_apex_is_named_without_any_name() {
    let right = zone(7, "@ MX 10 ns0\n@ TXT \"v=spf1 -all\"\n@ CAA 0 issue \"ca.example\"\n@ A 192.0.2.1\n");
    let wrong =
        right.replace("MX 10", "MX 20").replace("v=spf1 -all", "v=spf1 +all").replace("@ NS ns1\n", "");
    let wrong = wrong.replace("ca.example", "other.example").replace("@ A 192.0.2.1", "@ AAAA ::1");
    let [primary, other] = pair([Kind::Knot, Kind::Pdns], [&right, &wrong]);

    let outcome = check(&primary, &other).critical();

    let apex = |rtype, kind| ("example.test.", rtype, kind);
    let expected = [
        apex("A", "missing"),
        apex("AAAA", "extra"),
        apex("CAA", "changed"),
        apex("MX", "changed"),
        apex("NS", "changed"),
        apex("TXT", "changed"),
    ];
    assert_eq!(outcome.differences("ns1"), differences(&expected), "{}", outcome.transcript());
}

#[test]
fn a_zone_signed_with_nsec3_is_sampled() {
    let text = signed(Denial::Nsec3);
    let [primary, other] = pair([Kind::Nsd, Kind::Knot], [&text, &text]);
    let outcome = check(&primary, &other).args(["--name", "www.example.test"]).ok();
    assert_eq!(outcome.zone()["compared"], "sampled", "{}", outcome.transcript());
}

#[test]
fn with_transfers_only_nothing_is_asked_instead() {
    let text = zone(7, "www A 192.0.2.1\n");
    let [primary, other] = pair([Kind::Nsd, Kind::Bind], [&text, &text]);
    let outcome = check(&primary, &other).args(["--by", "transfer"]).unknown();
    assert_eq!(outcome.verdict("ns1"), "unknown", "{}", outcome.transcript());
    for server in ["ns0", "ns1"] {
        assert!(outcome.server(server)["copy"].is_null(), "{}", outcome.transcript());
        assert!(
            outcome.findings(server).contains(&"records_uncompared".to_owned()),
            "{}",
            outcome.transcript()
        );
    }
}
