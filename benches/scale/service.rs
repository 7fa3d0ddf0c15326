//! A `zoneprobe serve` process, measured from outside.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{daemon, scrape};

/// The pause between two polls while something is awaited.
const POLL: Duration = Duration::from_millis(500);

/// How long a reload may take.
const RELOAD_TIMEOUT: Duration = Duration::from_mins(2);

/// The pause between two polls for a reload, which is measured.
const RELOAD_POLL: Duration = Duration::from_millis(10);

/// The files of a service.
const CONFIGURATION: &str = "zoneprobe.yaml";
const STATE: &str = "state.redb";

/// A service that runs until it is dropped.
pub(crate) struct Service {
    child: Child,
    address: SocketAddr,
    log_lines: Arc<AtomicU64>,
    /// How often it has gone by another configuration.
    reloads: Arc<AtomicU64>,
    directory: TempDir,
}

/// How many bytes a process has written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written {
    /// In system calls, to files and pipes.
    pub(crate) calls: u64,
    /// To the storage, in whole pages; none where the file system has no storage.
    pub(crate) storage: u64,
}

impl Written {
    /// What was written since an earlier time.
    pub(crate) fn since(self, before: Self) -> Self {
        Self { calls: self.calls - before.calls, storage: self.storage - before.storage }
    }
}

/// The cost of an interval, in which every zone is checked once.
pub(crate) struct IntervalCost {
    pub(crate) cpu: Duration,
    pub(crate) queries: u64,
    /// Late checks in all measured intervals.
    pub(crate) late: u64,
    /// Memory in MiB at the end.
    pub(crate) memory: f64,
}

impl Service {
    /// Starts with this configuration and a state file.
    pub(crate) fn start(configuration: &str) -> Self {
        Self::start_beside(configuration, &[])
    }

