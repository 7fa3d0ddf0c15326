//! How a server's records stand to the reference's.

use super::Evidence;
use super::responses::{MIN_SIGHTINGS, Responses, ServedVersion};
use crate::compare::{Differences, differences};
use crate::plan::{Serials, Source, TargetId};

/// How the content of a target stands to the reference's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Agreement {
    /// At one serial both served the same records.
    Same,
    /// At one serial, each time both were read, they served different records.
    Different,
    /// There are no two copies of one version to be held against each other.
    Unknown,
}

/// Returns how the copies of a target stand to the reference's.
pub(crate) fn agreement(evidence: &Evidence, target: TargetId, reference: Source) -> Agreement {
    let (Some(track), Some(reference)) = (evidence.track(target), evidence.track(reference)) else {
        return Agreement::Unknown;
    };
    let comparable = |ours: &ServedVersion, theirs: &ServedVersion| match evidence.plan.rules.serials {
        Serials::Shared => ours.soa.serial == theirs.soa.serial,
        Serials::Independent => true,
    };
    let mut agreement = Agreement::Unknown;
    for ours in &track.versions {
        for theirs in reference.versions.iter().filter(|theirs| comparable(ours, theirs)) {
            if ours.is_same_as(theirs) {
                return Agreement::Same;
            }
            agreement = Agreement::Different;
        }
    }
    agreement
}

/// Returns whether both copies were read often enough to accuse.
pub(crate) fn is_confirmed(evidence: &Evidence, target: TargetId, reference: Source) -> bool {
    let Some(version) = evidence.track(target).and_then(|track| track.versions.last()) else { return false };
    let independent = evidence.plan.rules.serials == Serials::Independent;
    [target.into(), reference].into_iter().filter_map(|source| evidence.track(source)).all(|track| {
        let same = |seen: &&ServedVersion| independent || seen.soa.serial == version.soa.serial;
        track.versions.iter().filter(same).count() >= MIN_SIGHTINGS
    })
}

/// Returns whether the copies that the differences were named from are of one serial.
pub(crate) fn are_of_one_version(evidence: &Evidence, target: TargetId, reference: Source) -> bool {
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
