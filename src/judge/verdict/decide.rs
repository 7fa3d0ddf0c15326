//! The verdict over one address: the first row of the table that fits.

use std::time::SystemTime;

use super::Verdict;
use super::lag::{Lag, Refreshed, last_refresh, patience};
use super::reference::Reference;
use crate::compare::Differences;
use crate::judge::evidence::Evidence;
use crate::judge::evidence::alternation::is_mixed;
use crate::judge::evidence::comparison::{
    Agreement, agreement, are_of_one_version, is_confirmed, is_current, named_differences, soa_differs,
};
use crate::judge::evidence::mismatch::{Corruption, corruption};
use crate::judge::evidence::relation::{Relation, relation};
use crate::judge::history::ComparisonResult;
use crate::observe::Failure;
use crate::plan::{Compare, Serials, Source, TargetId, TtlDifference};

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
    decision.refreshed = last_refresh(evidence, track);
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
