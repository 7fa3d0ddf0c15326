//! The zones of a run, counted by verdict and severity.

use std::collections::BTreeMap;

use crate::judge::verdict::worst;
use crate::judge::{Severity, Verdict};

use super::ZoneReport;
use super::model::ServerReport;

/// The name and the address of a server.
pub(crate) type ServerAddress<'z> = (&'z str, &'z str);

/// Returns what a zone shows of each address; of one with two verdicts, under two keys, the worse one.
pub(super) fn worst_by_address(zone: &ZoneReport) -> BTreeMap<ServerAddress<'_>, &ServerReport> {
    let mut addresses: BTreeMap<ServerAddress<'_>, &ServerReport> = BTreeMap::new();
    for server in &zone.servers {
        let state = |server: &ServerReport| (server.severity, server.verdict);
        let worst = addresses.entry((&server.server, server.address_text())).or_insert(server);
        if state(server) < state(worst) {
            *worst = server;
        }
    }
    addresses
}

/// Returns how many zones of each server, by name and address, have each verdict; each report stands for as many zones
/// as is said beside it.
///
/// An address with two verdicts for a zone, under two keys, counts once, with the worse one.
pub(crate) fn zones_by_address<'z>(
    zones: impl IntoIterator<Item = (&'z ZoneReport, u64)>,
) -> BTreeMap<ServerAddress<'z>, BTreeMap<Verdict, u64>> {
    let mut addresses: BTreeMap<ServerAddress<'_>, BTreeMap<Verdict, u64>> = BTreeMap::new();
    for (zone, count) in zones {
        for (address, worst) in worst_by_address(zone) {
            *addresses.entry(address).or_default().entry(worst.verdict).or_default() += count;
        }
    }
    addresses
}

/// The zones of a run, counted by verdict and severity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ZoneCounts {
    /// The number of zones with each verdict that occurs.
    pub(super) verdicts: BTreeMap<Verdict, u64>,
    /// The number of zones with each severity that occurs.
    pub(super) severities: BTreeMap<Severity, u64>,
    /// The number of lines that cannot be read.
    pub(super) unread: u64,
    /// Whether all of a list was read, so that no zone is no failure.
    pub(super) is_list_read: bool,
}

impl ZoneCounts {
    /// Adds a zone.
    pub(super) fn add(&mut self, zone: &ZoneReport) {
        *self.verdicts.entry(zone.verdict).or_default() += 1;
        *self.severities.entry(zone.severity).or_default() += 1;
    }

    /// The number of all zones.
    pub(super) fn zones(&self) -> u64 {
        self.severities.values().sum()
    }

    /// The number of zones with a severity.
    pub(super) fn with_severity(&self, severity: Severity) -> u64 {
        self.severities.get(&severity).copied().unwrap_or_default()
    }

    /// The number of zones that are not ok.
    pub(super) fn not_ok(&self) -> u64 {
        self.zones() - self.with_severity(Severity::Ok)
    }

    /// The worst verdict of all zones; `Unknown` if there is no zone.
    pub(super) fn verdict(&self) -> Verdict {
        worst(self.verdicts.keys().copied())
    }

    /// The worst severity of all zones and lines; without any, `Ok` for a list, which is empty, and else `Unknown`.
    pub fn severity(&self) -> Severity {
        let of_lines = if self.unread > 0 { Severity::Unknown } else { Severity::Ok };
        match self.severities.keys().next() {
            Some(of_zones) => of_zones.worse(of_lines),
            None if self.is_list_read => of_lines,
            None => Severity::Unknown,
        }
    }

    /// Describes the zones by verdict, worst first: `1 stuck, 6 in_sync`.
    pub(super) fn by_verdict(&self) -> String {
        let mut counts: Vec<(Verdict, u64)> = self.verdicts.iter().map(|(&v, &n)| (v, n)).collect();
        counts.sort_by_key(|(verdict, _)| (verdict.severity(), *verdict));
        let parts: Vec<String> =
            counts.into_iter().map(|(verdict, zones)| format!("{zones} {}", verdict.code())).collect();
        parts.join(", ")
    }

    /// Describes how many zones are not ok: `2 of 7 zones are not ok`.
    pub(super) fn summary(&self) -> String {
        let zones = self.zones();
        let unread = match self.unread {
            0 => "",
            1 => ", and 1 line cannot be read",
            lines => &format!(", and {lines} lines cannot be read"),
        };
        let of_zones = match (self.not_ok(), zones) {
            (_, 0) if self.is_list_read && self.unread == 0 => {
                "the list is empty: no zone was checked".to_owned()
            }
            (_, 0) => "no zone was checked".to_owned(),
            (0, 1) => "the zone is ok".to_owned(),
            (0, _) => format!("all {zones} zones are ok"),
            (_, 1) => "the zone is not ok".to_owned(),
            (1, _) => format!("1 of {zones} zones is not ok"),
            (not_ok, _) => format!("{not_ok} of {zones} zones are not ok"),
        };
        of_zones + unread
    }
}
