//! The members of catalogs, which come and go while the configuration stays.

use std::sync::Arc;

use super::unsaved::Unsaved;
use super::{FORGET_INTERVAL, Scheduler};
use crate::dns::Name;
use crate::judge::catalog::CatalogState;
use crate::monitor::results::ZoneChanges;
use crate::monitor::schedule::Uptime;
use crate::monitor::served::is_unserved;
use crate::monitor::zone::Update;
use crate::plan::MembershipState;

impl Scheduler {
    /// Takes in what a check has read of a catalog: zones that it lists now are monitored, and others not any more.
    ///
    /// It costs a step for each member, and more only for those that have changed.
    pub(super) fn take_catalog(&mut self, catalog: &Name, state: Arc<CatalogState>) {
        match self.members.state(catalog) {
            Some(before) if !Arc::ptr_eq(before, &state) && *before != state => {}
            _ => return,
        }
        if self.store.is_some() {
            self.unsaved.push(Unsaved::Catalog(catalog.clone(), Arc::clone(&state)));
        }
        let changed = self.members.replace(catalog, state);
        let mut changes = ZoneChanges::default();
        for zone in changed {
            match self.members.find(&zone) {
                Some(wanted) => {
                    if self.fleet.by_name(&zone).is_none_or(|known| known.wanted != wanted) {
                        changes.wanted.push(wanted);
                    }
                }
                None => {
                    if !self.members.is_configured(&zone) && self.remove(&zone) {
                        changes.gone.push(zone);
                    }
                }
            }
        }
        let (changed, gone) = (changes.wanted.len(), changes.gone.len());
        if changed > 0 || gone > 0 {
            tracing::info!(%catalog, changed, gone, "members of the catalog have changed");
        }
        self.admit(&changes.wanted, None);
        self.results.change(changes);
        self.count_members();
    }

    /// Counts the members of each catalog.
    pub(super) fn count_members(&self) {
        for (catalog, state) in self.members.states() {
            let list = state.list.as_ref().map(|list| (list.members.len(), list.read));
            self.metrics.set_catalog(&catalog.without_final_dot(), list);
        }
    }

    /// Notes a zone that has left its catalog, and that no server serves any more: two checks in a row have shown that.
    pub(super) fn note_unserved(&mut self, zone: &Name, update: &Update) {
        let Some(known) = self.fleet.by_name(zone) else { return };
        let membership = known.wanted.membership.as_ref();
        let Some(left) = membership.filter(|it| it.state == MembershipState::Left) else { return };
        let checks = [Some(&update.snapshot), update.previous.as_ref()];
        if checks.into_iter().all(|check| check.is_some_and(|check| is_unserved(&check.unpack(), left.since)))
        {
            self.unserved.entry(left.catalog.clone()).or_default().insert(zone.clone());
        }
    }

    /// Forgets the zones that no server serves any more: many at once, since each time the whole list is copied.
    ///
    /// A catalog whose check is running comes later, since what that check makes of the list would bring them back.
    pub(super) fn forget_unserved(&mut self, now: Uptime) {
        if self.unserved.is_empty() || now < self.next_forget {
            return;
        }
        self.next_forget = now + FORGET_INTERVAL;
        for (catalog, zones) in std::mem::take(&mut self.unserved) {
            let Some(state) = self.members.state(&catalog) else { continue };
            if self.fleet.by_name(&catalog).is_some_and(|catalog| catalog.is_running) {
                self.unserved.insert(catalog, zones);
                continue;
            }
            let zones: Vec<Name> = zones.into_iter().collect();
            let state = Arc::new(state.forget(&zones));
            self.take_catalog(&catalog, state);
        }
    }
}
