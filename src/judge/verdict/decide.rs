//! The verdict over one address: the first row of the table that fits.

use std::time::SystemTime;

use super::Verdict;
use super::lag::{Lag, LastRefresh, last_refresh, last_refresh_within, propagation_time, time_to_refresh};
use super::reference::Reference;
use crate::compare::Comparison;
use crate::digest::Resemblance;
use crate::judge::evidence::Evidence;
use crate::judge::evidence::alternation::{alternates_in_answers, is_mixed};
use crate::judge::evidence::asking::{answers, are_of_current_version};
use crate::judge::evidence::comparison::{
    are_of_one_version, compare, is_confirmed, is_current, resemblance, soa_differs,
};
use crate::judge::evidence::earlier::stale_content;
use crate::judge::evidence::membership::{deadline, left, not_served};
use crate::judge::evidence::mismatch::{VersionMismatch, version_mismatch};
use crate::judge::evidence::relation::{Relation, relation};
use crate::judge::history::{ComparisonResult, EarlierVersion};
use crate::observe::Failure;
use crate::plan::{Compare, Source, TargetId, TtlDifference};

/// A verdict, and the facts that it rests on.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The verdict over the address.
    pub verdict: Verdict,
    /// How its serial stands to the reference's.
    pub relation: Option<Relation>,
    /// Its last refresh, by EDNS EXPIRE.
    pub last_refresh: Option<LastRefresh>,
    /// Its lag, if it lags.
    pub lag: Option<Lag>,
    /// The version of the reference that it still serves, where that is known by its content and not by its serial.
    pub earlier: Option<EarlierVersion>,
    /// The first of the consecutive checks that did not find it in sync, if a check before them did.
    pub out_of_sync_since: Option<SystemTime>,
    /// How its content differs from the reference's, where both could be read.
    pub comparison: Option<Comparison>,
}

impl Decision {
    /// Since when it is out of sync: a lag begins when the successor of its serial is published.
    pub fn since(&self) -> Option<SystemTime> {
        match self.lag {
            Some(lag) => lag.since,
            None => self.out_of_sync_since,
        }
    }

    /// By when the protocol heals its lag.
    pub fn deadline(&self) -> Option<SystemTime> {
        let lagging = matches!(self.verdict, Verdict::Propagating | Verdict::Stuck);
        self.lag.filter(|_| lagging)?.deadline()
    }

    /// Returns the steps behind the reference; negative when ahead, `None` when undefined or unknown.
    pub fn serial_lag(&self) -> Option<i64> {
        match self.relation? {
            Relation::Current => Some(0),
            Relation::Behind(steps) => Some(steps.into()),
            Relation::Ahead(steps) => Some(-i64::from(steps)),
            Relation::Undefined => None,
        }
    }

    /// Whether it heals by itself. A lag that is known from EXPIRE alone may or may not.
    pub fn self_heals(&self) -> Option<bool> {
        match self.verdict {
            Verdict::Propagating => self.lag?.self_heals(),
            other => other.self_heals(),
        }
    }
}

/// Decides the verdict over a target.
pub fn decide(evidence: &Evidence, target: TargetId, reference: Option<Reference>) -> Decision {
    let mut decision = Decision {
        verdict: Verdict::Unknown,
        relation: None,
        last_refresh: None,
        lag: None,
        earlier: None,
        out_of_sync_since: None,
        comparison: None,
    };
    let Some(responses) = evidence.responses(target) else { return decision };
    decision.last_refresh = last_refresh(evidence, responses);
    decision.verdict = if matches!(responses.failure(), Some(Failure::Tsig(_) | Failure::Tls(_))) {
        Verdict::Unknown
    } else if responses.best_response().is_none() {
        Verdict::Unreachable
    } else if left(evidence).is_some() {
        // It is right to answer nothing, and a finding says so if it still answers.
        Verdict::InSync
    } else if responses.soa().is_none() {
        let other = reference.map(|reference| reference.source).filter(|&it| it != Source::Target(target));
        decision.comparison = other.and_then(|reference| compare(evidence, target, reference, None));
        decision.lag = time_to_take(evidence, target);
        if decision.lag.is_some() { Verdict::Propagating } else { Verdict::Lame }
    } else if is_mixed(responses, evidence.serials_count(target)) || alternates_in_answers(responses) {
        Verdict::Mixed
    } else if let Some(reference) = reference {
        compare_with(evidence, target, reference.source, &mut decision)
    } else {
        Verdict::Unknown
    };
    decision.out_of_sync_since = out_of_sync_since(evidence, target, decision.verdict);
    decision
}

/// Returns the lag of a server that does not serve a member of a catalog yet, and has time left to take it.
fn time_to_take(evidence: &Evidence, target: TargetId) -> Option<Lag> {
    let membership = not_served(evidence, target)?;
    let deadline = deadline(evidence, target, membership);
    let lag = Lag {
        since: Some(membership.since),
        checked_at: evidence.start_time(),
        heals_within: deadline.duration_since(membership.since).unwrap_or_default(),
        last_refresh: None,
    };
    (lag.verdict() == Verdict::Propagating).then_some(lag)
}

fn out_of_sync_since(evidence: &Evidence, target: TargetId, verdict: Verdict) -> Option<SystemTime> {
    if matches!(verdict, Verdict::InSync | Verdict::Unknown) {
        return None;
    }
    let history = evidence.address_history(target)?;
    history.out_of_sync_since.or_else(|| history.was_in_sync().then_some(evidence.start_time()))
}

