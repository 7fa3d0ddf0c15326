//! A real Alertmanager, which tells of a server instead of its zones.

use std::collections::BTreeSet;

use serde_json::Value;

use super::fleet::Fleet;
use super::rules::{assert_firing, prometheus};
use super::{WebServer, deployed};

/// The alerts that it has and sends to nobody, since another one stands for them.
fn inhibited(alertmanager: &WebServer) -> BTreeSet<String> {
    let alerts = alertmanager.get("/api/v2/alerts");
    let inhibited = alerts.as_array().into_iter().flatten().filter(|alert| {
        let by = alert["status"]["inhibitedBy"].as_array();
        by.is_some_and(|by| !by.is_empty())
    });
    let label = |alert: &Value, name: &str| alert["labels"][name].as_str().unwrap_or_default().to_owned();
    let named = |alert: &Value| ["alertname", "zone", "server"].map(|name| label(alert, name)).join(" ");
    inhibited.map(named).collect()
}

#[test]
fn the_alert_on_a_server_inhibits_those_on_its_zones_and_no_others() {
    let fleet = Fleet::new();
    let service = fleet.watch("server");
    let arguments = ["--config.file=alertmanager.yml", "--storage.path=data", "--cluster.listen-address="];
    let files = [("alertmanager.yml", deployed("alertmanager.yml"))];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    let alertmanager = WebServer::start("prometheus-alertmanager", &arguments, &files);
    let address = alertmanager.address;
    let _prometheus = prometheus(
        &service,
        &format!("alerting: {{alertmanagers: [{{static_configs: [{{targets: [\"{address}\"]}}]}}]}}\n"),
    );
    fleet.go_on();
    let expected = [
        "ZoneServerLame lame-too.test lame1",
        "ZoneServerLame lame.test lame1",
        "ZoneServerUnreachable unreachable-too.test unreachable1",
        "ZoneServerUnreachable unreachable.test unreachable1",
    ];
    let expected = expected.map(str::to_owned).into_iter().collect();
    let all = fleet.alerts().len();
    assert_firing(&service, &expected, || {
        let received = alertmanager.get("/api/v2/alerts").as_array().map_or(0, Vec::len);
        if received < all { BTreeSet::new() } else { inhibited(&alertmanager) }
    });
}
