//! Which zones are monitored: they come with a configuration or by a catalog, and go with it.

use std::sync::Arc;
use std::time::SystemTime;

use super::Scheduler;
use super::unsaved::Unsaved;
use crate::clock;
use crate::config::{Config, ConfiguredZone};
use crate::dns::Name;
use crate::judge::History;
use crate::monitor::members::Members;
use crate::monitor::schedule::{Schedule, Stagger};
use crate::monitor::wanted::WantedZone;
use crate::monitor::zone::{MonitoredZone, intervals, last_compared};
use crate::store;

impl Scheduler {
    /// Monitors the zones of a configuration and the members of its catalogs; those that were monitored before go on as
    /// they were.
    pub fn configure(&mut self, config: Config) {
        let (before, store) = (std::mem::take(&mut self.members), self.store.clone());
        self.members = Members::new(&config, |catalog| match (before.state(catalog), &store) {
            (Some(known), _) => Arc::clone(known),
            (None, Some(store)) => Arc::new(store.catalog(catalog)),
            (None, None) => Arc::default(),
        });
        for (catalog, _) in before.states().filter(|(catalog, _)| self.members.state(catalog).is_none()) {
            self.metrics.drop_catalog(&catalog.without_final_dot());
        }
        self.verdict_log.set_external_url(config.http.external_url);
        // Catalogs come first: others depend on them.
        let catalogs = config.catalogs.into_iter().map(|catalog| (catalog.zone, catalog.settings, None));
        let zones =
            config.zones.into_iter().map(|ConfiguredZone { zone, settings, id }| (zone, settings, id));
        let named = catalogs.chain(zones);
        let named = named.map(|(zone, settings, id)| WantedZone { zone, settings, membership: None, id });
        let wanted: Vec<WantedZone> = named.chain(self.members.all()).collect();
        let changes = self.results.configure(wanted);
        for zone in &changes.gone {
            self.remove(zone);
        }
        // Up to the last checkpoint, nothing was new of the zones that the process before has monitored.
        let store = self.store.as_ref().filter(|_| !self.is_configured);
        let checkpoint = store.and_then(|store| store.last_checkpoint());
        self.is_configured = true;
        self.admit(&changes.wanted, checkpoint);
        self.count_members();
    }

    /// Monitors these zones, which are new or have changed, from now on. Their first checks are spread over time, in the
    /// order of rows in the store: what is saved together then lies together.
    pub(super) fn admit(&mut self, wanted: &[WantedZone], checkpoint: Option<SystemTime>) {
        let now = self.now();
        let now_at = clock::now();
        let count = u32::try_from(wanted.len()).unwrap_or(u32::MAX);
        for (wanted, index) in wanted.iter().zip(ranks(wanted)) {
            let stagger = Stagger { index, count };
            if let Some(known) = self.fleet.by_name_mut(&wanted.zone) {
                known.reconfigure(wanted.clone(), stagger, now);
                let id = known.id;
                self.fleet.enqueue_anew(id);
                continue;
            }
            let history = self.known_history(&wanted.zone, checkpoint);
            let compared =
                last_compared(&history).map(|compared| now_at.duration_since(compared).unwrap_or_default());
            let schedule = Schedule::new(intervals(&wanted.settings), stagger, now, compared);
            let id = self.fleet.new_id();
            self.fleet.insert(MonitoredZone::new(id, wanted.clone(), &history, &schedule));
        }
    }

    /// Monitors a zone no more; returns whether it was monitored. Its history is kept for the time when it comes back.
    pub(super) fn remove(&mut self, zone: &Name) -> bool {
        let Some(removed) = self.fleet.remove(zone) else { return false };
        if let Some(history) = removed.into_history() {
            if self.store.is_some() {
                self.unsaved.push(Unsaved::Departed(zone.clone(), Arc::clone(&history)));
            }
            self.departed.insert(zone.clone(), history);
        }
        true
    }

    /// What is known of a zone that is monitored from now on.
    fn known_history(&mut self, zone: &Name, checkpoint: Option<SystemTime>) -> History {
        if let Some(history) = self.departed.take(zone) {
            return store::decode(&history).unwrap_or_default();
        }
        let history = self.store.as_ref().map(|store| store.history(zone)).unwrap_or_default();
        match checkpoint {
            Some(checkpoint) => history.advance_to(checkpoint),
            None => history,
        }
    }
}

/// The rank of each zone among all of them, in the order of their names as the store has them.
fn ranks(zones: &[WantedZone]) -> Vec<u32> {
    let wire = |index: &usize| zones.get(*index).map(|wanted| wanted.zone.as_wire());
    let mut order: Vec<usize> = (0..zones.len()).collect();
    order.sort_by(|first, second| wire(first).cmp(&wire(second)));
    let mut ranks = vec![0; zones.len()];
    for (index, rank) in order.into_iter().zip(0..) {
        if let Some(of_zone) = ranks.get_mut(index) {
            *of_zone = rank;
        }
    }
    ranks
}
