//! A real Prometheus that scrapes `serve`: scrape configurations, and every expression of rules and dashboards.

mod dashboards;
mod fleet;
mod inhibition;
mod itself;
mod rules;
mod scraping;
mod vantages;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::Service;
use crate::harness::daemon::port::unused_address;
use crate::harness::daemon::program;
use crate::harness::service::{HttpResponse, request};

fn deployed(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/prometheus").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// A program with an HTTP API that runs until it is dropped.
struct WebServer {
    child: Child,
    address: SocketAddr,
    _directory: TempDir,
}

impl WebServer {
    /// Starts it with these arguments, in a directory with these files.
    fn start(name: &str, arguments: &[&str], files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(directory.path().join(name), text).unwrap();
        }
        let address = unused_address();
        let mut command = Command::new(program(name));
        command.current_dir(directory.path()).args(arguments);
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
        let start = text.find(['{', '[']).unwrap_or(text.len());
        let end = text.rfind(['}', ']']).map_or(start, |end| end + 1);
        serde_json::from_str(&unchunked(&text[start..end])).unwrap_or_default()
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A Prometheus server.
struct PrometheusServer(WebServer);

impl PrometheusServer {
    /// Starts it with this configuration, in a directory with these files.
    fn start(configuration: &str, files: &[(&str, &str)]) -> Self {
        let arguments = ["--config.file=prometheus.yml", "--storage.tsdb.path=data"];
        let files = [files, &[("prometheus.yml", configuration)]].concat();
        Self(WebServer::start("prometheus", &arguments, &files))
    }

    fn get(&self, target: &str) -> Value {
        self.0.get(target)
    }

    fn query(&self, expression: &str) -> Value {
        let encoded: Vec<String> = expression.bytes().map(|byte| format!("%{byte:02X}")).collect();
        self.get(&format!("/api/v1/query?query={}", encoded.concat()))
    }

    /// The samples of an expression.
    fn samples(&self, expression: &str) -> Vec<Value> {
        self.query(expression)["data"]["result"].as_array().cloned().unwrap_or_default()
    }

    /// The firing alerts.
    fn alerts(&self) -> Vec<Value> {
        let alerts = self.get("/api/v1/alerts")["data"]["alerts"].as_array().cloned().unwrap_or_default();
        alerts.into_iter().filter(|alert| alert["state"] == "firing").collect()
    }

    /// The firing alerts, each by the values of these labels that it has.
    fn firing_with(&self, labels: &[&str]) -> BTreeSet<String> {
        let value = |alert: &Value, label: &str| alert["labels"][label].as_str().map(str::to_owned);
        let values =
            |alert: &Value| labels.iter().filter_map(|label| value(alert, label)).collect::<Vec<_>>();
        self.alerts().iter().map(|alert| values(alert).join(" ")).collect()
    }

    /// The names of the firing alerts.
    fn firing(&self) -> Vec<String> {
        let name = |alert: &Value| alert["labels"]["alertname"].as_str().unwrap().to_owned();
        self.alerts().iter().map(name).collect()
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
    scraping_all(&[("zoneprobe", service)], rules)
}

/// A configuration that scrapes services every second, each under the name of a job.
fn scraping_all(services: &[(&str, &Service)], rules: &str) -> String {
    let mut targets = BTreeMap::<&str, Vec<String>>::new();
    for (job, service) in services {
        targets.entry(job).or_default().push(format!("\"{}\"", service.address()));
    }
    let jobs = targets.iter().map(|(job, targets)| {
        format!("  - {{job_name: {job}, static_configs: [{{targets: [{}]}}]}}\n", targets.join(", "))
    });
    format!(
        "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\n{rules}scrape_configs:\n{}",
        jobs.collect::<String>()
    )
}

/// Alert rules with another time instead of every `for`.
fn firing_after(time: &str, rules: &str) -> String {
    let for_time = format!("        for: {time}");
    let lines =
        rules.lines().map(|line| if line.trim_start().starts_with("for: ") { &for_time } else { line });
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// The alert rules, with a second instead of every `for`.
fn short_alerts() -> String {
    firing_after("1s", &deployed("alerts.yml"))
}

/// Alert rules that fire at once.
fn immediate(rules: &str) -> String {
    firing_after("0s", rules)
}
