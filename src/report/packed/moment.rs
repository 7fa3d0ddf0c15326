//! A time in eight bytes.

use std::num::NonZero;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A time to the millisecond. It takes eight bytes, and so does an `Option` of it: half of what a [`SystemTime`] takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment(
    /// One more than the milliseconds since 1970.
    NonZero<u64>,
);

impl Moment {
    pub(super) fn time(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.0.get() - 1)
    }
}

impl From<SystemTime> for Moment {
    fn from(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(NonZero::<u64>::MIN.saturating_add(u64::try_from(since.as_millis()).unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_kept_to_the_millisecond() {
        let time = UNIX_EPOCH + Duration::from_millis(1_764_400_000_123);
        assert_eq!(Moment::from(time + Duration::from_micros(999)).time(), time);
        assert_eq!(Moment::from(UNIX_EPOCH - Duration::from_secs(9)).time(), UNIX_EPOCH);
        assert_eq!(size_of::<Option<Moment>>(), 8);
    }
}
