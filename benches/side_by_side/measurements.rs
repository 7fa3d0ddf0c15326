//! Measures pieces of work by turns, so that what else the machine does falls on all of them alike.

use std::path::Path;
use std::time::Duration;

use crate::measure::{Job, Usage, error_text};

/// Looks at what a run printed; returns the part of its time in which it waited for a server.
pub(crate) type Verify = Box<dyn Fn(&Usage, &Path) -> Duration>;

/// A command, how often it is run, and how its output must be.
pub(crate) struct Work {
    pub(crate) name: &'static str,
    pub(crate) job: Job,
    pub(crate) runs: usize,
    pub(crate) verify: Verify,
}

/// What all runs of one piece of work took.
pub(crate) struct Series {
    pub(crate) name: &'static str,
    usages: Vec<Usage>,
    waited: Vec<Duration>,
}

impl Series {
    /// Returns the median of the time from start to end.
    pub(crate) fn wall(&self) -> Duration {
        median(self.usages.iter().map(|usage| usage.wall))
    }

    /// Returns the shortest and the longest time.
    pub(crate) fn spread(&self) -> [Duration; 2] {
        let walls = || self.usages.iter().map(|usage| usage.wall);
        [walls().min().unwrap_or_default(), walls().max().unwrap_or_default()]
    }

    /// Returns the median of user and system time.
    pub(crate) fn cpu(&self) -> Duration {
        median(self.usages.iter().map(|usage| usage.cpu))
    }

    /// Returns the highest peak of memory of all runs, in KiB.
    pub(crate) fn peak(&self) -> u64 {
        self.usages.iter().map(|usage| usage.peak).max().unwrap_or_default()
    }

    /// Returns the median of the time in which no server was waited for.
    pub(crate) fn own(&self) -> Duration {
        median(self.usages.iter().zip(&self.waited).map(|(usage, waited)| usage.wall.saturating_sub(*waited)))
    }

    /// Returns how often it was run.
    pub(crate) fn runs(&self) -> usize {
        self.usages.len()
    }
}

/// Returns the middle of some times.
pub(crate) fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// Runs all pieces by turns, each as often as it wants to be; a wrong result ends the bench.
#[expect(clippy::print_stderr, reason = "whoever waits wants to see that it goes on")]
pub(crate) fn alternate(directory: &Path, works: &[Work]) -> Vec<Series> {
    let mut all: Vec<Series> =
        works.iter().map(|work| Series { name: work.name, usages: Vec::new(), waited: Vec::new() }).collect();
    let rounds = works.iter().map(|work| work.runs).max().unwrap_or_default();
    for round in 0..rounds {
        for (work, series) in works.iter().zip(&mut all).filter(|(work, _)| round < work.runs) {
            let usage = work.job.run(directory);
            eprintln!("{}: {:.3} s, {} KiB", work.name, usage.wall.as_secs_f64(), usage.peak);
            assert!(usage.code < 4, "{}: {}", work.name, error_text(directory));
            series.waited.push((work.verify)(&usage, directory));
            series.usages.push(usage);
        }
    }
    all
}
