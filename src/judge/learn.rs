//! What is learned from a check: the history after it.

use std::time::{Duration, SystemTime};

use super::history::{
    AddressHistory, AskedPart, ComparisonResult, DivergedRrset, FollowedVersion, History, RecordedState,
    RecordsComparison, SeenSerial, StoredCopy, Version,
};
use crate::compare::Comparison;
use crate::digest::Resemblance;
use crate::dns::{Name, Rtype, Serial};
use crate::judge::evidence::asking::covered_before;
use crate::judge::evidence::changes::Following;
use crate::judge::evidence::comparison::resemblance;
use crate::judge::evidence::regression::confirmed_regression;
use crate::judge::evidence::relation::Relation;
use crate::judge::evidence::{Evidence, Responses};
use crate::judge::findings::code::Code;
use crate::judge::findings::copy_findings::copy_finding;
use crate::judge::verdict::decide::Decision;
use crate::judge::verdict::lag::time_to_refresh;
use crate::judge::verdict::{Severity, Verdict};
use crate::judge::zone::{Judgement, ServerJudgement};
use crate::plan::{Compare, Source, Target, TargetId};

/// The versions that explain a lag are kept for at least this long, or for the longest deadline.
const MIN_KEPT: Duration = Duration::from_hours(24);

/// A copy that could not be followed in so many checks, one after the other, is compared whole.
const MAX_FAILED_FOLLOWS: u8 = 3;

/// Returns the history after a check, given the one before it in the evidence.
pub fn learn(evidence: &Evidence, judgement: &Judgement) -> History {
    match (&evidence.upstream, &judgement.links) {
        (Some(upstream), Some(links)) => {
            let [first, last] = links.as_ref();
            let downstream = Some(Box::new(learn_link(evidence, last)));
            History { downstream, ..learn_link(upstream, first) }
        }
        _ => learn_link(evidence, judgement),
    }
}

/// Returns the history of one link after a check.
fn learn_link(evidence: &Evidence, judgement: &Judgement) -> History {
    let mut history = evidence.history.clone();
    let now = evidence.end_time();
    if let Some(reference) = judgement.reference {
        if let Source::Target(target) = reference.source {
            let from = confirmed_regression(evidence, target);
            let known = evidence.address_history(target).and_then(|history| history.went_back_from);
            history.regressions += u64::from(from.is_some() && from != known);
        }
        add_versions(&mut history, evidence, reference.source);
        store_copy(&mut history, evidence, reference.source);
    }
    let is_in_sync = |server: &ServerJudgement| {
        server.decision.verdict == Verdict::InSync || evidence.has_nothing_to_compare()
    };
    let all_in_sync = !judgement.servers.is_empty() && judgement.servers.iter().all(is_in_sync);
    for server in &judgement.servers {
        let Some(target) = evidence.plan.target(server.target) else { continue };
        let Some(responses) = evidence.responses(server.target) else { continue };
        if evidence.was_queried(responses) {
            // The serials of a server that numbers its own versions do not tell when a version arrived.
            let is_numbered = evidence.serials_count(server.target);
            let published = if is_numbered { history.versions.as_slice() } else { &[] };
            let reference = judgement.reference.map(|reference| reference.source);
            let lesson = Lesson { evidence, now, reference, published, all_in_sync };
            let address = lesson.address_history(server, target, responses);
            history.addresses.insert(target.id(), address);
        }
    }
    add_diverged(&mut history, judgement);
    history.forget(now, longest_propagation(evidence).max(MIN_KEPT));
    history
}

/// Adds the versions that the reference has published since.
fn add_versions(history: &mut History, evidence: &Evidence, reference: Source) {
    let known = history.versions.len();
    let new = evidence.published(reference).into_iter().skip(known);
    history.versions.extend(new.map(|SeenSerial { serial, first_seen }| Version {
        serial,
        first_seen,
        copy: None,
    }));
    let first = usize::from(known == 0);
    history.publications += history.versions.len().saturating_sub(known.max(first)) as u64;
}

/// Adds the RRsets in which servers diverge.
fn add_diverged(history: &mut History, judgement: &Judgement) {
    let diverged = judgement.servers.iter().filter(|server| server.decision.verdict == Verdict::Diverged);
    let comparisons = diverged.filter_map(|server| server.decision.comparison.as_ref());
    for difference in comparisons.flat_map(|comparison| &comparison.differences.listed) {
        let (Ok(owner), Ok(rtype)) = (difference.owner.parse::<Name>(), difference.rtype.parse::<Rtype>())
        else {
            continue;
        };
        let rrset = DivergedRrset { owner: owner.as_wire().into(), rtype: rtype.0 };
        if rtype != Rtype::SOA && !history.diverged.contains(&rrset) {
            history.diverged.push(rrset);
        }
    }
}

