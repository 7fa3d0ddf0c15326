//! Times as milliseconds since 1970, for what is stored between checks; an earlier one becomes 1970.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize as _, Deserializer, Serializer};

/// A time that is read is no later than this, so that durations can be added to it.
const MAX_MILLIS: u64 = 9_000_000_000_000;

fn to_number(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(MAX_MILLIS)
}

fn to_time(number: u64) -> SystemTime {
    UNIX_EPOCH.checked_add(Duration::from_millis(number.min(MAX_MILLIS))).unwrap_or(UNIX_EPOCH)
}

pub(super) fn serialize<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(to_number(*time))
}

pub(super) fn deserialize<'d, D: Deserializer<'d>>(deserializer: D) -> Result<SystemTime, D::Error> {
    u64::deserialize(deserializer).map(to_time)
}

pub(super) mod option {
    use super::{Deserializer, Serializer, SystemTime, to_number, to_time};
    use serde::{Deserialize as _, Serialize as _};

    #[expect(clippy::ref_option, reason = "serde asks for it")]
    pub(in crate::judge) fn serialize<S: Serializer>(
        time: &Option<SystemTime>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        time.map(to_number).serialize(serializer)
    }

    pub(in crate::judge) fn deserialize<'d, D: Deserializer<'d>>(
        deserializer: D,
    ) -> Result<Option<SystemTime>, D::Error> {
        Ok(Option::<u64>::deserialize(deserializer)?.map(to_time))
    }
}
