//! Durations in eight bytes.

use std::num::NonZero;
use std::time::Duration;

/// A duration to the microsecond, or a time that is counted from the start of the program. It takes eight bytes, and so
/// does an `Option` of it: half of what a [`Duration`] takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Micros(
    /// One more than the microseconds.
    NonZero<u64>,
);

impl From<Duration> for Micros {
    fn from(duration: Duration) -> Self {
        Self(NonZero::<u64>::MIN.saturating_add(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl From<Micros> for Duration {
    fn from(Micros(micros): Micros) -> Self {
        Self::from_micros(micros.get() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_kept_to_the_microsecond() {
        let hours = Duration::from_hours(24 * 365 * 1000);
        for duration in [Duration::ZERO, Duration::from_micros(1), hours] {
            assert_eq!(Duration::from(Micros::from(duration + Duration::from_nanos(999))), duration);
        }
        assert!(Micros::from(Duration::MAX) > Micros::from(hours));
        assert_eq!(size_of::<Option<Micros>>(), 8);
    }
}
