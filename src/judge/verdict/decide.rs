//! The verdict over one address: the first row of the table that fits.

use std::time::SystemTime;

use super::Verdict;
use super::lag::{Lag, Refreshed, patience, refreshed};
use super::reference::Reference;
use crate::compare::{Differences, differences, has_differences_beside};
use crate::digest::Resemblance;
use crate::judge::evidence::alternation::is_mixed;
use crate::judge::evidence::relation::{Agreement, Relation, agreement, relation};
use crate::judge::evidence::{Evidence, Responses, ServedVersion};
use crate::judge::history::{ComparisonResult, Version};
use crate::observe::{Copy, Failure};
use crate::plan::{Compare, Serials, Source, TargetId, TtlDifference};

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
    /// What is known of its lag, if it lags.
    pub lag: Option<Lag>,
    /// The first look of the row of looks that did not find it in sync, if an earlier round saw that.
    pub out_of_sync_since: Option<SystemTime>,
    /// The RRsets that differ from the reference's, where both copies could be had.
    pub differences: Option<Differences>,
}

impl Decision {
    /// Returns since when it is out of sync: a lag since the successor of its serial was published.
    pub fn since(&self) -> Option<SystemTime> {
        match self.lag {
            Some(lag) => lag.since,
            None => self.out_of_sync_since,
        }
    }

    /// Returns by when the protocol heals a lag.
    pub fn deadline(&self) -> Option<SystemTime> {
        let lagging = matches!(self.verdict, Verdict::Propagating | Verdict::Stuck);
        self.lag.filter(|_| lagging)?.deadline()
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
        match self.verdict {
            Verdict::Propagating => self.lag?.self_heals(),
            other => other.self_heals(),
        }
    }
}

/// Returns what is true of a target.
pub fn decide(evidence: &Evidence, target: TargetId, reference: Option<Reference>) -> Decision {
    let mut decision = Decision {
        verdict: Verdict::Unknown,
        relation: None,
        refreshed: None,
        lag: None,
        out_of_sync_since: None,
        differences: None,
    };
    let Some(track) = evidence.track(target) else { return decision };
    decision.refreshed = evidence.refreshed(track);
    decision.verdict = if matches!(track.failure(), Some(Failure::Tsig(_))) {
        Verdict::Unknown
    } else if track.reply().is_none() {
        Verdict::Unreachable
    } else if track.soa().is_none() {
        Verdict::Lame
    } else if is_mixed(track) {
        Verdict::Mixed
    } else if let Some(reference) = reference {
        against(evidence, target, reference.source, &mut decision)
    } else {
        Verdict::Unknown
    };
    decision.out_of_sync_since = out_of_sync_since(evidence, target, decision.verdict);
    decision
}

fn out_of_sync_since(evidence: &Evidence, target: TargetId, verdict: Verdict) -> Option<SystemTime> {
    if matches!(verdict, Verdict::InSync | Verdict::Unknown) {
        return None;
    }
    let past = evidence.past(target)?;
    let was_in_sync = past.last_in_sync.is_some() && past.last_in_sync == past.last_looked;
    past.out_of_sync_since.or_else(|| was_in_sync.then_some(evidence.looked()))
}

impl Evidence {
    /// Returns what a target's EXPIRE tells of its last refresh.
    pub(crate) fn refreshed(&self, track: &Responses) -> Option<Refreshed> {
        let seen = track.best_response()?;
        let answered = self.wall_time(seen.span.answered);
        refreshed(seen.soa()?, track.edns()?.expire?, answered, self.plan.rules.grace)
    }
}

fn against(evidence: &Evidence, target: TargetId, reference: Source, decision: &mut Decision) -> Verdict {
    if reference == Source::Target(target) {
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
        Some(Relation::Behind(_)) => {
            decision.lag = lag(evidence, target, reference, decision.refreshed);
            match corruption(evidence, target, reference) {
                Some(Corruption::Confirmed) => Verdict::Diverged,
                Some(Corruption::Suspected) | None => {
                    decision.lag.map_or(Verdict::Behind, |lag| lag.verdict())
                }
            }
        }
        Some(Relation::Current) => content(evidence, target, reference, decision),
    }
}

fn lag(
    evidence: &Evidence,
    target: TargetId,
    reference: Source,
    refreshed: Option<Refreshed>,
) -> Option<Lag> {
    let (track, rules) = (evidence.track(target)?, &evidence.plan.rules);
    Some(Lag {
        since: evidence.lagging_since(target, reference),
        seen: evidence.looked(),
        patience: patience(track.soa()?, rules.grace) + rules.interval,
        refreshed,
    })
}

/// How sure it is that a lagging copy is not what the reference served at its serial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Corruption {
    /// It was read once.
    Suspected,
    /// It was read again, and was the same.
    Confirmed,
}

/// Returns whether a lagging copy is another than what the reference served at its serial: another than the
/// remembered copy of that, or different in an RRset that has not changed since. A serial of which neither
/// is known tells nothing.
pub(crate) fn corruption(evidence: &Evidence, target: TargetId, reference: Source) -> Option<Corruption> {
    if evidence.remembered(target).is_some_and(|compared| compared.outcome == ComparisonResult::Different) {
        return Some(Corruption::Confirmed);
    }
    let track = evidence.track(target)?;
    let copy = lagging_copy(track)?;
    let confirmed = match remembered(evidence, copy) {
        Resemblance::Same => return None,
        Resemblance::Different => is_read_again(track),
        Resemblance::Unknown => {
            if !differs_beside_delta(evidence, copy, reference)? {
                return None;
            }
            is_read_again(track) && evidence.track(reference).is_some_and(is_read_again)
        }
    };
    Some(if confirmed { Corruption::Confirmed } else { Corruption::Suspected })
}

