//! The alerts on zones and servers, of a fleet with every fault, and the recording rules.

use std::collections::BTreeSet;

use serde_json::Value;

use super::fleet::Fleet;
use super::{PrometheusServer, deployed, immediate, scraping};
use crate::harness::{Service, is_met_in_time};

/// The names of the alerts in a file of rules.
pub(super) fn alerts(file: &str) -> BTreeSet<String> {
    let rules = deployed(file);
    let names = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: "));
    names.map(str::to_owned).collect()
}

/// Starts a server with the alert and recording rules that scrapes a service.
pub(super) fn prometheus(service: &Service) -> PrometheusServer {
    let configuration = scraping(service, "rule_files: [alerts.yml, recording.yml]\n");
    let (alerts, recording) = (immediate(&deployed("alerts.yml")), deployed("recording.yml"));
    PrometheusServer::start(&configuration, &[("alerts.yml", &alerts), ("recording.yml", &recording)])
}

/// The alerts on zones and servers that fire, each with its zone and its server.
fn about_zones(prometheus: &PrometheusServer) -> BTreeSet<String> {
    let of = |alert: &Value| {
        let label = |name: &str| alert["labels"][name].as_str().filter(|label| !label.is_empty());
        let labels = ["alertname", "zone", "server"].into_iter().filter_map(label).collect::<Vec<_>>();
        labels.join(" ")
    };
    let alerts = prometheus.alerts().iter().map(of).collect::<BTreeSet<_>>();
    alerts.into_iter().filter(|alert| !alert.starts_with("Zoneprobe")).collect()
}

/// Waits until these alerts fire and no others.
#[track_caller]
fn await_alerts(service: &Service, prometheus: &PrometheusServer, expected: &BTreeSet<String>) {
    let mut firing = BTreeSet::new();
    let is_met = is_met_in_time(|| {
        firing = about_zones(prometheus);
        firing == *expected
    });
    let missing: Vec<_> = expected.difference(&firing).collect();
    let others: Vec<_> = firing.difference(expected).collect();
    assert!(is_met, "missing: {missing:#?}\nothers: {others:#?}\n{}", service.log());
}

#[test]
fn every_alert_on_zones_and_servers_fires_for_its_fault_and_for_no_other() {
    let fleet = Fleet::new();
    let services = ["server", "zone"].map(|detail| fleet.watch(detail));
    let servers = services.each_ref().map(prometheus);
    fleet.go_on();
    await_alerts(&services[0], &servers[0], &fleet.alerts());
    await_alerts(&services[1], &servers[1], &fleet.alerts_without_servers());
    let planted: BTreeSet<String> =
        fleet.alerts().iter().map(|alert| alert.split(' ').next().unwrap().to_owned()).collect();
    let written: BTreeSet<String> =
        alerts("alerts.yml").into_iter().filter(|alert| !alert.starts_with("Zoneprobe")).collect();
    assert_eq!(planted, written);
}
