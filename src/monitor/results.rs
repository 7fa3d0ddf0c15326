//! The last look at each zone, for everybody who wants to read it.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use crate::config::MonitorSettings;
use crate::dns::Name;
use crate::report::ZoneSnapshot;

/// The zones that are watched, and what was last seen of each.
#[derive(Debug, Default)]
pub struct Results(RwLock<Inner>);

/// A zone as it is shown.
#[derive(Debug)]
struct Shown {
    zone: Name,
    settings: Arc<MonitorSettings>,
    /// What was last seen of it, if anything was.
    seen: Option<Arc<ZoneSnapshot>>,
}

#[derive(Debug, Default)]
struct Inner {
    /// In the order of the configuration.
    zones: Vec<Shown>,
    places: HashMap<Name, usize>,
    /// Zones that were not looked at since the start.
    unseen: usize,
    ready: bool,
}

impl Results {
    /// Shows these zones and no others from now on; of those that stay, what was shown already.
    pub fn set_up(&self, zones: Vec<(Name, Arc<MonitorSettings>)>) {
        let places = zones.iter().enumerate().map(|(place, (zone, _))| (zone.clone(), place)).collect();
        let mut inner = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let zones: Vec<Shown> = zones
            .into_iter()
            .map(|(zone, settings)| {
                let place = inner.places.get(&zone).copied();
                let seen = place.and_then(|place| inner.zones.get(place)?.seen.clone());
                Shown { zone, settings, seen }
            })
            .collect();
        let unseen = zones.iter().filter(|shown| shown.seen.is_none()).count();
        let ready = inner.ready || unseen == 0;
        *inner = Inner { zones, places, unseen, ready };
    }

    /// Shows what was seen of a zone.
    pub fn publish(&self, zone: &Name, seen: Arc<ZoneSnapshot>) {
        let mut inner = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let Inner { zones, places, unseen, ready } = &mut *inner;
        let Some(Shown { seen: shown, .. }) = places.get(zone).and_then(|&place| zones.get_mut(place)) else {
            return;
        };
        if shown.replace(seen).is_none() {
            *unseen = unseen.saturating_sub(1);
        }
        *ready = *ready || *unseen == 0;
    }

    /// Returns whether every zone was looked at since the start.
    pub fn is_ready(&self) -> bool {
        self.inner().ready
    }

    /// Returns all zones, in the order of the configuration.
    pub fn names(&self) -> Vec<Name> {
        self.inner().zones.iter().map(|shown| shown.zone.clone()).collect()
    }

    /// Returns all that was seen, in the order of the configuration.
    pub fn all(&self) -> Vec<Arc<ZoneSnapshot>> {
        self.inner().zones.iter().filter_map(|shown| shown.seen.clone()).collect()
    }

    /// Returns what was seen of a zone; nothing if it is not watched, nothing in it if it was not looked at.
    pub fn zone(&self, zone: &Name) -> Option<Option<Arc<ZoneSnapshot>>> {
        let inner = self.inner();
        let place = *inner.places.get(zone)?;
        inner.zones.get(place).map(|shown| shown.seen.clone())
    }

    /// Returns what holds for a zone, if it is watched.
    pub fn settings(&self, zone: &Name) -> Option<Arc<MonitorSettings>> {
        let inner = self.inner();
        let place = *inner.places.get(zone)?;
        inner.zones.get(place).map(|shown| Arc::clone(&shown.settings))
    }

    fn inner(&self) -> RwLockReadGuard<'_, Inner> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}