/// Returns the copy that was read of a target, if it is of the serial that was last seen there.
pub(crate) fn lagging_copy(track: &Responses) -> Option<&Copy> {
    let shown = track.last()?.serial;
    track.copy.as_ref().filter(|copy| copy.whole.soa.serial == shown)
}

/// Returns what the remembered copies of its serial say of a copy.
pub(crate) fn remembered(evidence: &Evidence, copy: &Copy) -> Resemblance {
    let serial = copy.whole.soa.serial;
    let remembered = |version: &Version| version.serial == serial && version.copy.is_some();
    if !evidence.history.versions.iter().any(remembered) {
        return Resemblance::Unknown;
    }
    evidence.history.resemblance(serial, &evidence.fingerprint(copy))
}

/// Returns whether a copy differs from the reference's in an RRset that the reference has not changed since
/// the serial of the copy, where that and all differences are known.
fn differs_beside_delta(evidence: &Evidence, copy: &Copy, reference: Source) -> Option<bool> {
    let theirs = evidence.track(reference)?.copy.as_ref()?;
    let delta = evidence.delta(reference, copy.whole.soa.serial, theirs.whole.soa.serial)?;
    has_differences_beside(delta, &evidence.profile, theirs, copy)
}

/// Returns whether the last copy was read more than once.
fn is_read_again(track: &Responses) -> bool {
    let Some(copy) = &track.copy else { return false };
    let content = copy.digest.sums().content;
    let same = |version: &&ServedVersion| version.soa == copy.whole.soa && version.sums.content == content;
    track.versions.iter().filter(same).count() >= READINGS_TO_ACCUSE
}

/// The verdict between servers of one serial.
fn content(evidence: &Evidence, target: TargetId, reference: Source, decision: &Decision) -> Verdict {
    match evidence.plan.rules.compare {
        Compare::Serials | Compare::Remembered if soa_differs(evidence, target, reference) => {
            Verdict::Diverged
        }
        Compare::Serials => Verdict::InSync,
        Compare::Remembered => match evidence.remembered(target).map(|compared| compared.outcome) {
            Some(ComparisonResult::Different) => Verdict::Diverged,
            Some(ComparisonResult::Unread) => Verdict::Unknown,
            Some(ComparisonResult::Same) | None => Verdict::InSync,
        },
        Compare::Records => match agreement(evidence, target, reference) {
            Agreement::Same => Verdict::InSync,
            // The SOA is a record too, and it is known where no copy is.
            Agreement::Unknown if soa_differs(evidence, target, reference) => Verdict::Diverged,
            Agreement::Unknown => Verdict::Unknown,
            Agreement::Different => by_differences(evidence, target, reference, decision),
        },
    }
}

fn by_differences(evidence: &Evidence, target: TargetId, reference: Source, decision: &Decision) -> Verdict {
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
pub(crate) fn is_confirmed(evidence: &Evidence, target: TargetId, reference: Source) -> bool {
    let Some(version) = evidence.track(target).and_then(|track| track.versions.last()) else { return false };
    let independent = evidence.plan.rules.serials == Serials::Independent;
    [target.into(), reference].into_iter().filter_map(|source| evidence.track(source)).all(|track| {
        let same = |seen: &&ServedVersion| independent || seen.soa.serial == version.soa.serial;
        track.versions.iter().filter(same).count() >= READINGS_TO_ACCUSE
    })
}

/// Returns whether the copies that the differences were named from are of one serial.
fn are_of_one_version(evidence: &Evidence, target: TargetId, reference: Source) -> bool {
    let serial = |source: Source| Some(evidence.track(source)?.versions.last()?.soa.serial);
    evidence.plan.rules.serials == Serials::Independent || serial(target.into()) == serial(reference)
}

/// Returns whether the reference still serves the version that was last read from it.
pub(crate) fn is_current(evidence: &Evidence, reference: Source) -> bool {
    evidence.track(reference).is_some_and(|track| match (track.last(), track.versions.last()) {
        (Some(last), Some(version)) => last.serial == version.soa.serial,
        _ => false,
    })
}

/// Returns whether the SOAs differ in more than the serial, at the same serial.
pub(crate) fn soa_differs(evidence: &Evidence, target: TargetId, reference: Source) -> bool {
    let soa = |source: Source| evidence.track(source).and_then(Responses::soa);
    match (soa(target.into()), soa(reference)) {
        (Some(ours), Some(theirs)) => ours.serial == theirs.serial && ours != theirs,
        _ => false,
    }
}

/// Returns the RRsets that differ between the last copies of both.
pub(crate) fn named_differences(
    evidence: &Evidence,
    target: TargetId,
    reference: Source,
) -> Option<Differences> {
    let found = evidence.track(target)?.copy.as_ref()?;
    let reference = evidence.track(reference)?.copy.as_ref()?;
    let most = evidence.plan.rules.most_differences;
    Some(differences(&evidence.plan.zone, &evidence.profile, reference, found, most))
}
