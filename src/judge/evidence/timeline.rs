//! When a version was first seen, and what earlier rounds saw.

use std::time::SystemTime;

use super::regression::went_back;
use super::{Evidence, Responses};
use crate::dns::Serial;
use crate::judge::history::{Compared, SeenSerial};
use crate::plan::{Compare, Serials, Source, TargetId};

impl Evidence {
    /// Returns the versions that the reference was seen with, those of this round last.
    ///
    /// A serial that is older than the one before counts only once it is sure that the reference went back.
    pub(in crate::judge) fn published(&self, reference: Source) -> Vec<SeenSerial> {
        let remembered = self.history.versions.iter();
        let mut versions: Vec<SeenSerial> = remembered
            .map(|version| SeenSerial { serial: version.serial, first_seen: version.first_seen })
            .collect();
        let serial_observations =
            self.track(reference).map(Responses::serial_observations).unwrap_or_default();
        let shown = serial_observations.iter().map(|sighting| SeenSerial {
            serial: sighting.serial,
            first_seen: self.wall_time(sighting.span.end),
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
    pub(in crate::judge) fn lagging_since(&self, target: TargetId, reference: Source) -> Option<SystemTime> {
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

    /// Returns what the last comparison of a target's records has shown, if it went by the rules of now.
    pub fn compared(&self, target: TargetId) -> Option<Compared> {
        let rules = self.plan.rules.of_records();
        self.past(target)?.compared.filter(|compared| compared.rules == rules)
    }

    /// Returns what the last comparison says of the version that a target shows now, where a round rests on it.
    pub(in crate::judge) fn remembered(&self, target: TargetId) -> Option<Compared> {
        if self.plan.rules.compare != Compare::Remembered {
            return None;
        }
        let compared = self.compared(target)?;
        let shown = self.track(target)?.last()?.serial;
        let holds = self.plan.rules.serials == Serials::Independent || compared.serial == shown;
        holds.then_some(compared)
    }

    /// Returns when a target's last serial was seen.
    pub(in crate::judge) fn last_seen(&self, track: &Responses) -> Option<SystemTime> {
        Some(self.wall_time(track.last()?.span.end))
    }

    /// Returns the wall time at which the last answer of the round came.
    pub(crate) fn ended(&self) -> SystemTime {
        let answered = |track: &Responses| {
            let answers = track.observations.iter().map(|observation| observation.span.end);
            answers.chain(track.versions.iter().map(|version| version.span.end)).max()
        };
        self.wall_time(self.all_tracks().filter_map(answered).max().unwrap_or_default())
    }
}

/// Returns when the successor of a serial was first seen among versions in the order of first sight.
///
/// Of a serial that was never seen, it is the first sight of anything newer: what came in between cannot
/// have been there later than that.
pub(in crate::judge) fn successor(versions: &[SeenSerial], serial: Serial) -> Option<SystemTime> {
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

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn at(second: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(second)
    }

    fn shown(serials: &[(u32, u64)]) -> Vec<SeenSerial> {
        serials
            .iter()
            .map(|&(serial, second)| SeenSerial { serial: Serial(serial), first_seen: at(second) })
            .collect()
    }

    #[test]
    fn the_successor_is_what_came_next_and_is_newer() {
        let rising = shown(&[(5, 10), (7, 20), (9, 30)]);
        let fallen = shown(&[(5, 10), (9, 20), (4, 30), (6, 40)]);
        let again = shown(&[(5, 10), (6, 20), (5, 30), (6, 40)]);
        let around = shown(&[(u32::MAX, 10), (0, 20), (3, 30)]);
        for (versions, serial, second) in [
            (&rising, 5, Some(20)),
            (&rising, 6, Some(20)),
            (&rising, 4, Some(10)),
            (&rising, 9, None),
            (&rising, 12, None),
            // What was there before the fall has no part in what came after.
            (&fallen, 3, Some(30)),
            (&fallen, 4, Some(40)),
            (&fallen, 5, Some(20)),
            (&again, 5, Some(40)),
            (&around, u32::MAX, Some(20)),
            (&around, 1, Some(30)),
            (&Vec::new(), 1, None),
        ] {
            assert_eq!(successor(versions, Serial(serial)), second.map(at), "{versions:?} {serial}");
        }
    }
}
