//! Whether the primary itself is sound. It is suspected before all its secondaries are blamed.

use super::code::{Code, Finding};
use crate::advice;
use crate::digest::{Fingerprint, Resemblance};
use crate::dns::Serial;
use crate::judge::evidence::{Evidence, Responses, ServedVersion};
use crate::judge::verdict::reference::{Reference, ReferenceKind};
use crate::observe::Copy;
use crate::plan::{Serials, Source, TargetId};

/// How often a copy must have been read, each time the same, before it is said to be bad.
const READINGS_TO_DOUBT: usize = 2;

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

/// Returns all that is odd about what the primaries and the reference serve.
pub(crate) fn findings(evidence: &Evidence, reference: Option<Reference>) -> Vec<Finding> {
    let fallen = forward_only(evidence, reference).into_iter().filter_map(|target| fall(evidence, target));
    let odd = reference.into_iter().flat_map(|reference| {
        let confirmed = is_confirmed(evidence, reference.source);
        anomalies(evidence, reference).into_iter().filter(move |_| confirmed).filter_map(move |oddity| {
            let copy = evidence.track(reference.source)?.copy.as_ref()?;
            Some(told(evidence, reference.source, copy.whole.soa.serial, oddity))
        })
    });
    fallen.chain(odd).collect()
}

/// Returns whether a target seems to have gone back, and must be asked again before that is said: often, so
/// that it shows if several instances answer by turns.
pub(crate) fn is_to_be_asked_again(
    evidence: &Evidence,
    place: TargetId,
    reference: Option<Reference>,
) -> bool {
    let Some(track) = evidence.track(place) else { return false };
    let known = evidence.past(place).is_none_or(|past| past.went_back_from.is_some());
    track.looks < 2
        && !known
        && fell_from(evidence, place).is_some()
        && forward_only(evidence, reference).contains(&place)
}

/// Returns whether the reference's copy must be read once more before it is said to be bad.
pub(crate) fn is_to_be_read_again(evidence: &Evidence, reference: Reference) -> bool {
    !is_confirmed(evidence, reference.source) && !anomalies(evidence, reference).is_empty()
}

/// Returns the serial that a target fell back from, once it is sure that it did.
///
/// A server that shows both serials by turns has several instances, and has not gone back.
pub(crate) fn went_back(evidence: &Evidence, place: TargetId) -> Option<Serial> {
    let from = fell_from(evidence, place)?;
    let serial_observations = evidence.track(place)?.serial_observations();
    let known = evidence.past(place)?.went_back_from.is_some();
    let fell = serial_observations.iter().all(|sighting| from.is_newer_than(sighting.serial));
    (fell && (known || serial_observations.len() >= READINGS_TO_DOUBT)).then_some(from)
}

fn fell_from(evidence: &Evidence, place: TargetId) -> Option<Serial> {
    if evidence.plan.rules.serials == Serials::Independent {
        return None;
    }
    let now = evidence.track(place)?.last()?.serial;
    let past = evidence.past(place)?;
    let newer = |from: &Serial| from.is_newer_than(now);
    past.went_back_from.filter(newer).or_else(|| past.serial().filter(newer))
}

/// Returns the targets whose serial should only ever go forward: primaries, and who stands in for them.
fn forward_only(evidence: &Evidence, reference: Option<Reference>) -> Vec<TargetId> {
    let named = evidence.mname.as_ref().map_or([].as_slice(), |mname| &mname.targets);
    let mut targets: Vec<TargetId> = evidence.primaries().chain(named.iter().copied()).collect();
    targets.extend(reference.and_then(|reference| reference.source.target()));
    targets.sort_unstable();
    targets.dedup();
    targets
}

fn fall(evidence: &Evidence, place: TargetId) -> Option<Finding> {
    let from = went_back(evidence, place)?;
    let target = evidence.plan.target(place)?;
    let serial = evidence.track(place)?.last()?.serial;
    let message = format!(
        "{} {} went back from serial {from} to {serial}: who has {from} takes nothing from it until it passes that",
        target.server, target.address
    );
    let place = advice::on_server(&target.server);
    let advice = advice::raise_serial(&evidence.plan.zone, (serial, from), &place, &target.server);
    Some(Finding::new(Code::SerialWentBack, message).advise(advice))
}

