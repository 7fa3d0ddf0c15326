//! How many zones there were of each verdict and severity.

use std::collections::BTreeMap;

use crate::judge::verdict::worst;
use crate::judge::{Severity, Verdict};

use super::ZoneReport;

/// Zones counted by verdict and by severity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ZoneCounts {
    /// Zones of each verdict that occurs.
    pub verdicts: BTreeMap<Verdict, u64>,
    /// Zones of each severity that occurs.
    pub severities: BTreeMap<Severity, u64>,
}

impl ZoneCounts {
    /// Counts a zone.
    pub fn add(&mut self, zone: &ZoneReport) {
        *self.verdicts.entry(zone.verdict).or_default() += 1;
        *self.severities.entry(zone.severity).or_default() += 1;
    }

    /// Returns how many zones there were.
    pub fn zones(&self) -> u64 {
        self.severities.values().sum()
    }

    /// Returns how many zones were of a severity.
    pub fn of(&self, severity: Severity) -> u64 {
        self.severities.get(&severity).copied().unwrap_or_default()
    }

    /// Returns the worst verdict of all zones; `Unknown` for none at all.
    pub fn verdict(&self) -> Verdict {
        worst(self.verdicts.keys().copied())
    }

    /// Returns the worst severity of all zones; `Unknown` for none at all.
    pub fn severity(&self) -> Severity {
        self.severities.keys().next().copied().unwrap_or(Severity::Unknown)
    }

    /// Returns the zones by verdict in words, worst first.
    pub(super) fn by_verdict(&self) -> String {
        let mut counts: Vec<(Verdict, u64)> = self.verdicts.iter().map(|(&v, &n)| (v, n)).collect();
        counts.sort_by_key(|(verdict, _)| (verdict.severity(), *verdict));
        let words: Vec<String> =
            counts.into_iter().map(|(verdict, zones)| format!("{zones} {}", verdict.code())).collect();
        words.join(", ")
    }

    /// Returns how many zones are not as they should be, in words: `2 of 7 zones are not ok`.
    pub(super) fn trouble(&self) -> String {
        let zones = self.zones();
        match (zones - self.of(Severity::Ok), zones) {
            (_, 0) => "no zone was checked".to_owned(),
            (0, 1) => "the zone is ok".to_owned(),
            (0, _) => format!("all {zones} zones are ok"),
            (_, 1) => "the zone is not ok".to_owned(),
            (1, _) => format!("1 of {zones} zones is not ok"),
            (bad, _) => format!("{bad} of {zones} zones are not ok"),
        }
    }
}
