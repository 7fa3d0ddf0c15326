//! The verdict over one address: the first row of the table that fits.

use std::time::SystemTime;

use super::evidence::{Evidence, Track, Version};
use super::lag::{Refreshed, refreshed};
use super::reference::Reference;
use super::relation::{Agreement, Relation, agreement, relation};
use super::split::is_split;
use super::verdict::Verdict;
use crate::compare::{Differences, differences};
use crate::observe::Failure;
use crate::plan::{Compare, Serials, TtlDifference};

/// How often a copy must have been read, each time different, before its server is accused.
const READINGS_TO_ACCUSE: usize = 2;

/// A verdict, and what goes with it.
#[derive(Clone, Debug)]
pub struct Decision {
    /// What is true of the address.
    pub verdict: Verdict,
    /// How its serial stands to the reference's.
    pub relation: Option<Relation>,
    /// What its EXPIRE tells.
    pub refreshed: Option<Refreshed>,
    /// The RRsets that differ from the reference's, where both copies could be had.
    pub differences: Option<Differences>,
}

impl Decision {
    /// Returns by when the protocol heals a lag.
    pub fn deadline(&self) -> Option<SystemTime> {
        let lagging = matches!(self.verdict, Verdict::Propagating | Verdict::Stuck);
        self.refreshed.filter(|_| lagging).map(|refreshed| refreshed.deadline)
    }

    /// Returns the steps behind the reference, negative when ahead; nothing where it cannot be told.
    pub fn serial_lag(&self) -> Option<i64> {
        match self.relation? {
            Relation::Current => Some(0),
            Relation::Behind(steps) => Some(steps.into()),
            Relation::Ahead(steps) => Some(-i64::from(steps)),
            Relation::Undefined => None,
        }
    }

    /// Returns whether it heals by itself; what only EXPIRE tells of is not known for sure.
    pub fn self_heals(&self) -> Option<bool> {
        self.verdict.self_heals().filter(|&heals| !heals)
    }
}

/// Returns what is true of a target.
pub fn decide(evidence: &Evidence, target: usize, reference: Option<Reference>) -> Decision {
    let mut decision =
        Decision { verdict: Verdict::Unknown, relation: None, refreshed: None, differences: None };
    let Some(track) = evidence.track(target) else { return decision };
    decision.refreshed = evidence.refreshed(track);
    decision.verdict = if matches!(track.failure(), Some(Failure::Tsig(_))) {
        Verdict::Unknown
    } else if track.reply().is_none() {
        Verdict::Unreachable
    } else if track.soa().is_none() {
        Verdict::Lame
    } else if is_split(track) {
        Verdict::Split
    } else if let Some(reference) = reference {
        against(evidence, target, reference.target, &mut decision)
    } else {
        Verdict::Unknown
    };
    decision
}

impl Evidence {
    /// Returns what a target's EXPIRE tells of its last refresh.
    pub(super) fn refreshed(&self, track: &Track) -> Option<Refreshed> {
        let seen = track.telling()?;
        let answered = self.wall_time(seen.span.answered);
        refreshed(seen.soa()?, track.edns()?.expire?, answered, self.plan.rules.grace)
    }
}

fn against(evidence: &Evidence, target: usize, reference: usize, decision: &mut Decision) -> Verdict {
    if target == reference {
        decision.relation = Some(Relation::Current);
        return Verdict::InSync;
    }
    decision.differences = named_differences(evidence, target, reference);
    decision.relation = relation(evidence, target, reference);
    if evidence.plan.rules.serials == Serials::Independent {
        return content(evidence, target, reference, decision);
    }
    match decision.relation {
        None => Verdict::Unknown,
        Some(Relation::Undefined) => Verdict::Incomparable,
        Some(Relation::Ahead(_)) => Verdict::Ahead,
        Some(Relation::Behind(_)) => match decision.refreshed {
            Some(refreshed) if refreshed.overdue => Verdict::Stuck,
            Some(_) => Verdict::Propagating,
            None => Verdict::Behind,
        },
        Some(Relation::Current) => content(evidence, target, reference, decision),
    }
}

/// The verdict between servers of one serial.
fn content(evidence: &Evidence, target: usize, reference: usize, decision: &Decision) -> Verdict {
    match evidence.plan.rules.compare {
        Compare::Serials if soa_differs(evidence, target, reference) => Verdict::Diverged,
        Compare::Serials => Verdict::InSync,
        Compare::Records => match agreement(evidence, target, reference) {
            Agreement::Same => Verdict::InSync,
            // The SOA is a record too, and it is known where no copy is.
            Agreement::Unknown if soa_differs(evidence, target, reference) => Verdict::Diverged,
            Agreement::Unknown => Verdict::Unknown,
            Agreement::Different => by_differences(evidence, target, reference, decision),
        },
    }
}

fn by_differences(evidence: &Evidence, target: usize, reference: usize, decision: &Decision) -> Verdict {
    let Some(differences) = &decision.differences else { return Verdict::Unknown };
    let strict = evidence.plan.rules.ttl == TtlDifference::Diverged;
    let diverged = differences.content() > 0 || (strict && differences.ttl > 0);
    if !diverged {
        // Unequal sums, and no difference to be named: the bucket that would show it was not kept.
        return if differences.complete { Verdict::InSync } else { Verdict::Unknown };
    }
    // A version that the reference has left meanwhile cannot be asked for again.
    let holds = is_confirmed(evidence, target, reference) && is_current(evidence, reference);
    let holds = holds && are_of_one_version(evidence, target, reference);
    if holds { Verdict::Diverged } else { Verdict::Unknown }
}

/// Returns whether both copies were read often enough to accuse.
pub(super) fn is_confirmed(evidence: &Evidence, target: usize, reference: usize) -> bool {
    let Some(version) = evidence.track(target).and_then(|track| track.versions.last()) else { return false };
    let independent = evidence.plan.rules.serials == Serials::Independent;
    [target, reference].into_iter().filter_map(|place| evidence.track(place)).all(|track| {
        let same = |seen: &&Version| independent || seen.soa.serial == version.soa.serial;
        track.versions.iter().filter(same).count() >= READINGS_TO_ACCUSE
    })
}

/// Returns whether the copies that the differences were named from are of one serial.
fn are_of_one_version(evidence: &Evidence, target: usize, reference: usize) -> bool {
    let serial = |place| Some(evidence.track(place)?.versions.last()?.soa.serial);
    evidence.plan.rules.serials == Serials::Independent || serial(target) == serial(reference)
}

/// Returns whether the reference still serves the version that was last read from it.
pub(super) fn is_current(evidence: &Evidence, reference: usize) -> bool {
    evidence.track(reference).is_some_and(|track| match (track.last(), track.versions.last()) {
        (Some(last), Some(version)) => last.serial == version.soa.serial,
        _ => false,
    })
}

/// Returns whether the SOAs differ in more than the serial, at the same serial.
pub(super) fn soa_differs(evidence: &Evidence, target: usize, reference: usize) -> bool {
    let soa = |place| evidence.track(place).and_then(Track::soa);
    match (soa(target), soa(reference)) {
        (Some(ours), Some(theirs)) => ours.serial == theirs.serial && ours != theirs,
        _ => false,
    }
}

/// Returns the RRsets that differ between the last copies of both.
fn named_differences(evidence: &Evidence, target: usize, reference: usize) -> Option<Differences> {
    let found = evidence.track(target)?.copy.as_ref()?;
    let reference = evidence.track(reference)?.copy.as_ref()?;
    let most = evidence.plan.rules.most_differences;
    Some(differences(&evidence.plan.zone, &evidence.profile, reference, found, most))
}