/// Stores the last copy of the reference. A serial with other content than before is another version.
fn store_copy(history: &mut History, evidence: &Evidence, reference: Source) {
    let responses = evidence.responses(reference);
    let Some(copied) = responses.and_then(Responses::copied_version) else { return };
    let Some(source) = evidence.source_name(reference) else { return };
    let (serial, fingerprint) = (copied.soa.serial, copied.fingerprint);
    let Some(index) = history.versions.iter().rposition(|version| version.serial == serial) else { return };
    let Some(version) = history.versions.get_mut(index) else { return };
    let resemblance = version.copy.as_ref().map(|stored| stored.fingerprint.compare(&fingerprint));
    let copy = Some(StoredCopy { fingerprint, source });
    match resemblance {
        Some(Resemblance::Same) => {}
        Some(Resemblance::Different) => {
            let other = Version { serial, first_seen: evidence.end_time(), copy };
            history.versions.insert(index + 1, other);
        }
        Some(Resemblance::Unknown) | None => version.copy = copy,
    }
}

fn longest_propagation(evidence: &Evidence) -> Duration {
    let soas = evidence.by_target().filter_map(|(_, responses)| responses.soa());
    let grace = evidence.plan.rules.grace;
    soas.map(|soa| time_to_refresh(soa, grace)).max().unwrap_or_default()
}

/// What there is to learn about each address.
struct Lesson<'r> {
    evidence: &'r Evidence,
    now: SystemTime,
    reference: Option<Source>,
    published: &'r [Version],
    all_in_sync: bool,
}

