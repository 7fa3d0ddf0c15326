//! The last result of each zone, for all readers.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::wanted::WantedZone;
use crate::config::MonitorSettings;
use crate::dns::Name;
use crate::plan::{Compare, Membership};
use crate::report::{PackedSnapshot, estimated_series};

/// The addresses of a zone whose servers are looked up, for an estimate of the series.
const ESTIMATED_ADDRESSES: u64 = 4;

/// The monitored zones, and the last result of each.
#[derive(Debug, Default)]
pub struct Results(RwLock<Inner>);

/// One monitored zone.
#[derive(Debug)]
struct Entry {
    wanted: WantedZone,
    /// Its last result, if it was checked.
    snapshot: Option<Arc<PackedSnapshot>>,
}

/// The zones that are monitored now and were not before, or otherwise, and those that are not any more.
#[derive(Debug, Default)]
pub(super) struct ZoneChanges {
    pub(super) wanted: Vec<WantedZone>,
    pub(super) gone: Vec<Name>,
}

#[derive(Debug, Default)]
struct Inner {
    /// In the order of the configuration, then members in the order in which they came.
    entries: BTreeMap<u64, Entry>,
    position_by_zone: HashMap<Name, u64>,
    /// The position of the next zone.
    next_position: u64,
    /// How many zones were not checked since the start.
    unchecked: usize,
    /// About how many series all zones have in full.
    series: u64,
    is_ready: bool,
}

impl Results {
    /// Holds these zones and no others from now on; those that stay keep their results.
    pub fn configure(&self, zones: Vec<WantedZone>) {
        let mut inner = self.write();
        let mut before = std::mem::take(&mut *inner);
        inner.is_ready = before.is_ready;
        for zone in zones {
            let snapshot = before.remove(&zone.zone).and_then(|entry| entry.snapshot);
            inner.insert(zone, snapshot);
        }
        inner.is_ready = inner.is_ready || inner.unchecked == 0;
    }

    /// Takes in zones that have come, changed or gone. It costs no more than these.
    pub(super) fn change(&self, changes: ZoneChanges) {
        let mut inner = self.write();
        for zone in &changes.gone {
            inner.remove(zone);
        }
        for zone in changes.wanted {
            inner.insert(zone, None);
        }
        inner.is_ready = inner.is_ready || inner.unchecked == 0;
    }

    /// Replaces the result of a zone.
    pub fn publish(&self, zone: &Name, snapshot: Arc<PackedSnapshot>) {
        let mut inner = self.write();
        let Inner { entries, position_by_zone, unchecked, is_ready, .. } = &mut *inner;
        let position = position_by_zone.get(zone);
        let Some(entry) = position.and_then(|position| entries.get_mut(position)) else { return };
        if entry.snapshot.replace(snapshot).is_none() {
            *unchecked = unchecked.saturating_sub(1);
        }
        *is_ready = *is_ready || *unchecked == 0;
    }

    /// Whether every zone was checked since the start.
    pub fn is_ready(&self) -> bool {
        self.read().is_ready
    }

    /// The number of zones.
    pub fn count(&self) -> usize {
        self.read().entries.len()
    }

    /// All zones, each with the catalog that it comes from: those of the configuration in its order, then members in the
    /// order in which they came.
    pub fn zones(&self) -> Vec<(Name, Option<Arc<Membership>>)> {
        let zone = |entry: &Entry| (entry.wanted.zone.clone(), entry.wanted.membership.clone());
        self.read().entries.values().map(zone).collect()
    }

    /// All results, in the same order.
    pub fn snapshots(&self) -> Vec<Arc<PackedSnapshot>> {
        self.read().entries.values().filter_map(|entry| entry.snapshot.clone()).collect()
    }

    /// About how many series all zones have in full.
    pub fn estimated_series(&self) -> u64 {
        self.read().series
    }

    /// The number of zones that were not checked yet, and whose records are wanted.
    pub fn unread(&self) -> usize {
        let is_wanted = |entry: &&Entry| entry.wanted.settings.zone.comparison.compare == Compare::Records;
        self.read().entries.values().filter(|entry| entry.snapshot.is_none()).filter(is_wanted).count()
    }

    /// The result of a zone: `None` if it is not monitored, `Some(None)` if it was not checked yet.
    pub fn snapshot(&self, zone: &Name) -> Option<Option<Arc<PackedSnapshot>>> {
        self.read().entry(zone).map(|entry| entry.snapshot.clone())
    }

    /// The settings of a zone, if it is monitored.
    pub fn settings(&self, zone: &Name) -> Option<Arc<MonitorSettings>> {
        self.read().entry(zone).map(|entry| Arc::clone(&entry.wanted.settings))
    }

    fn write(&self) -> RwLockWriteGuard<'_, Inner> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn entry(&self, zone: &Name) -> Option<&Entry> {
        self.entries.get(self.position_by_zone.get(zone)?)
    }

    /// Adds a zone, or gives one that is there other settings.
    fn insert(&mut self, wanted: WantedZone, snapshot: Option<Arc<PackedSnapshot>>) {
        self.series += series(&wanted.settings);
        let known = self.position_by_zone.get(&wanted.zone).and_then(|at| self.entries.get_mut(at));
        if let Some(known) = known {
            self.series = self.series.saturating_sub(series(&known.wanted.settings));
            known.wanted = wanted;
            return;
        }
        self.unchecked += usize::from(snapshot.is_none());
        self.position_by_zone.insert(wanted.zone.clone(), self.next_position);
        self.entries.insert(self.next_position, Entry { wanted, snapshot });
        self.next_position += 1;
    }

    fn remove(&mut self, zone: &Name) -> Option<Entry> {
        let entry = self.entries.remove(&self.position_by_zone.remove(zone)?)?;
        self.series = self.series.saturating_sub(series(&entry.wanted.settings));
        self.unchecked = self.unchecked.saturating_sub(usize::from(entry.snapshot.is_none()));
        Some(entry)
    }
}

/// About how many series a zone has in full.
fn series(settings: &MonitorSettings) -> u64 {
    estimated_series(match settings.zone.servers.servers.len() {
        0 => ESTIMATED_ADDRESSES,
        count => count as u64,
    })
}
