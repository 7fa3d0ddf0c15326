//! The scrape configurations, and an alert from its fault to its end.

use std::time::Duration;

use serde_json::Value;

use super::{PrometheusServer, deployed, scraping, short_alerts};
use crate::harness::service::servers;
use crate::harness::{Nameserver, RunningNameserver, Service};

const ZONE: &str = "example.test";

fn at(serial: u32) -> Nameserver {
    Nameserver::new().zone(ZONE, serial)
}

fn serve(all: &[&RunningNameserver], probe: &str) -> Service {
    let zones = format!("zones: [{ZONE}]\n");
    Service::start(&format!("probe: {{interval: 1s{probe}}}\n{}{zones}", servers(all)))
}

#[test]
fn the_alert_fires_while_a_secondary_is_stuck_and_resolves_after() {
    let (primary, secondary) = (at(7).start(), at(7).start());
    let service = serve(&[&primary, &secondary], ", grace: 2s");
    service.await_verdict(ZONE, "ns1", "in_sync");
    let prometheus = PrometheusServer::start(
        &scraping(&service, "rule_files: [alerts.yml]\n"),
        &[("alerts.yml", &short_alerts())],
    );
    service.until("a first scrape", || !prometheus.samples("zoneprobe_build_info").is_empty());
    let fires = || prometheus.firing().contains(&"ZoneStuck".to_owned());
    assert!(!fires());
    primary.set_serial(8);
    service.until("the alert", fires);
    secondary.set_serial(8);
    service.until("no alert", || !fires());
    service.until("nothing else", || prometheus.firing().is_empty());
}

#[test]
fn every_scrape_example_has_samples_of_every_target() {
    let all = || Nameserver::new().zone("example.com", 7).zone("example.net", 7);
    let (primary, secondary) = (all().start(), all().start());
    let text = format!(
        "probe: {{interval: 1s}}\n{}zones: [example.com, example.net]\n",
        servers(&[&primary, &secondary])
    );
    let service = Service::start(&text);
    service.await_ready();
    for (example, scraped) in [("static", 1), ("sd", 3), ("probe", 2)] {
        let prometheus = example_server(example, &service);
        service.until(&format!("{scraped} targets of {example}.yml"), || {
            let up = prometheus.samples("up == 1");
            up.len() == scraped
                && !prometheus.samples("zoneprobe_zone_in_sync{zone=\"example.net\"} == 1").is_empty()
        });
    }
}

/// Starts a server with a scrape example, scraping every two seconds and with alerts that fire after one.
fn example_server(example: &str, service: &Service) -> PrometheusServer {
    let text = deployed(&format!("scrape/{example}.yml"));
    let text = text.replace("127.0.0.1:19353", &service.address().to_string());
    let every = "scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 1s";
    let text = text.replace("scrape_interval: 30s", every);
    let text = text.replace("scrape_timeout: 20s", "scrape_timeout: 2s").replace("../", "");
    let files = [("alerts.yml", short_alerts()), ("recording.yml", deployed("recording.yml"))];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    PrometheusServer::start(&text, &files)
}

#[test]
fn with_both_jobs_each_alert_fires_once_and_a_server_has_one_of_its_own() {
    let all = || Nameserver::new().zone("example.com", 7).zone("example.net", 7);
    let primary = all().start();
    let changed = "www 300 A 192.0.2.99";
    let other = Nameserver::new().zone("example.com", 7).replace(changed).zone("example.net", 7);
    let other = other.replace(changed).start();
    let silent = all().silent().tcp_closed().start();
    let text = format!(
        "probe: {{interval: 1s, timeout: 100ms}}\n{}zones: [example.com, example.net]\n",
        servers(&[&primary, &other, &silent])
    );
    let service = Service::start(&text);
    for zone in ["example.com", "example.net"] {
        service.await_verdict(zone, "ns1", "diverged");
    }
    let prometheus = example_server("sd", &service);
    let expected = ["ServerUnreachable", "ZoneDiverged", "ZoneDiverged"];
    let expected = [&expected[..], &["ZoneServerUnreachable"; 2]].concat();
    let about_zones = || {
        let mut firing = prometheus.firing();
        firing.retain(|alert| alert.starts_with("Server") || expected.contains(&alert.as_str()));
        firing.sort();
        firing
    };
    service.until("each alert once", || about_zones() == expected);
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!(about_zones(), expected);
    for family in
        ["zoneprobe_server_verdict", "zoneprobe_zone_in_sync", "zoneprobe_zones", "zoneprobe_build_info"]
    {
        let twice = format!("count without (job, instance) ({family}) > 1");
        assert!(!prometheus.samples(family).is_empty() && prometheus.samples(&twice).is_empty(), "{family}");
    }
}

