//! A zone as it was last seen, and what its history says beside the report.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::model::{FindingReport, ZoneReport};
use crate::judge::{Severity, Verdict};

/// A zone as it was last seen.
#[derive(Clone, Debug)]
pub struct ZoneSnapshot {
    /// What the last look told.
    pub report: ZoneReport,
    /// When that look ended.
    pub checked: SystemTime,
    /// How long it took.
    pub took: Duration,
    /// New versions that were seen at the reference.
    pub publications: u64,
    /// How often the reference went back to an older serial.
    pub regressions: u64,
    /// When a new version was last seen at the reference.
    pub last_publication: Option<SystemTime>,
    /// What is known of each address, in the order of the report.
    pub servers: Vec<ServerSnapshot>,
    /// When it was last an exception.
    pub troubled: Option<SystemTime>,
    /// What is remembered of it, packed.
    pub history: Arc<[u8]>,
}

/// What is known of an address beside its report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerSnapshot {
    /// When it last answered with authority.
    pub last_answer: Option<SystemTime>,
    /// When it was last in sync.
    pub last_in_sync: Option<SystemTime>,
    /// From the first sight of the last version at the reference to the first sight here.
    pub latency: Option<Duration>,
}

impl ZoneReport {
    /// Returns whether a zone is worse than one whose new version is on its way in time.
    pub fn is_exceptional(&self) -> bool {
        let is_on_its_way = |finding: &FindingReport| {
            finding.severity == Severity::Ok || finding.code == Verdict::Propagating.code()
        };
        let of_servers = self.servers.iter().flat_map(|server| &server.findings);
        let in_time = |verdict| matches!(verdict, Verdict::InSync | Verdict::Propagating);
        self.servers.is_empty()
            || !self.servers.iter().all(|server| in_time(server.verdict))
            || !self.findings.iter().chain(of_servers).all(is_on_its_way)
    }
}
