//! A zone as it was at its last check, with what its history adds to the report.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::model::ZoneReport;

/// A zone as it was at its last check.
#[derive(Clone, Debug)]
pub struct ZoneSnapshot {
    /// The report of the last check.
    pub report: ZoneReport,
    /// When that check ended.
    pub checked: SystemTime,
    /// How long that check took.
    pub took: Duration,
    /// How many new versions the reference has published.
    pub publications: u64,
    /// How often the reference went back to an older serial.
    pub regressions: u64,
    /// When the last new version was first observed at the reference.
    pub last_publication: Option<SystemTime>,
    /// The history of each address, in the order of the report.
    pub servers: Vec<ServerSnapshot>,
    /// Whether the records of the zone are wanted, and when they were read.
    pub records: RecordsState,
    /// When the zone was last an exception.
    pub last_exception: Option<SystemTime>,
    /// The whole history, encoded.
    pub history: Arc<[u8]>,
}

/// Whether the records of a zone are wanted, and when they were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordsState {
    /// The longest time from one comparison of records to the next; `None` if they are not wanted.
    pub interval: Option<Duration>,
    /// When they were last compared, at each address that is in sync.
    pub compared: Option<SystemTime>,
}

impl RecordsState {
    /// Whether records are wanted, and were not read for twice the interval, or never.
    pub fn is_uncompared(self, now: SystemTime) -> bool {
        let is_old = |interval: Duration| {
            self.compared.is_none_or(|at| now.duration_since(at).unwrap_or_default() > interval * 2)
        };
        self.interval.is_some_and(is_old)
    }
}

/// The history of an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerSnapshot {
    /// When the address last answered authoritatively.
    pub last_answer: Option<SystemTime>,
    /// When the address was last in sync.
    pub last_in_sync: Option<SystemTime>,
    /// How long the last version took from the reference to this address.
    pub latency: Option<Duration>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_uncompared_if_they_were_not_read_for_twice_the_interval() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(24);
        let state = |ago: Option<u64>| RecordsState {
            interval: Some(Duration::from_hours(1)),
            compared: ago.map(|seconds| now - Duration::from_secs(seconds)),
        };
        assert!(state(None).is_uncompared(now));
        assert!(state(Some(7201)).is_uncompared(now));
        assert!(!state(Some(7200)).is_uncompared(now));
        assert!(!RecordsState { interval: None, ..state(None) }.is_uncompared(now));
        // The clock was set back.
        assert!(!state(Some(0)).is_uncompared(now - Duration::from_hours(9)));
    }
}
