//! Which copies are known to be the reference's by the changes that servers send.
//!
//! A whole comparison finds an address to have the records of the reference at one version. Then both are asked what
//! has changed since (IXFR). Where both change the same up to a later version, the copies are the same there too, as far
//! as each server serves what its journal says. That is less than a comparison of the records, so it makes no server
//! `diverged`: where the changes differ or are not given, the copies are compared whole.

use super::{Evidence, Responses};
use crate::dns::{Serial, Soa};
use crate::judge::history::ComparisonResult;
use crate::observe::DeltaError;
use crate::plan::{Compare, Source, TargetId};

/// Changes are asked for since at most so many versions of the reference in a check.
const MAX_VERSIONS: usize = 4;

/// The addresses to ask what has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangesQuery {
    /// The addresses, each with the version since which the changes count.
    pub targets: Vec<(TargetId, Soa)>,
    /// The address that they are held against, which is asked after them.
    pub reference: TargetId,
    /// The versions since which it is asked.
    pub since: Vec<Soa>,
}

/// How far a copy could be followed in this check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::judge) enum Following {
    /// To this version, with the sum of what has changed since the whole comparison.
    Reached(Serial, u64),
    /// Not further, and the next check may follow it.
    Interrupted,
    /// Not further: only a whole comparison tells what the address has.
    Doubtful,
}

impl Evidence {
    /// Returns the version up to which earlier checks have shown a copy to be the reference's, if it may be followed from
    /// there.
    fn followed_before(&self, target: TargetId) -> Option<Serial> {
        Some(self.followed_version(target)?.0)
    }

    /// Returns that version, and the sum of what has changed up to it since the whole comparison.
    fn followed_version(&self, target: TargetId) -> Option<(Serial, u64)> {
        let rules = &self.plan.rules;
        let follows = rules.follows_changes && rules.compare == Compare::PreviousRecords;
        if !follows || rules.validation.is_some() || !self.serials_count(target) {
            return None;
        }
        self.last_comparison(target).filter(|comparison| comparison.result == ComparisonResult::Same)?;
        let followed = self.address_history(target)?.followed?;
        Some((followed.serial, followed.changed))
    }

    /// Returns the addresses that have a newer version than the one up to which they were followed.
    pub(in crate::judge) fn changes_to_ask(&self, reference: Source) -> Option<ChangesQuery> {
        let Source::Target(reference) = reference else { return None };
        let others = self.judged().filter(|&target| target != reference);
        let others = others.filter_map(|target| Some((target, self.followed_before(target)?)));
        let others: Vec<(TargetId, Serial)> = others.collect();
        let start = self.followed_before(reference).filter(|_| !others.is_empty())?;
        if self.alike.is_some() || self.has_nothing_to_compare() {
            return None;
        }
        let mut since: Vec<Soa> = self.version_to_follow(reference, start).into_iter().collect();
        let mut targets: Vec<(TargetId, Soa)> = Vec::new();
        for (target, before) in others {
            let Some(soa) = self.version_to_follow(target, before) else { continue };
            let is_asked = since.iter().any(|other| other.serial == soa.serial);
            if is_asked || since.len() < MAX_VERSIONS {
                if !is_asked {
                    since.push(soa.clone());
                }
                targets.push((target, soa));
            }
        }
        (!since.is_empty()).then_some(ChangesQuery { targets, reference, since })
    }

    /// Returns the SOA of the version up to which a target was followed, as an IXFR query needs it, if the target serves a
    /// newer one now.
    fn version_to_follow(&self, target: TargetId, before: Serial) -> Option<Soa> {
        let responses = self.responses(target)?;
        let is_newer = responses.latest()?.serial.is_newer_than(before);
        // Servers look at nothing but the serial (RFC 1995 section 3).
        Some(Soa { serial: before, ..responses.soa()?.clone() }).filter(|_| is_newer)
    }

    /// Whether copies can be held against the changes of a source.
    pub(in crate::judge) fn can_follow(&self, reference: Source) -> bool {
        match reference {
            Source::Target(target) => self.followed_before(target).is_some(),
            Source::ZoneFile => false,
        }
    }

    /// Whether a target serves an older version than the one up to which it was followed. What it publishes from there on
    /// may have serials that are known and other records.
    fn is_before_followed(&self, target: TargetId) -> bool {
        let latest = self.responses(target).and_then(Responses::latest).map(|latest| latest.serial);
        let is_older = |(before, latest): (Serial, Serial)| latest != before && !latest.is_newer_than(before);
        self.followed_before(target).zip(latest).is_some_and(is_older)
    }

    /// Returns how far the copy of a target could be followed in this check; `None` if that was not tried.
    pub(in crate::judge) fn following(&self, target: TargetId) -> Option<Following> {
        let following = self.following_alone(target);
        if self.is_contradicted_by_another(target) { Some(Following::Doubtful) } else { following }
    }

    /// Whether another copy was followed to the same version with other changes. The reference is followed by what it says
    /// itself, and another address may have been the reference meanwhile.
    fn is_contradicted_by_another(&self, target: TargetId) -> bool {
        let position = |target: TargetId| match self.following_alone(target) {
            Some(Following::Reached(serial, changed)) => Some((serial, changed)),
            Some(Following::Interrupted | Following::Doubtful) | None => self.followed_version(target),
        };
        let Some((serial, changed)) = position(target) else { return false };
        let contradicts = |other: (Serial, u64)| other.0 == serial && other.1 != changed;
        self.judged().any(|other| position(other).is_some_and(contradicts))
    }

    /// The same without regard to other copies than the reference's.
    fn following_alone(&self, target: TargetId) -> Option<Following> {
        if self.is_before_followed(target) {
            return Some(Following::Doubtful);
        }
        let (before, changed) = self.followed_version(target)?;
        let mut alike = self.alike.iter().flatten();
        let alike = alike.find(|alike| alike.target == target && alike.since == before)?;
        Some(match alike.reached {
            Ok((serial, since)) => Following::Reached(serial, changed.wrapping_add(since)),
            Err(DeltaError::Interrupted) => Following::Interrupted,
            Err(DeltaError::NotGiven) => Following::Doubtful,
        })
    }

    /// Whether the version that a target serves was compared by the changes since another one, which was compared whole.
    pub fn is_compared_by_changes(&self, target: TargetId) -> bool {
        let whole = self.last_comparison(target).map(|comparison| comparison.serial);
        let latest = self.responses(target).and_then(Responses::latest).map(|latest| latest.serial);
        whole != latest && self.is_followed(target)
    }

    /// Whether the copy of a target was followed to the version that it serves.
    pub(in crate::judge) fn is_followed(&self, target: TargetId) -> bool {
        let Some(latest) = self.responses(target).and_then(Responses::latest) else { return false };
        match self.following(target) {
            // It may have published another version since it was queried for the SOA.
            Some(Following::Reached(serial, _)) => !latest.serial.is_newer_than(serial),
            Some(Following::Doubtful) => false,
            Some(Following::Interrupted) | None => self.followed_before(target) == Some(latest.serial),
        }
    }
}
