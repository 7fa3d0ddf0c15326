//! The last result of each zone, for all readers.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::wanted::WantedZone;
use crate::config::MonitorSettings;
use crate::dns::Name;
use crate::plan::{Compare, LineId};
use crate::report::{PackedSnapshot, estimated_series};

/// The most zones that are visited while nothing can be published.
const VISITED_AT_ONCE: usize = 4096;

/// Fewer places are not worth being moved together.
const MIN_PLACES: usize = 1024;

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
pub struct ZoneChanges {
    pub(super) wanted: Vec<WantedZone>,
    pub(super) gone: Vec<Name>,
}

#[derive(Debug, Default)]
struct Inner {
    /// In the order of the configuration, then members in the order in which they came. Those that have left leave
    /// their places empty for some time.
    entries: Vec<Option<Entry>>,
    position_by_zone: HashMap<Name, u32>,
    /// How many zones were not checked since the start.
    unchecked: usize,
    /// About how many series all zones have in full.
    series: u64,
    is_ready: bool,
}

impl Results {
    /// Holds these zones and no others from now on, and returns what has changed; those that stay keep their results.
    pub fn configure(&self, zones: Vec<WantedZone>) -> ZoneChanges {
        let mut inner = self.write();
        let changes = inner.replace(zones);
        inner.is_ready = inner.is_ready || inner.unchecked == 0;
        changes
    }

    /// Takes in zones that have come, changed or gone. It costs no more than these.
    pub(super) fn change(&self, changes: ZoneChanges) {
        let mut inner = self.write();
        for zone in &changes.gone {
            inner.remove(zone);
        }
        for zone in changes.wanted {
            inner.insert(zone);
        }
        inner.is_ready = inner.is_ready || inner.unchecked == 0;
    }

    /// Replaces the result of a zone.
    pub fn publish(&self, zone: &Name, snapshot: Arc<PackedSnapshot>) {
        let mut inner = self.write();
        let Inner { entries, position_by_zone, unchecked, is_ready, .. } = &mut *inner;
        let place = position_by_zone.get(zone).and_then(|position| entries.get_mut(*position as usize));
        let Some(Some(entry)) = place else { return };
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
        self.read().position_by_zone.len()
    }

    /// All zones: those of the configuration in its order, then members of catalogs in the order in which they came.
    pub fn zones(&self) -> Vec<WantedZone> {
        self.read().entries().map(|entry| entry.wanted.clone()).collect()
    }

    /// All results, in the same order.
    pub fn snapshots(&self) -> Vec<Arc<PackedSnapshot>> {
        self.read().entries().filter_map(|entry| entry.snapshot.clone()).collect()
    }

    /// Visits all zones, in the same order, each with its last result.
    ///
    /// Results are published meanwhile. A zone may be left out for this time if others come and go.
    pub fn visit(&self, mut visit: impl FnMut(&WantedZone, Option<&Arc<PackedSnapshot>>)) {
        let mut place = 0;
        loop {
            let inner = self.read();
            let Some(rest) = inner.entries.get(place..).filter(|rest| !rest.is_empty()) else { return };
            for entry in rest.iter().take(VISITED_AT_ONCE).flatten() {
                visit(&entry.wanted, entry.snapshot.as_ref());
            }
            place += VISITED_AT_ONCE;
        }
    }

    /// About how many series all zones have in full.
    pub fn estimated_series(&self) -> u64 {
        self.read().series
    }

    /// The number of zones that were not checked yet, and whose records are wanted.
    pub fn unread(&self) -> usize {
        let is_wanted = |entry: &&Entry| entry.wanted.settings.zone.comparison.compare == Compare::Records;
        self.read().entries().filter(|entry| entry.snapshot.is_none()).filter(is_wanted).count()
    }

    /// The result of a zone: `None` if it is not monitored, `Some(None)` if it was not checked yet.
    pub fn snapshot(&self, zone: &Name) -> Option<Option<Arc<PackedSnapshot>>> {
        self.read().entry(zone).map(|entry| entry.snapshot.clone())
    }

    /// The settings of a zone, if it is monitored.
    pub fn settings(&self, zone: &Name) -> Option<Arc<MonitorSettings>> {
        self.read().entry(zone).map(|entry| Arc::clone(&entry.wanted.settings))
    }

    /// What the line of a list calls a zone.
    pub fn id(&self, zone: &Name) -> Option<Arc<LineId>> {
        self.read().entry(zone).and_then(|entry| entry.wanted.id.clone())
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
        self.entries.get(*self.position_by_zone.get(zone)? as usize)?.as_ref()
    }