/// Returns whether the last copy of a target was read twice, in this round or before, and was the same.
fn is_confirmed(evidence: &Evidence, place: Source) -> bool {
    let Some(track) = evidence.track(place) else { return false };
    let Some(copy) = &track.copy else { return false };
    let same = |version: &&ServedVersion| {
        version.soa == copy.whole.soa && version.sums.content == copy.digest.sums().content
    };
    track.versions.iter().filter(same).count() >= READINGS_TO_DOUBT
        || evidence.history.resemblance(copy.whole.soa.serial, &evidence.fingerprint(copy))
            == Resemblance::Same
}

fn anomalies(evidence: &Evidence, reference: Reference) -> Vec<PrimaryAnomaly> {
    let known = evidence.history.versions.iter().any(|version| version.copy.is_some());
    let copy = evidence.track(reference.source).and_then(|track: &Responses| track.copy.as_ref());
    let (Some(copy), true) = (copy, known) else { return Vec::new() };
    let Some(source) = evidence.source_name(reference.source) else { return Vec::new() };
    let now = evidence.fingerprint(copy);
    let mut anomalies = Vec::new();
    anomalies.extend(shrank(evidence, &source, copy, &now));
    // A secondary that stands in may have been mended.
    if reference.kind != ReferenceKind::Newest {
        anomalies.extend(serial_reused(evidence, &source, copy, &now));
    }
    anomalies.extend(old_version(evidence, copy, &now));
    anomalies
}

fn shrank(evidence: &Evidence, source: &str, copy: &Copy, now: &Fingerprint) -> Option<PrimaryAnomaly> {
    let serial = copy.whole.soa.serial;
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
    let serial = copy.whole.soa.serial;
    let of_serial = evidence.history.versions.iter().filter(|version| version.serial == serial);
    let known = of_serial.filter_map(|version| version.copy.as_ref());
    let mut known = known.filter(|known| known.read_from == source);
    known
        .any(|known| known.fingerprint.compare(now) == Resemblance::Different)
        .then_some(PrimaryAnomaly::SerialReused)
}

fn old_version(evidence: &Evidence, copy: &Copy, now: &Fingerprint) -> Option<PrimaryAnomaly> {
    let serial = copy.whole.soa.serial;
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

fn told(evidence: &Evidence, source: Source, serial: Serial, oddity: PrimaryAnomaly) -> Finding {
    let zone = &evidence.plan.zone;
    let target = source.target().and_then(|target| evidence.plan.target(target));
    let file = evidence.zone_file.as_ref().map(|file| file.name.as_str()).unwrap_or_default();
    let (who, serves) = match target {
        Some(target) => (format!("{} {}", target.server, target.address), "serves"),
        None => (file.to_owned(), "holds"),
    };
    match oddity {
        PrimaryAnomaly::Shrank { before, now } => {
            let percent = before.saturating_sub(now).saturating_mul(100) / before.max(1);
            let message = format!(
                "{who} lost {percent} % of its RRsets since its last version: {now} of {before} are left at serial {serial}"
            );
            let advice = target.map(|target| advice::zone_status(zone, &target.server)).unwrap_or_default();
            Finding::new(Code::ReferenceShrank, message).advise(advice)
        }
        PrimaryAnomaly::SerialReused => {
            let message = format!(
                "{who} {serves} other records at serial {serial} than it did before: who has the first ones has no \
                 reason to take these"
            );
            let loads = evidence.primaries().next().and_then(|primary| evidence.plan.target(primary));
            let server = target.or(loads).map_or("the primary", |target| target.server.as_str());
            let place = if target.is_some() { advice::on_server(server) } else { advice::in_file(file) };
            let advice = advice::raise_serial(zone, (serial, serial), &place, server);
            Finding::new(Code::SerialReused, message).advise(advice)
        }
        PrimaryAnomaly::OldVersion(old) => {
            let message =
                format!("{who} {serves} at serial {serial} the same records as it did at serial {old}");
            Finding::new(Code::OlderVersionReturned, message)
        }
    }
}
