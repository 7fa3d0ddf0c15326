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
    /// When the zone was last an exception.
    pub last_exception: Option<SystemTime>,
    /// The whole history, encoded.
    pub history: Arc<[u8]>,
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