    /// All zones, in order.
    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().flatten()
    }

    /// Replaces all zones, and returns what has changed.
    ///
    /// Few of very many zones change in a reload: zones are found by their order, and looked up where that has changed.
    fn replace(&mut self, zones: Vec<WantedZone>) -> ZoneChanges {
        let mut changes = ZoneChanges::default();
        let mut compared = ComparedSettings::default();
        let before = std::mem::take(&mut self.entries).into_iter().enumerate();
        let mut before = before.filter_map(|(at, entry)| entry.map(|entry| (at, entry))).peekable();
        let mut passed: HashMap<Name, Entry> = HashMap::new();
        self.entries.reserve_exact(zones.len());
        for wanted in zones {
            let position = self.entries.len();
            if before.peek().is_none_or(|(_, entry)| entry.wanted.zone != wanted.zone)
                && self.position_by_zone.contains_key(&wanted.zone)
                && !passed.contains_key(&wanted.zone)
            {
                // The zones in between have gone, or come later.
                while let Some((_, entry)) = before.next_if(|(_, entry)| entry.wanted.zone != wanted.zone) {
                    passed.insert(entry.wanted.zone.clone(), entry);
                }
            }
            let (place, known) = match before.next_if(|(_, entry)| entry.wanted.zone == wanted.zone) {
                Some((place, entry)) => (Some(place), Some(entry)),
                None => (None, passed.remove(&wanted.zone)),
            };
            if place != Some(position) {
                self.position_by_zone.insert(wanted.zone.clone(), to_position(position));
            }
            let entry = match known {
                Some(mut entry) => {
                    changes.wanted.extend(entry.update(wanted, &mut compared));
                    entry
                }
                None => {
                    changes.wanted.push(wanted.clone());
                    Entry { wanted, snapshot: None }
                }
            };
            self.entries.push(Some(entry));
        }
        changes.gone = before.map(|(_, entry)| entry.wanted.zone).chain(passed.into_keys()).collect();
        for zone in &changes.gone {
            self.position_by_zone.remove(zone);
        }
        self.unchecked = self.entries().filter(|entry| entry.snapshot.is_none()).count();
        self.series = self.entries().map(|entry| series(&entry.wanted.settings)).sum();
        changes
    }

    /// Adds a zone, or gives one that is there other settings.
    fn insert(&mut self, wanted: WantedZone) {
        self.series += series(&wanted.settings);
        let known = self.position_by_zone.get(&wanted.zone).and_then(|at| self.entries.get_mut(*at as usize));
        if let Some(Some(known)) = known {
            self.series = self.series.saturating_sub(series(&known.wanted.settings));
            known.wanted = wanted;
            return;
        }
        self.unchecked += 1;
        self.position_by_zone.insert(wanted.zone.clone(), to_position(self.entries.len()));
        self.entries.push(Some(Entry { wanted, snapshot: None }));
    }

    fn remove(&mut self, zone: &Name) {
        let Some(position) = self.position_by_zone.remove(zone) else { return };
        let Some(entry) = self.entries.get_mut(position as usize).and_then(Option::take) else { return };
        self.series = self.series.saturating_sub(series(&entry.wanted.settings));
        self.unchecked = self.unchecked.saturating_sub(usize::from(entry.snapshot.is_none()));
        if self.entries.len() > (2 * self.position_by_zone.len()).max(MIN_PLACES) {
            self.close_gaps();
        }
    }

    /// Moves all zones to the places of those that have left.
    fn close_gaps(&mut self) {
        self.entries.retain(Option::is_some);
        let zones = self.entries.iter().flatten().map(|entry| &entry.wanted.zone);
        for (position, zone) in zones.enumerate() {
            if let Some(known) = self.position_by_zone.get_mut(zone) {
                *known = to_position(position);
            }
        }
    }
}

impl Entry {
    /// Is monitored in this way from now on; returns it if it differs.
    ///
    /// Equal settings stay those that were there, which very many zones share.
    fn update(&mut self, wanted: WantedZone, compared: &mut ComparedSettings) -> Option<WantedZone> {
        let known = &self.wanted;
        let is_same = compared.are_equal(&known.settings, &wanted.settings)
            && known.membership == wanted.membership
            && known.id == wanted.id;
        if is_same {
            return None;
        }
        self.wanted = wanted;
        Some(self.wanted.clone())
    }
}

/// The settings that were compared last: many zones in a row share theirs.
#[derive(Default)]
struct ComparedSettings(Option<([Arc<MonitorSettings>; 2], bool)>);

