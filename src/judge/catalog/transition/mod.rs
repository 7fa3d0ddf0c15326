//! The state of a catalog after a reading.
//!
//! - A good reading brings its list into force. Members that stay keep their times; new ones have one deadline until they
//!   are missed. Those of the first list have been there for an unknown time, and are missed at once.
//! - A broken reading changes no list.
//! - A reading that lost many members at once brings its list into force only when the loss has stood for a time, since
//!   it is more often a mistake than a wish.
//! - A zone that is no longer listed is remembered for [`KEPT`], for servers may still answer for it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{CatalogReading, CatalogState, LastReading, ListedMember, MemberList, ReadingOutcome};
use crate::dns::catalog::Catalog;
use crate::dns::{Name, Serial};

/// A list that lost no more members than this is no shrunken one.
const MAX_LOST: usize = 50;

/// Nor is one that lost no more than this percentage of them.
const MAX_LOST_PERCENT: usize = 20;

/// How long a zone is remembered that has left.
const KEPT: Duration = Duration::from_hours(7 * 24);

/// The number of zones that are remembered after they have left; the oldest go first.
const MAX_LEFT: usize = 10_000;

/// How long a catalog is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogPatience {
    /// The time in which every server should have followed a change of the list.
    pub follow: Duration,
    /// The time for which a list stays in force after a reading that lost many of its members.
    pub shrink: Duration,
}

impl CatalogState {
    /// Whether the catalog must be read, given the serial that its reference has now.
    ///
    /// One that lost many members is read when its list is due, and when the time for which that waits has changed.
    pub fn needs_reading(&self, serial: Serial, now: SystemTime, patience: CatalogPatience) -> bool {
        self.last.as_ref().is_none_or(|last| {
            let is_due = |outcome: &ReadingOutcome| match outcome {
                ReadingOutcome::Shrank { since, until, .. } => {
                    let due = later(*since, patience.shrink);
                    now >= due || due != *until
                }
                ReadingOutcome::Good | ReadingOutcome::Broken(_) => false,
            };
            last.serial != serial || is_due(&last.outcome)
        })
    }

    /// Returns the state after a reading.
    #[must_use]
    pub fn after(&self, reading: &CatalogReading, patience: CatalogPatience) -> Self {
        let of_reading = |outcome| Some(LastReading { serial: reading.serial, outcome });
        let catalog = match &reading.catalog {
            Ok(catalog) => catalog,
            Err(fault) => {
                let last = of_reading(ReadingOutcome::Broken(fault.clone()));
                return Self { list: self.list.clone(), last };
            }
        };
        let Some(list) = &self.list else {
            let list = Some(MemberList::first(catalog, reading));
            return Self { list, last: of_reading(ReadingOutcome::Good) };
        };
        let missing = list.missing_from(catalog);
        if let Some(shrank) = self.shrank(list, missing.len(), reading.at, patience) {
            return Self { list: self.list.clone(), last: of_reading(shrank) };
        }
        let list = Some(list.replaced_by(catalog, reading, &missing, patience));
        Self { list, last: of_reading(ReadingOutcome::Good) }
    }

    /// Returns the state without the zones that left long ago; `None` if there are none.
    pub(in crate::judge) fn without_forgotten(&self, now: SystemTime) -> Option<Self> {
        let is_kept = |left: &ListedMember| now.duration_since(left.since).unwrap_or_default() < KEPT;
        let list = self.list.as_ref()?;
        let has_old = !list.left.iter().all(is_kept);
        has_old.then(|| Self { list: Some(list.with_left(is_kept)), last: self.last.clone() })
    }

    /// Returns the state without zones that have left, for which no server answers any more.
    #[must_use]
    pub fn forget(&self, zones: &[Name]) -> Self {
        let zones: HashSet<&Name> = zones.iter().collect();
        let list = self.list.as_ref().map(|list| list.with_left(|left| !zones.contains(&left.zone)));
        Self { list, last: self.last.clone() }
    }

