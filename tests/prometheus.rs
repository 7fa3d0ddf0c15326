//! A real Prometheus that scrapes `serve`: scrape configurations, alerts, and every query of the dashboard.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::daemon::port::unused_address;
use crate::harness::daemon::program;
use crate::harness::service::{HttpResponse, request, servers};
use crate::harness::{Nameserver, RunningNameserver, Service};

const ZONE: &str = "example.test";

fn at(serial: u32) -> Nameserver {
    Nameserver::new().zone(ZONE, serial)
}

fn deployed(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/prometheus").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// A Prometheus server that runs until it is dropped.
struct PrometheusServer {
    child: Child,
    address: SocketAddr,
    _directory: TempDir,
}

impl PrometheusServer {
    /// Starts it with this configuration, in a directory with these files.
    fn start(configuration: &str, files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files.iter().chain(&[("prometheus.yml", configuration)]) {
            std::fs::write(directory.path().join(name), text).unwrap();
        }
        let address = unused_address();
        let mut command = Command::new(program("prometheus"));
        command
            .current_dir(directory.path())
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"]);
        command.arg(format!("--web.listen-address={address}"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self { child: command.spawn().unwrap(), address, _directory: directory }
    }

    /// Sends a request to its API; null while it does not respond.
    fn get(&self, target: &str) -> Value {
        if std::net::TcpStream::connect(self.address).is_err() {
            return Value::Null;
        }
        let HttpResponse { text, .. } = request(self.address, "GET", target);
        // Long responses are chunked.
        let start = text.find('{').unwrap_or(text.len());
        let end = text.rfind('}').map_or(start, |end| end + 1);
        serde_json::from_str(&unchunked(&text[start..end])).unwrap_or_default()
    }

    fn query(&self, expression: &str) -> Value {
        let encoded: Vec<String> = expression.bytes().map(|byte| format!("%{byte:02X}")).collect();
        self.get(&format!("/api/v1/query?query={}", encoded.concat()))
    }

    /// The samples of an expression.
    fn samples(&self, expression: &str) -> Vec<Value> {
        self.query(expression)["data"]["result"].as_array().cloned().unwrap_or_default()
    }

    /// The names of the firing alerts.
    fn firing(&self) -> Vec<String> {
        let alerts = self.get("/api/v1/alerts")["data"]["alerts"].as_array().cloned().unwrap_or_default();
        let firing = alerts.iter().filter(|alert| alert["state"] == "firing");
        firing.map(|alert| alert["labels"]["alertname"].as_str().unwrap().to_owned()).collect()
    }
}

impl Drop for PrometheusServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Removes the lengths between the chunks of a body.
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

/// The alert rules, with a second instead of every `for`.
fn short_alerts() -> String {
    let rules = deployed("alerts.yml");
    let lines = rules
        .lines()
        .map(|line| if line.trim_start().starts_with("for: ") { "        for: 1s" } else { line });
    lines.flat_map(|line| [line, "\n"]).collect()
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
fn every_query_of_the_dashboard_succeeds_and_has_data() {
    let primary = at(7).expire(86_400).start();
    let (other, slow) = (at(7).replace("www 300 A 192.0.2.99").start(), at(7).start());
    let silent = at(7).silent().tcp_closed().start();
    let service = serve(&[&primary, &other, &slow, &silent], ", timeout: 100ms");
    service.await_verdict(ZONE, "ns1", "diverged");
    primary.set_serial(8);
    let prometheus = PrometheusServer::start(&scraping(&service, ""), &[]);
    service.await_verdict(ZONE, "ns2", "propagating");
    service
        .until("a scrape of the lag", || !prometheus.samples("zoneprobe_server_serial_lag > 0").is_empty());
    slow.set_serial(8);
    let dashboard: Value = serde_json::from_str(&deployed("dashboards/fleet.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    // The servers here have none of these, or need hours for them.
    let without_data = [
        "Time until a signature expires",
        "Publication latency",
        "Out of sync for",
        "Verdicts",
        "Serial lag",
    ];
    let mut queries = 0;
    for panel in panels.iter().filter(|panel| panel["type"] != "row") {
        let title = panel["title"].as_str().unwrap();
        assert!(panel["description"].as_str().is_some_and(|text| !text.is_empty()), "{title}");
        for (index, target) in panel["targets"].as_array().unwrap().iter().enumerate() {
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{title}");
            let expression = target["expr"]
                .as_str()
                .unwrap()
                .replace("$zone", ".*")
                .replace("$server", ".*")
                .replace("$job", ".*")
                .replace("$instance", ".*");
            service.until(&format!("a result of {title}: {expression}"), || {
                let response = prometheus.query(&expression);
                let has_data = response["data"]["result"].as_array().is_some_and(|result| !result.is_empty());
                let may_be_empty = without_data.contains(&title) || index > 0;
                response["status"] == "success" && (has_data || may_be_empty)
            });
            queries += 1;
        }
    }
    assert!(queries >= 20, "{queries}");
    for variable in dashboard["templating"]["list"].as_array().unwrap() {
        let Some(query) = variable["query"]["query"].as_str() else { continue };
        let query = query.replace("$job", ".*").replace("$instance", ".*");
        let inner = query.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')')).unwrap();
        let (series, label) = inner.split_once(", ").unwrap();
        let samples = prometheus.samples(series);
        assert!(samples.iter().any(|sample| sample["metric"][label].is_string()), "{query}");
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
