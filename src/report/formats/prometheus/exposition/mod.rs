//! The exposition of all zones that are monitored, in as much detail as is configured.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use super::family::Family;
use super::{Prometheus, SeriesScope, is_in_sync, label, with};
use crate::judge::{Severity, Verdict};
use crate::report::model::FindingReport;
use crate::report::{ZoneReport, ZoneSnapshot};

/// How long after its last exception a zone is still exposed in full.
const EXCEPTION_HOLD: Duration = Duration::from_hours(1);

/// How many series the exposition has for each zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpositionDetail {
    /// All series.
    Server,
    /// The series without a server label.
    Zone,
    /// All series of the zones that are exceptions, worst first, up to this many series; for any other zone, only
    /// whether it is in sync.
    Exceptions(u64),
}

/// Whether a zone is worse than one whose new version is propagating in time: such a zone is exposed in full.
pub fn is_exception(report: &ZoneReport) -> bool {
    let is_harmless = |finding: &FindingReport| {
        finding.severity == Severity::Ok || finding.code == Verdict::Propagating.code()
    };
    let is_in_time = |verdict| matches!(verdict, Verdict::InSync | Verdict::Propagating);
    let of_servers = report.servers.iter().flat_map(|server| &server.findings);
    report.servers.is_empty()
        || !report.servers.iter().all(|server| is_in_time(server.verdict))
        || !report.findings.iter().chain(of_servers).all(is_harmless)
}

/// Estimates the number of series of a zone that is exposed in full.
pub fn estimated_series(addresses: u64) -> u64 {
    /// Eleven of them count the addresses with each verdict.
    const PER_ZONE: u64 = 22;
    /// Eleven of them are for the verdicts.
    const PER_ADDRESS: u64 = 22;
    PER_ZONE + PER_ADDRESS * addresses
}

/// Renders all zones as they were at their last check.
pub fn exposition<'z>(
    zones: impl Iterator<Item = &'z ZoneSnapshot> + Clone,
    detail: ExpositionDetail,
    now: SystemTime,
) -> String {
    let mut text = Prometheus::default();
    for verdict in Verdict::ALL {
        let count = zones.clone().filter(|zone| zone.report.verdict == verdict).count();
        text.add(Family::Zones, &label("verdict", verdict.code()), count);
    }
    let dropped = match detail {
        ExpositionDetail::Server => {
            zones.clone().for_each(|zone| text.samples_of(&zone.report, Some(zone), SeriesScope::Server));
            0
        }
        ExpositionDetail::Zone => {
            zones.clone().for_each(|zone| text.samples_of(&zone.report, Some(zone), SeriesScope::Zone));
            0
        }
        ExpositionDetail::Exceptions(max_series) => text.add_exceptions(zones.clone(), max_series, now),
    };
    text.add_unlabelled(Family::SeriesDropped, dropped);
    text.add_server_zones(zones.clone().map(|zone| &zone.report));
    text.add_instances(zones.map(|zone| &zone.report));
    text.text()
}

impl Prometheus {
    /// Adds the samples of all zones by exception, and returns about how many series were left out.
    fn add_exceptions<'z>(
        &mut self,
        zones: impl Iterator<Item = &'z ZoneSnapshot>,
        max_series: u64,
        now: SystemTime,
    ) -> u64 {
        let mut exceptions: Vec<&ZoneSnapshot> = Vec::new();
        for zone in zones {
            // After the clock was set back, the last exception counts as recent.
            let since = zone.last_exception.map(|last| now.duration_since(last).unwrap_or_default());
            let is_recent = since.is_some_and(|since| since <= EXCEPTION_HOLD);
            if is_exception(&zone.report) || is_recent {
                exceptions.push(zone);
            } else {
                self.add_in_sync(zone);
            }
        }
        exceptions.sort_by_key(|zone| (zone.report.severity, zone.report.verdict));
        let (mut written, mut dropped) = (0, 0);
        for zone in exceptions {
            // No milder zone takes its place: which zones are in full must not depend on what happens to fit.
            if dropped == 0 {
                let mut own = Self::default();
                own.samples_of(&zone.report, Some(zone), SeriesScope::Server);
                let count = own.count();
                if written + count <= max_series {
                    written += count;
                    for (samples, own) in self.samples.iter_mut().zip(&own.samples) {
                        samples.push_str(own);
                    }
                    continue;
                }
            }
            dropped += estimated_series(zone.report.servers.len() as u64).saturating_sub(1);
            self.add_in_sync(zone);
        }
        dropped
    }

    /// Adds whether a zone is in sync.
    fn add_in_sync(&mut self, zone: &ZoneSnapshot) {
        let labels = label("zone", zone.report.label());
        self.add(Family::ZoneInSync, &labels, u8::from(is_in_sync(&zone.report)));
    }

    /// Adds how many zones of each address have each verdict. An address with two verdicts for a zone, under two
    /// keys, counts once, with the worse one.
    fn add_server_zones<'z>(&mut self, zones: impl Iterator<Item = &'z ZoneReport>) {
        let mut addresses: BTreeMap<(&str, &str), BTreeMap<Verdict, u64>> = BTreeMap::new();
        for zone in zones {
            let mut of_zone: BTreeMap<(&str, &str), (Severity, Verdict)> = BTreeMap::new();
            for server in &zone.servers {
                let state = (server.severity, server.verdict);
                let worst = of_zone.entry((&server.server, &server.address)).or_insert(state);
                *worst = state.min(*worst);
            }
            for (address, (_, verdict)) in of_zone {
                *addresses.entry(address).or_default().entry(verdict).or_default() += 1;
            }
        }
        for ((server, address), zones) in addresses {
            let labels = with(&label("server", server), "address", address);
            for verdict in Verdict::ALL {
                let zones = zones.get(&verdict).copied().unwrap_or_default();
                self.add(Family::ServerZones, &with(&labels, "verdict", verdict.code()), zones);
            }
        }
    }

    /// Adds how many instances answered at each address, over all zones.
    fn add_instances<'z>(&mut self, zones: impl Iterator<Item = &'z ZoneReport>) {
        let mut seen: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
        for server in zones.flat_map(|zone| &zone.servers) {
            for nsid in server.instances.iter().filter_map(|instance| instance.nsid.as_deref()) {
                seen.entry((&server.server, &server.address)).or_default().insert(nsid);
            }
        }
        for ((server, address), nsids) in seen {
            let labels = with(&label("server", server), "address", address);
            self.add(Family::ServerInstances, &labels, nsids.len());
        }
    }

    /// The number of samples.
    fn count(&self) -> u64 {
        let lines = self.samples.iter().map(|samples| samples.bytes().filter(|byte| *byte == b'\n').count());
        lines.sum::<usize>() as u64
    }
}

#[cfg(test)]
mod tests;
