//! What earlier rounds over a zone have shown, so that a lag has a beginning.
//!
//! A [`History`] is a value: [`History::after`] makes the next one from a round's evidence and judgement.
//! It is bounded; what it forgets is written down in `forget`.

mod forget;
mod persistence;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, Responses};
use super::findings::primary::went_back;
use crate::digest::{Fingerprint, Resemblance};
use crate::dns::Serial;
use crate::observe::Copy;
use crate::plan::{Compare, Serials, Source, Target, TargetId};

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
pub const FILE: &str = "zone file";

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

/// Returns when the successor of a serial was first seen among versions in the order of first sight.
///
/// Of a serial that was never seen, it is the first sight of anything newer: what came in between cannot
/// have been there later than that.
pub(super) fn successor(versions: &[SeenSerial], serial: Serial) -> Option<SystemTime> {
    let falls = |pair: &[SeenSerial]| match pair {
        [earlier, later] => earlier.serial.is_newer_than(later.serial),
        _ => false,
    };
    let known = versions.iter().rposition(|version| version.serial == serial);
    // What was there before the reference went back has no successor among what came after.
    let from = known.or_else(|| versions.windows(2).rposition(falls)).map_or(0, |place| place + 1);
    let later = versions.get(from..).unwrap_or_default();
    later.iter().find(|version| version.serial.is_newer_than(serial)).map(|version| version.first_seen)
}

impl Evidence {
    /// Returns the versions that the reference was seen with, those of this round last.
    ///
    /// A serial that is older than the one before counts only once it is sure that the reference went back.
    pub(super) fn published(&self, reference: Source) -> Vec<SeenSerial> {
        let remembered = self.history.versions.iter();
        let mut versions: Vec<SeenSerial> = remembered
            .map(|version| SeenSerial { serial: version.serial, first_seen: version.first_seen })
            .collect();
        let serial_observations =
            self.track(reference).map(Responses::serial_observations).unwrap_or_default();
        let shown = serial_observations.iter().map(|sighting| SeenSerial {
            serial: sighting.serial,
            first_seen: self.wall_time(sighting.span.answered),
        });
        let fell = reference.target().and_then(|target| went_back(self, target)).is_some();
        let last = shown.clone().next_back().filter(|_| fell);
        for version in shown {
            if versions.last().is_none_or(|last| version.serial.is_newer_than(last.serial)) {
                versions.push(version);
            }
        }
        versions.extend(last.filter(|last| versions.last().is_some_and(|it| it.serial != last.serial)));
        versions
    }

    /// Returns since when a target lags behind the reference, as far as that was seen.
    ///
    /// It is the first sight, at the reference, of the successor of the serial that the target shows. A
    /// round that knows of no round before it has seen no version appear, and cannot tell.
    pub(super) fn lagging_since(&self, target: TargetId, reference: Source) -> Option<SystemTime> {
        if self.history.versions.is_empty() {
            return None;
        }
        let track = self.track(target)?;
        let serial = track.last()?.serial;
        let past = self.past(target).filter(|past| past.serial() == Some(serial));
        let kept = past.and_then(|past| past.lagging_since);
        let since = kept.or_else(|| successor(&self.published(reference), serial))?;
        // What is still to come was seen by a clock that has been set back.
        Some(if since > self.ended() { self.looked() } else { since })
    }

    /// Returns the name by which it is remembered where a copy came from: a target, or the zone file.
    pub(super) fn source_name(&self, source: Source) -> Option<String> {
        match source {
            Source::ZoneFile => Some(FILE.to_owned()),
            Source::Target(target) => self.plan.target(target).map(Target::id),
        }
    }

    /// Returns what earlier rounds saw at a target.
    pub fn past(&self, target: TargetId) -> Option<&AddressHistory> {
        // A look without a memory need not even know by what name it would remember.
        if self.history.addresses.is_empty() {
            return None;
        }
        self.history.addresses.get(&self.plan.target(target)?.id())
    }

    /// Returns what the last comparison of a target's records has shown, if it went by the rules of now.
    pub fn compared(&self, target: TargetId) -> Option<Compared> {
        let rules = self.plan.rules.of_records();
        self.past(target)?.compared.filter(|compared| compared.rules == rules)
    }

    /// Returns what the last comparison says of the version that a target shows now, where a round rests on it.
    pub(super) fn remembered(&self, target: TargetId) -> Option<Compared> {
        if self.plan.rules.compare != Compare::Remembered {
            return None;
        }
        let compared = self.compared(target)?;
        let shown = self.track(target)?.last()?.serial;
        let holds = self.plan.rules.serials == Serials::Independent || compared.serial == shown;
        holds.then_some(compared)
    }

    /// Returns the fingerprint of a copy.
    pub(super) fn fingerprint(&self, copy: &Copy) -> Fingerprint {
        Fingerprint::of(&copy.digest, &self.plan.zone, &copy.whole.soa, copy.whole.records)
    }

    /// Returns when a target's last serial was seen.
    pub(super) fn last_seen(&self, track: &Responses) -> Option<SystemTime> {
        Some(self.wall_time(track.last()?.span.answered))
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
