//! Whether a server went back to an older serial, and whether the reference's last version looks wrong.

use super::Evidence;
use super::mismatch::stored_resemblance;
use super::responses::{MIN_OBSERVATIONS, Responses, ServedVersion};
use crate::digest::Resemblance;
use crate::dns::Serial;
use crate::plan::{Source, TargetId};

/// A reference that lost no more RRsets than this has not shrunk.
const MAX_USUAL_LOSS: u64 = 50;

/// Nor has one that lost no more than one RRset in so many.
const USUAL_LOSS_FRACTION: u64 = 5;

/// What looks wrong about a version of the reference, compared with those that it published before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReferenceAnomaly {
    /// It lost many RRsets.
    Shrank {
        /// RRsets of the version before.
        before: u64,
        /// RRsets now.
        now: u64,
    },
    /// Its content is not what it was at this serial.
    SerialReused,
    /// Its content is that of an older version than the one before, of this serial.
    OldVersion(Serial),
}

/// Returns the targets whose serial must only go forward: primaries, and those that stand in for them.
pub(crate) fn forward_only(evidence: &Evidence, reference: Option<Source>) -> Vec<TargetId> {
    let named = evidence.mname.as_ref().map_or([].as_slice(), |mname| &mname.targets);
    let mut targets: Vec<TargetId> = evidence.primaries().chain(named.iter().copied()).collect();
    targets.extend(reference.and_then(Source::target));
    targets.sort_unstable();
    targets.dedup();
    targets
}

/// Returns the serial that a target went back from, once that is certain.
///
/// A server that serves both serials by turns has several instances, and has not gone back.
pub(crate) fn confirmed_regression(evidence: &Evidence, target: TargetId) -> Option<Serial> {
    let from = suspected_regression(evidence, target)?;
    let observations = evidence.responses(target)?.serial_observations();
    let known = evidence.address_history(target)?.went_back_from.is_some();
    let all_older = observations.iter().all(|observation| from.is_newer_than(observation.serial));
    (all_older && (known || observations.len() >= MIN_OBSERVATIONS)).then_some(from)
}

/// Returns the newer serial that a target served in an earlier check.
pub(crate) fn suspected_regression(evidence: &Evidence, target: TargetId) -> Option<Serial> {
    if !evidence.serials_count(target) {
        return None;
    }
    let latest = evidence.responses(target)?.latest()?.serial;
    let history = evidence.address_history(target)?;
    let is_newer = |from: &Serial| from.is_newer_than(latest);
    history.went_back_from.filter(is_newer).or_else(|| history.serial().filter(is_newer))
}

/// Whether the last copy of a source was read twice, in this check or an earlier one, and was the same.
pub(crate) fn is_copy_confirmed(evidence: &Evidence, source: Source) -> bool {
    let Some(responses) = evidence.responses(source) else { return false };
    let Some(version) = responses.copied_version() else { return false };
    responses.is_copy_repeated() || stored_resemblance(evidence, version) == Resemblance::Same
}

/// Returns what looks wrong about the last copy of the reference.
pub(crate) fn anomalies(evidence: &Evidence, reference: Source) -> Vec<ReferenceAnomaly> {
    let known = evidence.history.versions.iter().any(|version| version.copy.is_some());
    let now = evidence.responses(reference).and_then(Responses::copied_version);
    let (Some(now), true) = (now, known) else { return Vec::new() };
    let Some(source) = evidence.source_name(reference) else { return Vec::new() };
    let shrank = shrank(evidence, &source, now);
    let reused = serial_reused(evidence, &source, now);
    shrank.into_iter().chain(reused).chain(old_version(evidence, now)).collect()
}

fn shrank(evidence: &Evidence, source: &str, now: &ServedVersion) -> Option<ReferenceAnomaly> {
    let serial = now.soa.serial;
    let before = evidence.history.versions.iter().rev().find_map(|version| {
        let stored = version.copy.as_ref().filter(|stored| stored.source == source)?;
        let is_other = version.serial != serial
            || stored.fingerprint.compare(&now.fingerprint) == Resemblance::Different;
        is_other.then_some(stored.fingerprint)
    })?;
    let now = &now.fingerprint;
    let lost = before.rrsets.saturating_sub(now.rrsets);
    let is_unusual = lost > MAX_USUAL_LOSS && lost.saturating_mul(USUAL_LOSS_FRACTION) > before.rrsets;
    // RRsets are counted exactly only where the records of each owner come together; records always are.
    let lost_records = before.records.saturating_sub(now.records) > MAX_USUAL_LOSS;
    let shrank = ReferenceAnomaly::Shrank { before: before.rrsets, now: now.rrsets };
    (is_unusual && lost_records).then_some(shrank)
}

fn serial_reused(evidence: &Evidence, source: &str, now: &ServedVersion) -> Option<ReferenceAnomaly> {
    let serial = now.soa.serial;
    let of_serial = evidence.history.versions.iter().filter(|version| version.serial == serial);
    let stored = of_serial.filter_map(|version| version.copy.as_ref());
    let mut of_source = stored.filter(|stored| stored.source == source);
    of_source
        .any(|stored| stored.fingerprint.compare(&now.fingerprint) == Resemblance::Different)
        .then_some(ReferenceAnomaly::SerialReused)
}

fn old_version(evidence: &Evidence, now: &ServedVersion) -> Option<ReferenceAnomaly> {
    let serial = now.soa.serial;
    let before = evidence.history.versions.iter().rev().skip_while(|version| version.serial == serial);
    let mut other_between = false;
    for version in before {
        match version.copy.as_ref().map(|stored| stored.fingerprint.compare(&now.fingerprint)) {
            Some(Resemblance::Same) if other_between => {
                return Some(ReferenceAnomaly::OldVersion(version.serial));
            }
            Some(Resemblance::Different) => other_between = true,
            Some(Resemblance::Same) => return None,
            Some(Resemblance::Unknown) | None => {}
        }
    }
    None
}
