//! Copies that `serve` follows to new versions by the IXFR responses of real servers.

use std::fmt::Write as _;

use serde_json::Value;

use super::zones::{ZONE, zone};
use crate::harness::Service;
use crate::harness::daemon::{Daemon, Kind};

/// A zone whose transfer is larger than what changes, with this address of `www`.
fn version(serial: u32) -> String {
    let hosts: String = (0..100).fold(String::new(), |mut text, host| {
        writeln!(text, "h{host} A 192.0.2.99").unwrap();
        text
    });
    zone(serial, &format!("{hosts}www A 192.0.2.{serial}\n"))
}

fn servers(service: &Service) -> Vec<Value> {
    let report: Value = serde_json::from_str(&service.get(&format!("/api/v1/zones/{ZONE}")).text).unwrap();
    report["servers"].as_array().cloned().unwrap_or_default()
}

/// Publishes a version at a primary while `serve` watches it and its secondaries, and returns what was compared of each.
#[track_caller]
fn compared_after_a_change(primary: &Daemon, secondaries: &[&Daemon]) -> Vec<String> {
    let mut text = "probe: {interval: 1s}\nservers:\n".to_owned();
    writeln!(text, "  ns0: {{address: \"{}\", role: primary}}", primary.address()).unwrap();
    for (index, secondary) in (1..).zip(secondaries) {
        writeln!(text, "  ns{index}: {{address: \"{}\"}}", secondary.address()).unwrap();
    }
    let service = Service::start(&format!("{text}zones: [{ZONE}]\nstate: state.redb\n"));
    let count = secondaries.len() + 1;
    service.until("a whole comparison", || {
        servers(&service).iter().filter(|server| server["copy"].is_object()).count() == count
    });
    primary.reload(&version(2));
    primary.await_serial(2);
    for secondary in secondaries {
        secondary.notify();
    }
    for secondary in secondaries {
        secondary.await_serial(2);
    }
    service.until("the new version", || {
        servers(&service)
            .iter()
            .filter(|server| server["serial"] == 2 && server["verdict"] == "in_sync")
            .count()
            == count
    });
    let checks = service.sample("zoneprobe_checks_total", &[]).unwrap();
    service.until("more checks", || service.sample("zoneprobe_checks_total", &[]).unwrap() >= checks + 2.0);
    let servers = servers(&service);
    for server in &servers {
        assert_eq!(
            (&server["verdict"], &server["severity"]),
            (&"in_sync".into(), &"ok".into()),
            "{server:#}"
        );
    }
    let log = service.log();
    assert!(!log.contains("WARN") && !log.contains("ERROR") && !log.contains("IXFR"), "{log}");
    servers.iter().map(|server| server["compared"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn copies_of_knot_nsd_and_bind_are_followed_and_one_of_powerdns_is_not() {
    let primary = Kind::Knot.primary(ZONE, version(1)).keeping_changes().start();
    let secondary = |kind: Kind| kind.secondary(ZONE, primary.address()).keeping_changes().start();
    let secondaries = [Kind::Knot, Kind::Nsd, Kind::Bind, Kind::Pdns].map(secondary);
    let compared = compared_after_a_change(&primary, &secondaries.each_ref());
    assert_eq!(compared, ["changes", "changes", "changes", "changes", "serials"]);
}

#[test]
fn copies_of_a_primary_that_keeps_no_changes_are_compared_by_their_serials_until_they_are_read() {
    let primary = Kind::Bind.primary(ZONE, version(1)).start();
    let secondary = Kind::Knot.secondary(ZONE, primary.address()).keeping_changes().start();
    assert_eq!(compared_after_a_change(&primary, &[&secondary]), ["serials"; 2]);
}
