//! How a server's serial stands to the reference's, which may publish meanwhile.

use super::{Evidence, SerialObservation};
use crate::dns::SerialOrder;
use crate::plan::{Source, TargetId};

/// How a serial stands to those that the reference served before and after it was observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It is one of them, or between them.
    Current,
    /// It is older than the one before, and so many steps behind the one after.
    Behind(u32),
    /// It is newer than the one after, by so many steps.
    Ahead(u32),
    /// It is exactly 2^31 away (RFC 1982).
    Undefined,
}

/// Relates the last serial of a target to those of the reference.
pub fn relation(evidence: &Evidence, target: TargetId, reference: Source) -> Option<Relation> {
    let (responses, reference) = (evidence.responses(target)?, evidence.responses(reference)?);
    Some(relate(responses.latest()?, &reference.serial_observations()))
}

/// Relates a serial to those of the reference, which are in order of time.
///
/// The reference may publish while a server is queried: a serial between what it served before and after is
/// no fault.
pub(crate) fn relate(observation: SerialObservation, reference: &[SerialObservation]) -> Relation {
    let SerialObservation { span, serial } = observation;
    let before = reference.iter().rposition(|it| it.span.is_before(span)).unwrap_or(0);
    let since = reference.get(before..).unwrap_or_default();
    let (Some(low), Some(high)) = (since.first(), since.last()) else { return Relation::Undefined };
    if since.iter().any(|it| it.serial == serial) {
        return Relation::Current;
    }
    match (low.serial.compare(serial), high.serial.compare(serial)) {
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
    fn a_serial_between_those_before_and_after_is_current() {
        let reference = [at(0, 10), at(2, 13)];
        for (serial, relation) in [
            (9, Relation::Behind(4)),
            (10, Relation::Current),
            (12, Relation::Current),
            (13, Relation::Current),
            (14, Relation::Ahead(1)),
            (13 + (1 << 31), Relation::Undefined),
        ] {
            assert_eq!(relate(at(1, serial), &reference), relation, "{serial}");
        }
    }

    #[test]
    fn a_serial_that_the_reference_left_before_the_query_is_behind() {
        let reference = [at(0, 10), at(2, 13), at(4, 13)];
        assert_eq!(relate(at(3, 10), &reference), Relation::Behind(3));
        assert_eq!(relate(at(3, 13), &reference), Relation::Current);
    }

    #[test]
    fn a_serial_observed_at_the_same_time_is_related_to_the_one_serial_of_the_reference() {
        assert_eq!(relate(at(0, 9), &[at(0, 10)]), Relation::Behind(1));
        assert_eq!(relate(at(0, 11), &[at(0, 10)]), Relation::Ahead(1));
    }
}
