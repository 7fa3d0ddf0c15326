//! Servers that are down for most zones of a run, each reported once instead of once for each zone.

use std::collections::BTreeMap;

use super::cause::{Cause, CauseKind, is_server_wide};
use super::text;
use super::text::conclusion::server_label;
use super::{RunScope, ZoneReport};
use crate::judge::Verdict;

/// Zones whose text is kept until the end of the run.
const MAX_HELD: usize = 1000;

/// The name and the address of a server.
type Address = (String, String);

/// The zones at which nothing is wrong but servers that give no answer, until it is known for how many they do not.
#[derive(Debug)]
pub(crate) struct Outages<T> {
    scope: RunScope,
    addresses: BTreeMap<Address, AddressZones>,
    held: Vec<HeldZone<T>>,
    /// The zones that are not held, by their outages.
    omitted: BTreeMap<Vec<Outage>, u64>,
}

/// How many zones an address has, and how many it gives no answer for.
#[derive(Debug, Default)]
struct AddressZones {
    zones: u64,
    down: BTreeMap<Verdict, u64>,
}

/// An address that is unreachable or lame.
pub(crate) type Outage = (Verdict, Address);

#[derive(Debug)]
struct HeldZone<T> {
    outages: Vec<Outage>,
    text: T,
}

/// What is left at the end of a run.
#[derive(Debug)]
pub(crate) struct Ended<T> {
    /// A sentence about each server that is down for most of its zones: `ns1 (192.0.2.2:53) is unreachable for 98 of
    /// 100 zones`.
    pub(crate) servers: Vec<String>,
    /// The zones that these sentences stand for.
    pub(crate) folded: u64,
    /// The text of the other zones.
    pub(crate) zones: Vec<T>,
    /// Other zones, without a text.
    pub(crate) omitted: u64,
}

impl<T> Outages<T> {
    /// No zone yet.
    pub(crate) fn new(scope: RunScope) -> Self {
        Self { scope, addresses: BTreeMap::new(), held: Vec::new(), omitted: BTreeMap::new() }
    }

    /// Counts a zone, and returns its outages if nothing else is wrong with it: then it waits for the end of the run.
    pub(crate) fn add(&mut self, zone: &ZoneReport) -> Option<Vec<Outage>> {
        if self.scope == RunScope::OneZone {
            return None;
        }
        for (server, address) in zone.distinct_addresses() {
            self.addresses.entry((server.to_owned(), address.to_owned())).or_default().zones += 1;
        }
        let causes = Cause::all_of(zone);
        let outages: Vec<Outage> = causes.iter().filter_map(outage).collect();
        for (verdict, address) in &outages {
            *self.addresses.entry(address.clone()).or_default().down.entry(*verdict).or_default() += 1;
        }
        let is_all = outages.len() == causes.len();
        Some(outages).filter(|outages| is_all && !outages.is_empty())
    }

    /// Keeps the text of a zone with these outages until the end, if there is room for it.
    pub(crate) fn hold(&mut self, outages: Vec<Outage>, text: impl FnOnce() -> T) {
        if self.held.len() < MAX_HELD {
            self.held.push(HeldZone { outages, text: text() });
        } else {
            *self.omitted.entry(outages).or_default() += 1;
        }
    }

    /// Tells the servers that are down for most zones from those that are down for some.
    ///
    /// No zone is left behind.
    pub(crate) fn end(&mut self) -> Ended<T> {
        let addresses = std::mem::take(&mut self.addresses);
        let (held, omitted) = (std::mem::take(&mut self.held), std::mem::take(&mut self.omitted));
        let is_folded = |outages: &[Outage]| {
            outages.iter().all(|(verdict, address)| {
                addresses.get(address).is_some_and(|zones| zones.is_server_wide(*verdict))
            })
        };
        let mut ended = Ended { servers: Vec::new(), folded: 0, zones: Vec::new(), omitted: 0 };
        for HeldZone { outages, text } in held {
            if is_folded(&outages) {
                ended.folded += 1;
            } else {
                ended.zones.push(text);
            }
        }
        for (outages, zones) in &omitted {
            if is_folded(outages) {
                ended.folded += zones;
            } else {
                ended.omitted += zones;
            }
        }
        for ((server, address), zones) in &addresses {
            for (verdict, down) in zones.down.iter().filter(|(verdict, _)| zones.is_server_wide(**verdict)) {
                let (label, of) = (server_label(server, address), text::count(zones.zones, "zone", "zones"));
                ended.servers.push(format!("{label} is {} for {down} of {of}", verdict.code()));
            }
        }
        ended
    }
}

impl AddressZones {
    fn is_server_wide(&self, verdict: Verdict) -> bool {
        is_server_wide(self.down.get(&verdict).copied().unwrap_or_default(), self.zones)
    }
}

/// The verdict and the address of a cause, if it is an address without an answer.
fn outage(cause: &Cause<'_>) -> Option<Outage> {
    let verdict = match cause.kind {
        CauseKind::Verdict(verdict) => verdict,
        CauseKind::Finding(_) => Verdict::Lame,
    };
    let (server, address) = cause.server.filter(|_| cause.is_outage())?;
    Some((verdict, (server.to_owned(), address.to_owned())))
}
