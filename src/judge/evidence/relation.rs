//! How a server's serial stands to the reference's, which may move meanwhile.

use super::{Evidence, SerialObservation};
use crate::dns::SerialOrder;
use crate::plan::{Source, TargetId};

/// How a serial stands to the reference's serials before and after it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// One of them, or between them.
    Current,
    /// Older than the one before; so many steps behind the one after.
    Behind(u32),
    /// Newer than the one after, by so many steps.
    Ahead(u32),
    /// Exactly 2^31 away.
    Undefined,
}

/// Returns how a target's last serial stands to the reference's.
pub fn relation(evidence: &Evidence, target: TargetId, reference: Source) -> Option<Relation> {
    let (track, reference) = (evidence.track(target)?, evidence.track(reference)?);
    Some(between(track.last()?, &reference.serial_observations()))
}

/// The reference may publish while a server is asked: a serial between what it showed before and
/// after is no fault.
pub(crate) fn between(seen: SerialObservation, reference: &[SerialObservation]) -> Relation {
    let before = reference.iter().rposition(|sighting| sighting.span.is_before(seen.span)).unwrap_or(0);
    let since = reference.get(before..).unwrap_or_default();
    let (Some(low), Some(high)) = (since.first(), since.last()) else { return Relation::Undefined };
    if since.iter().any(|sighting| sighting.serial == seen.serial) {
        return Relation::Current;
    }
    match (low.serial.compare(seen.serial), high.serial.compare(seen.serial)) {
        (_, SerialOrder::Undefined) => Relation::Undefined,
        (_, SerialOrder::Ahead(steps)) => Relation::Ahead(steps),
        (SerialOrder::Ahead(_) | SerialOrder::Same, _) | (_, SerialOrder::Same) => Relation::Current,
        (SerialOrder::Behind(_) | SerialOrder::Undefined, SerialOrder::Behind(steps)) => {
            Relation::Behind(steps)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::dns::Serial;
    use crate::observe::TimeSpan;

    fn at(second: u64, serial: u32) -> SerialObservation {
        let span =
            TimeSpan { start: Duration::from_secs(second), end: Duration::from_millis(second * 1000 + 500) };
        SerialObservation { span, serial: Serial(serial) }
    }

    #[test]
    fn a_serial_between_before_and_after_is_current() {
        let reference = [at(0, 10), at(2, 13)];
        for (serial, relation) in [
            (9, Relation::Behind(4)),
            (10, Relation::Current),
            (12, Relation::Current),
            (13, Relation::Current),
            (14, Relation::Ahead(1)),
            (13 + (1 << 31), Relation::Undefined),
        ] {
            assert_eq!(between(at(1, serial), &reference), relation, "{serial}");
        }
    }

    #[test]
    fn what_the_reference_showed_long_before_does_not_excuse() {
        let reference = [at(0, 10), at(2, 13), at(4, 13)];
        assert_eq!(between(at(3, 10), &reference), Relation::Behind(3));
        assert_eq!(between(at(3, 13), &reference), Relation::Current);
    }

    #[test]
    fn a_look_at_the_same_time_takes_the_reference_as_it_is() {
        assert_eq!(between(at(0, 9), &[at(0, 10)]), Relation::Behind(1));
        assert_eq!(between(at(0, 11), &[at(0, 10)]), Relation::Ahead(1));
    }
}
