//! A real Prometheus in front of `serve`: scrape configurations, alerts, and every query of the dashboard.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::daemon::port::unused_address;
use crate::harness::daemon::program;
use crate::harness::service::{Page, request, servers};
use crate::harness::{Listening, Nameserver, Service};

const ZONE: &str = "example.test";

fn at(serial: u32) -> Nameserver {
    Nameserver::new().zone(ZONE, serial)
}

fn deployed(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// A Prometheus that runs until it is dropped.
struct Prometheus {
    child: Child,
    address: SocketAddr,
    _folder: TempDir,
}

impl Prometheus {
    /// Starts one with this configuration, in a folder where these files stand.
    fn start(configuration: &str, files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files.iter().chain(&[("prometheus.yml", configuration)]) {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let address = unused_address();
        let mut command = Command::new(program("prometheus"));
        command.current_dir(folder.path()).args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"]);
        command.arg(format!("--web.listen-address={address}"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self { child: command.spawn().unwrap(), address, _folder: folder }
    }

    /// Asks its API; null while it does not answer.
    fn ask(&self, target: &str) -> Value {
        if std::net::TcpStream::connect(self.address).is_err() {
            return Value::Null;
        }
        let Page { text, .. } = request(self.address, "GET", target);
        // Long answers come in pieces, each with its length before it.
        let start = text.find('{').unwrap_or(text.len());
        let end = text.rfind('}').map_or(start, |end| end + 1);
        serde_json::from_str(&unchunked(&text[start..end])).unwrap_or_default()
    }

    fn query(&self, expression: &str) -> Value {
        let encoded: Vec<String> = expression.bytes().map(|octet| format!("%{octet:02X}")).collect();
        self.ask(&format!("/api/v1/query?query={}", encoded.concat()))
    }

    /// Returns the samples of an expression.
    fn samples(&self, expression: &str) -> Vec<Value> {
        self.query(expression)["data"]["result"].as_array().cloned().unwrap_or_default()
    }

    /// Returns the names of the alerts that fire.
    fn firing(&self) -> Vec<String> {
        let alerts = self.ask("/api/v1/alerts")["data"]["alerts"].as_array().cloned().unwrap_or_default();
        let firing = alerts.iter().filter(|alert| alert["state"] == "firing");
        firing.map(|alert| alert["labels"]["alertname"].as_str().unwrap().to_owned()).collect()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Leaves out the lengths between the pieces of a body.
fn unchunked(text: &str) -> String {
    let mut lines = text.split("\r\n");
    let mut body = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        let is_length = !line.is_empty() && line.len() <= 8 && u64::from_str_radix(line, 16).is_ok();
        if !is_length {
            body.push_str(line);
        }
    }
    body
}

/// A configuration that scrapes a service every second.
fn scraping(service: &Service, rules: &str) -> String {
    format!(
        "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\n{rules}scrape_configs:\n  \
         - job_name: zoneprobe\n    static_configs: [{{targets: [\"{}\"]}}]\n",
        service.address()
    )
}

fn watching(all: &[&Listening], probe: &str) -> Service {
    let zones = format!("zones: [{ZONE}]\n");
    Service::start(&format!("probe: {{interval: 1s{probe}}}\n{}{zones}", servers(all)))
}

#[test]
fn a_blocked_change_makes_the_alert_fire_and_mending_it_resolves_it() {
    let (primary, secondary) = (at(7).start(), at(7).start());
    let service = watching(&[&primary, &secondary], ", grace: 2s");
    service.await_verdict(ZONE, "ns1", "in_sync");
    let patient = deployed("alerts.yml");
    let hasty: String = patient
        .lines()
        .map(|line| if line.trim_start().starts_with("for: ") { "        for: 1s" } else { line })
        .flat_map(|line| [line, "\n"])
        .collect();
    let prometheus =
        Prometheus::start(&scraping(&service, "rule_files: [alerts.yml]\n"), &[("alerts.yml", &hasty)]);
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
fn every_scrape_example_brings_samples() {
    let all = || Nameserver::new().zone("example.com", 7).zone("example.net", 7);
    let (primary, secondary) = (all().start(), all().start());
    let text = format!(
        "probe: {{interval: 1s}}\n{}zones: [example.com, example.net]\n",
        servers(&[&primary, &secondary])
    );
    let service = Service::start(&text);
    service.until("ready", || service.get("/-/ready").status == 200);
    let files = [("alerts.yml", deployed("alerts.yml")), ("recording.yml", deployed("recording.yml"))];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    for (example, scraped) in [("static", 1), ("sd", 3), ("probe", 2)] {
        let text = deployed(&format!("prometheus/{example}.yml"));
        let text = text.replace("127.0.0.1:15353", &service.address().to_string());
        let text = text.replace("scrape_interval: 30s", "scrape_interval: 2s, scrape_timeout: 2s");
        let text = text.replace("scrape_timeout: 20s", "scrape_timeout: 2s").replace("../", "");
        let prometheus = Prometheus::start(&text, &files);
        service.until(&format!("{scraped} targets of {example}.yml"), || {
            let up = prometheus.samples("up == 1");
            up.len() == scraped
                && !prometheus.samples("zoneprobe_zone_in_sync{zone=\"example.net\"} == 1").is_empty()
        });
    }
}

#[test]
fn every_query_of_the_dashboard_is_answered() {
    let primary = at(7).expire(86_400).start();
    let (other, slow) = (at(7).replace("www 300 A 192.0.2.99").start(), at(7).start());
    let silent = at(7).silent().tcp_closed().start();
    let service = watching(&[&primary, &other, &slow, &silent], ", timeout: 100ms");
    service.await_verdict(ZONE, "ns1", "diverged");
    primary.set_serial(8);
    let prometheus = Prometheus::start(&scraping(&service, ""), &[]);
    service.await_verdict(ZONE, "ns2", "propagating");
    std::thread::sleep(Duration::from_secs(2));
    slow.set_serial(8);
    let dashboard: Value = serde_json::from_str(&deployed("grafana.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    // There are none of these here, or they take hours.
    let without_data = [
        "Time until a signature expires",
        "Publication latency",
        "Out of sync for",
        "Verdicts",
        "Serial lag",
    ];
    let mut asked = 0;
    for panel in panels.iter().filter(|panel| panel["type"] != "row") {
        let title = panel["title"].as_str().unwrap();
        assert!(panel["description"].as_str().is_some_and(|text| !text.is_empty()), "{title}");
        for (place, target) in panel["targets"].as_array().unwrap().iter().enumerate() {
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{title}");
            let expression = target["expr"].as_str().unwrap().replace("$zone", ".*").replace("$server", ".*");
            service.until(&format!("an answer to {title}: {expression}"), || {
                let answer = prometheus.query(&expression);
                let some = answer["data"]["result"].as_array().is_some_and(|result| !result.is_empty());
                let needs_none = without_data.contains(&title) || place > 0;
                answer["status"] == "success" && (some || needs_none)
            });
            asked += 1;
        }
    }
    assert!(asked >= 20, "{asked}");
    for variable in dashboard["templating"]["list"].as_array().unwrap() {
        let Some(query) = variable["query"]["query"].as_str() else { continue };
        let inner = query.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')')).unwrap();
        let (series, label) = inner.split_once(", ").unwrap();
        let samples = prometheus.samples(series);
        assert!(samples.iter().any(|sample| sample["metric"][label].is_string()), "{query}");
    }
}
