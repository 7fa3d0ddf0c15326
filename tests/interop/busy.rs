//! Checks of a zone that changes ten times a second.

use std::collections::HashSet;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::Pair;
use super::zones::{ZONE, zone};
use crate::harness::daemon::{Daemon, Kind, program};

/// The time between two changes of the zone.
const UPDATE_INTERVAL: Duration = Duration::from_millis(100);

/// The least number of checks.
const MIN_CHECKS: u32 = 100;

/// The least number of versions that the secondary must serve in these checks.
const MIN_VERSIONS: usize = 10;

/// The time that they may take.
const TIMEOUT: Duration = Duration::from_mins(2);

#[test]
fn case_f14_a_secondary_that_follows_a_busy_primary_is_never_critical() {
    let mut pair = Pair::in_sync(Kind::Bind, &zone(1, "counter TXT 0\n"));
    let secondary = pair.secondary.address();
    pair.primary.restart(|setup| setup.notify(secondary).updatable());
    let updates = UpdateStream::start(&pair.primary);

    let started = Instant::now();
    let (mut checks, mut lagging, mut versions) = (0, 0, HashSet::new());
    while checks < MIN_CHECKS || versions.len() < MIN_VERSIONS {
        // Milder severities than critical exit with 0.
        let outcome = pair.check().arg("--fail-on").arg("critical").ok();
        for name in ["ns0", "ns1"] {
            let verdict = outcome.verdict(name);
            let is_allowed = ["in_sync", "propagating", "behind", "unknown"].contains(&verdict.as_str());
            assert!(is_allowed, "check {checks}\n{}", outcome.transcript());
        }
        checks += 1;
        lagging += u32::from(["propagating", "behind"].contains(&outcome.verdict("ns1").as_str()));
        versions.insert(outcome.server("ns1")["serial"].as_u64());
        assert!(started.elapsed() < TIMEOUT, "the secondary does not follow: {versions:?}");
    }

    let sent = updates.end();
    let published = pair.primary.serial() - 1;
    assert_eq!(published, sent, "each update makes one version");
    assert!(lagging > 0, "no check found the secondary lagging: the zone was not busy");
    // Without updates the secondary catches up.
    pair.secondary.await_serial(pair.primary.serial());
    pair.check().ok();
}

/// An `nsupdate` process that sends one change after the other.
struct UpdateStream {
    stop: Sender<()>,
    writer: JoinHandle<u32>,
    nsupdate: Child,
}

impl UpdateStream {
    /// Starts changing the zone on a primary.
    fn start(primary: &Daemon) -> Self {
        let mut nsupdate = Command::new(program("nsupdate"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("`nsupdate` was found");
        let mut input = nsupdate.stdin.take().expect("its input is piped");
        let address = primary.address();
        let (stop, stopped) = mpsc::channel();
        let writer = thread::spawn(move || {
            writeln!(input, "server {} {}\nzone {ZONE}", address.ip(), address.port())
                .expect("`nsupdate` reads its input");
            let mut sent = 0;
            while stopped.recv_timeout(UPDATE_INTERVAL) == Err(RecvTimeoutError::Timeout) {
                sent += 1;
                let record = format!("counter.{ZONE}. 3600 TXT");
                writeln!(input, "update delete counter.{ZONE}. TXT\nupdate add {record} {sent}\nsend")
                    .expect("`nsupdate` reads its input");
            }
            sent
        });
        Self { stop, writer, nsupdate }
    }

    /// Stops it and returns the number of changes.
    fn end(mut self) -> u32 {
        drop(self.stop);
        let sent = self.writer.join().expect("the writer does not panic");
        let status = self.nsupdate.wait().expect("the child is ours");
        let mut errors = String::new();
        let stderr = self.nsupdate.stderr.as_mut().expect("its errors are piped");
        stderr.read_to_string(&mut errors).expect("nsupdate writes text");
        assert!(status.success(), "nsupdate: {errors}");
        sent
    }
}