    /// The same, with files beside the configuration.
    pub(crate) fn start_beside(configuration: &str, files: &[(&str, &str)]) -> Self {
        let directory = daemon::directory();
        for (name, text) in files {
            fs::write(directory.path().join(name), text).expect("the directory is ours");
        }
        let path = directory.path().join(CONFIGURATION);
        fs::write(&path, with_state(configuration)).expect("the directory is ours");
        let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
        command.arg("serve").arg("-c").arg(path).args(["--listen", "127.0.0.1:0"]);
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("serve starts");
        let mut lines = BufReader::new(child.stderr.take().expect("standard error is piped")).lines();
        let address = lines
            .find_map(|line| {
                let line = line.ok()?;
                line.split_once("metrics at http://")?.1.split('/').next()?.parse().ok()
            })
            .expect("serve logs its address");
        let (log_lines, reloads) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
        let counters = (Arc::clone(&log_lines), Arc::clone(&reloads));
        // The log is read, so that it does not fill the pipe.
        thread::spawn(move || {
            for line in lines {
                counters.0.fetch_add(1, Ordering::Relaxed);
                if line.is_ok_and(|line| line.contains("configuration reloaded")) {
                    counters.1.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        Self { child, address, log_lines, reloads, directory }
    }

    /// Writes another configuration, which a reload reads.
    pub(crate) fn configure(&self, configuration: &str) {
        self.write(CONFIGURATION, &with_state(configuration));
    }

    /// Writes a file beside the configuration.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.directory.path().join(name), text).expect("the directory is ours");
    }

    /// Has it read its configuration again, and waits until it goes by that.
    pub(crate) fn reload(&self) {
        let before = self.reloads.load(Ordering::Relaxed);
        let mut kill = Command::new("sh");
        kill.args(["-c", "kill -s HUP -- \"$0\"", &self.child.id().to_string()]);
        assert!(kill.status().is_ok_and(|status| status.success()), "serve runs");
        let deadline = Instant::now() + RELOAD_TIMEOUT;
        while self.reloads.load(Ordering::Relaxed) == before {
            assert!(Instant::now() < deadline, "waited for a reload in vain");
            thread::sleep(RELOAD_POLL);
        }
    }

    /// The size of the state file.
    pub(crate) fn state_bytes(&self) -> u64 {
        let state = fs::metadata(self.directory.path().join(STATE));
        state.expect("serve has a state file").len()
    }

    /// How many bytes it has written.
    pub(crate) fn written(&self) -> Written {
        let text = fs::read_to_string(format!("/proc/{}/io", self.child.id())).expect("serve runs");
        let of = |key: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(key));
            value.and_then(|value| value.trim().parse().ok()).expect("the kernel counts it")
        };
        Written { calls: of("wchar:"), storage: of("write_bytes:") }
    }

    /// How many checks have begun late.
    pub(crate) fn late_checks(&self) -> u64 {
        self.counter("zoneprobe_checks_late_total").expect("the metric exists")
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many lines it has logged since its start.
    pub(crate) fn log_lines(&self) -> u64 {
        self.log_lines.load(Ordering::Relaxed)
    }

    /// Waits for the first check of every zone.
    pub(crate) fn await_ready(&self, timeout: Duration) {
        let is_ready = || scrape::get(self.address, "/-/ready", "").0 == 200;
        until("a check of every zone", timeout, is_ready);
    }

    /// Waits for so many transfers.
    pub(crate) fn await_transfers(&self, count: u64, timeout: Duration) {
        let transfers = || self.counter("zoneprobe_transfers_total").unwrap_or_default();
        until("a comparison of every zone", timeout, || transfers() >= count);
    }

    /// Measures so many intervals and returns the cost of one.
    pub(crate) fn measure(&self, count: u32, interval: Duration) -> IntervalCost {
        let read = || {
            let counters = ["zoneprobe_queries_total", "zoneprobe_checks_late_total"];
            (self.cpu(), counters.map(|name| self.counter(name).expect("the metric exists")))
        };
        let (cpu, [queries, late]) = read();
        thread::sleep(interval * count);
        let (cpu_after, [queries_after, late_after]) = read();
        IntervalCost {
            cpu: cpu_after.saturating_sub(cpu) / count,
            queries: (queries_after - queries) / u64::from(count),
            late: late_after - late,
            memory: self.memory(),
        }
    }

    /// The sum of all samples of a counter; `None` if it has no samples.
    fn counter(&self, name: &str) -> Option<u64> {
        self.sum(name, &[])
    }

    /// The sum of all samples of a metric whose labels contain these texts; `None` if there are none.
    pub(crate) fn sum(&self, name: &str, labels: &[&str]) -> Option<u64> {
        let (_, text) = scrape::get(self.address, "/metrics", "");
        let text = String::from_utf8_lossy(&text);
        let samples = text.lines().filter(|line| line.split(['{', ' ']).next() == Some(name));
        samples
            .filter(|line| labels.iter().all(|label| line.contains(label)))
            .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
            .reduce(|sum, value| sum + value)
    }

    /// Its CPU time on all cores.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("serve runs");
        // After the name of the program, which may contain any character; a tick is 10 ms.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = fields.iter().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum::<u64>();
        Duration::from_millis(10 * ticks)
    }

    /// Its resident memory in MiB.
    pub(crate) fn memory(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("serve runs");
        let kibibytes =
            status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next());
        kibibytes.and_then(|kibibytes| kibibytes.parse::<f64>().ok()).unwrap_or_default() / 1024.0
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A configuration with a state file.
fn with_state(configuration: &str) -> String {
    format!("{configuration}state: {STATE}\n")
}

/// Waits until a condition is met.
pub(crate) fn until(what: &str, timeout: Duration, is_met: impl Fn() -> bool) {
    let deadline = Instant::now() + timeout;
    while !is_met() {
        assert!(Instant::now() < deadline, "waited for {what} in vain");
        thread::sleep(POLL);
    }
}
