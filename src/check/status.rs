//! Asks servers at which something is wrong what they say themselves, once the verdicts are known.

use std::sync::Arc;

use futures_util::future::join_all;

use super::checker::Checker;
use super::time_limit::TimeLimit;
use crate::judge::{Evidence, Judgement, Severity, Verdict};
use crate::observe::{ServerStatus, StatusFailure};
use crate::plan::{StatusChannel, TargetId};
use crate::status::StatusQuestion;

/// The targets of one server, and where it is asked.
type Asked<'e> = (&'e Arc<StatusChannel>, Vec<TargetId>);

impl Checker {
    /// Asks each server at which something is wrong what it says itself, if it is configured how: once, also if
    /// something is wrong at several of its addresses.
    pub(super) async fn statuses(
        &self,
        evidence: &Evidence,
        judgement: &Judgement,
        limit: TimeLimit,
    ) -> Vec<(TargetId, ServerStatus)> {
        let (zone, finder) = (&evidence.plan.zone, &self.finder);
        let ask = async |(channel, targets): Asked<'_>| {
            let question = StatusQuestion { channel, zone, finder };
            let asked = limit.within(self.status.ask(question, self.client.timeout)).await;
            let zone = asked.unwrap_or(Err(StatusFailure::Timeout));
            let status = ServerStatus { software: question.software(), zone };
            targets.into_iter().map(|target| (target, with_last_check(evidence, target, &status))).collect()
        };
        let statuses: Vec<Vec<_>> = join_all(to_ask(evidence, judgement).into_iter().map(ask)).await;
        statuses.into_iter().flatten().collect()
    }
}

/// The servers at which something is wrong, and which are configured to be asked.
fn to_ask<'e>(evidence: &'e Evidence, judgement: &Judgement) -> Vec<Asked<'e>> {
    let mut asked: Vec<Asked<'e>> = Vec::new();
    for server in &judgement.servers {
        if server.decision.verdict == Verdict::InSync && server.severity == Severity::Ok {
            continue;
        }
        let target = evidence.plan.target(server.target);
        let Some(channel) = target.and_then(|target| target.status.as_ref()) else { continue };
        match asked.iter_mut().find(|(known, _)| *known == channel) {
            Some((_, targets)) => targets.push(server.target),
            None => asked.push((channel, vec![server.target])),
        }
    }
    asked
}

/// Adds when the last check was good, where that follows from the SOA of the copy.
fn with_last_check(evidence: &Evidence, target: TargetId, status: &ServerStatus) -> ServerStatus {
    let soa = evidence.responses(target).and_then(|responses| responses.soa_or_copied());
    let zone = status.zone.clone().map(|zone| match soa.filter(|soa| zone.serial == Some(soa.serial)) {
        Some(soa) => zone.with_expire_of_soa(soa.expire),
        None => zone,
    });
    ServerStatus { zone, ..*status }
}
