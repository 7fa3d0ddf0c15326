//! A real Prometheus that scrapes over TLS with a password.

use std::fs;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::{ALICE, Secured, users};
use crate::harness::daemon::port::unused_address;
use crate::harness::daemon::program;
use crate::harness::service::request;
use crate::harness::tls::{Certificate, Flaw};
use crate::harness::until;

/// A Prometheus with one target, which runs until it is dropped.
struct Scraper {
    child: Child,
    address: SocketAddr,
    _directory: TempDir,
}

impl Scraper {
    /// Scrapes a service every second with this password, and presents a certificate.
    fn start(secured: &Secured, password: &str, certificate: &Certificate) -> Self {
        let (directory, address) = (tempfile::tempdir().unwrap(), unused_address());
        let (cert, key) = certificate.files();
        let configuration = format!(
            "scrape_configs:\n  - job_name: zoneprobe\n    scheme: https\n    scrape_interval: 1s\n    \
             scrape_timeout: 1s\n    basic_auth: {{username: alice, password: \"{password}\"}}\n    \
             tls_config: {{ca_file: {}, cert_file: {cert}, key_file: {key}}}\n    \
             static_configs: [{{targets: [\"{}\"]}}]\n",
            secured.authority.file,
            secured.service.address()
        );
        fs::write(directory.path().join("prometheus.yml"), configuration).unwrap();
        let mut command = Command::new(program("prometheus"));
        command
            .current_dir(directory.path())
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"]);
        command.arg(format!("--web.listen-address={address}"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self { child: command.spawn().unwrap(), address, _directory: directory }
    }

    /// The health of the target, and the last error; nothing before the first scrape.
    fn target(&self) -> Option<(String, String)> {
        std::net::TcpStream::connect(self.address).ok()?;
        let text = request(self.address, "GET", "/api/v1/targets").text;
        let (start, end) = (text.find('{')?, text.rfind('}')?);
        let document: Value = serde_json::from_str(&text[start..=end]).ok()?;
        let target = &document["data"]["activeTargets"][0];
        let field = |name: &str| target[name].as_str().map(str::to_owned);
        field("health").filter(|health| health != "unknown").zip(field("lastError"))
    }
}

impl Drop for Scraper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn prometheus_scrapes_over_tls_with_a_password_and_a_certificate() {
    let client_auth = "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n  \
                       client_allowed_sans: [prometheus.test]\n";
    let secured = Secured::over_tls(client_auth, &users(ALICE));
    let certificate = secured.authority.issue(&["prometheus.test"], Flaw::None);
    let right = Scraper::start(&secured, "correct horse", &certificate);
    until("a scrape", || right.target() == Some(("up".to_owned(), String::new())));
    let wrong = Scraper::start(&secured, "wrong", &certificate);
    let is_refused = |target: (String, String)| target.0 == "down" && target.1.contains("401 Unauthorized");
    until("a scrape that is refused", || wrong.target().is_some_and(is_refused));
    let stranger = secured.authority.issue(&["other.test"], Flaw::None);
    let stranger = Scraper::start(&secured, "correct horse", &stranger);
    until("a handshake that fails", || stranger.target().is_some_and(|target| target.1.contains("tls: ")));
    assert_eq!(right.target().unwrap().0, "up");
}
