//! Whether a lagging copy is what the reference served at its serial.

use super::{Evidence, Responses};
use crate::compare::has_differences_beside;
use crate::digest::Resemblance;
use crate::judge::history::{ComparisonResult, Version};
use crate::observe::Copy;
use crate::plan::{Source, TargetId};

/// How sure it is that a lagging copy is not what the reference served at its serial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Corruption {
    /// It was read once.
    Suspected,
    /// It was read again, and was the same.
    Confirmed,
}

/// Returns whether a lagging copy is another than what the reference served at its serial: another than the
/// remembered copy of that, or different in an RRset that has not changed since. A serial of which neither
/// is known tells nothing.
pub(crate) fn corruption(evidence: &Evidence, target: TargetId, reference: Source) -> Option<Corruption> {
    if evidence.remembered(target).is_some_and(|compared| compared.outcome == ComparisonResult::Different) {
        return Some(Corruption::Confirmed);
    }
    let track = evidence.track(target)?;
    let copy = lagging_copy(track)?;
    let confirmed = match remembered(evidence, copy) {
        Resemblance::Same => return None,
        Resemblance::Different => track.is_read_again(),
        Resemblance::Unknown => {
            if !differs_beside_delta(evidence, copy, reference)? {
                return None;
            }
            track.is_read_again() && evidence.track(reference).is_some_and(Responses::is_read_again)
        }
    };
    Some(if confirmed { Corruption::Confirmed } else { Corruption::Suspected })
}

/// Returns the copy that was read of a target, if it is of the serial that was last seen there.
pub(crate) fn lagging_copy(track: &Responses) -> Option<&Copy> {
    let shown = track.last()?.serial;
    track.copy.as_ref().filter(|copy| copy.summary.soa.serial == shown)
}

/// Returns what the remembered copies of its serial say of a copy.
pub(crate) fn remembered(evidence: &Evidence, copy: &Copy) -> Resemblance {
    let serial = copy.summary.soa.serial;
    let remembered = |version: &Version| version.serial == serial && version.copy.is_some();
    if !evidence.history.versions.iter().any(remembered) {
        return Resemblance::Unknown;
    }
    evidence.history.resemblance(serial, &evidence.fingerprint(copy))
}

/// Returns whether a copy differs from the reference's in an RRset that the reference has not changed since
/// the serial of the copy, where that and all differences are known.
fn differs_beside_delta(evidence: &Evidence, copy: &Copy, reference: Source) -> Option<bool> {
    let theirs = evidence.track(reference)?.copy.as_ref()?;
    let delta = evidence.delta(reference, copy.summary.soa.serial, theirs.summary.soa.serial)?;
    has_differences_beside(delta, &evidence.profile, theirs, copy)
}
