//! A `zoneprobe serve` process.
//!
//! [`Service::start`] takes the text of a configuration and listens on a free port; the process ends when the value
//! is dropped.

#![expect(clippy::print_stderr, reason = "a test that fails shows the log first")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, UNIX_EPOCH};

use serde_json::Value;
use tempfile::TempDir;
use zoneprobe::clock;

use super::RunningNameserver;
use super::system::send_signal;
use super::wait::{TIMEOUT, is_met_in_time};

/// The age that the last check of a healthy zone may have, at an interval of a second.
pub(crate) const MAX_AGE: Duration = Duration::from_secs(5);

/// A service, and the directory of its configuration and state.
#[derive(Debug)]
pub(crate) struct Service {
    child: Child,
    address: SocketAddr,
    log: Arc<Mutex<String>>,
    directory: Arc<TempDir>,
}

/// An HTTP response.
#[derive(Debug)]
pub(crate) struct HttpResponse {
    /// The status code.
    pub(crate) status: u16,
    /// The body.
    pub(crate) text: String,
}

impl Service {
    /// Starts with this configuration.
    #[track_caller]
    pub(crate) fn start(configuration: &str) -> Self {
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let service = Self::in_directory(&directory, configuration, &[]);
        service.expect("the service starts")
    }

    /// Starts with this configuration and resolves names at this server.
    #[track_caller]
    pub(crate) fn with_resolver(configuration: &str, resolver: &RunningNameserver) -> Self {
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let service = Self::launch(&directory, configuration, &[], &resolver.address().to_string());
        service.expect("the service starts")
    }

    /// Starts with this configuration in a directory, which keeps its state; `None` if it ends at once.
    pub(crate) fn in_directory(
        directory: &Arc<TempDir>,
        configuration: &str,
        variables: &[(&str, &str)],
    ) -> Option<Self> {
        Self::launch(directory, configuration, variables, "127.0.0.1:1")
    }

    fn launch(
        directory: &Arc<TempDir>,
        configuration: &str,
        variables: &[(&str, &str)],
        resolver: &str,
    ) -> Option<Self> {
        let path = directory.path().join("zoneprobe.yaml");
        std::fs::write(&path, configuration).unwrap();
        let path = path.to_str().unwrap();
        let arguments = ["serve", "-c", path, "--listen", "127.0.0.1:0", "--resolver", resolver];
        Self::spawn(directory, &arguments.map(str::to_owned), variables, ("", Stdio::null()))
    }

    /// Starts with these arguments after a shell has run commands, with this standard input; `None` if it ends at once.
    pub(crate) fn after(commands: &str, stdin: Stdio, arguments: &[String]) -> Option<Self> {
        let directory = Arc::new(tempfile::tempdir().unwrap());
        Self::spawn(&directory, arguments, &[], (commands, stdin))
    }

    /// Starts with these arguments; `None` if it ends at once.
    pub(crate) fn with_arguments(directory: &Arc<TempDir>, arguments: &[String]) -> Option<Self> {
        Self::spawn(directory, arguments, &[], ("", Stdio::null()))
    }

