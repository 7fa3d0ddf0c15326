//! Workloads that are run by turns, so that other load on the machine affects all of them alike.

use std::path::Path;
use std::time::Duration;

use crate::measure::{MeasuredCommand, Usage, error_text};

/// Asserts that a run has the right result, and returns the part of its time in which it waited for a server.
pub(crate) type ResultCheck = Box<dyn Fn(&Usage, &Path) -> Duration>;

/// A command, the number of its runs, and the check of its result.
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) command: MeasuredCommand,
    pub(crate) runs: usize,
    pub(crate) check: ResultCheck,
}

/// The measurements of all runs of a workload.
pub(crate) struct Measurements {
    pub(crate) name: &'static str,
    usages: Vec<Usage>,
    waited: Vec<Duration>,
}

impl Measurements {
    /// The median of the time from start to end.
    pub(crate) fn wall(&self) -> Duration {
        median(self.usages.iter().map(|usage| usage.wall))
    }

    /// The shortest and the longest time.
    pub(crate) fn spread(&self) -> [Duration; 2] {
        let walls = || self.usages.iter().map(|usage| usage.wall);
        [walls().min().unwrap_or_default(), walls().max().unwrap_or_default()]
    }

    /// The median of user and system time.
    pub(crate) fn cpu(&self) -> Duration {
        median(self.usages.iter().map(|usage| usage.cpu))
    }

    /// The highest peak memory of all runs, in KiB.
    pub(crate) fn peak(&self) -> u64 {
        self.usages.iter().map(|usage| usage.peak).max().unwrap_or_default()
    }

    /// The median of the time without the wait for servers.
    pub(crate) fn without_waiting(&self) -> Duration {
        median(self.usages.iter().zip(&self.waited).map(|(usage, waited)| usage.wall.saturating_sub(*waited)))
    }

    /// The number of runs.
    pub(crate) fn runs(&self) -> usize {
        self.usages.len()
    }
}

/// The measurements of a workload.
pub(crate) fn named<'a>(all: &'a [Measurements], name: &str) -> &'a Measurements {
    all.iter().find(|measured| measured.name == name).expect("it was measured")
}

/// The median of some times.
pub(crate) fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// Runs all workloads by turns. A wrong result aborts the benchmark.
#[expect(clippy::print_stderr, reason = "shows the progress")]
pub(crate) fn run_interleaved(directory: &Path, workloads: &[Workload]) -> Vec<Measurements> {
    let empty =
        |workload: &Workload| Measurements { name: workload.name, usages: Vec::new(), waited: Vec::new() };
    let mut all: Vec<Measurements> = workloads.iter().map(empty).collect();
    let turns = workloads.iter().map(|workload| workload.runs).max().unwrap_or_default();
    for turn in 0..turns {
        for (workload, measurements) in workloads.iter().zip(&mut all) {
            if turn >= workload.runs {
                continue;
            }
            let usage = workload.command.run(directory);
            eprintln!("{}: {:.3} s, {} KiB", workload.name, usage.wall.as_secs_f64(), usage.peak);
            assert!(usage.code < 4, "{}: {}", workload.name, error_text(directory));
            measurements.waited.push((workload.check)(&usage, directory));
            measurements.usages.push(usage);
        }
    }
    all
}
