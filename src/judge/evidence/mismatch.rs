//! Whether a lagging copy is what the reference served at its serial.

use super::comparison::compare;
use super::{Evidence, Responses, ServedVersion};
use crate::digest::Resemblance;
use crate::judge::history::ComparisonResult;
use crate::plan::{Source, TargetId};

/// How certain it is that a lagging copy is not what the reference served at its serial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VersionMismatch {
    /// It was read once.
    Suspected,
    /// It was read again, and was the same.
    Confirmed,
}

/// Returns whether a lagging copy is not what the reference served at its serial: it is not the stored copy of
/// that serial, or it differs in an RRset that has not changed since, by a delta that is proven. `None` where neither
/// is known.
pub(crate) fn version_mismatch(
    evidence: &Evidence,
    target: TargetId,
    reference: Source,
) -> Option<VersionMismatch> {
    let stored = evidence.standing_comparison(target);
    if stored.is_some_and(|comparison| comparison.result == ComparisonResult::Different) {
        return Some(VersionMismatch::Confirmed);
    }
    let responses = evidence.responses(target)?;
    let version = latest_version(responses)?;
    let confirmed = match stored_resemblance(evidence, version) {
        Resemblance::Same => return None,
        Resemblance::Different => responses.is_copy_repeated(),
        Resemblance::Unknown => {
            if !differs_in_unchanged(evidence, target, reference)? {
                return None;
            }
            responses.is_copy_repeated()
                && evidence.responses(reference).is_some_and(Responses::is_copy_repeated)
        }
    };
    Some(if confirmed { VersionMismatch::Confirmed } else { VersionMismatch::Suspected })
}

/// Returns the version of the last copy of a target, if it has the serial that was served last.
pub(crate) fn latest_version(responses: &Responses) -> Option<&ServedVersion> {
    let latest = responses.latest()?.serial;
    responses.copied_version().filter(|version| version.soa.serial == latest)
}

/// Compares a version with the copies that the history has of its serial.
pub(crate) fn stored_resemblance(evidence: &Evidence, version: &ServedVersion) -> Resemblance {
    evidence.history.resemblance(version.soa.serial, &version.fingerprint)
}

/// Whether a lagging copy differs from the reference's in an RRset that the reference has not changed since.
/// `None` where no delta is proven, or where such an RRset may be among differences that are unknown.
fn differs_in_unchanged(evidence: &Evidence, target: TargetId, reference: Source) -> Option<bool> {
    let copy = |source: Source| evidence.responses(source)?.copy();
    let since = copy(target.into())?.summary.soa.serial;
    let delta = evidence.proven_delta(reference, since, copy(reference)?)?;
    let differences = compare(evidence, target, reference, Some(&delta.changed))?.differences;
    (differences.is_exact() || differences.unexpected).then_some(differences.unexpected)
}

/// Whether another copy of the same serial was read that has other records. Which of the two is wrong, a delta of
/// the reference may tell.
pub(crate) fn is_contradicted(evidence: &Evidence, version: &ServedVersion) -> bool {
    let contradicts = |other: &ServedVersion| {
        other.soa.serial == version.soa.serial
            && other.fingerprint.compare(&version.fingerprint) == Resemblance::Different
    };
    evidence.by_target().any(|(_, responses)| responses.versions.iter().any(contradicts))
}
