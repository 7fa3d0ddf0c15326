//! `check` and `verify` with a configuration: its zones, servers and keys.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Listening, Nameserver, Outcome, Probe};

/// A folder with a configuration of two zones; `one.test` is on both servers, `other.test` on the first.
struct Configured {
    folder: TempDir,
    primary: Listening,
    secondary: Listening,
}

impl Configured {
    fn new(more: &str) -> Self {
        let primary = Nameserver::new().zone("one.test", 7).zone("other.test", 9).start();
        let secondary = Nameserver::new().zone("one.test", 6).start();
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "servers:\n  ns0: {{address: \"{}\", role: primary}}\n  ns1: {{address: \"{}\"}}\n\
             zones:\n  - one.test\n  - {{zone: other.test, servers: [ns0]}}\n{more}",
            primary.address(),
            secondary.address()
        );
        fs::write(folder.path().join("zoneprobe.yaml"), text).unwrap();
        Self { folder, primary, secondary }
    }

    fn path(&self) -> String {
        self.folder.path().join("zoneprobe.yaml").display().to_string()
    }

    fn check(&self, zones: &[&str]) -> Probe<'_> {
        let probe = Probe::check_no_zone().args(["-c", &self.path()]);
        zones.iter().fold(probe, |probe, zone| probe.zone(zone))
    }
}

fn zones(outcome: &Outcome) -> Vec<String> {
    let zones = outcome.json()["zones"].as_array().unwrap().clone();
    zones.iter().map(|zone| zone["zone"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn without_a_zone_all_zones_of_the_configuration_are_looked_at() {
    let configured = Configured::new("");
    let outcome = configured.check(&[]).warning();
    assert_eq!(zones(&outcome), ["one.test.", "other.test."]);
    let servers: Vec<Value> = outcome.json()["zones"].as_array().unwrap().clone();
    let names = |zone: &Value| -> Vec<String> {
        let servers = zone["servers"].as_array().unwrap();
        servers.iter().map(|server| server["server"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&servers[0]), ["ns0", "ns1"]);
    assert_eq!(names(&servers[1]), ["ns0"]);
}

#[test]
fn zones_pick_some_of_the_configuration() {
    let configured = Configured::new("");
    assert_eq!(zones(&configured.check(&["other.test"]).ok()), ["other.test."]);
    let outcome = configured.check(&["third.test"]).unknown();
    assert!(
        outcome.stderr().contains("`third.test` is no zone of the configuration"),
        "{}",
        outcome.stderr()
    );
    assert!(outcome.stderr().contains("--primary"), "{}", outcome.stderr());
    // Of several zones one that is not there does not keep the others from being looked at.
    let outcome = configured.check(&["third.test", "other.test"]).unknown();
    assert_eq!(zones(&outcome), ["other.test."]);
    let outcome = configured.check(&[]).args(["--zones", "-"]).stdin("other.test\n").ok();
    assert_eq!(zones(&outcome), ["other.test."]);
}

#[test]
fn what_the_command_line_says_counts_instead() {
    let configured = Configured::new("probe: {compare: serials, samples: 3}\n");
    let outcome = configured.check(&["one.test"]).warning();
    assert_eq!(outcome.json()["zones"][0]["compared"], "serials");
    assert!(configured.primary.asked().len() >= 3);
    let outcome = configured.check(&["one.test"]).args(["--compare", "records"]).warning();
    assert_eq!(outcome.json()["zones"][0]["compared"], "records");
    let probe =
        configured.check(&["other.test"]).primary(&configured.primary).secondary(&configured.secondary);
    let outcome = probe.critical();
    assert_eq!(outcome.verdict("ns1"), "lame");
    // Whoever is named is asked about zones that the configuration does not have too.
    configured.check(&["third.test"]).primary(&configured.primary).critical();
}

#[test]
fn verify_takes_servers_from_the_configuration() {
    let configured = Configured::new("");
    let outcome = Probe::verify("other.test").args(["-c", &configured.path(), "--serial", "9"]).ok();
    assert_eq!(outcome.server("ns0")["verdict"], "in_sync");
    Probe::verify("third.test").args(["-c", &configured.path()]).unknown();
}

#[test]
fn a_configuration_with_mistakes_is_told_and_nobody_is_asked() {
    let configured = Configured::new("colour: red\n");
    let outcome = configured.check(&[]).unknown();
    let path = configured.path();
    assert!(outcome.stderr().contains(&format!("{path}:7:1:")), "{}", outcome.stderr());
    assert_eq!(configured.primary.asked(), [""; 0]);
}
