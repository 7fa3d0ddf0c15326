//! How a server's records stand to the reference's.

use super::Evidence;
use super::asking::answers;
use super::responses::{MIN_OBSERVATIONS, Responses, ServedVersion};
use crate::compare::{Comparison, Scope, contents};
use crate::digest::Resemblance;
use crate::dns::xfr::ixfr::ChangedRrsets;
use crate::plan::{Source, TargetId};

/// Returns whether some copy of a target is the same as one of the reference at the same serial. Unknown, if
/// there are no two copies of one serial.
pub(crate) fn resemblance(evidence: &Evidence, target: TargetId, reference: Source) -> Resemblance {
    let (Some(responses), Some(reference)) = (evidence.responses(target), evidence.responses(reference))
    else {
        return Resemblance::Unknown;
    };
    let serials_count = evidence.serials_count(target);
    let comparable =
        |ours: &ServedVersion, theirs: &ServedVersion| !serials_count || ours.soa.serial == theirs.soa.serial;
    let mut resemblance = Resemblance::Unknown;
    for ours in &responses.versions {
        for theirs in reference.versions.iter().filter(|theirs| comparable(ours, theirs)) {
            if ours.is_same_as(theirs) {
                return Resemblance::Same;
            }
            resemblance = Resemblance::Different;
        }
    }
    resemblance
}

/// Whether both copies were read often enough to accuse the target.
pub(crate) fn is_confirmed(evidence: &Evidence, target: TargetId, reference: Source) -> bool {
    let Some(version) = evidence.responses(target).and_then(|responses| responses.versions.last()) else {
        return false;
    };
    let independent = !evidence.serials_count(target);
    [target.into(), reference].into_iter().filter_map(|source| evidence.responses(source)).all(|responses| {
        let same = |other: &&ServedVersion| independent || other.soa.serial == version.soa.serial;
        responses.versions.iter().filter(same).count() >= MIN_OBSERVATIONS
    })
}

/// Whether the last copies of both, whose differences are named, have one serial.
pub(crate) fn are_of_one_version(evidence: &Evidence, target: TargetId, reference: Source) -> bool {
    let serial = |source: Source| Some(evidence.responses(source)?.versions.last()?.soa.serial);
    !evidence.serials_count(target) || serial(target.into()) == serial(reference)
}

/// Whether the reference still serves the version that was last read from it.
pub(crate) fn is_current(evidence: &Evidence, reference: Source) -> bool {
    let Some(responses) = evidence.responses(reference) else { return false };
    match (responses.latest(), responses.versions.last()) {
        (Some(latest), Some(version)) => latest.serial == version.soa.serial,
        _ => false,
    }
}

/// Whether the SOAs differ at the same serial, where they are compared.
pub(crate) fn soa_differs(evidence: &Evidence, target: TargetId, reference: Source) -> bool {
    let soa = |source: Source| evidence.responses(source).and_then(Responses::soa_or_copied);
    if !evidence.compares_soa(target) {
        return false;
    }
    match (soa(target.into()), soa(reference)) {
        (Some(ours), Some(theirs)) => ours.serial == theirs.serial && ours != theirs,
        _ => false,
    }
}

/// Whether the answers of a target are held against its own copy: they are the reference's, or its copy is the same as
/// the reference's.
pub(crate) fn are_of_own_copy(evidence: &Evidence, target: TargetId, reference: Source) -> bool {
    let has_copy = evidence.responses(target).is_some_and(|responses| responses.copy().is_some());
    let is_same = || {
        reference == Source::Target(target) || resemblance(evidence, target, reference) == Resemblance::Same
    };
    has_copy && is_same()
}

/// Compares the last contents of both: the answers of a target if there are any, unless its copy differs.
pub(crate) fn compare(
    evidence: &Evidence,
    target: TargetId,
    reference: Source,
    changed: Option<&ChangedRrsets>,
) -> Option<Comparison> {
    let responses = evidence.responses(target)?;
    let is_file = reference == Source::ZoneFile;
    let of_answers = || {
        answers(evidence, target)?;
        responses
            .asked
            .as_ref()
            .filter(|_| resemblance(evidence, target, reference) != Resemblance::Different)
    };
    let content = of_answers().or(responses.content.as_ref())?;
    let of_reference = evidence.responses(reference)?;
    let of_reference = of_reference.content.as_ref().or(of_reference.asked.as_ref())?;
    let scope = Scope {
        zone: &evidence.plan.zone,
        profile: &evidence.profile,
        compares_soa: evidence.compares_soa(target),
        changed,
        max_listed: evidence.plan.rules.max_differences,
        is_file,
    };
    Some(contents(of_reference, content, &scope))
}
