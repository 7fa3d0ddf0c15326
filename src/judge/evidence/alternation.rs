//! One address, several versions: instances behind it that are not in step, or another view.

use super::relation::{Relation, relate};
use super::responses::{Responses, SerialObservation, ServedVersion};

/// Whether one address serves two versions by turns, both seen again: two serials, or two contents of one
/// serial. Two serials that instances count for themselves are two versions only if their contents differ.
pub(crate) fn is_mixed(responses: &Responses, serials_count: bool) -> bool {
    let are_versions = || {
        let mut pairs = responses.versions.windows(2);
        serials_count || pairs.any(|pair| matches!(pair, [a, b] if a.sums.content != b.sums.content))
    };
    (serves_two_serials(&responses.serial_observations()) && are_versions()) || serves_two_contents(responses)
}

/// Whether there is a newer serial, an older one, and the newer one again. A zone that is rolled back or
/// published during the check does not do that.
fn serves_two_serials(observations: &[SerialObservation]) -> bool {
    let before = |one: &SerialObservation, other: &SerialObservation| one.span.is_before(other.span);
    let twice = |serial| observations.iter().filter(|it| it.serial == serial).count() >= 2;
    observations.iter().filter(|older| twice(older.serial)).any(|older| {
        let newer = observations.iter().filter(|it| it.serial.is_newer_than(older.serial));
        newer.filter(|newer| before(newer, older)).any(|newer| {
            observations.iter().any(|again| again.serial == newer.serial && before(older, again))
        })
    })
}

/// Whether an address served two contents of one serial by turns.
pub(crate) fn serves_two_contents(responses: &Responses) -> bool {
    let versions = &responses.versions;
    let twice = |one: &ServedVersion| versions.iter().filter(|other| one.has_content_of(other)).count() >= 2;
    versions.iter().enumerate().filter(|(_, version)| twice(version)).any(|(index, version)| {
        let (earlier, later) = versions.split_at(index);
        let mut others = earlier.iter().filter(|other| other.contradicts(version));
        others.any(|other| later.iter().any(|again| again.has_content_of(other)))
    })
}

/// Whether an address answered rightly and wrongly by turns, about one version.
pub(crate) fn alternates_in_answers(responses: &Responses) -> bool {
    responses.asked().is_some_and(|asked| !asked.alternating.is_empty())
}

/// Whether an address served other content at one serial than before.
pub(crate) fn changed_content(responses: &Responses) -> bool {
    let versions = &responses.versions;
    versions.iter().any(|one| versions.iter().any(|other| one.contradicts(other)))
}

/// Whether the serials are not those of one version after the other: an older one comes after a newer one, or
/// two come at once.
pub(crate) fn alternates(observations: &[SerialObservation]) -> bool {
    let forward = |earlier: &SerialObservation, later: &SerialObservation| {
        later.serial == earlier.serial
            || (earlier.span.is_before(later.span) && later.serial.is_newer_than(earlier.serial))
    };
    observations.iter().enumerate().any(|(index, earlier)| {
        observations.get(index + 1..).unwrap_or_default().iter().any(|later| !forward(earlier, later))
    })
}

/// Returns the serial that is served without a TSIG key, if it is not one that was served with the key before
/// and after: the key selects another view of the zone.
pub(crate) fn other_view(responses: &Responses) -> Option<SerialObservation> {
    let unsigned = responses.unsigned.as_ref()?;
    let observation = SerialObservation { span: unsigned.span, serial: unsigned.soa()?.serial };
    (relate(observation, &responses.serial_observations()) != Relation::Current).then_some(observation)
}
