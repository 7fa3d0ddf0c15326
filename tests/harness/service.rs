//! A `zoneprobe serve` that runs while a test looks at it.
//!
//! [`Service::start`] takes the text of a configuration and serves on a free port; it ends when it is dropped.

#![expect(clippy::print_stderr, reason = "a test that fails shows the log first")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::Listening;

/// How long anything may take on a loaded machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often one looks while something is awaited.
const POLL: Duration = Duration::from_millis(50);

/// A service, and the folder with its configuration and state.
#[derive(Debug)]
pub struct Service {
    child: Child,
    address: SocketAddr,
    log: Arc<Mutex<String>>,
    folder: Arc<TempDir>,
}

/// What came back from a request.
#[derive(Debug)]
pub struct Page {
    /// The status code.
    pub status: u16,
    /// The body.
    pub text: String,
}

impl Service {
    /// Serves with this configuration.
    #[track_caller]
    pub fn start(configuration: &str) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let service = Self::in_folder(&folder, configuration, &[]);
        service.expect("the service starts")
    }

    /// Serves with this configuration, and looks names up at this resolver.
    #[track_caller]
    pub fn with_resolver(configuration: &str, resolver: &Listening) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let service = Self::launch(&folder, configuration, &[], &resolver.address().to_string());
        service.expect("the service starts")
    }

    /// Serves with this configuration in a folder, which keeps its state; `None` if it ends instead.
    pub fn in_folder(folder: &Arc<TempDir>, configuration: &str, variables: &[(&str, &str)]) -> Option<Self> {
        Self::launch(folder, configuration, variables, "127.0.0.1:1")
    }

    fn launch(
        folder: &Arc<TempDir>,
        configuration: &str,
        variables: &[(&str, &str)],
        resolver: &str,
    ) -> Option<Self> {
        let path = folder.path().join("zoneprobe.yaml");
        std::fs::write(&path, configuration).unwrap();
        let mut command = Command::new("sh");
        // Past a limit on files, a write fails as on a full disk, if the signal for it is ignored.
        command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_zoneprobe")]);
        command.arg("serve").arg("-c").arg(&path);
        command.args(["--listen", "127.0.0.1:0", "--resolver", resolver]);
        command.envs(variables.iter().copied());
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (log, address) = follow(&mut child);
        match address.recv_timeout(PATIENCE) {
            Ok(address) => Some(Self { child, address, log, folder: Arc::clone(folder) }),
            Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                None
            }
        }
    }

    /// Returns where it serves.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the folder with its configuration and state.
    pub fn folder(&self) -> Arc<TempDir> {
        Arc::clone(&self.folder)
    }

    /// Returns the path of a file in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns what it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Gets a page.
    #[track_caller]
    pub fn get(&self, target: &str) -> Page {
        self.request("GET", target)
    }

    /// Sends a request without a body.
    #[track_caller]
    pub fn request(&self, method: &str, target: &str) -> Page {
        request(self.address, method, target)
    }

    /// Returns its metrics.
    #[track_caller]
    pub fn metrics(&self) -> String {
        let page = self.get("/metrics");
        assert_eq!(page.status, 200, "{}", page.text);
        page.text
    }

    /// Returns the value of the first sample of a name in whose labels all of these stand.
    #[track_caller]
    pub fn sample(&self, name: &str, labels: &[&str]) -> Option<f64> {
        let metrics = self.metrics();
        let line = metrics.lines().find(|line| {
            let (series, _) = line.rsplit_once(' ').unwrap_or((line, ""));
            let family = series.split('{').next().unwrap_or_default();
            family == name && labels.iter().all(|label| series.contains(label))
        })?;
        line.rsplit_once(' ').unwrap().1.parse().ok()
    }

    /// Returns a server in the last report of a zone; null if there is none.
    #[track_caller]
    pub fn server(&self, zone: &str, server: &str) -> Value {
        let page = self.get(&format!("/api/v1/zones/{zone}"));
        let report: Value = serde_json::from_str(&page.text).unwrap();
        let servers = report["servers"].as_array().cloned().unwrap_or_default();
        servers.into_iter().find(|it| it["server"] == server).unwrap_or_default()
    }

    /// Waits until a server of a zone has a verdict, and returns what is told of it.
    #[track_caller]
    pub fn await_verdict(&self, zone: &str, server: &str, verdict: &str) -> Value {
        let mut last = Value::Null;
        self.until(&format!("{server} {verdict}"), || {
            last = self.server(zone, server);
            last["verdict"] == verdict
        });
        last
    }

    /// Waits until something is so.
    #[track_caller]
    pub fn until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so() {
            assert!(
                Instant::now() < deadline,
                "it did not come to: {what}\n{}\n{}",
                self.log(),
                self.metrics()
            );
            thread::sleep(POLL);
        }
    }

    /// Puts another text in the place of its configuration.
    pub fn rewrite(&self, configuration: &str) {
        std::fs::write(self.path("zoneprobe.yaml"), configuration).unwrap();
    }

    /// Sends it a signal by name.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(status.unwrap().success(), "it can be told");
    }

    /// Lets it write to files up to so many octets, or `unlimited`.
    pub fn limit_files(&self, octets: &str) {
        let (process, limit) = (format!("--pid={}", self.child.id()), format!("--fsize={octets}:"));
        assert!(Command::new("prlimit").args([process, limit]).status().unwrap().success());
    }

    /// Waits until it has ended, and returns how, and how long it took.
    #[track_caller]
    pub fn ended(mut self) -> (ExitStatus, Duration) {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, began.elapsed());
            }
            assert!(began.elapsed() < PATIENCE, "it does not end\n{}", self.log());
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("--- serve at {} logged:\n{}", self.address, self.log());
        }
    }
}

/// Reads what a service logs, and where it serves.
fn follow(child: &mut Child) -> (Arc<Mutex<String>>, Receiver<SocketAddr>) {
    let stderr = child.stderr.take().unwrap();
    let log = Arc::new(Mutex::new(String::new()));
    let (found, address) = channel();
    let written = Arc::clone(&log);
    thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            let told = line.split_once("metrics at http://").and_then(|(_, rest)| rest.split('/').next());
            if let Some(address) = told.and_then(|address| address.parse().ok()) {
                let _ = found.send(address);
            }
            let mut log = written.lock().unwrap();
            log.push_str(&line);
            log.push('\n');
        }
    });
    (log, address)
}

/// Sends a request without a body to an address.
#[track_caller]
pub fn request(address: SocketAddr, method: &str, target: &str) -> Page {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut octets = Vec::new();
    stream.read_to_end(&mut octets).unwrap();
    let text = String::from_utf8_lossy(&octets).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").expect("the answer has a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("it has a status");
    Page { status, text: body.to_owned() }
}

/// Returns the map of servers for a configuration: `ns0` is the primary.
pub fn servers(servers: &[&Listening]) -> String {
    let mut text = "servers:\n".to_owned();
    for (place, server) in servers.iter().enumerate() {
        let role = if place == 0 { ", role: primary" } else { "" };
        text.push_str(&format!("  ns{place}: {{address: \"{}\"{role}}}\n", server.address()));
    }
    text
}
