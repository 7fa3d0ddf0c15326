//! What the last results of all zones show of each address of a server.
//!
//! In: the last results of all zones. Out: numbers of zones for each address, from the outlines that many zones share;
//! and times, from results that are put together again, of which a sample is drawn where there are many.

mod details;
mod measured;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub(crate) use details::{AddressDetails, FailureExamples, address_details};
pub(crate) use measured::{Measured, Sample, measure};

use super::ZoneReport;
use super::cause::is_server_wide;
use super::counts::{ServerAddress, worst_by_address};
use crate::judge::{Severity, Verdict};

/// How many zones show what of one address.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct AddressSummary {
    /// The number of zones with each verdict over the address.
    pub(crate) verdicts: BTreeMap<Verdict, u64>,
    /// The number of zones with each severity of the verdict and the findings.
    pub(crate) severities: BTreeMap<Severity, u64>,
    /// The number of zones at which something is wrong, and nothing is worse than what is wrong at the address.
    pub(crate) worst_of: u64,
    /// The number of zones with each kind of failure.
    pub(crate) failures: BTreeMap<&'static str, u64>,
}

impl AddressSummary {
    /// The number of all zones of the address.
    pub(crate) fn zones(&self) -> u64 {
        self.severities.values().sum()
    }

    /// The number of zones at which something is wrong at the address.
    pub(crate) fn not_ok(&self) -> u64 {
        self.zones() - self.severities.get(&Severity::Ok).copied().unwrap_or_default()
    }

    /// The worst severity of all zones.
    pub(crate) fn severity(&self) -> Severity {
        self.severities.keys().next().copied().unwrap_or(Severity::Unknown)
    }

    /// The number of zones for which it gives no answer.
    pub(crate) fn unanswered(&self) -> u64 {
        self.verdicts.iter().filter(|(verdict, _)| verdict.is_outage()).map(|(_, zones)| zones).sum()
    }

    /// Whether all that is wrong are new versions that are on their way.
    pub(crate) fn is_propagating(&self) -> bool {
        let propagating = self.verdicts.get(&Verdict::Propagating).copied().unwrap_or_default();
        propagating > 0 && propagating == self.not_ok() && self.severity() == Verdict::Propagating.severity()
    }

    /// Whether anything is wrong but new versions that are on their way.
    pub(crate) fn is_bad(&self) -> bool {
        self.not_ok() > 0 && !self.is_propagating()
    }

    /// Whether it gives no answer for all of its zones, or for most of many.
    pub(crate) fn is_down(&self) -> bool {
        let (down, all) = (self.unanswered(), self.zones());
        is_server_wide(down, all) || (down == all && all > 0)
    }

    fn add(&mut self, zone: &ZoneReport, server: &super::model::ServerReport, count: u64) {
        *self.verdicts.entry(server.verdict).or_default() += count;
        *self.severities.entry(server.severity).or_default() += count;
        if zone.severity != Severity::Ok && server.severity == zone.severity {
            self.worst_of += count;
        }
        if let Some(failure) = &server.failure {
            *self.failures.entry(failure.kind).or_default() += count;
        }
    }
}

/// Returns how many zones show what of each address; each report stands for as many zones as is said beside it.
pub(crate) fn address_summaries<'z>(
    zones: impl IntoIterator<Item = (&'z ZoneReport, u64)>,
) -> BTreeMap<ServerAddress<'z>, AddressSummary> {
    let mut summaries: BTreeMap<ServerAddress<'_>, AddressSummary> = BTreeMap::new();
    for (zone, count) in zones {
        for (address, server) in worst_by_address(zone) {
            summaries.entry(address).or_default().add(zone, server, count);
        }
    }
    summaries
}
