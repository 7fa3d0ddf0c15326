//! The verdicts over an address along a stretch of time, as a strip of slots.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::AddressHistory;
use super::record::is_gap;
use super::verdict_changes::RecordedState;

/// A stretch of time in which one state held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Its beginning.
    pub from: SystemTime,
    /// Its end.
    pub until: SystemTime,
    /// What was known of the address in it; in a slot, the worst of it.
    pub state: RecordedState,
}

/// How much time a strip shows, and in how many slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StripScale {
    slot: Duration,
    slots: u32,
}

impl StripScale {
    /// The last 24 hours by the quarter of an hour.
    pub const DAY: Self = Self { slot: Duration::from_mins(15), slots: 96 };

    /// The last 30 days by the quarter of a day.
    pub const MONTH: Self = Self { slot: Duration::from_hours(6), slots: 120 };

    /// The number of slots.
    pub fn slots(self) -> u32 {
        self.slots
    }

    /// The beginning and the end of each slot. They begin at multiples of their length in UTC, and `now` is in the last.
    fn bounds(self, now: SystemTime) -> impl Iterator<Item = (SystemTime, SystemTime)> {
        let slot = self.slot.as_secs().max(1);
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let last = since.as_secs() / slot;
        let at = move |number: u64| {
            UNIX_EPOCH.checked_add(Duration::from_secs(number.saturating_mul(slot))).unwrap_or(UNIX_EPOCH)
        };
        let first = (last + 1).saturating_sub(self.slots.into());
        (first..=last).map(move |number| (at(number), at(number + 1)))
    }

    /// When the strip begins.
    pub fn begin(self, now: SystemTime) -> SystemTime {
        self.bounds(now).next().map_or(now, |(begin, _)| begin)
    }
}

impl AddressHistory {
    /// Returns the states of the address from then until now, in order and without gaps.
    pub fn stretches(&self, from: SystemTime, now: SystemTime) -> Vec<Stretch> {
        let before = if self.changes.is_empty() { RecordedState::IN_SYNC } else { RecordedState::Unchecked };
        let recorded = self.changes.iter().map(|change| (change.at, change.state));
        let since_last_check = match self.last_checked {
            Some(checked) if !is_gap(checked, now) => None,
            Some(checked) => Some((checked, RecordedState::Unchecked)),
            None => Some((from, RecordedState::Unchecked)),
        };
        let changes: Vec<(SystemTime, RecordedState)> =
            [(from, before)].into_iter().chain(recorded).chain(since_last_check).collect();
        let ends = changes.iter().skip(1).map(|(at, _)| *at).chain([now]);
        let mut stretches: Vec<Stretch> = Vec::new();
        for (&(begin, state), end) in changes.iter().zip(ends) {
            let (begin, end) = (begin.max(from), end.min(now));
            match stretches.last_mut() {
                _ if begin >= end => {}
                Some(last) if last.state == state => last.until = end,
                _ => stretches.push(Stretch { from: begin, until: end, state }),
            }
        }
        stretches
    }

    /// Returns the strip of the address: each slot with the worst that was seen in it. The last slot may end after now.
    pub fn strip(&self, scale: StripScale, now: SystemTime) -> Vec<Stretch> {
        let stretches = self.stretches(scale.begin(now), now);
        let slot = |(from, until): (SystemTime, SystemTime)| {
            let touching = stretches.iter().filter(|stretch| stretch.from < until && stretch.until > from);
            // A slot that begins now has the state of now.
            let last = stretches.last().map(|last| last.state);
            let state = touching.map(|stretch| stretch.state).min().or(last);
            Stretch { from, until, state: state.unwrap_or(RecordedState::Unchecked) }
        };
        scale.bounds(now).map(slot).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::history::VerdictChange;
    use crate::judge::{Severity, Verdict};

    const HOUR: u64 = 3600;
    const DAY: u64 = 24 * HOUR;
    const STUCK: RecordedState =
        RecordedState::Judged { severity: Severity::Critical, verdict: Verdict::Stuck };

    fn at(second: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(second)
    }

    fn address(changes: &[(u64, RecordedState)], checked: u64) -> AddressHistory {
        let change = |&(second, state): &(u64, RecordedState)| VerdictChange { at: at(second), state };
        AddressHistory {
            changes: changes.iter().map(change).collect(),
            last_checked: Some(at(checked)),
            ..AddressHistory::default()
        }
    }

    /// The states of a strip, with the number of slots in a row that have each.
    fn runs(strip: &[Stretch]) -> Vec<(usize, RecordedState)> {
        strip.chunk_by(|one, other| one.state == other.state).map(|run| (run.len(), run[0].state)).collect()
    }

    #[test]
    fn an_address_without_entries_was_in_sync_all_along() {
        let now = 100 * DAY + 100;
        for scale in [StripScale::DAY, StripScale::MONTH] {
            let strip = address(&[], now).strip(scale, at(now));
            assert_eq!(runs(&strip), [(scale.slots() as usize, RecordedState::IN_SYNC)]);
            assert!(strip.last().is_some_and(|last| last.from <= at(now) && at(now) < last.until));
        }
    }

    #[test]
    fn a_slot_has_the_worst_of_what_was_seen_in_it() {
        let now = 100 * DAY;
        // Stuck for a minute in one slot, and from one quarter into the next.
        let entries = [
            (now - 2 * DAY, RecordedState::IN_SYNC),
            (now - 10 * HOUR + 60, STUCK),
            (now - 10 * HOUR + 120, RecordedState::IN_SYNC),
            (now - HOUR - 60, STUCK),
            (now - HOUR + 60, RecordedState::IN_SYNC),
        ];
        let strip = address(&entries, now - 5).strip(StripScale::DAY, at(now));
        let in_sync = RecordedState::IN_SYNC;
        assert_eq!(runs(&strip), [(55, in_sync), (1, STUCK), (34, in_sync), (2, STUCK), (4, in_sync)]);
        let month = address(&entries, now - 5).strip(StripScale::MONTH, at(now));
        assert_eq!(runs(&month), [(111, RecordedState::Unchecked), (6, in_sync), (2, STUCK), (1, in_sync)]);
    }

    #[test]
    fn what_is_not_known_is_not_checked() {
        let now = 100 * DAY;
        // First checked six hours ago, and last four hours ago.
        let strip = address(&[(now - 6 * HOUR, RecordedState::IN_SYNC)], now - 4 * HOUR);
        let strip = strip.strip(StripScale::DAY, at(now - 1));
        let unchecked = RecordedState::Unchecked;
        assert_eq!(runs(&strip), [(72, unchecked), (8, RecordedState::IN_SYNC), (16, unchecked)]);
        let never = AddressHistory::default();
        assert_eq!(runs(&never.strip(StripScale::DAY, at(now))), [(96, unchecked)]);
    }

    #[test]
    fn stretches_cover_the_time_in_order() {
        let now = 100 * DAY;
        let entries = [(now - 10, STUCK), (now - 4, RecordedState::IN_SYNC), (now + 50, STUCK)];
        let stretch = |from, until, state| Stretch { from: at(from), until: at(until), state };
        assert_eq!(
            address(&entries, now - 2).stretches(at(now - 20), at(now)),
            [
                stretch(now - 20, now - 10, RecordedState::Unchecked),
                stretch(now - 10, now - 4, STUCK),
                stretch(now - 4, now, RecordedState::IN_SYNC),
            ]
        );
        assert_eq!(
            address(&entries, now - 2).stretches(at(now - 6), at(now)),
            [stretch(now - 6, now - 4, STUCK), stretch(now - 4, now, RecordedState::IN_SYNC)]
        );
    }
}