    /// Returns what a reading has shown if its list lost too many members to be believed at once.
    fn shrank(
        &self,
        list: &MemberList,
        lost: usize,
        now: SystemTime,
        patience: CatalogPatience,
    ) -> Option<ReadingOutcome> {
        let was = list.members.len();
        if lost <= MAX_LOST || lost.saturating_mul(100) <= was.saturating_mul(MAX_LOST_PERCENT) {
            return None;
        }
        let before = match self.last.as_ref().map(|last| &last.outcome) {
            Some(ReadingOutcome::Shrank { since, .. }) => Some(*since),
            Some(ReadingOutcome::Good | ReadingOutcome::Broken(_)) | None => None,
        };
        // A clock that was set back makes no list wait for longer.
        let since = before.map_or(now, |before| before.min(now));
        let until = later(since, patience.shrink);
        (now < until).then_some(ReadingOutcome::Shrank { was, lost, since, until })
    }
}

impl MemberList {
    /// The first list of a catalog.
    fn first(catalog: &Catalog, reading: &CatalogReading) -> Self {
        let (since, deadline) = (reading.at, reading.at);
        let members = catalog.members.iter().map(|member| ListedMember {
            zone: member.zone.clone(),
            group: member.group.clone(),
            since,
            deadline,
        });
        Self {
            serial: reading.serial,
            version: catalog.version,
            read: reading.at,
            members: members.collect(),
            left: Arc::default(),
        }
    }

    /// The list after it, which lacks some members.
    fn replaced_by(
        &self,
        catalog: &Catalog,
        reading: &CatalogReading,
        missing: &[&ListedMember],
        patience: CatalogPatience,
    ) -> Self {
        let next = Self {
            serial: reading.serial,
            version: catalog.version,
            read: reading.at,
            members: Arc::clone(&self.members),
            left: Arc::clone(&self.left),
        };
        if self.lists_the_same(catalog) {
            return next;
        }
        let (since, deadline) = (reading.at, later(reading.at, patience.follow));
        let known: HashMap<&Name, &ListedMember> =
            self.members.iter().map(|member| (&member.zone, member)).collect();
        let members = catalog.members.iter().map(|member| {
            let (zone, group) = (member.zone.clone(), member.group.clone());
            match known.get(&zone) {
                Some(known) if known.group == group => (*known).clone(),
                // Servers of another group may be others, and have to follow too.
                Some(known) => ListedMember { zone, group, since: known.since, deadline },
                None => ListedMember { zone, group, since, deadline },
            }
        });
        let members: Arc<[ListedMember]> = members.collect();
        let lost = missing.iter().map(|&member| ListedMember { since, deadline, ..member.clone() });
        let listed: HashSet<&Name> = members.iter().map(|member| &member.zone).collect();
        let still_left = self.left.iter().filter(|left| !listed.contains(&left.zone)).cloned();
        let left = bounded(still_left.chain(lost).collect());
        Self { members, left, ..next }
    }

    /// Whether a catalog lists the same zones in the same groups.
    fn lists_the_same(&self, catalog: &Catalog) -> bool {
        self.members.len() == catalog.members.len()
            && self
                .members
                .iter()
                .zip(&catalog.members)
                .all(|(listed, member)| listed.zone == member.zone && listed.group == member.group)
    }

    /// Returns the members that a catalog does not list.
    fn missing_from(&self, catalog: &Catalog) -> Vec<&ListedMember> {
        if self.lists_the_same(catalog) {
            return Vec::new();
        }
        let listed: HashSet<&Name> = catalog.members.iter().map(|member| &member.zone).collect();
        self.members.iter().filter(|member| !listed.contains(&member.zone)).collect()
    }

    /// The same list with some of the zones that left it.
    fn with_left(&self, is_kept: impl Fn(&ListedMember) -> bool) -> Self {
        let left = self.left.iter().filter(|left| is_kept(left)).cloned();
        Self { left: left.collect(), ..self.clone() }
    }
}

/// Returns the latest of the zones that have left, in canonical order.
fn bounded(mut left: Vec<ListedMember>) -> Arc<[ListedMember]> {
    left.sort_by_key(|member| std::cmp::Reverse(member.since));
    left.truncate(MAX_LEFT);
    left.sort_unstable_by(|one, other| one.zone.cmp(&other.zone));
    left.into()
}

fn later(time: SystemTime, by: Duration) -> SystemTime {
    time.checked_add(by).unwrap_or(time)
}

#[cfg(test)]
mod tests;
