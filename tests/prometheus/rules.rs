//! The alerts on zones and servers, of a fleet with every fault, and the recording rules.

use std::collections::BTreeSet;

use serde_json::Value;

use super::fleet::{Fleet, URL};
use super::{PrometheusServer, deployed, immediate, scraping};
use crate::harness::{Service, is_met_in_time};

/// The names of the alerts in a file of rules.
pub(super) fn alerts(file: &str) -> BTreeSet<String> {
    let rules = deployed(file);
    let names = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: "));
    names.map(str::to_owned).collect()
}

/// Starts a server with the alert and recording rules that scrapes a service; `more` is added to its configuration.
pub(super) fn prometheus(service: &Service, more: &str) -> PrometheusServer {
    let configuration = scraping(service, &format!("rule_files: [alerts.yml, recording.yml]\n{more}"));
    let (alerts, recording) = (immediate(&deployed("alerts.yml")), deployed("recording.yml"));
    PrometheusServer::start(&configuration, &[("alerts.yml", &alerts), ("recording.yml", &recording)])
}

/// The alerts on zones and servers that fire, each with its zone and its server.
fn about_zones(prometheus: &PrometheusServer) -> BTreeSet<String> {
    let mut firing = prometheus.firing_with(&["alertname", "zone", "server"]);
    firing.retain(|alert| !alert.starts_with("Zoneprobe"));
    firing
}

/// Waits until these alerts fire and no others.
#[track_caller]
pub(super) fn assert_firing(
    service: &Service,
    expected: &BTreeSet<String>,
    mut firing: impl FnMut() -> BTreeSet<String>,
) {
    let mut last = BTreeSet::new();
    let is_met = is_met_in_time(|| {
        last = firing();
        last == *expected
    });
    let missing: Vec<_> = expected.difference(&last).collect();
    let others: Vec<_> = last.difference(expected).collect();
    assert!(is_met, "missing: {missing:#?}\nothers: {others:#?}\n{}", service.log());
}

/// Asserts that every alert on a zone or a server has its page, and that there is such a page. For zones it is the one
/// that the service names itself.
#[track_caller]
fn assert_pages(service: &Service, prometheus: &PrometheusServer) {
    let list: Value = serde_json::from_str(&service.get("/api/v1/zones").text).unwrap();
    let zones = list["zones"].as_array().unwrap();
    let of_zone = |zone: &str| {
        let listed = zones.iter().find(|listed| listed["zone"] == format!("{zone}.")).unwrap();
        listed["page"].as_str().unwrap().to_owned()
    };
    let mut pages = 0;
    for alert in prometheus.alerts() {
        let label = |name: &str| alert["labels"][name].as_str();
        let page = match (label("zone"), label("server")) {
            (Some(zone), _) => of_zone(zone),
            (None, Some(server)) => format!("{URL}/servers/{server}"),
            (None, None) => continue,
        };
        assert_eq!(alert["annotations"]["page"], page, "{alert:#}");
        // As a proxy passes it on.
        let path = page.strip_prefix("https://dns.example.com").unwrap();
        assert_eq!(service.get(path).status, 200, "{page}");
        pages += 1;
    }
    assert!(pages >= 30, "{pages} pages");
}

#[test]
fn every_alert_on_zones_and_servers_fires_for_its_fault_and_for_no_other() {
    let fleet = Fleet::new();
    let services = ["server", "zone"].map(|detail| fleet.watch(detail));
    let servers = services.each_ref().map(|service| prometheus(service, ""));
    fleet.go_on();
    assert_firing(&services[0], &fleet.alerts(), || about_zones(&servers[0]));
    assert_firing(&services[1], &fleet.alerts_without_servers(), || about_zones(&servers[1]));
    for (service, prometheus) in services.iter().zip(&servers) {
        assert_pages(service, prometheus);
    }
    let planted: BTreeSet<String> =
        fleet.alerts().iter().map(|alert| alert.split(' ').next().unwrap().to_owned()).collect();
    let written: BTreeSet<String> =
        alerts("alerts.yml").into_iter().filter(|alert| !alert.starts_with("Zoneprobe")).collect();
    assert_eq!(planted, written);
}
