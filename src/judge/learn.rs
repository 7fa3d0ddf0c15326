//! What is known after a round: the same as before, and what the round has shown.

use std::time::{Duration, SystemTime};

use super::history::{AddressHistory, Compared, ComparisonResult, History, SeenSerial, StoredCopy, Version};
use crate::digest::Resemblance;
use crate::judge::evidence::regression::went_back;
use crate::judge::evidence::relation::Relation;
use crate::judge::evidence::{Evidence, Responses};
use crate::judge::verdict::Verdict;
use crate::judge::verdict::decide::Decision;
use crate::judge::verdict::lag::patience;
use crate::judge::zone::{Judgement, ServerJudgement};
use crate::plan::{Compare, Grace, Source, Target};

/// A lag is remembered for this long at least: the longest deadline is longer, if timers are.
const LEAST_PATIENCE: Duration = Duration::from_hours(24);

/// Returns what is known after a round, in which all else was known before.
pub fn learn(evidence: &Evidence, judgement: &Judgement) -> History {
    let mut history = evidence.history.clone();
    let now = evidence.ended();
    if let Some(reference) = judgement.reference {
        if let Source::Target(target) = reference.source {
            let again = went_back(evidence, target);
            let known = evidence.past(target).and_then(|past| past.went_back_from);
            history.regressions += u64::from(again.is_some() && again != known);
        }
        publish(&mut history, evidence, reference.source);
        remember_copy(&mut history, evidence, reference.source);
    }
    let all_in_sync = judgement.verdict == Verdict::InSync;
    for server in &judgement.servers {
        let Some(target) = evidence.plan.target(server.target) else { continue };
        let Some(track) = evidence.track(server.target).filter(|track| evidence.was_asked(track)) else {
            continue;
        };
        let round = Round { evidence, now, published: &history.versions, all_in_sync };
        let past = round.past(server, target, track);
        history.addresses.insert(target.id(), past);
    }
    history.forget(now, longest_patience(evidence).max(LEAST_PATIENCE));
    history
}

fn publish(history: &mut History, evidence: &Evidence, reference: Source) {
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

/// Remembers the last copy of the reference's; a serial with other content than before is another version.
fn remember_copy(history: &mut History, evidence: &Evidence, reference: Source) {
    let Some(copy) = evidence.track(reference).and_then(|track| track.copy.as_ref()) else { return };
    let Some(read_from) = evidence.source_name(reference) else { return };
    let serial = copy.summary.soa.serial;
    let fingerprint = evidence.fingerprint(copy);
    let Some(place) = history.versions.iter().rposition(|version| version.serial == serial) else { return };
    let Some(version) = history.versions.get_mut(place) else { return };
    let compared = version.copy.as_ref().map(|known| known.fingerprint.compare(&fingerprint));
    let remembered = Some(StoredCopy { fingerprint, read_from });
    match compared {
        Some(Resemblance::Same) => {}
        Some(Resemblance::Different) => {
            let other = Version { serial, first_seen: evidence.ended(), copy: remembered };
            history.versions.insert(place + 1, other);
        }
        Some(Resemblance::Unknown) | None => version.copy = remembered,
    }
}

fn longest_patience(evidence: &Evidence) -> Duration {
    let soas = evidence.tracks().filter_map(|(_, track)| track.soa());
    soas.map(|soa| patience(soa, Grace::Auto).max(patience(soa, evidence.plan.rules.grace)))
        .max()
        .unwrap_or_default()
}

/// What a round has shown, seen from one address.
struct Round<'r> {
    evidence: &'r Evidence,
    now: SystemTime,
    published: &'r [Version],
    all_in_sync: bool,
}

