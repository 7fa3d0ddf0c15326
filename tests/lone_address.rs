//! One address alone: a server is always in sync with itself, so nothing is known without something to compare it with.

use std::fs;

use crate::harness::service::servers;
use crate::harness::{Nameserver, Outcome, Probe, RunningNameserver, Service};

const ZONE: &str = "example.test";

fn at(serial: u32) -> RunningNameserver {
    Nameserver::new().zone(ZONE, serial).start()
}

#[track_caller]
fn assert_nothing_to_compare(outcome: &Outcome) {
    let zone = outcome.zone();
    assert_eq!((&zone["verdict"], &zone["severity"]), (&"unknown".into(), &"unknown".into()));
    assert_eq!(zone["compared"], "none");
    assert!(outcome.zone_findings().contains(&"nothing_to_compare".to_owned()), "{}", outcome.transcript());
    for server in zone["servers"].as_array().unwrap() {
        assert_eq!(server["verdict"], "unknown");
    }
}

#[test]
fn one_address_alone_is_unknown_whatever_its_role() {
    let server = at(7);
    for command in [Probe::check, Probe::verify] {
        assert_nothing_to_compare(&command(ZONE).primary(&server).unknown());
        assert_nothing_to_compare(&command(ZONE).secondary(&server).unknown());
        assert_nothing_to_compare(&command(ZONE).secondary(&server).args(["--compare", "serials"]).unknown());
        // The other one was not asked.
        let other = "[::1]:5399".parse().unwrap();
        let outcome = command(ZONE).primary(&server).secondary_at("ns9", other).arg("-4").unknown();
        assert_nothing_to_compare(&outcome);
        assert_eq!(outcome.findings("ns9"), ["not_asked"]);
    }
}

#[test]
fn two_names_of_one_address_are_one_address() {
    let server = at(7);
    let other = server.address();
    assert_nothing_to_compare(&Probe::check(ZONE).primary(&server).secondary_at("ns9", other).unknown());
    let outcome = Probe::check(ZONE).secondary(&server).secondary_at("ns9", other).unknown();
    assert_nothing_to_compare(&outcome);
    assert_eq!(outcome.zone()["servers"].as_array().unwrap().len(), 2);
}

#[test]
fn one_address_that_gives_no_answer_is_as_bad_as_it_is() {
    let refused = Nameserver::new().zone(ZONE, 7).refusing().start();
    let outcome = Probe::check(ZONE).secondary(&refused).critical();
    assert_eq!(outcome.zone()["verdict"], "lame");
    assert_eq!(outcome.zone()["compared"], "none");
    assert!(outcome.zone_findings().is_empty(), "{}", outcome.transcript());
}

#[test]
fn one_address_is_compared_with_a_zone_file_or_with_what_is_expected() {
    let text = "@ 60 IN SOA ns0 host 7 3600 600 86400 60\n@ 60 IN NS ns0\nns0 60 IN A 192.0.2.1\n";
    let server = Nameserver::new().zone_text(ZONE, text).start();
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), text).unwrap();
    let path = file.path().to_str().unwrap();
    let outcome = Probe::check(ZONE).secondary(&server).args(["-z", path]).ok();
    assert_eq!(outcome.zone()["compared"], "records");
    let outcome = Probe::verify(ZONE).secondary(&server).args(["--serial", "7"]).ok();
    assert_eq!(outcome.zone()["verdict"], "in_sync");
    assert_eq!(outcome.zone()["compared"], "none");
    Probe::verify(ZONE).secondary(&server).args(["--serial", "8"]).critical();
    Probe::verify(ZONE).secondary(&server).args(["--baseline", path]).ok();
}

#[test]
fn what_was_compared_is_what_two_addresses_gave() {
    let (primary, refused) = (at(7), Nameserver::new().zone(ZONE, 7).refusing().start());
    let outcome = Probe::check(ZONE).primary(&primary).secondary(&refused).critical();
    assert_eq!(outcome.zone()["compared"], "none");
    let table = Probe::check(ZONE).primary(&primary).secondary(&refused).format("table").critical();
    assert!(table.stdout().contains("nothing compared on 2 servers"), "{}", table.stdout());
    // One copy cannot be read.
    let other = Nameserver::new().zone(ZONE, 7).transfer_refused().start();
    let by_transfer = Probe::check(ZONE).args(["--by", "transfer"]);
    let outcome = by_transfer.primary(&primary).secondary(&other).unknown();
    assert_eq!(outcome.zone()["compared"], "serials");
}

#[test]
fn every_format_says_that_there_is_nothing_to_compare() {
    let server = at(7);
    for (format, part) in [
        ("table", "? nothing_to_compare: "),
        ("json", "\"code\": \"nothing_to_compare\""),
        ("ndjson", "\"code\":\"nothing_to_compare\""),
        ("nagios", "ZONEPROBE UNKNOWN - example.test: "),
        ("nagios", "nothing_to_compare"),
        ("junit", "<error type=\"nothing_to_compare\""),
        ("markdown", "nothing_to_compare"),
        ("github", "::error title=example.test%3A nothing_to_compare::"),
        ("prometheus", "zoneprobe_zone_finding{zone=\"example.test\",code=\"nothing_to_compare\"} 1"),
        ("prometheus", "zoneprobe_zone_in_sync{zone=\"example.test\"} 0"),
    ] {
        let outcome = Probe::check(ZONE).secondary(&server).format(format).unknown();
        assert!(outcome.stdout().contains(part), "{format}: {part}\n{}", outcome.stdout());
        let is_help = format == "prometheus";
        assert!(is_help || !outcome.stdout().contains("in sync"), "{format}\n{}", outcome.stdout());
    }
    // In a sweep.
    let probe = Probe::check_no_zone().secondary(&server).args(["--zones", "-"]);
    let outcome = probe.stdin(&format!("{ZONE}\n")).unknown();
    assert_nothing_to_compare(&outcome);
}

#[test]
fn a_monitored_zone_with_one_address_is_unknown() {
    let server = at(7);
    let text = format!("probe: {{interval: 1s}}\n{}zones: [{ZONE}]\n", servers(&[&server]));
    let service = Service::start(&text);
    let row = service.await_verdict(ZONE, "ns0", "unknown");
    assert_eq!(row["findings"][0]["code"], "unknown");
    assert_eq!(service.sample("zoneprobe_zone_finding", &["nothing_to_compare"]), Some(1.0));
    assert_eq!(service.sample("zoneprobe_zone_in_sync", &[ZONE]), Some(0.0));
    assert!(service.get("/").text.contains("nothing_to_compare"));
}