impl ComparedSettings {
    fn are_equal(&mut self, first: &Arc<MonitorSettings>, second: &Arc<MonitorSettings>) -> bool {
        match &self.0 {
            Some(([one, other], are_equal)) if Arc::ptr_eq(one, first) && Arc::ptr_eq(other, second) => {
                *are_equal
            }
            _ => {
                let are_equal = first == second;
                self.0 = Some(([Arc::clone(first), Arc::clone(second)], are_equal));
                are_equal
            }
        }
    }
}

/// More zones than this need more memory than there is.
fn to_position(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// About how many series a zone has in full.
fn series(settings: &MonitorSettings) -> u64 {
    estimated_series(settings.estimated_addresses())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    fn zone(number: usize) -> Name {
        format!("z{number}.example").parse().unwrap()
    }

    #[test]
    fn zones_stay_in_order_while_many_come_and_go() {
        let results = Results::default();
        let text = "servers: {ns0: {address: \"127.0.0.1:1\"}}\nzones: [a.example]\n";
        let config = config::read("test", text, &mut config::NoFiles).unwrap();
        let settings = &config.zones[0].settings;
        let wanted = |number| WantedZone {
            zone: zone(number),
            settings: Arc::clone(settings),
            membership: None,
            id: None,
        };
        results.configure((0..4 * MIN_PLACES).map(wanted).collect());
        let gone = (0..4 * MIN_PLACES).filter(|number| number % 5 != 0).map(zone).collect();
        results.change(ZoneChanges { wanted: vec![wanted(9_999)], gone });
        let left: Vec<Name> = (0..4 * MIN_PLACES).step_by(5).chain([9_999]).map(zone).collect();
        let zones: Vec<Name> = results.zones().into_iter().map(|it| it.zone).collect();
        assert_eq!(zones, left);
        assert_eq!(results.count(), left.len());
        let mut visited = Vec::new();
        results.visit(|wanted, snapshot| {
            assert!(snapshot.is_none());
            visited.push(wanted.zone.clone());
        });
        assert_eq!(visited, left);
        assert!(results.read().entries.len() <= 2 * left.len(), "places are not kept for ever");
        assert!(left.iter().all(|zone| results.settings(zone).is_some()));
    }

    #[test]
    fn a_configuration_is_taken_over_with_no_more_than_what_has_changed() {
        let text = |interval: u32| {
            format!(
                "probe: {{interval: {interval}s}}\nservers: {{ns0: {{address: \"127.0.0.1:1\"}}}}\nzones: [a.example]\n"
            )
        };
        let settings = |interval| {
            let config = config::read("test", &text(interval), &mut config::NoFiles).unwrap();
            Arc::clone(&config.zones[0].settings)
        };
        // Settings are read anew each time.
        let wanted = |numbers: &[usize], interval| -> Vec<WantedZone> {
            let settings = settings(interval);
            let wanted = |number: &usize| WantedZone {
                zone: zone(*number),
                settings: Arc::clone(&settings),
                membership: None,
                id: None,
            };
            numbers.iter().map(wanted).collect()
        };
        let results = Results::default();
        let names = |zones: &[WantedZone]| zones.iter().map(|it| it.zone.clone()).collect::<Vec<_>>();
        for (numbers, interval, new, gone) in [
            (&[0, 1, 2, 3][..], 60, &[0, 1, 2, 3][..], &[][..]),
            (&[0, 1, 2, 3], 60, &[], &[]),
            (&[9, 0, 1, 8, 2, 3, 7], 60, &[9, 8, 7], &[]),
            (&[0, 2, 3, 7], 60, &[], &[9, 1, 8]),
            // Another order is no change.
            (&[7, 3, 0, 2], 60, &[], &[]),
            (&[5, 2, 7, 4], 60, &[5, 4], &[3, 0]),
            (&[5, 2, 7, 4], 70, &[5, 2, 7, 4], &[]),
            (&[], 70, &[], &[5, 2, 7, 4]),
        ] {
            let ZoneChanges { wanted: changed, gone: mut left } =
                results.configure(wanted(numbers, interval));
            let mut expected: Vec<Name> = gone.iter().copied().map(zone).collect();
            left.sort();
            expected.sort();
            assert_eq!(
                (names(&changed), left),
                (new.iter().copied().map(zone).collect(), expected),
                "{numbers:?}"
            );
            assert_eq!(names(&results.zones()), numbers.iter().copied().map(zone).collect::<Vec<_>>());
            let zones = numbers.len();
            assert_eq!((results.count(), results.unread()), (zones, zones));
            assert_eq!(results.estimated_series(), zones as u64 * estimated_series(1));
            for number in numbers {
                assert!(
                    results
                        .settings(&zone(*number))
                        .is_some_and(|it| it.interval.as_secs() == u64::from(interval))
                );
            }
        }
    }
}
