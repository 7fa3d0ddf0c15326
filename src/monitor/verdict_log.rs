//! Logs verdicts that change: a line for each zone, and few lines for a server that is down for many zones.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::schedule::Uptime;
use crate::judge::Verdict;
use crate::judge::verdict::worst;
use crate::plan::ExternalUrl;
use crate::report::{PackedSnapshot, ZoneReport, count_outlines, zones_by_address};

/// How long the changes of an outage are collected before they are logged.
const COLLECTION_TIME: Duration = Duration::from_secs(5);

/// The most zones for which the outage of one address is logged zone by zone.
const MAX_ZONE_LINES: u64 = 3;

/// An outage is logged again when the number of its zones has grown or shrunk by this factor.
const FACTOR: u64 = 10;

/// The name and the address of a server.
type Address = (String, String);

/// The log of verdicts that change.
#[derive(Debug, Default)]
pub(super) struct VerdictLog {
    /// Where people find the pages of zones, if that is known.
    external_url: Option<ExternalUrl>,
    collected: HashMap<Address, Vec<Change>>,
    outages: HashMap<Address, Outage>,
    /// When the collected changes are logged.
    due: Option<Uptime>,
}

/// An address has gone down for a zone, or has come back.
#[derive(Debug)]
struct Change {
    zone: String,
    /// The URL of its page.
    page: Option<String>,
    previous: Option<Verdict>,
    verdict: Verdict,
}

/// An outage that is logged as a whole.
#[derive(Clone, Copy, Debug)]
struct Outage {
    /// For how many zones the address was down when it was last logged.
    zones: u64,
    is_recovering: bool,
}

impl VerdictLog {
    /// Names the pages of zones from now on, if it is known where people find them.
    pub(super) fn set_external_url(&mut self, url: Option<ExternalUrl>) {
        self.external_url = url;
    }

    /// When [`Self::flush`] is due.
    pub(super) fn due(&self) -> Uptime {
        self.due.unwrap_or(Uptime::MAX)
    }

    /// Logs the verdict of a zone if it has changed, or is a first one that is not `in_sync`.
    ///
    /// Servers that are down do not count for it; they are collected.
    pub(super) fn add(&mut self, before: Option<&PackedSnapshot>, after: &PackedSnapshot, now: Uptime) {
        if before.is_some_and(|before| before.has_outline_of(after)) {
            return;
        }
        let zone = after.zone.without_final_dot();
        let page = self.external_url.as_ref().map(|url| url.zone_page(&after.zone));
        let (before, after) = (before.map(PackedSnapshot::outline), after.outline());
        let previous = before.map(verdict_without_outages);
        let verdict = verdict_without_outages(after);
        if verdict != previous.unwrap_or(Verdict::InSync) {
            let previous = previous.map(Verdict::code);
            tracing::info!(zone, verdict = verdict.code(), previous, page, "verdict changed");
        }
        for server in &after.servers {
            let mut earlier = before.iter().flat_map(|before| &before.servers);
            let previous = earlier.find(|earlier| server.is_same_server(earlier)).map(|it| it.verdict);
            let was_down = previous.is_some_and(Verdict::is_outage);
            if server.verdict.is_outage() == was_down {
                continue;
            }
            self.due.get_or_insert(now + COLLECTION_TIME);
            let changes =
                self.collected.entry((server.server.clone(), server.address_text().to_owned())).or_default();
            if (changes.len() as u64) < MAX_ZONE_LINES {
                let (zone, page) = (zone.clone(), page.clone());
                changes.push(Change { zone, page, previous, verdict: server.verdict });
            }
        }
    }

    /// Logs what was collected, given the last result of each zone.
    pub(super) fn flush<'r>(&mut self, zones: impl Iterator<Item = &'r PackedSnapshot>) {
        self.due = None;
        let collected = std::mem::take(&mut self.collected);
        if collected.is_empty() {
            return;
        }
        let counts = zones_by_address(count_outlines(zones));
        let none = BTreeMap::new();
        for (address, changes) in &collected {
            let zones = counts.get(&(address.0.as_str(), address.1.as_str())).unwrap_or(&none);
            self.log(address, changes, zones);
        }
    }

    fn log(&mut self, address: &Address, changes: &[Change], zones: &BTreeMap<Verdict, u64>) {
        let count = |verdict| zones.get(&verdict).copied().unwrap_or_default();
        let (unreachable, lame) = (count(Verdict::Unreachable), count(Verdict::Lame));
        let (all, down) = (zones.values().sum::<u64>(), unreachable + lame);
        let outage = self.outages.get(address).copied();
        if outage.is_none() && down <= MAX_ZONE_LINES {
            for change in changes {
                change.log(address);
            }
            return;
        }
        let Outage { zones: logged, is_recovering } =
            outage.unwrap_or(Outage { zones: 0, is_recovering: false });
        let (server, at) = (address.0.as_str(), address.1.as_str());
        if down == 0 {
            tracing::info!(server, address = at, zones = all, "server answers again for all its zones");
            self.outages.remove(address);
        } else if down >= logged.saturating_mul(FACTOR) || (down == all && down > logged) {
            tracing::warn!(server, address = at, zones = all, unreachable, lame, "server is down");
            self.outages.insert(address.clone(), Outage { zones: down, is_recovering: false });
        } else if down.saturating_mul(FACTOR) <= logged && !is_recovering {
            tracing::info!(server, address = at, zones = all, unreachable, lame, "server answers again");
            self.outages.insert(address.clone(), Outage { zones: down, is_recovering: true });
        }
    }
}

impl Change {
    fn log(&self, (server, address): &Address) {
        let Self { zone, page, previous, verdict } = self;
        let (previous, verdict) = (previous.map(Verdict::code), verdict.code());
        tracing::info!(zone, server, address, verdict, previous, page, "verdict changed");
    }
}

/// The verdict of a zone without the servers that are down.
fn verdict_without_outages(report: &ZoneReport) -> Verdict {
    let verdicts = || report.servers.iter().map(|server| server.verdict);
    if !verdicts().any(Verdict::is_outage) {
        return report.verdict;
    }
    let mut rest = verdicts().filter(|verdict| !verdict.is_outage()).peekable();
    if rest.peek().is_some() { worst(rest) } else { Verdict::InSync }
}
