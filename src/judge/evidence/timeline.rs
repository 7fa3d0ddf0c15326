//! When each version was first observed, and what earlier checks have found.

use std::time::SystemTime;

use super::regression::confirmed_regression;
use super::{Evidence, Responses};
use crate::dns::Serial;
use crate::judge::history::{RecordsComparison, SeenSerial};
use crate::plan::{Compare, Source, TargetId};

impl Evidence {
    /// Returns the serials that the reference published, each with its first observation, those of this check
    /// last.
    ///
    /// A serial that is older than the one before counts only once it is certain that the reference went back.
    pub(in crate::judge) fn published(&self, reference: Source) -> Vec<SeenSerial> {
        let mut published: Vec<SeenSerial> = self
            .history
            .versions
            .iter()
            .map(|version| SeenSerial { serial: version.serial, first_seen: version.first_seen })
            .collect();
        let observations = self.responses(reference).map(Responses::serial_observations).unwrap_or_default();
        let observed = observations.iter().map(|observation| SeenSerial {
            serial: observation.serial,
            first_seen: self.wall_time(observation.span.end),
        });
        let went_back = reference.target().and_then(|target| confirmed_regression(self, target)).is_some();
        let latest = observed.clone().next_back().filter(|_| went_back);
        for serial in observed {
            if published.last().is_none_or(|last| serial.serial.is_newer_than(last.serial)) {
                published.push(serial);
            }
        }
        published
            .extend(latest.filter(|latest| published.last().is_some_and(|it| it.serial != latest.serial)));
        published
    }

    /// Returns since when a target lags behind the reference, as far as that was observed.
    ///
    /// The lag begins when the successor of the target's serial is first observed at the reference. The first
    /// check of a zone has not observed any publication, and returns `None`.
    pub(in crate::judge) fn lagging_since(&self, target: TargetId, reference: Source) -> Option<SystemTime> {
        if self.history.versions.is_empty() {
            return None;
        }
        let serial = self.responses(target)?.latest()?.serial;
        let history = self.address_history(target).filter(|history| history.serial() == Some(serial));
        let known = history.and_then(|history| history.lagging_since);
        let since = known.or_else(|| successor_first_seen(&self.published(reference), serial))?;
        // A time in the future is from before the clock was set back.
        Some(if since > self.end_time() { self.start_time() } else { since })
    }

    /// Returns the last comparison of a target's records, if it went by the rules of now.
    pub fn last_comparison(&self, target: TargetId) -> Option<RecordsComparison> {
        let rules = self.plan.rules.records_id();
        self.address_history(target)?.last_comparison.filter(|comparison| comparison.rules == rules)
    }

    /// Returns the last comparison of a target's records, if this check relies on it and it still applies to
    /// the version that the target serves.
    pub(in crate::judge) fn standing_comparison(&self, target: TargetId) -> Option<RecordsComparison> {
        if self.plan.rules.compare != Compare::PreviousRecords {
            return None;
        }
        let comparison = self.last_comparison(target)?;
        let latest = self.responses(target)?.latest()?.serial;
        let applies = !self.serials_count(target) || comparison.serial == latest || self.is_followed(target);
        applies.then_some(comparison)
    }

    /// Returns when the last serial of a target was observed.
    pub(in crate::judge) fn last_seen(&self, responses: &Responses) -> Option<SystemTime> {
        Some(self.wall_time(responses.latest()?.span.end))
    }

    /// The wall time at which the last response of this check came.
    pub(crate) fn end_time(&self) -> SystemTime {
        let last = |responses: &Responses| {
            let observed = responses.observations.iter().map(|observation| observation.span.end);
            let copied = responses.versions.iter().map(|version| version.span.end);
            observed.chain(copied).chain(responses.asked().map(|asked| asked.span.end)).max()
        };
        self.wall_time(self.all_responses().filter_map(last).max().unwrap_or_default())
    }
}

/// Returns when the successor of a serial was first observed. The versions are in the order of their first
/// observation.
///
/// Of a serial that was never observed, the first newer one counts: its successor cannot have been published
/// later than that.
pub(in crate::judge) fn successor_first_seen(versions: &[SeenSerial], serial: Serial) -> Option<SystemTime> {
    let goes_back = |pair: &[SeenSerial]| match pair {
        [earlier, later] => earlier.serial.is_newer_than(later.serial),
        _ => false,
    };
    let known = versions.iter().rposition(|version| version.serial == serial);
    // A version from before the reference went back has no successor among those after.
    let from = known.or_else(|| versions.windows(2).rposition(goes_back)).map_or(0, |index| index + 1);
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

    fn versions(serials: &[(u32, u64)]) -> Vec<SeenSerial> {
        serials
            .iter()
            .map(|&(serial, second)| SeenSerial { serial: Serial(serial), first_seen: at(second) })
            .collect()
    }

    #[test]
    fn the_successor_is_the_next_version_that_is_newer() {
        let rising = versions(&[(5, 10), (7, 20), (9, 30)]);
        let fallen = versions(&[(5, 10), (9, 20), (4, 30), (6, 40)]);
        let again = versions(&[(5, 10), (6, 20), (5, 30), (6, 40)]);
        let around = versions(&[(u32::MAX, 10), (0, 20), (3, 30)]);
        for (versions, serial, second) in [
            (&rising, 5, Some(20)),
            (&rising, 6, Some(20)),
            (&rising, 4, Some(10)),
            (&rising, 9, None),
            (&rising, 12, None),
            // Versions from before the reference went back are no part of what came after.
            (&fallen, 3, Some(30)),
            (&fallen, 4, Some(40)),
            (&fallen, 5, Some(20)),
            (&again, 5, Some(40)),
            (&around, u32::MAX, Some(20)),
            (&around, 1, Some(30)),
            (&Vec::new(), 1, None),
        ] {
            assert_eq!(
                successor_first_seen(versions, Serial(serial)),
                second.map(at),
                "{versions:?} {serial}"
            );
        }
    }
}
