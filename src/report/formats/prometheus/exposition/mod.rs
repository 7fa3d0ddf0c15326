//! Many zones, as they were last seen: everything, or no more than there is trouble.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use super::family::Family;
use super::{Prometheus, Scope, is_in_sync, label, with};
use crate::judge::Verdict;
use crate::report::{ZoneReport, ZoneSnapshot};

/// A zone that was an exception is told in full for so long after it.
const LINGERING: Duration = Duration::from_hours(1);

/// How much is told of each zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpositionDetail {
    /// Everything.
    Server,
    /// Nothing that has both a zone and a server.
    Zone,
    /// Everything of the zones that are not as they should be, worst first, up to so many series; of the others,
    /// whether they are in sync.
    Exceptions(u64),
}

/// Returns about how many series it takes to tell everything of a zone with so many addresses.
pub fn series(addresses: u64) -> u64 {
    /// Of them, eleven say how many addresses have each verdict.
    const OF_ZONE: u64 = 22;
    /// Of them, eleven say which verdict it has.
    const OF_ADDRESS: u64 = 22;
    OF_ZONE + OF_ADDRESS * addresses
}

/// Returns the exposition of all zones.
pub fn exposition<'z>(
    zones: impl Iterator<Item = &'z ZoneSnapshot> + Clone,
    exposure: ExpositionDetail,
    now: SystemTime,
) -> String {
    let mut text = Prometheus::default();
    for verdict in Verdict::ALL {
        let of_it = zones.clone().filter(|zone| zone.report.verdict == verdict).count();
        text.add(Family::Zones, &label("verdict", verdict.code()), of_it);
    }
    let dropped = match exposure {
        ExpositionDetail::Server => {
            zones.clone().for_each(|zone| text.samples_of(&zone.report, Some(zone), Scope::Servers));
            0
        }
        ExpositionDetail::Zone => {
            zones.clone().for_each(|zone| text.samples_of(&zone.report, Some(zone), Scope::Zone));
            0
        }
        ExpositionDetail::Exceptions(most) => text.exceptions(zones.clone(), most, now),
    };
    text.sample_of_probe(Family::SeriesDropped, dropped);
    text.instances(zones.map(|zone| &zone.report));
    text.text()
}

impl Prometheus {
    /// Adds what is told by exception, and returns about how many series there was no room for.
    fn exceptions<'z>(
        &mut self,
        zones: impl Iterator<Item = &'z ZoneSnapshot>,
        most: u64,
        now: SystemTime,
    ) -> u64 {
        let mut exceptions: Vec<&ZoneSnapshot> = Vec::new();
        for zone in zones {
            // If the clock has been put back, it was not long ago.
            let since = zone.troubled.map(|troubled| now.duration_since(troubled).unwrap_or_default());
            let lingers = since.is_some_and(|since| since <= LINGERING);
            if zone.report.is_exceptional() || lingers {
                exceptions.push(zone);
            } else {
                self.in_sync(zone);
            }
        }
        exceptions.sort_by_key(|zone| (zone.report.severity, zone.report.verdict));
        let (mut told, mut dropped) = (0, 0);
        for zone in exceptions {
            // No milder one is told in its place: what is told must not depend on how it happens to fit.
            if dropped == 0 {
                let mut own = Self::default();
                own.samples_of(&zone.report, Some(zone), Scope::Servers);
                let count = own.count();
                if told + count <= most {
                    told += count;
                    for (samples, own) in self.samples.iter_mut().zip(&own.samples) {
                        samples.push_str(own);
                    }
                    continue;
                }
            }
            dropped += series(zone.report.servers.len() as u64).saturating_sub(1);
            self.in_sync(zone);
        }
        dropped
    }

    /// Adds whether a zone is in sync, and no more of it.
    fn in_sync(&mut self, zone: &ZoneSnapshot) {
        let labels = label("zone", zone.report.label());
        self.add(Family::ZoneInSync, &labels, u8::from(is_in_sync(&zone.report)));
    }

    /// Adds how many instances were seen behind each address, over all zones.
    fn instances<'z>(&mut self, zones: impl Iterator<Item = &'z ZoneReport>) {
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

    /// Returns how many samples there are.
    fn count(&self) -> u64 {
        let lines =
            self.samples.iter().map(|samples| samples.bytes().filter(|octet| *octet == b'\n').count());
        lines.sum::<usize>() as u64
    }
}

#[cfg(test)]
mod tests;