impl Lesson<'_> {
    fn address_history(
        &self,
        server: &ServerJudgement,
        target: &Target,
        responses: &Responses,
    ) -> AddressHistory {
        let decision = &server.decision;
        let before = self.evidence.history.addresses.get(&target.id()).cloned().unwrap_or_default();
        let mut history = AddressHistory {
            // One that serves no version lags behind none.
            lagging_since: decision.lag.filter(|_| responses.soa().is_some()).and_then(|lag| lag.since),
            last_checked: Some(self.now),
            ..before.clone()
        };
        match decision.verdict {
            Verdict::InSync => {
                history.out_of_sync_since = None;
                history.last_in_sync = Some(self.now);
            }
            // The copy may be in sync or not.
            Verdict::Unknown => {}
            _ => {
                history.out_of_sync_since =
                    decision.out_of_sync_since.or(before.out_of_sync_since).or(Some(self.now));
            }
        }
        history.record(RecordedState::of(decision.verdict, severity(server)), before.last_checked, self.now);
        history.followed = self.followed(server, &before);
        if let Some(comparison) = self.comparison(server, responses) {
            history.last_comparison = Some(comparison);
            history.copy_findings = server.findings.iter().filter_map(copy_finding).collect();
        }
        let answered = self.evidence.last_seen(responses).filter(|_| responses.soa().is_some());
        history.last_response = answered.or(history.last_response);
        history.expires = match answered {
            Some(answered) => expires(decision, responses, answered, &history),
            // A server that stops answering before that has another reason.
            None => history.expires.filter(|expires| *expires <= self.evidence.start_time()),
        };
        let from = confirmed_regression(self.evidence, server.target);
        history.went_back_from = from.filter(|_| !self.all_in_sync);
        for observation in responses.serial_observations() {
            let first_seen = self.evidence.wall_time(observation.span.end);
            self.add_serial(&mut history, SeenSerial { serial: observation.serial, first_seen });
        }
        history
    }

    /// Returns the result of comparing a target's records in this check.
    fn comparison(&self, server: &ServerJudgement, responses: &Responses) -> Option<RecordsComparison> {
        if self.evidence.plan.rules.compare != Compare::Records {
            return None;
        }
        let decision = &server.decision;
        let result = match decision.verdict {
            Verdict::Diverged => ComparisonResult::Different,
            // There is nothing to compare the copy with, so reading it completes the comparison.
            Verdict::Unknown if self.evidence.has_nothing_to_compare() => {
                responses.has_records().then_some(ComparisonResult::Same)?
            }
            Verdict::Unknown if decision.relation == Some(Relation::Current) => ComparisonResult::Unread,
            Verdict::InSync | Verdict::Stuck | Verdict::Behind | Verdict::Propagating => {
                let result = decision.earlier.map_or(ComparisonResult::Same, ComparisonResult::Earlier);
                responses.has_records().then_some(result)?
            }
            Verdict::Lame if responses.is_transfer_only() => {
                let differs = |comparison: &Comparison| comparison.differences.content() > 0;
                (!decision.comparison.as_ref().is_some_and(differs)).then_some(ComparisonResult::Same)?
            }
            _ => return None,
        };
        let read = responses.records_read().map(|read| self.evidence.wall_time(read));
        let (serial, rules) = (responses.latest()?.serial, self.evidence.plan.rules.records_id());
        let part = self.asked_part(server.target, responses, result);
        let against = self.reference.and_then(|reference| self.evidence.responses(reference)?.latest());
        let against = against.map(|latest| latest.serial);
        Some(RecordsComparison { serial, rules, against, at: read.unwrap_or(self.now), result, part })
    }

    /// Returns the version up to which the copy of a target is known to be the reference's.
    fn followed(&self, server: &ServerJudgement, before: &AddressHistory) -> Option<FollowedVersion> {
        let (evidence, target) = (self.evidence, server.target);
        match evidence.plan.rules.compare {
            Compare::Records => {
                let compared = self.compared_version(server);
                return compared.map(|serial| FollowedVersion { serial, failed: 0, changed: 0 });
            }
            Compare::Serials => return before.followed,
            Compare::PreviousRecords => {}
        }
        let followed = before.followed?;
        let failed = FollowedVersion { failed: followed.failed.saturating_add(1), ..followed };
        match evidence.following(target) {
            Some(Following::Reached(serial, changed)) => Some(FollowedVersion { serial, failed: 0, changed }),
            Some(Following::Doubtful) => None,
            _ if evidence.is_followed(target) => Some(followed),
            None if server.decision.verdict != Verdict::InSync => Some(followed),
            // Nothing else will be asked for in the next check.
            None if !self.reference.is_some_and(|reference| evidence.can_follow(reference)) => None,
            Some(Following::Interrupted) | None => Some(failed),
        }
        .filter(|followed| followed.failed < MAX_FAILED_FOLLOWS)
    }

    /// Returns the version at which the whole copy of a target was found to be the reference's.
    fn compared_version(&self, server: &ServerJudgement) -> Option<Serial> {
        let (evidence, reference) = (self.evidence, self.reference?);
        let serial = evidence.responses(server.target)?.copied_version()?.soa.serial;
        let of_reference = evidence.responses(reference)?.copied_version()?.soa.serial;
        let is_reference = reference == Source::Target(server.target);
        let is_same = || resemblance(evidence, server.target, reference) == Resemblance::Same;
        let is_compared = server.decision.verdict == Verdict::InSync && evidence.serials_count(server.target);
        (is_compared && serial == of_reference && (is_reference || is_same())).then_some(serial)
    }

    /// Returns how much of the version the target was asked for, in this check and in those before it. A part in which
    /// something differs is asked for again.
    fn asked_part(
        &self,
        target: TargetId,
        responses: &Responses,
        result: ComparisonResult,
    ) -> Option<AskedPart> {
        let asked = responses.asked()?;
        let drawn = asked.drawn?;
        let covered = covered_before(self.evidence, target, drawn);
        let next = drawn.start.wrapping_add(drawn.length);
        Some(match result {
            // What is missing comes again in its turn, and all counts from here.
            ComparisonResult::Same if asked.has_gaps => AskedPart { next, covered: 0 },
            ComparisonResult::Same => AskedPart { next, covered: covered.saturating_add(drawn.length) },
            ComparisonResult::Different | ComparisonResult::Unread | ComparisonResult::Earlier(_) => {
                AskedPart { next: drawn.start, covered }
            }
        })
    }

    /// Adds a serial of the address. With one that is newer than all before, publications have arrived: their
    /// latencies are added too.
    fn add_serial(&self, history: &mut AddressHistory, new: SeenSerial) {
        if history.serial() == Some(new.serial) {
            return;
        }
        let has_arrived = |version: &&Version| {
            let is_newer = |before: &SeenSerial| version.serial.is_newer_than(before.serial);
            history.serials.iter().all(is_newer) && !version.serial.is_newer_than(new.serial)
        };
        // Nothing is known about when the first version was published, nor when the first serial arrived here.
        let published =
            if history.serials.is_empty() { &[] } else { self.published.get(1..).unwrap_or_default() };
        let latencies: Vec<u64> = published
            .iter()
            .filter(has_arrived)
            .map(|version| {
                let latency = new.first_seen.duration_since(version.first_seen).unwrap_or_default();
                u64::try_from(latency.as_millis()).unwrap_or(u64::MAX)
            })
            .collect();
        history.arrivals += latencies.len() as u64;
        history.latencies.extend(latencies);
        history.serials.push(new);
    }
}

/// How much the verdict over a server matters; what else is found there does not count.
fn severity(server: &ServerJudgement) -> Severity {
    let verdict = server.decision.verdict;
    let of_verdict = server.findings.iter().find(|finding| finding.code == Code::Verdict(verdict));
    of_verdict.map_or(verdict.severity(), |finding| finding.severity)
}

/// Returns when a copy expires whose refreshes fail: by EDNS EXPIRE, else counted from when it was last in
/// sync.
fn expires(
    decision: &Decision,
    responses: &Responses,
    answered: SystemTime,
    history: &AddressHistory,
) -> Option<SystemTime> {
    let missed = decision.last_refresh.is_some_and(|refresh| refresh.missed);
    if !missed && decision.lag.is_none() {
        return None;
    }
    let (from, left) = match responses.edns().and_then(|edns| edns.expire) {
        Some(left) => (answered, left),
        None => (history.last_in_sync?, responses.soa()?.expire),
    };
    from.checked_add(Duration::from_secs(left.into()))
}
