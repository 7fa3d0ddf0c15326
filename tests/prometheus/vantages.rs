//! The alerts on zones that are checked from several places.

use std::collections::BTreeSet;

use super::rules::{alerts, assert_firing};
use super::{PrometheusServer, deployed, immediate};
use crate::harness::daemon::port::unused_address;
use crate::harness::{Nameserver, RunningNameserver, Service};

/// A server whose records of these zones differ from those of [`primary_of`].
fn differing(zones: &[&str]) -> RunningNameserver {
    let add = |server: Nameserver, zone: &&str| server.zone(zone, 7).replace("www 300 A 192.0.2.99");
    zones.iter().fold(Nameserver::new(), add).start()
}

/// A server of these zones.
fn primary_of(zones: &[&str]) -> RunningNameserver {
    zones.iter().fold(Nameserver::new(), |server, zone| server.zone(zone, 7)).start()
}

/// A service at a place, which sees other servers by these names than another place does.
fn at(
    place: &str,
    detail: &str,
    primary: &RunningNameserver,
    zones: &[(&str, &RunningNameserver)],
) -> Service {
    let (mut servers, mut named) = (String::new(), String::new());
    for (zone, secondary) in zones {
        let server = format!("at-{zone}");
        servers += &format!("  {server}: {{address: \"{}\"}}\n", secondary.address());
        named += &format!("  - {{zone: {zone}, servers: [ns0, {server}]}}\n");
    }
    Service::start(&format!(
        "probe: {{interval: 1s}}\nmetrics: {{detail: {detail}}}\nvantage: {place}\n\
         http: {{external_url: \"https://{place}.example\"}}\n\
         servers:\n  ns0: {{address: \"{}\", role: primary}}\n{servers}zones:\n{named}",
        primary.address()
    ))
}

/// A configuration that scrapes each address with the name of its place.
fn scraping(targets: &[(&str, String)]) -> String {
    let targets = targets.iter().map(|(place, address)| {
        format!("      - {{targets: [\"{address}\"], labels: {{vantage: {place}}}}}\n")
    });
    format!(
        "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: [alerts-vantage.yml]\n\
         scrape_configs:\n  - job_name: zoneprobe\n    static_configs:\n{}",
        targets.collect::<String>()
    )
}

/// The expression of an alert.
#[track_caller]
fn expression(file: &str, alert: &str) -> String {
    let rules = deployed(file);
    let rule = rules.split("      - alert: ").find(|rule| rule.starts_with(&format!("{alert}\n")));
    let rule = rule.unwrap_or_else(|| panic!("{file} has no {alert}"));
    let expression = rule.split("        expr: ").nth(1).and_then(|rest| rest.split("        for: ").next());
    expression.expect("an alert has an expression and a time").to_owned()
}

#[test]
fn a_fault_that_two_places_see_is_another_alert_than_one_that_a_single_place_sees() {
    let zones = ["both.test", "alone.test", "zonal.test"];
    let (primary, good, bad) = (primary_of(&zones), primary_of(&zones), differing(&zones));
    let services = [
        at("amsterdam", "server", &primary, &[("both.test", &bad), ("alone.test", &good)]),
        at("singapore", "server", &primary, &[("both.test", &bad), ("alone.test", &bad)]),
        at("virginia", "zone", &primary, &[("zonal.test", &bad)]),
    ];
    let mut targets: Vec<(&str, String)> = ["amsterdam", "singapore", "virginia"]
        .into_iter()
        .zip(&services)
        .map(|(place, service)| (place, service.address().to_string()))
        .collect();
    targets.push(("nowhere", unused_address().to_string()));
    let rules = immediate(&deployed("alerts-vantage.yml"));
    let prometheus = PrometheusServer::start(&scraping(&targets), &[("alerts-vantage.yml", &rules)]);
    let expected = [
        "FaultAtSeveralVantages both.test at-both.test diverged",
        "FaultAtOneVantage alone.test at-alone.test diverged singapore",
        "FaultAtOneVantage zonal.test diverged virginia",
        "VantageDown nowhere",
    ]
    .map(str::to_owned);
    let expected = BTreeSet::from(expected);
    assert_firing(&services[0], &expected, || {
        prometheus.firing_with(&["alertname", "zone", "server", "code", "vantage"])
    });
    for (zone, place) in [("alone.test", "singapore"), ("zonal.test", "virginia")] {
        let page = format!("https://{place}.example/zones/{zone}");
        let has_page = |alert: &serde_json::Value| alert["annotations"]["page"] == page.as_str();
        assert!(prometheus.alerts().iter().any(has_page), "{page}");
    }
    for record in rules.lines().filter_map(|line| line.trim().strip_prefix("- record: ")) {
        assert!(!prometheus.samples(record).is_empty(), "{record} has no samples");
    }
    // All others are those on zoneprobe itself, by the same expressions as without places.
    let planted: BTreeSet<String> =
        expected.iter().map(|alert| alert.split(' ').next().unwrap().to_owned()).collect();
    for alert in alerts("alerts-vantage.yml").difference(&planted) {
        assert_eq!(expression("alerts-vantage.yml", alert), expression("alerts.yml", alert));
    }
}