#[test]
fn three_shards_have_each_zone_once_where_prometheus_looks_for_it() {
    let names: Vec<String> = (0..20).map(|number| format!("zone-{number}.test")).collect();
    let all = || Nameserver::new().zones(&names, 7);
    let (primary, secondary) = (all().start(), all().start());
    let zones = format!("zones: [{}]\n", names.join(", "));
    let text =
        format!("probe: {{interval: 1s, compare: serials}}\n{}{zones}", servers(&[&primary, &secondary]));
    let shards: Vec<Service> = (0..3)
        .map(|index| Service::start(&format!("{text}shard: {{index: {index}, count: 3}}\nvantage: here\n")))
        .collect();
    let addresses: Vec<String> = shards.iter().map(|shard| shard.address().to_string()).collect();
    let example = ["127.0.0.1:19353", "127.0.0.1:19354", "127.0.0.1:19355"].iter().zip(&addresses).fold(
        deployed("scrape/shards.yml")
            .replace("scrape_interval: 30s", "scrape_interval: 1s")
            .replace("../", ""),
        |text, (usual, address)| text.replace(usual, address),
    );
    let mut probes = String::from(
        "  - job_name: probes\n    metrics_path: /probe\n    relabel_configs:\n      \
         - {source_labels: [__address__], target_label: __param_target}\n      \
         - {source_labels: [__address__], target_label: instance}\n      \
         - {source_labels: [__address__], modulus: 3, target_label: __tmp_shard, action: hashmod}\n",
    );
    for (index, address) in addresses.iter().enumerate() {
        probes += &format!(
            "      - {{source_labels: [__tmp_shard], regex: \"{index}\", target_label: __address__, replacement: \"{address}\"}}\n"
        );
    }
    probes += &format!("    static_configs: [{{targets: [{}]}}]\n", names.join(", "));
    let (alerts, recording) = (short_alerts(), deployed("recording.yml"));
    let files = [("alerts.yml", alerts.as_str()), ("recording.yml", recording.as_str())];
    let prometheus = PrometheusServer::start(&format!("{example}{probes}"), &files);
    shards[0].until("every target up", || {
        prometheus.samples("up{job=\"zoneprobe\"} == 1").len() == 3
            && prometheus.samples("up{job=\"probes\"} == 1").len() == names.len()
    });
    let once = "count by (zone) (zoneprobe_zone_in_sync{job=\"zoneprobe\"}) == 1";
    shards[0].until("each zone once", || prometheus.samples(once).len() == names.len());
    assert_eq!(prometheus.samples("count by (shard, shards) (zoneprobe_shard_info{shards=\"3\"})").len(), 3);
    assert_eq!(prometheus.samples("zoneprobe_build_info{vantage=\"here\",job=\"zoneprobe\"}").len(), 3);
    let discovered: usize = shards
        .iter()
        .map(|shard| {
            let body = shard.get("/sd").text;
            let groups: Value = serde_json::from_str(&body[body.find('[').unwrap()..]).unwrap();
            groups[0]["targets"].as_array().unwrap().len()
        })
        .sum();
    assert_eq!(discovered, names.len());
}
