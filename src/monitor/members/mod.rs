//! Which zones are monitored because catalogs list them. Pure.
//!
//! A zone that the configuration names is monitored as it says there, a catalog among them. A zone that several
//! catalogs list belongs to the first of them in the configuration, and one that has left a catalog to that catalog, unless
//! another lists it. A process that checks a part of all zones checks the catalogs whole, and of their members its part.

use std::collections::HashSet;
use std::sync::Arc;

use super::wanted::WantedZone;
use crate::config::{CatalogConfig, Config};
use crate::dns::Name;
use crate::judge::catalog::{CatalogState, ListedMember};
use crate::plan::{MembershipState, Shard};

/// The catalogs of a configuration, with what is known of each.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// In the order of the configuration.
    catalogs: Vec<KnownCatalog>,
    /// The zones that the configuration names.
    configured: HashSet<Name>,
    /// The part of all zones that is checked here.
    shard: Option<Shard>,
}

#[derive(Debug)]
struct KnownCatalog {
    config: CatalogConfig,
    state: Arc<CatalogState>,
}

impl Members {
    /// The members of the catalogs of a configuration, of each of which `state` is known.
    pub(super) fn new(config: &Config, mut state: impl FnMut(&Name) -> Arc<CatalogState>) -> Self {
        let catalogs = config
            .catalogs
            .iter()
            .map(|config| KnownCatalog { config: config.clone(), state: state(&config.zone) });
        let catalogs: Vec<KnownCatalog> = catalogs.collect();
        let zones = config.zones.iter().map(|it| &it.zone).filter(|_| !catalogs.is_empty());
        let configured = zones.chain(config.catalogs.iter().map(|catalog| &catalog.zone)).cloned().collect();
        Self { catalogs, configured, shard: config.shard }
    }

    /// What is known of a catalog; `None` if the zone is none.
    pub(super) fn state(&self, catalog: &Name) -> Option<&Arc<CatalogState>> {
        self.catalogs.iter().find(|known| known.config.zone == *catalog).map(|known| &known.state)
    }

    /// What is known of each catalog, in the order of the configuration.
    pub(super) fn states(&self) -> impl Iterator<Item = (&Name, &CatalogState)> {
        self.catalogs.iter().map(|known| (&known.config.zone, known.state.as_ref()))
    }

    /// Replaces what is known of a catalog. Returns the zones whose place in it has changed.
    pub(super) fn replace(&mut self, catalog: &Name, state: Arc<CatalogState>) -> Vec<Name> {
        let Some(known) = self.catalogs.iter_mut().find(|known| known.config.zone == *catalog) else {
            return Vec::new();
        };
        let before = std::mem::replace(&mut known.state, state);
        let after = &known.state;
        let mut changed = Vec::new();
        for listed in MembershipState::BY_PRECEDENCE {
            let (before, after) = (list(&before, listed), list(after, listed));
            if !std::ptr::eq(before, after) {
                add_changed(before, after, &mut changed);
            }
        }
        changed.sort_unstable();
        changed.dedup();
        changed
    }

    /// All zones that are monitored because of a catalog: those of one catalog after those of another.
    pub(super) fn all(&self) -> Vec<WantedZone> {
        let mut seen: HashSet<&Name> = self.configured.iter().collect();
        let mut zones = Vec::new();
        for listed in MembershipState::BY_PRECEDENCE {
            for known in &self.catalogs {
                let members = list(&known.state, listed).iter().filter(|member| self.has(&member.zone));
                let members = members.filter(|member| seen.insert(&member.zone));
                zones.extend(members.map(|member| known.wanted(member, listed)));
            }
        }
        zones
    }

    /// How a zone is monitored because of a catalog, if it is.
    pub(super) fn find(&self, zone: &Name) -> Option<WantedZone> {
        if self.configured.contains(zone) || !self.has(zone) {
            return None;
        }
        MembershipState::BY_PRECEDENCE.into_iter().find_map(|listed| {
            self.catalogs.iter().find_map(|known| {
                let member = known.state.list.as_ref()?.find(zone, listed)?;
                Some(known.wanted(member, listed))
            })
        })
    }

    /// Whether a zone is in the part of all zones that is checked here.
    fn has(&self, zone: &Name) -> bool {
        self.shard.is_none_or(|shard| shard.has(zone))
    }

    /// Whether the configuration names a zone.
    pub(super) fn is_configured(&self, zone: &Name) -> bool {
        self.configured.contains(zone)
    }
}

impl KnownCatalog {
    fn wanted(&self, member: &ListedMember, state: MembershipState) -> WantedZone {
        WantedZone {
            zone: member.zone.clone(),
            settings: Arc::clone(self.config.settings_of(member.group.as_deref())),
            membership: Some(Arc::new(member.membership(&self.config.zone, state))),
            id: None,
        }
    }
}

/// The members of a catalog, or the zones that have left it, in canonical order.
fn list(catalog: &CatalogState, listed: MembershipState) -> &[ListedMember] {
    catalog.list.as_ref().map(|list| list.zones(listed)).unwrap_or_default()
}

/// Adds the zones that are in one of two lists, or otherwise in one than in the other.
///
/// It takes one step for each zone and compares the names of those that differ alone: most lists differ in few of
/// very many.
fn add_changed(before: &[ListedMember], after: &[ListedMember], changed: &mut Vec<Name>) {
    let (mut before, mut after) = (before, after);
    loop {
        match (before.split_first(), after.split_first()) {
            (Some((old, old_rest)), Some((new, new_rest))) if old.zone == new.zone => {
                if old != new {
                    changed.push(new.zone.clone());
                }
                (before, after) = (old_rest, new_rest);
            }
            (Some((old, rest)), Some((new, _))) if old.zone < new.zone => {
                changed.push(old.zone.clone());
                before = rest;
            }
            (_, Some((new, rest))) => {
                changed.push(new.zone.clone());
                after = rest;
            }
            (Some((old, rest)), None) => {
                changed.push(old.zone.clone());
                before = rest;
            }
            (None, None) => return,
        }
    }
}

#[cfg(test)]
mod tests;
