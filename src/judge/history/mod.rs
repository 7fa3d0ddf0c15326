//! What earlier rounds over a zone have shown, so that a lag has a beginning.
//!
//! A [`History`] is plain data, written to disk as it is: hence serde. [`learn`](crate::judge::learn()) makes
//! the next one from a round's evidence and judgement. It is bounded; what it forgets is written down in `forget`.

mod forget;
mod persistence;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::digest::{Fingerprint, Resemblance};
use crate::dns::Serial;

/// What earlier rounds over one zone have shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// What the reference published, in the order of first sight.
    pub versions: Vec<Version>,
    /// What each address showed, by [`crate::plan::Target::id`].
    pub addresses: BTreeMap<String, AddressHistory>,
    /// How many new versions were seen at the reference in all, the first one not counted.
    pub publications: u64,
    /// How often the reference went back to an older serial.
    pub regressions: u64,
}

/// One version that was seen at the reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its serial.
    pub serial: Serial,
    /// When the reference was first seen with it.
    #[serde(with = "millis")]
    pub first_seen: SystemTime,
    /// What its copy was, if it was read and is not forgotten.
    pub copy: Option<StoredCopy>,
}

/// A copy of the reference's that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredCopy {
    /// Its total.
    pub fingerprint: Fingerprint,
    /// The address it was read from, as [`crate::plan::Target::id`] has it, or [`FILE`].
    pub read_from: String,
}

/// What one address showed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressHistory {
    /// The serials it showed, each with its first sight; the last one is what it showed last.
    pub shown: Vec<SeenSerial>,
    /// The beginning of the lag that it had last.
    #[serde(with = "millis::option")]
    pub lagging_since: Option<SystemTime>,
    /// The first look of the row of looks, up to the last one, that did not find it in sync.
    #[serde(with = "millis::option")]
    pub out_of_sync_since: Option<SystemTime>,
    /// When it was last asked.
    #[serde(with = "millis::option")]
    pub last_looked: Option<SystemTime>,
    /// When it last answered with authority.
    #[serde(with = "millis::option")]
    pub last_answer: Option<SystemTime>,
    /// When it was last in sync.
    #[serde(with = "millis::option")]
    pub last_in_sync: Option<SystemTime>,
    /// When its copy expires, where its refreshes have failed.
    #[serde(with = "millis::option")]
    pub expires: Option<SystemTime>,
    /// From the first sight of a version at the reference to the first sight here, in milliseconds, the last
    /// publications last.
    pub latencies: Vec<u64>,
    /// How many publications were seen to get here in all.
    pub arrivals: u64,
    /// The serial that it fell back from, while it has not come back to it.
    pub went_back_from: Option<Serial>,
    /// What the last comparison of its records has shown.
    pub compared: Option<Compared>,
}

/// What a comparison of the records of one address has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// The serial that the address showed.
    pub serial: Serial,
    /// By which rules records were taken for the same: see [`crate::plan::ComparisonRules::of_records`].
    pub rules: u64,
    /// When.
    #[serde(with = "millis")]
    pub at: SystemTime,
    /// What came of it.
    pub outcome: ComparisonResult,
}

/// What came of a comparison of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ComparisonResult {
    /// It has the records of its serial.
    Same,
    /// It has other records than the reference served at its serial.
    Different,
    /// Its records, or the reference's, could not be read whole.
    Unread,
}

/// A serial, and when it was first seen at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenSerial {
    /// The serial.
    pub serial: Serial,
    /// When it was first seen there.
    #[serde(with = "millis")]
    pub first_seen: SystemTime,
}

/// The name by which a zone file is remembered, whatever its path.
pub(super) const FILE: &str = "zone file";

impl AddressHistory {
    /// Returns the serial that it showed last.
    pub fn serial(&self) -> Option<Serial> {
        Some(self.shown.last()?.serial)
    }

    /// Returns the time in which 95 of 100 publications got here; `None` if too few were seen to tell.
    pub fn usual_latency(&self) -> Option<Duration> {
        /// Fewer are no habit.
        const FEWEST: usize = 5;
        let mut latencies = self.latencies.clone();
        latencies.sort_unstable();
        // The nearest rank: the smallest that 95 of 100 do not exceed.
        let rank = (latencies.len() * 95).div_ceil(100);
        let latency = *latencies.get(rank.checked_sub(1)?)?;
        (latencies.len() >= FEWEST).then(|| Duration::from_millis(latency))
    }
}

impl History {
    /// Returns what a remembered version of this serial says of a copy.
    pub fn resemblance(&self, serial: Serial, copy: &Fingerprint) -> Resemblance {
        let of_serial = self.versions.iter().filter(|version| version.serial == serial);
        let mut resemblance = Resemblance::Unknown;
        for remembered in of_serial.filter_map(|version| version.copy.as_ref()) {
            match remembered.fingerprint.compare(copy) {
                Resemblance::Same => return Resemblance::Same,
                Resemblance::Different => resemblance = Resemblance::Different,
                Resemblance::Unknown => {}
            }
        }
        resemblance
    }
}

/// Times as milliseconds since 1970; one before that is taken for it.
mod millis {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use serde::{Deserialize as _, Deserializer, Serializer};

    /// No time that is read is later than this; it leaves room to count from.
    const LATEST: u64 = 9_000_000_000_000;

    fn to_number(time: SystemTime) -> u64 {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(LATEST)
    }

    fn to_time(number: u64) -> SystemTime {
        UNIX_EPOCH.checked_add(Duration::from_millis(number.min(LATEST))).unwrap_or(UNIX_EPOCH)
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
        pub(in crate::judge::history) fn serialize<S: Serializer>(
            time: &Option<SystemTime>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            time.map(to_number).serialize(serializer)
        }

        pub(in crate::judge::history) fn deserialize<'d, D: Deserializer<'d>>(
            deserializer: D,
        ) -> Result<Option<SystemTime>, D::Error> {
            Ok(Option::<u64>::deserialize(deserializer)?.map(to_time))
        }
    }
}

#[cfg(test)]
mod tests;
