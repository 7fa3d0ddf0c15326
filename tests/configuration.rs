//! `check` and `verify` with a configuration.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::service::servers;
use crate::harness::{Nameserver, Outcome, Probe, RunningNameserver};

/// A configuration of two zones in a directory: `one.test` on both servers, `other.test` on the first.
struct Configured {
    directory: TempDir,
    primary: RunningNameserver,
    secondary: RunningNameserver,
}

impl Configured {
    fn new(more: &str) -> Self {
        let primary = Nameserver::new().zone("one.test", 7).zone("other.test", 9).start();
        let secondary = Nameserver::new().zone("one.test", 6).start();
        let directory = tempfile::tempdir().unwrap();
        let text = format!(
            "{}zones:\n  - one.test\n  - {{zone: other.test, servers: [ns0]}}\n{more}",
            servers(&[&primary, &secondary])
        );
        fs::write(directory.path().join("zoneprobe.yaml"), text).unwrap();
        Self { directory, primary, secondary }
    }

    fn path(&self) -> String {
        self.directory.path().join("zoneprobe.yaml").display().to_string()
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
fn without_an_argument_every_zone_of_the_configuration_is_checked() {
    let configured = Configured::new("");
    // One of the zones has one server alone.
    let outcome = configured.check(&[]).unknown();
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
fn zones_as_arguments_select_from_the_configuration() {
    let configured = Configured::new("");
    assert_eq!(zones(&configured.check(&["other.test"]).unknown()), ["other.test."]);
    let outcome = configured.check(&["third.test"]).unknown();
    assert!(
        outcome.stderr().contains("`third.test` is no zone of the configuration"),
        "{}",
        outcome.stderr()
    );
    assert!(outcome.stderr().contains("--primary"), "{}", outcome.stderr());
    // A zone that is not in the configuration does not stop the check of the others.
    let outcome = configured.check(&["third.test", "other.test"]).unknown();
    assert_eq!(zones(&outcome), ["other.test."]);
    let outcome = configured.check(&[]).args(["--zones", "-"]).stdin("other.test\n").unknown();
    assert_eq!(zones(&outcome), ["other.test."]);
}

#[test]
fn options_override_the_configuration() {
    let configured = Configured::new("probe: {compare: serials, samples: 3}\n");
    let outcome = configured.check(&["one.test"]).warning();
    assert_eq!(outcome.json()["zones"][0]["compared"], "serials");
    assert!(configured.primary.queries().len() >= 3);
    let outcome = configured.check(&["one.test"]).args(["--compare", "records"]).warning();
    assert_eq!(outcome.json()["zones"][0]["compared"], "records");
    let probe =
        configured.check(&["other.test"]).primary(&configured.primary).secondary(&configured.secondary);
    let outcome = probe.critical();
    assert_eq!(outcome.verdict("ns1"), "lame");
    // With servers as options, the zone need not be in the configuration.
    configured.check(&["third.test"]).primary(&configured.primary).critical();
}

#[test]
fn a_server_of_the_configuration_is_named_by_its_name_alone() {
    let configured = Configured::new("probe: {compare: serials}\n");
    let outcome = configured.check(&["one.test"]).args(["-p", "ns0", "-s", "ns1"]).warning();
    assert_eq!((outcome.verdict("ns0"), outcome.verdict("ns1")), ("in_sync".into(), "behind".into()));
    let outcome = configured.check(&["one.test"]).args(["-p", "ns0"]).unknown();
    assert_eq!(outcome.json()["zones"][0]["servers"].as_array().unwrap().len(), 1);
    // What is no server there is a host, which is looked up.
    let outcome = configured.check(&["one.test"]).args(["-p", "ns0", "-s", "ns9"]).unknown();
    assert_eq!(outcome.verdict("ns9"), "unknown");
}

#[test]
fn verify_uses_the_servers_of_the_configuration() {
    let configured = Configured::new("");
    let outcome = Probe::verify("other.test").args(["-c", &configured.path(), "--serial", "9"]).ok();
    assert_eq!(outcome.server("ns0")["verdict"], "in_sync");
    Probe::verify("third.test").args(["-c", &configured.path()]).unknown();
}

#[test]
fn an_error_in_the_configuration_is_reported_before_any_query() {
    let configured = Configured::new("colour: red\n");
    let outcome = configured.check(&[]).unknown();
    let path = configured.path();
    assert!(outcome.stderr().contains(&format!("{path}:7:1:")), "{}", outcome.stderr());
    assert_eq!(configured.primary.queries(), [""; 0]);
}
