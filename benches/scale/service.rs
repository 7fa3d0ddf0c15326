//! A `zoneprobe serve` that is measured from outside.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{daemon, scrape};

/// How often one looks while something is awaited.
const POLL: Duration = Duration::from_millis(500);

/// A service that runs until it is dropped.
pub(crate) struct Service {
    child: Child,
    address: SocketAddr,
    _directory: TempDir,
}

/// What one round over all zones takes.
pub(crate) struct Round {
    pub(crate) cpu: Duration,
    pub(crate) questions: u64,
    pub(crate) late: u64,
    /// In MiB, at its end.
    pub(crate) memory: f64,
}

impl Service {
    pub(crate) fn start(configuration: &str) -> Self {
        let directory = daemon::directory();
        let path = directory.path().join("zoneprobe.yaml");
        let text = format!("{configuration}state: state.redb\n");
        fs::write(&path, text).expect("the directory is ours");
        let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
        command.arg("serve").arg("-c").arg(path).args(["--listen", "127.0.0.1:0"]);
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let address = lines
            .find_map(|line| {
                let line = line.ok()?;
                line.split_once("metrics at http://")?.1.split('/').next()?.parse().ok()
            })
            .expect("it says where it serves");
        // Whatever else it logs is of no interest, and must not fill the pipe.
        thread::spawn(move || lines.count());
        Self { child, address, _directory: directory }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn await_ready(&self, patience: Duration) {
        let ready = || scrape::get(self.address, "/-/ready", "").0 == 200;
        until("a look at every zone", patience, ready);
    }

    pub(crate) fn await_transfers(&self, count: u64, patience: Duration) {
        until("a comparison of every zone", patience, || self.counter("zoneprobe_transfers_total") >= count);
    }

    /// Measures so many rounds, and returns what one of them took.
    pub(crate) fn rounds(&self, count: u32, interval: Duration) -> Round {
        let seen = || {
            let questions = self.counter("zoneprobe_queries_total");
            (self.cpu(), questions, self.counter("zoneprobe_checks_late_total"))
        };
        let (cpu, questions, late) = seen();
        thread::sleep(interval * count);
        let (cpu_after, questions_after, late_after) = seen();
        Round {
            cpu: cpu_after.saturating_sub(cpu) / count,
            questions: (questions_after - questions) / u64::from(count),
            late: late_after - late,
            memory: self.memory(),
        }
    }

    /// Returns the sum of all samples of a counter.
    fn counter(&self, name: &str) -> u64 {
        let (_, text) = scrape::get(self.address, "/metrics", "");
        let text = String::from_utf8_lossy(&text);
        let of_it = text.lines().filter(|line| line.split(['{', ' ']).next() == Some(name));
        of_it.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    }

    /// Returns the time that it has had on all cores.
    fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("it runs");
        // Behind the name of the program, which may hold anything; the clock ticks 100 times a second.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = fields.iter().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum::<u64>();
        Duration::from_millis(10 * ticks)
    }

    /// Returns the memory that it has, in MiB.
    fn memory(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
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

fn until(what: &str, patience: Duration, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + patience;
    while !is_so() {
        assert!(Instant::now() < deadline, "it did not come to {what}");
        thread::sleep(POLL);
    }
}