impl Round<'_> {
    fn past(&self, server: &ServerJudgement, target: &Target, track: &Responses) -> AddressHistory {
        let decision = &server.decision;
        let before = self.evidence.history.addresses.get(&target.id()).cloned().unwrap_or_default();
        let mut past = AddressHistory {
            lagging_since: decision.lag.and_then(|lag| lag.since),
            last_looked: Some(self.now),
            ..before.clone()
        };
        match decision.verdict {
            Verdict::InSync => {
                past.out_of_sync_since = None;
                past.last_in_sync = Some(self.now);
            }
            // That says nothing of the copy.
            Verdict::Unknown => {}
            _ => {
                past.out_of_sync_since =
                    decision.out_of_sync_since.or(before.out_of_sync_since).or(Some(self.now));
            }
        }
        past.compared = self.compared(server, track).or(past.compared);
        let answered = self.evidence.last_seen(track).filter(|_| track.soa().is_some());
        past.last_answer = answered.or(past.last_answer);
        past.expires = match answered {
            Some(seen) => expires(decision, track, seen, &past),
            // Who stops before that has another reason.
            None => past.expires.filter(|expires| *expires <= self.evidence.looked()),
        };
        let fell = went_back(self.evidence, server.target);
        past.went_back_from = fell.filter(|_| !self.all_in_sync);
        for sighting in track.serial_observations() {
            let seen = self.evidence.wall_time(sighting.span.end);
            self.show(&mut past, SeenSerial { serial: sighting.serial, first_seen: seen });
        }
        past
    }

    /// Returns what the comparison of a target's records has shown, if there was one.
    fn compared(&self, server: &ServerJudgement, track: &Responses) -> Option<Compared> {
        if self.evidence.plan.rules.compare != Compare::Records {
            return None;
        }
        let decision = &server.decision;
        let outcome = match decision.verdict {
            Verdict::Diverged => ComparisonResult::Different,
            Verdict::Unknown if decision.relation == Some(Relation::Current) => ComparisonResult::Unread,
            Verdict::InSync | Verdict::Stuck | Verdict::Behind | Verdict::Propagating => {
                track.copy.as_ref().map(|_| ComparisonResult::Same)?
            }
            _ => return None,
        };
        let read = track.versions.last().map(|version| self.evidence.wall_time(version.span.end));
        let (serial, rules) = (track.last()?.serial, self.evidence.plan.rules.of_records());
        Some(Compared { serial, rules, at: read.unwrap_or(self.now), outcome })
    }

    /// Takes in a serial that was shown; one that is newer than any before tells how long publications take.
    fn show(&self, past: &mut AddressHistory, shown: SeenSerial) {
        if past.serial() == Some(shown.serial) {
            return;
        }
        let arrived = |version: &&Version| {
            let is_new = |before: &SeenSerial| version.serial.is_newer_than(before.serial);
            past.shown.iter().all(is_new) && !version.serial.is_newer_than(shown.serial)
        };
        // Nobody saw the first version appear, nor how the first serial got here.
        let seen = if past.shown.is_empty() { &[] } else { self.published.get(1..).unwrap_or_default() };
        let latencies: Vec<u64> = seen
            .iter()
            .filter(arrived)
            .map(|version| {
                let latency = shown.first_seen.duration_since(version.first_seen).unwrap_or_default();
                u64::try_from(latency.as_millis()).unwrap_or(u64::MAX)
            })
            .collect();
        past.arrivals += latencies.len() as u64;
        past.latencies.extend(latencies);
        past.shown.push(shown);
    }
}

/// Returns when a copy expires that is not refreshed any more: as its server says, else counted from when it
/// was last in sync.
fn expires(
    decision: &Decision,
    track: &Responses,
    seen: SystemTime,
    past: &AddressHistory,
) -> Option<SystemTime> {
    let missed = decision.refreshed.is_some_and(|refreshed| refreshed.missed);
    if !missed && decision.lag.is_none() {
        return None;
    }
    let (from, left) = match track.edns().and_then(|edns| edns.expire) {
        Some(left) => (seen, left),
        None => (past.last_in_sync?, track.soa()?.expire),
    };
    from.checked_add(Duration::from_secs(left.into()))
}