    fn spawn(
        directory: &Arc<TempDir>,
        arguments: &[String],
        variables: &[(&str, &str)],
        (commands, stdin): (&str, Stdio),
    ) -> Option<Self> {
        let mut command = Command::new("sh");
        // With SIGXFSZ ignored, a write past the limit on file sizes fails as on a full disk.
        let script = format!("trap '' XFSZ; {commands}\nexec \"$0\" \"$@\"");
        command.args(["-c", script.as_str(), env!("CARGO_BIN_EXE_zoneprobe")]);
        command.args(arguments).envs(variables.iter().copied());
        let mut child = command.stdin(stdin).stderr(Stdio::piped()).spawn().unwrap();
        let (log, address) = read_log(&mut child);
        match address.recv_timeout(TIMEOUT) {
            Ok(address) => Some(Self { child, address, log, directory: Arc::clone(directory) }),
            Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                None
            }
        }
    }

    /// The address that it listens on.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The directory of its configuration and state.
    pub(crate) fn directory(&self) -> Arc<TempDir> {
        Arc::clone(&self.directory)
    }

    /// The path of a file in its directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Sends a GET request.
    #[track_caller]
    pub(crate) fn get(&self, target: &str) -> HttpResponse {
        self.request("GET", target)
    }

    /// Sends a request without a body.
    #[track_caller]
    pub(crate) fn request(&self, method: &str, target: &str) -> HttpResponse {
        request(self.address, method, target)
    }

    /// Its metrics.
    #[track_caller]
    pub(crate) fn metrics(&self) -> String {
        let response = self.get("/metrics");
        assert_eq!(response.status, 200, "{}", response.text);
        response.text
    }

    /// The value of the first sample of a metric whose labels contain all these texts.
    #[track_caller]
    pub(crate) fn sample(&self, name: &str, labels: &[&str]) -> Option<f64> {
        let metrics = self.metrics();
        let line = metrics.lines().find(|line| {
            let (series, _) = line.rsplit_once(' ').unwrap_or((line, ""));
            let family = series.split('{').next().unwrap_or_default();
            family == name && labels.iter().all(|label| series.contains(label))
        })?;
        line.rsplit_once(' ').unwrap().1.parse().ok()
    }

    /// The age of the oldest last check of the zones whose names end so.
    #[track_caller]
    pub(crate) fn oldest_check_age(&self, suffix: &str) -> Duration {
        let metrics = self.metrics();
        let series = "zoneprobe_zone_last_check_timestamp_seconds{zone=\"";
        let samples = metrics.lines().filter_map(|line| line.strip_prefix(series)?.split_once("\"} "));
        let times = samples.filter(|(zone, _)| zone.ends_with(suffix)).map(|(_, time)| time.parse().unwrap());
        let oldest: f64 = times.reduce(f64::min).expect("a zone has such a name");
        let now = clock::now().duration_since(UNIX_EPOCH).unwrap();
        now.saturating_sub(Duration::from_secs_f64(oldest))
    }

    /// A server in the last report of a zone; null if there is none.
    #[track_caller]
    pub(crate) fn server(&self, zone: &str, server: &str) -> Value {
        let response = self.get(&format!("/api/v1/zones/{zone}"));
        let report: Value = serde_json::from_str(&response.text).unwrap();
        let servers = report["servers"].as_array().cloned().unwrap_or_default();
        servers.into_iter().find(|it| it["server"] == server).unwrap_or_default()
    }

    /// Waits until it is ready: every zone was checked.
    #[track_caller]
    pub(crate) fn await_ready(&self) {
        self.until("ready", || self.get("/-/ready").status == 200);
    }

    /// Waits until a server of a zone has this verdict, and returns the server.
    #[track_caller]
    pub(crate) fn await_verdict(&self, zone: &str, server: &str, verdict: &str) -> Value {
        let mut last = Value::Null;
        self.until(&format!("{server} {verdict}"), || {
            last = self.server(zone, server);
            last["verdict"] == verdict
        });
        last
    }

    /// Waits until the condition is met.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, is_met: impl FnMut() -> bool) {
        assert!(is_met_in_time(is_met), "waited for {what} in vain\n{}\n{}", self.log(), self.metrics());
    }

    /// Replaces its configuration file.
    pub(crate) fn rewrite(&self, configuration: &str) {
        std::fs::write(self.path("zoneprobe.yaml"), configuration).unwrap();
    }

    /// Sends it a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        send_signal(self.child.id(), name);
    }

    /// Limits the size of the files that it writes, in bytes, or `unlimited`.
    pub(crate) fn limit_files(&self, bytes: &str) {
        let (process, limit) = (format!("--pid={}", self.child.id()), format!("--fsize={bytes}:"));
        assert!(Command::new("prlimit").args([process, limit]).status().unwrap().success());
    }

    /// Waits until it has ended, and returns its exit status and the time that took.
    #[track_caller]
    pub(crate) fn await_end(mut self) -> (ExitStatus, Duration) {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, began.elapsed());
            }
            assert!(began.elapsed() < TIMEOUT, "the service does not end\n{}", self.log());
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("--- log of serve at {}:\n{}", self.address, self.log());
        }
    }
}

/// Reads the log of a service, and the address it listens on from there.
fn read_log(child: &mut Child) -> (Arc<Mutex<String>>, Receiver<SocketAddr>) {
    let stderr = child.stderr.take().unwrap();
    let log = Arc::new(Mutex::new(String::new()));
    let (sender, address) = channel();
    let written = Arc::clone(&log);
    thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            let url =
                line.split_once("metrics at http").map(|(_, rest)| rest.trim_start_matches(['s', ':', '/']));
            let host = url.and_then(|rest| rest.split('/').next());
            if let Some(address) = host.and_then(|address| address.parse().ok()) {
                let _ = sender.send(address);
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
pub(crate) fn request(address: SocketAddr, method: &str, target: &str) -> HttpResponse {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    let head = format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").expect("the response has a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("it has a status");
    HttpResponse { status, text: body.to_owned() }
}

/// The `servers` of a configuration; `ns0` is the primary.
pub(crate) fn servers(servers: &[&RunningNameserver]) -> String {
    let mut text = "servers:\n".to_owned();
    for (index, server) in servers.iter().enumerate() {
        let role = if index == 0 { ", role: primary" } else { "" };
        text.push_str(&format!("  ns{index}: {{address: \"{}\"{role}}}\n", server.address()));
    }
    text
}
