//! The last result of each zone, for all readers.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use crate::config::MonitorSettings;
use crate::dns::Name;
use crate::plan::Compare;
use crate::report::ZoneSnapshot;

/// The monitored zones, and the last result of each.
#[derive(Debug, Default)]
pub struct Results(RwLock<Inner>);

/// One monitored zone.
#[derive(Debug)]
struct Entry {
    zone: Name,
    settings: Arc<MonitorSettings>,
    /// Its last result, if it was checked.
    snapshot: Option<Arc<ZoneSnapshot>>,
}

#[derive(Debug, Default)]
struct Inner {
    /// In the order of the configuration.
    entries: Vec<Entry>,
    index_by_zone: HashMap<Name, usize>,
    /// How many zones were not checked since the start.
    unchecked: usize,
    is_ready: bool,
}

impl Results {
    /// Holds these zones and no others from now on; those that stay keep their results.
    pub fn configure(&self, zones: Vec<(Name, Arc<MonitorSettings>)>) {
        let index_by_zone =
            zones.iter().enumerate().map(|(index, (zone, _))| (zone.clone(), index)).collect();
        let mut inner = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let entries: Vec<Entry> = zones
            .into_iter()
            .map(|(zone, settings)| {
                let snapshot = inner.entry(&zone).and_then(|entry| entry.snapshot.clone());
                Entry { zone, settings, snapshot }
            })
            .collect();
        let unchecked = entries.iter().filter(|entry| entry.snapshot.is_none()).count();
        let is_ready = inner.is_ready || unchecked == 0;
        *inner = Inner { entries, index_by_zone, unchecked, is_ready };
    }

    /// Replaces the result of a zone.
    pub fn publish(&self, zone: &Name, snapshot: Arc<ZoneSnapshot>) {
        let mut inner = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let Inner { entries, index_by_zone, unchecked, is_ready } = &mut *inner;
        let Some(entry) = index_by_zone.get(zone).and_then(|&index| entries.get_mut(index)) else { return };
        if entry.snapshot.replace(snapshot).is_none() {
            *unchecked = unchecked.saturating_sub(1);
        }
        *is_ready = *is_ready || *unchecked == 0;
    }

    /// Whether every zone was checked since the start.
    pub fn is_ready(&self) -> bool {
        self.read().is_ready
    }

    /// All zones, in the order of the configuration.
    pub fn zones(&self) -> Vec<Name> {
        self.read().entries.iter().map(|entry| entry.zone.clone()).collect()
    }

    /// All results, in the order of the configuration.
    pub fn snapshots(&self) -> Vec<Arc<ZoneSnapshot>> {
        self.read().entries.iter().filter_map(|entry| entry.snapshot.clone()).collect()
    }

    /// The number of zones that were not checked yet, and whose records are wanted.
    pub fn unread(&self) -> usize {
        let is_wanted = |entry: &&Entry| entry.settings.zone.comparison.compare == Compare::Records;
        self.read().entries.iter().filter(|entry| entry.snapshot.is_none()).filter(is_wanted).count()
    }

    /// The result of a zone: `None` if it is not monitored, `Some(None)` if it was not checked yet.
    pub fn snapshot(&self, zone: &Name) -> Option<Option<Arc<ZoneSnapshot>>> {
        self.read().entry(zone).map(|entry| entry.snapshot.clone())
    }

    /// The settings of a zone, if it is monitored.
    pub fn settings(&self, zone: &Name) -> Option<Arc<MonitorSettings>> {
        self.read().entry(zone).map(|entry| Arc::clone(&entry.settings))
    }

    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn entry(&self, zone: &Name) -> Option<&Entry> {
        self.entries.get(*self.index_by_zone.get(zone)?)
    }
}
