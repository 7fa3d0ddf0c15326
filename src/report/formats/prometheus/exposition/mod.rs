//! The exposition of all zones that are monitored, in as much detail as is configured.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, SystemTime};

use super::family::Family;
use super::{Prometheus, SeriesScope, is_in_sync, label, with};
use crate::judge::{Severity, Verdict};
use crate::report::cause::{Cause, CauseKind, Causes};
use crate::report::model::FindingReport;
use crate::report::{PackedSnapshot, ZoneReport, count_outlines, zones_by_address};

/// How long after its last exception a zone is still exposed in full.
const EXCEPTION_HOLD: Duration = Duration::from_hours(1);

/// Zones that are exposed in full although they have recovered. After an outage there are as many as the server has.
const MAX_RECOVERED: usize = 50;

/// How many series the exposition has for each zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpositionDetail {
    /// All series.
    Server,
    /// The series without a server label.
    Zone,
    /// All series of the zones that are exceptions, each cause in turn, up to this many series; for any other zone,
    /// only whether it is in sync.
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
    const PER_ZONE: u64 = 23;
    /// Eleven of them are for the verdicts.
    const PER_ADDRESS: u64 = 22;
    PER_ZONE + PER_ADDRESS * addresses
}

/// Renders all zones as they were at their last check. `unread` is the number of zones that have no result yet and
/// whose records are to be compared.
pub fn exposition<'z>(
    zones: impl Iterator<Item = &'z PackedSnapshot> + Clone,
    unread: usize,
    detail: ExpositionDetail,
    now: SystemTime,
) -> String {
    let mut text = Prometheus::default();
    let outlines = count_outlines(zones.clone());
    for verdict in Verdict::ALL {
        let of_verdict = outlines.iter().filter(|(report, _)| report.verdict == verdict);
        let count = of_verdict.map(|(_, zones)| zones).sum::<u64>();
        text.add(Family::Zones, &label("verdict", verdict.code()), count);
    }
    let uncompared = zones.clone().filter(|zone| zone.records().is_uncompared(now)).count();
    text.add_unlabelled(Family::ZonesUncompared, uncompared + unread);
    let dropped = match detail {
        ExpositionDetail::Server => {
            zones.for_each(|zone| text.add_zone(zone, SeriesScope::Server));
            0
        }
        ExpositionDetail::Zone => {
            zones.for_each(|zone| text.add_zone(zone, SeriesScope::Zone));
            0
        }
        ExpositionDetail::Exceptions(max_series) => text.add_exceptions(zones, &outlines, max_series, now),
    };
    text.add_unlabelled(Family::SeriesDropped, dropped);
    text.add_instances(outlines.iter().map(|(report, _)| *report));
    text.add_server_zones(outlines);
    text.text()
}

impl Prometheus {
    /// Adds the samples of one zone.
    fn add_zone(&mut self, zone: &PackedSnapshot, scope: SeriesScope) {
        let zone = zone.unpack();
        self.samples_of(&zone.report, Some(&zone), scope);
    }

