//! A zone that changes ten times a second while it is looked at.

use std::collections::HashSet;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::Pair;
use super::zones::{ZONE, zone};
use crate::harness::daemon::{Daemon, Kind, program};

/// How often the zone changes.
const PACE: Duration = Duration::from_millis(100);

/// How often it is looked at, at least.
const LOOKS: u32 = 100;

/// How many versions the secondary must be seen to serve meanwhile.
const VERSIONS: usize = 10;

/// How long that may take.
const PATIENCE: Duration = Duration::from_mins(2);

#[test]
fn case_f14_a_secondary_that_keeps_up_with_a_busy_primary_is_never_accused() {
    let mut pair = Pair::in_sync(Kind::Bind, &zone(1, "counter TXT 0\n"));
    let secondary = pair.secondary.address();
    pair.primary.restart(|setup| setup.notify(secondary).updatable());
    let updates = Updates::to(&pair.primary);

    let started = Instant::now();
    let (mut looks, mut lagging, mut versions) = (0, 0, HashSet::new());
    while looks < LOOKS || versions.len() < VERSIONS {
        // Critical is what must not be: whatever is milder is exit code 0 here.
        let outcome = pair.check().arg("--fail-on").arg("critical").ok();
        for name in ["ns0", "ns1"] {
            let verdict = outcome.verdict(name);
            let calm = ["in_sync", "propagating", "behind", "unknown"].contains(&verdict.as_str());
            assert!(calm, "look {looks}\n{}", outcome.transcript());
        }
        looks += 1;
        lagging += u32::from(["propagating", "behind"].contains(&outcome.verdict("ns1").as_str()));
        versions.insert(outcome.server("ns1")["serial"].as_u64());
        assert!(started.elapsed() < PATIENCE, "the secondary does not follow: {versions:?}");
    }

    let sent = updates.end();
    let made = pair.primary.serial() - 1;
    assert_eq!(made, sent, "each update makes one version");
    assert!(lagging > 0, "the zone was never seen on its way: it was not busy");
    // What is not accused does in fact come to rest.
    pair.secondary.await_serial(pair.primary.serial());
    pair.check().ok();
}

/// A `nsupdate` that is fed one change after another.
struct Updates {
    stop: Sender<()>,
    feeder: JoinHandle<u32>,
    nsupdate: Child,
}

impl Updates {
    /// Begins to change the zone at a primary.
    fn to(primary: &Daemon) -> Self {
        let mut nsupdate = Command::new(program("nsupdate"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("`nsupdate` was found");
        let mut input = nsupdate.stdin.take().expect("its input is piped");
        let address = primary.address();
        let (stop, stopped) = mpsc::channel();
        let feeder = thread::spawn(move || {
            writeln!(input, "server {} {}\nzone {ZONE}", address.ip(), address.port()).expect("it listens");
            let mut sent = 0;
            while stopped.recv_timeout(PACE) == Err(RecvTimeoutError::Timeout) {
                sent += 1;
                let record = format!("counter.{ZONE}. 3600 TXT");
                writeln!(input, "update delete counter.{ZONE}. TXT\nupdate add {record} {sent}\nsend")
                    .expect("it listens");
            }
            sent
        });
        Self { stop, feeder, nsupdate }
    }

    /// Ends it; returns how many changes were sent.
    fn end(mut self) -> u32 {
        drop(self.stop);
        let sent = self.feeder.join().expect("the feeder only writes");
        let status = self.nsupdate.wait().expect("the child is ours");
        let mut errors = String::new();
        let stderr = self.nsupdate.stderr.as_mut().expect("its errors are piped");
        stderr.read_to_string(&mut errors).expect("nsupdate writes text");
        assert!(status.success(), "nsupdate: {errors}");
        sent
    }
}
