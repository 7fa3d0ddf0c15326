//! One address, several versions: instances behind it that are not in step.

use super::relation::{Relation, between};
use super::responses::{Responses, SerialObservation, ServedVersion};

/// Returns whether one address serves two versions by turns, both of them seen again: other serials, or
/// other content at one serial.
pub(crate) fn is_mixed(track: &Responses) -> bool {
    serves_two_serials(&track.serial_observations()) || serves_two_contents(track)
}

/// A newer serial, an older one, and the newer one again. A zone that is rolled back, or that moves on
/// while it is asked, shows that to nobody.
fn serves_two_serials(serial_observations: &[SerialObservation]) -> bool {
    let before = |one: &SerialObservation, other: &SerialObservation| one.span.is_before(other.span);
    let twice = |serial| serial_observations.iter().filter(|sighting| sighting.serial == serial).count() >= 2;
    serial_observations.iter().filter(|older| twice(older.serial)).any(|older| {
        let newer = serial_observations.iter().filter(|seen| seen.serial.is_newer_than(older.serial));
        newer.filter(|newer| before(newer, older)).any(|newer| {
            serial_observations.iter().any(|again| again.serial == newer.serial && before(older, again))
        })
    })
}

/// Returns whether an address served two contents of one serial by turns.
pub(crate) fn serves_two_contents(track: &Responses) -> bool {
    let versions = &track.versions;
    let twice = |one: &ServedVersion| versions.iter().filter(|other| one.has_content_of(other)).count() >= 2;
    versions.iter().enumerate().filter(|(_, version)| twice(version)).any(|(place, version)| {
        let (earlier, later) = versions.split_at(place);
        let mut others = earlier.iter().filter(|other| other.differs_at_the_serial_of(version));
        others.any(|other| later.iter().any(|again| again.has_content_of(other)))
    })
}

/// Returns whether an address served other content at one serial than before.
pub(crate) fn changed_content(track: &Responses) -> bool {
    let versions = &track.versions;
    versions.iter().any(|one| versions.iter().any(|other| one.differs_at_the_serial_of(other)))
}

/// Returns whether the serials shown are not those of one version, or of one after the other: an older
/// one after a newer one, or two at a time.
pub(crate) fn alternates(serial_observations: &[SerialObservation]) -> bool {
    let forward = |earlier: &SerialObservation, later: &SerialObservation| {
        later.serial == earlier.serial
            || (earlier.span.is_before(later.span) && later.serial.is_newer_than(earlier.serial))
    };
    serial_observations.iter().enumerate().any(|(place, earlier)| {
        serial_observations.get(place + 1..).unwrap_or_default().iter().any(|later| !forward(earlier, later))
    })
}

/// Returns the serial that is served to unsigned questions, if it is another one than the signed ones
/// saw before and after.
pub(crate) fn other_view(track: &Responses) -> Option<SerialObservation> {
    let unsigned = track.unsigned.as_ref()?;
    let seen = SerialObservation { span: unsigned.span, serial: unsigned.soa()?.serial };
    (between(seen, &track.serial_observations()) != Relation::Current).then_some(seen)
}