    /// Adds the samples of all zones by exception, and returns about how many series were left out.
    ///
    /// Zones at which nothing is wrong but a server that is down for most of its zones are not exposed in full: the
    /// counts of that server's zones expose them.
    fn add_exceptions<'z>(
        &mut self,
        zones: impl Iterator<Item = &'z PackedSnapshot>,
        outlines: &[(&'z ZoneReport, u64)],
        max_series: u64,
        now: SystemTime,
    ) -> u64 {
        let states = states(outlines);
        let mut exceptions: BTreeMap<Cause<'z>, Vec<&PackedSnapshot>> = BTreeMap::new();
        let mut recovered = Vec::new();
        for zone in zones {
            // After the clock was set back, the last exception counts as recent.
            let since = zone.last_exception().map(|last| now.duration_since(last).unwrap_or_default());
            let is_recent = since.is_some_and(|since| since <= EXCEPTION_HOLD);
            match states.get(&std::ptr::from_ref(zone.outline())) {
                Some(OutlineState::Exception(Some(cause))) => {
                    exceptions.entry(*cause).or_default().push(zone);
                }
                Some(OutlineState::Fine) if is_recent && recovered.len() < MAX_RECOVERED => {
                    recovered.push(zone);
                }
                _ => self.add_in_sync(zone),
            }
        }
        let mut by_priority = by_priority(exceptions);
        by_priority.append(&mut recovered);
        self.add_in_full(by_priority, max_series)
    }

    /// Adds all series of the first zones, up to this many, and returns about how many series were left out.
    fn add_in_full(&mut self, zones: Vec<&PackedSnapshot>, max_series: u64) -> u64 {
        let (mut written, mut dropped) = (0, 0);
        for zone in zones {
            // No later zone takes its place: which zones are in full must not depend on what happens to fit.
            if dropped == 0 {
                let mut own = Self::default();
                own.add_zone(zone, SeriesScope::Server);
                let count = own.count();
                if written + count <= max_series {
                    written += count;
                    for (samples, own) in self.samples.iter_mut().zip(&own.samples) {
                        samples.push_str(own);
                    }
                    continue;
                }
            }
            dropped += estimated_series(zone.outline().servers.len() as u64).saturating_sub(1);
            self.add_in_sync(zone);
        }
        dropped
    }

    /// Adds whether a zone is in sync.
    fn add_in_sync(&mut self, zone: &PackedSnapshot) {
        let labels = label("zone", &zone.zone.without_final_dot());
        self.add(Family::ZoneInSync, &labels, u8::from(is_in_sync(zone.outline())));
    }

    /// Adds how many zones of each address have each verdict.
    fn add_server_zones(&mut self, zones: Vec<(&ZoneReport, u64)>) {
        for ((server, address), zones) in zones_by_address(zones) {
            let labels = with(&label("server", server), "address", address);
            for verdict in Verdict::ALL {
                let zones = zones.get(&verdict).copied().unwrap_or_default();
                self.add(Family::ServerZones, &with(&labels, "verdict", verdict.code()), zones);
            }
        }
    }

    /// Adds how many instances answered at each address, over all zones.
    fn add_instances<'z>(&mut self, zones: impl Iterator<Item = &'z ZoneReport>) {
        let mut addresses: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
        for server in zones.flat_map(|zone| &zone.servers) {
            for nsid in server.instances.iter().filter_map(|instance| instance.nsid.as_deref()) {
                addresses.entry((&server.server, server.address_text())).or_default().insert(nsid);
            }
        }
        for ((server, address), nsids) in addresses {
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

/// How a zone with an outline is exposed.
enum OutlineState<'z> {
    /// It is no exception.
    Fine,
    /// It is one, for this cause; without a cause, the counts of servers that are down expose it.
    Exception(Option<Cause<'z>>),
}

/// Returns how the zones with each of these outlines are exposed.
fn states<'z>(outlines: &[(&'z ZoneReport, u64)]) -> HashMap<*const ZoneReport, OutlineState<'z>> {
    let mut causes = Causes::default();
    for (report, zones) in outlines {
        causes.add(report, *zones, &[]);
    }
    let state = |report: &'z ZoneReport| {
        if is_exception(report) { OutlineState::Exception(causes.rarest(report)) } else { OutlineState::Fine }
    };
    outlines.iter().map(|(report, _)| (std::ptr::from_ref(*report), state(report))).collect()
}

/// Orders zones so that no cause takes the place of another: each verdict and finding in turn, of each its servers in
/// turn, and of each server its zones, worst first.
fn by_priority<'z>(exceptions: BTreeMap<Cause<'z>, Vec<&'z PackedSnapshot>>) -> Vec<&'z PackedSnapshot> {
    let mut kinds: BTreeMap<(Severity, CauseKind), Vec<Vec<&PackedSnapshot>>> = BTreeMap::new();
    for (cause, mut zones) in exceptions {
        zones.sort_by_key(|zone| (zone.outline().severity, zone.outline().verdict));
        kinds.entry((cause.severity, cause.kind)).or_default().push(zones);
    }
    in_turn(kinds.into_values().map(in_turn))
}

/// Takes an item of each list in turn, until all are empty.
fn in_turn<T>(lists: impl IntoIterator<Item = Vec<T>>) -> Vec<T> {
    let mut lists: Vec<_> = lists.into_iter().map(Vec::into_iter).collect();
    let mut items = Vec::new();
    while !lists.is_empty() {
        lists.retain_mut(|list| list.next().map(|item| items.push(item)).is_some());
    }
    items
}

#[cfg(test)]
mod fleet;
#[cfg(test)]
mod tests;