fn compare_with(
    evidence: &Evidence,
    target: TargetId,
    reference: Source,
    decision: &mut Decision,
) -> Verdict {
    if reference == Source::Target(target) {
        decision.relation = Some(Relation::Current);
        if evidence.has_nothing_to_compare() {
            return Verdict::Unknown;
        }
        decision.comparison =
            answers(evidence, target).and_then(|_| compare(evidence, target, reference, None));
        let differs =
            decision.comparison.as_ref().is_some_and(|comparison| is_divergence(evidence, comparison));
        return if differs { Verdict::Diverged } else { Verdict::InSync };
    }
    decision.comparison = compare(evidence, target, reference, None);
    decision.relation = relation(evidence, target, reference);
    if evidence.is_signer(target) && decision.relation != Some(Relation::Current) {
        // Each signer numbers its own versions, and was held against the link before.
        decision.comparison = None;
        return Verdict::InSync;
    }
    if evidence.has_nothing_to_compare() {
        // The target is the reference's address under another name.
        return Verdict::Unknown;
    }
    if !evidence.serials_count(target) {
        if let Some(stale) = stale_content(evidence, target, reference) {
            decision.lag = lag(evidence, target, stale.since);
            decision.earlier = Some(stale.version);
        }
        return by_content(evidence, target, reference, decision);
    }
    match decision.relation {
        None => Verdict::Unknown,
        Some(Relation::Undefined) => Verdict::Incomparable,
        Some(Relation::Ahead(_)) => Verdict::Ahead,
        Some(Relation::Behind(_)) => {
            decision.lag = lag(evidence, target, evidence.lagging_since(target, reference));
            match version_mismatch(evidence, target, reference) {
                Some(VersionMismatch::Confirmed) => Verdict::Diverged,
                Some(VersionMismatch::Suspected) | None => {
                    decision.lag.map_or(Verdict::Behind, |lag| lag.verdict())
                }
            }
        }
        Some(Relation::Current) => by_content(evidence, target, reference, decision),
    }
}

fn lag(evidence: &Evidence, target: TargetId, since: Option<SystemTime>) -> Option<Lag> {
    let (responses, rules) = (evidence.responses(target)?, &evidence.plan.rules);
    // Where nothing else tells how long the lag has lasted, the last refresh stands for its beginning.
    let patience = if since.is_some() { time_to_refresh } else { propagation_time };
    Some(Lag {
        since,
        checked_at: evidence.start_time(),
        heals_within: propagation_time(responses.soa()?, rules.grace) + rules.interval,
        last_refresh: last_refresh_within(evidence, responses, |soa| patience(soa, rules.grace)),
    })
}

/// Decides the verdict over a server that has the serial of the reference, or whose serial does not count.
fn by_content(evidence: &Evidence, target: TargetId, reference: Source, decision: &Decision) -> Verdict {
    match evidence.plan.rules.compare {
        Compare::Serials | Compare::PreviousRecords if soa_differs(evidence, target, reference) => {
            Verdict::Diverged
        }
        Compare::Serials => Verdict::InSync,
        Compare::PreviousRecords => {
            match evidence.standing_comparison(target).map(|comparison| comparison.result) {
                Some(ComparisonResult::Different) => Verdict::Diverged,
                Some(ComparisonResult::Unread) => Verdict::Unknown,
                Some(ComparisonResult::Earlier(_)) => {
                    decision.lag.map_or(Verdict::Behind, |lag| lag.verdict())
                }
                Some(ComparisonResult::Same) => {
                    decision.earlier.and(decision.lag).map_or(Verdict::InSync, |lag| lag.verdict())
                }
                None => Verdict::InSync,
            }
        }
        Compare::Records => match resemblance(evidence, target, reference) {
            Resemblance::Same | Resemblance::Unknown if answers(evidence, target).is_some() => {
                by_answers(evidence, target, reference, decision)
            }
            Resemblance::Same => Verdict::InSync,
            // The SOA is a record too, and it is known without a copy.
            Resemblance::Unknown if soa_differs(evidence, target, reference) => Verdict::Diverged,
            Resemblance::Unknown => Verdict::Unknown,
            Resemblance::Different => by_differences(evidence, target, reference, decision),
        },
    }
}

/// Decides by the answers of a server to queries for RRsets. Those that are wrong were asked for again.
fn by_answers(evidence: &Evidence, target: TargetId, reference: Source, decision: &Decision) -> Verdict {
    let Some(comparison) = &decision.comparison else { return Verdict::Unknown };
    if !is_divergence(evidence, comparison) {
        return if soa_differs(evidence, target, reference) { Verdict::Diverged } else { Verdict::InSync };
    }
    if are_of_current_version(evidence, target, reference) { Verdict::Diverged } else { Verdict::Unknown }
}

fn is_divergence(evidence: &Evidence, Comparison { differences, .. }: &Comparison) -> bool {
    let strict = evidence.plan.rules.ttl == TtlDifference::Diverged;
    differences.content() > 0 || (strict && differences.ttl > 0)
}

fn by_differences(evidence: &Evidence, target: TargetId, reference: Source, decision: &Decision) -> Verdict {
    let Some(comparison) = &decision.comparison else { return Verdict::Unknown };
    if !is_divergence(evidence, comparison) {
        // The sums differ, but no record is known that does: none of those buckets was kept by both.
        return if comparison.differences.is_exact() { Verdict::InSync } else { Verdict::Unknown };
    }
    if let (Some(_), Some(lag)) = (decision.earlier, decision.lag) {
        return lag.verdict();
    }
    // A version that the reference has replaced meanwhile cannot be read again.
    let holds = is_confirmed(evidence, target, reference) && is_current(evidence, reference);
    let holds = holds && are_of_one_version(evidence, target, reference);
    if holds { Verdict::Diverged } else { Verdict::Unknown }
}
