//! Whether a server went back, and what is odd about a version of the reference's.

use super::Evidence;
use super::responses::MIN_SIGHTINGS;
use crate::digest::{Fingerprint, Resemblance};
use crate::dns::Serial;
use crate::observe::Copy;
use crate::plan::{Serials, Source, TargetId};

/// A reference that lost no more RRsets than this has not shrunk.
const FEW_RRSETS: u64 = 50;

/// Nor has one that lost no more than one in so many.
const SMALL_PART: u64 = 5;

/// What is odd about a version of the reference's, held against those it published before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PrimaryAnomaly {
    /// It lost many RRsets: so many of so many.
    Shrank {
        /// RRsets of the version before.
        before: u64,
        /// RRsets now.
        now: u64,
    },
    /// It has other content than it had at this serial.
    SerialReused,
    /// It has the content of an older version than the one before, of this serial.
    OldVersion(Serial),
}

/// Returns the serial that a target fell back from, once it is sure that it did.
///
/// A server that shows both serials by turns has several instances, and has not gone back.
pub(crate) fn went_back(evidence: &Evidence, place: TargetId) -> Option<Serial> {
    let from = fell_from(evidence, place)?;
    let serial_observations = evidence.track(place)?.serial_observations();
    let known = evidence.past(place)?.went_back_from.is_some();
    let fell = serial_observations.iter().all(|sighting| from.is_newer_than(sighting.serial));
    (fell && (known || serial_observations.len() >= MIN_SIGHTINGS)).then_some(from)
}

/// Returns the serial that a target seems to have fallen back from.
pub(crate) fn fell_from(evidence: &Evidence, place: TargetId) -> Option<Serial> {
    if evidence.plan.rules.serials == Serials::Independent {
        return None;
    }
    let now = evidence.track(place)?.last()?.serial;
    let past = evidence.past(place)?;
    let newer = |from: &Serial| from.is_newer_than(now);
    past.went_back_from.filter(newer).or_else(|| past.serial().filter(newer))
}

/// Returns the targets whose serial should only ever go forward: primaries, and who stands in for them.
pub(crate) fn forward_only(evidence: &Evidence, reference: Option<Source>) -> Vec<TargetId> {
    let named = evidence.mname.as_ref().map_or([].as_slice(), |mname| &mname.targets);
    let mut targets: Vec<TargetId> = evidence.primaries().chain(named.iter().copied()).collect();
    targets.extend(reference.and_then(Source::target));
    targets.sort_unstable();
    targets.dedup();
    targets
}

/// Returns whether the last copy of a target was read twice, in this round or before, and was the same.
pub(crate) fn is_confirmed(evidence: &Evidence, source: Source) -> bool {
    let Some(track) = evidence.track(source) else { return false };
    let Some(copy) = &track.copy else { return false };
    let remembered = || evidence.history.resemblance(copy.summary.soa.serial, &evidence.fingerprint(copy));
    track.is_read_again() || remembered() == Resemblance::Same
}

/// Returns what is odd about the last copy of the reference.
pub(crate) fn anomalies(evidence: &Evidence, reference: Source) -> Vec<PrimaryAnomaly> {
    let known = evidence.history.versions.iter().any(|version| version.copy.is_some());
    let copy = evidence.track(reference).and_then(|track| track.copy.as_ref());
    let (Some(copy), true) = (copy, known) else { return Vec::new() };
    let Some(source) = evidence.source_name(reference) else { return Vec::new() };
    let now = evidence.fingerprint(copy);
    let shrank = shrank(evidence, &source, copy, &now);
    let reused = serial_reused(evidence, &source, copy, &now);
    shrank.into_iter().chain(reused).chain(old_version(evidence, copy, &now)).collect()
}

fn shrank(evidence: &Evidence, source: &str, copy: &Copy, now: &Fingerprint) -> Option<PrimaryAnomaly> {
    let serial = copy.summary.soa.serial;
    let before = evidence.history.versions.iter().rev().find_map(|version| {
        let known = version.copy.as_ref().filter(|known| known.read_from == source)?;
        let is_other = version.serial != serial || known.fingerprint.compare(now) == Resemblance::Different;
        is_other.then_some(known.fingerprint)
    })?;
    let lost = before.rrsets.saturating_sub(now.rrsets);
    let much = lost > FEW_RRSETS && lost.saturating_mul(SMALL_PART) > before.rrsets;
    // RRsets are counted exactly only where the records of each owner come together; records always are.
    let really = before.records.saturating_sub(now.records) > FEW_RRSETS;
    (much && really).then_some(PrimaryAnomaly::Shrank { before: before.rrsets, now: now.rrsets })
}

fn serial_reused(
    evidence: &Evidence,
    source: &str,
    copy: &Copy,
    now: &Fingerprint,
) -> Option<PrimaryAnomaly> {
    let serial = copy.summary.soa.serial;
    let of_serial = evidence.history.versions.iter().filter(|version| version.serial == serial);
    let known = of_serial.filter_map(|version| version.copy.as_ref());
    let mut known = known.filter(|known| known.read_from == source);
    known
        .any(|known| known.fingerprint.compare(now) == Resemblance::Different)
        .then_some(PrimaryAnomaly::SerialReused)
}

fn old_version(evidence: &Evidence, copy: &Copy, now: &Fingerprint) -> Option<PrimaryAnomaly> {
    let serial = copy.summary.soa.serial;
    let before = evidence.history.versions.iter().rev().skip_while(|version| version.serial == serial);
    let mut between = false;
    for version in before {
        match version.copy.as_ref().map(|known| known.fingerprint.compare(now)) {
            Some(Resemblance::Same) if between => return Some(PrimaryAnomaly::OldVersion(version.serial)),
            Some(Resemblance::Different) => between = true,
            Some(Resemblance::Same) => return None,
            Some(Resemblance::Unknown) | None => {}
        }
    }
    None
}
