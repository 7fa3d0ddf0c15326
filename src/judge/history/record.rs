//! How the verdict over an address has changed in the last 30 days.
//!
//! An address that was in sync for so long has no entries, and nothing is stored of it. Any other has the state that it
//! had at the beginning of this time, or from its first check on, and then each other state.
//!
//! - A version that propagates in time is no trouble: it is recorded as in sync, so that a zone which changes each minute
//!   has no entries. Past its deadline the verdict is `stuck`, which is recorded.
//! - Time without a check is recorded once it is longer than [`MAX_REST`], beside other entries only.
//! - There are [`MAX_CHANGES`] entries at most. With more, two neighbours become one with the worse of their states: the
//!   two of which the milder one was the shortest, of equal ones the oldest.

use std::time::{Duration, SystemTime};

use super::AddressHistory;
use super::verdict_changes::{RecordedState, VerdictChange};

/// How long ago a verdict may be for its address to have a record.
pub const RECORD: Duration = Duration::from_hours(24 * 30);

/// The longest time from one check to the next in which the verdict of the first is taken to hold.
///
/// Three hours: a zone that is checked once an hour may miss two checks. One that is checked less often than this shows
/// what each check has found, and that nothing is known of the time between.
pub const MAX_REST: Duration = Duration::from_hours(3);

/// The most entries of an address: about 340 bytes.
pub const MAX_CHANGES: usize = 48;

impl AddressHistory {
    /// Records the state that a check has found which ended `now`; the one before it ended when `checked` says.
    pub(in crate::judge) fn record(
        &mut self,
        state: RecordedState,
        checked: Option<SystemTime>,
        now: SystemTime,
    ) {
        if let Some(checked) = checked {
            if self.changes.is_empty() && !state.is_trouble() {
                return;
            }
            if self.changes.is_empty() {
                self.change(RecordedState::IN_SYNC, now.checked_sub(RECORD).unwrap_or(now));
            }
            if is_gap(checked, now) {
                self.change(RecordedState::Unchecked, checked);
            }
        }
        self.change(state, now);
        while self.changes.len() > MAX_CHANGES && self.merge_two() {}
    }

    /// Begins the record of an address of which it is not known how its verdict has changed.
    pub(super) fn begin_record(&mut self) {
        self.changes.clear();
        let at = self.last_checked.unwrap_or(SystemTime::UNIX_EPOCH);
        self.changes.push(VerdictChange { at, state: RecordedState::Unchecked });
    }

    /// Forgets what was true before the time of the record, and all of it if nothing but in sync is left.
    pub(super) fn forget_changes(&mut self, now: SystemTime) {
        for change in &mut self.changes {
            change.at = change.at.min(now);
        }
        let Some(begin) = now.checked_sub(RECORD) else { return };
        let in_force = self.changes.partition_point(|change| change.at <= begin);
        self.changes.drain(..in_force.saturating_sub(1));
        if let [VerdictChange { at, state: RecordedState::IN_SYNC }] = self.changes.as_slice()
            && *at <= begin
        {
            self.changes.clear();
        }
    }

    fn change(&mut self, state: RecordedState, at: SystemTime) {
        let last = self.changes.last();
        if last.is_none_or(|last| last.state != state) {
            // The clock may have been set back.
            let at = last.map_or(at, |last| last.at.max(at));
            self.changes.push(VerdictChange { at, state });
        }
    }

    /// Makes one of the two neighbours that hide the least of each other; the state of now is none of them.
    fn merge_two(&mut self) -> bool {
        let hidden = |position: usize| -> Option<Duration> {
            let [first, second, third] = self.changes.get(position..position + 3)?.first_chunk()?;
            let (from, until) =
                if first.state < second.state { (second.at, third.at) } else { (first.at, second.at) };
            until.duration_since(from).ok()
        };
        let positions = 0..self.changes.len().saturating_sub(2);
        let Some(position) = positions.min_by_key(|position| hidden(*position)) else { return false };
        let milder = self.changes.remove(position + 1);
        if let Some(merged) = self.changes.get_mut(position) {
            merged.state = merged.state.min(milder.state);
        }
        self.changes.dedup_by_key(|change| change.state);
        true
    }
}

/// Whether so much time passed between two checks that nothing is known of it.
pub(super) fn is_gap(checked: SystemTime, next: SystemTime) -> bool {
    next.duration_since(checked).is_ok_and(|rest| rest > MAX_REST)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use proptest::prelude::*;

    use super::*;
    use crate::judge::Verdict;

    const MINUTE: u64 = 60;
    const DAY: u64 = 86_400;

    fn at(second: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(second)
    }

    fn state(verdict: Verdict) -> RecordedState {
        RecordedState::of(verdict, verdict.severity())
    }

    /// An address after a check at each of these seconds.
    fn checked(checks: impl IntoIterator<Item = (u64, Verdict)>) -> AddressHistory {
        let mut address = AddressHistory::default();
        for (second, verdict) in checks {
            let before = address.last_checked.replace(at(second));
            address.record(state(verdict), before, at(second));
            address.forget_changes(at(second));
        }
        address
    }

    fn changes(address: &AddressHistory) -> Vec<(u64, RecordedState)> {
        let second = |at: SystemTime| at.duration_since(UNIX_EPOCH).unwrap().as_secs();
        address.changes.iter().map(|change| (second(change.at), change.state)).collect()
    }

    #[test]
    fn an_address_that_was_in_sync_for_30_days_has_no_entries() {
        let month = (0..=30 * 24).map(|hour| (hour * 60 * MINUTE, Verdict::InSync));
        assert_eq!(changes(&checked(month.clone().take(30 * 24))), [(0, RecordedState::IN_SYNC)]);
        assert_eq!(checked(month).changes, []);
    }

    #[test]
    fn a_version_that_propagates_in_time_is_no_trouble() {
        let busy = (0..31 * 24 * 60).map(|minute| {
            let verdict = if minute % 2 == 0 { Verdict::InSync } else { Verdict::Propagating };
            (minute * MINUTE, verdict)
        });
        assert_eq!(checked(busy).changes, []);
    }

    #[test]
    fn trouble_is_recorded_when_it_begins_and_when_it_ends_and_for_30_days() {
        let mut address = AddressHistory { last_checked: Some(at(100 * DAY)), ..AddressHistory::default() };
        let mut check = |second, verdict| {
            let before = address.last_checked.replace(at(second));
            address.record(state(verdict), before, at(second));
            address.forget_changes(at(second));
            changes(&address)
        };
        let (begin, end) = (100 * DAY + 60, 100 * DAY + 180);
        let stuck = [(begin - 30 * DAY, RecordedState::IN_SYNC), (begin, state(Verdict::Stuck))];
        assert_eq!(check(begin, Verdict::Stuck), stuck);
        assert_eq!(check(begin + 60, Verdict::Stuck), stuck);
        let healed = [stuck.as_slice(), &[(end, RecordedState::IN_SYNC)]].concat();
        assert_eq!(check(end, Verdict::InSync), healed);
        let mut last = Vec::new();
        for hour in 1..30 * 24 {
            last = check(end + hour * 3600, Verdict::InSync);
        }
        assert_eq!(last, healed, "what was true at the beginning stays");
        assert_eq!(check(end + 30 * DAY, Verdict::InSync), []);
    }

    #[test]
    fn a_gap_is_recorded_beside_other_entries_once_it_is_long() {
        let hour = 60 * MINUTE;
        let checks = [(0, Verdict::Lame), (3 * hour, Verdict::Lame), (7 * hour, Verdict::Lame)];
        let lame = state(Verdict::Lame);
        let unchecked = RecordedState::Unchecked;
        assert_eq!(changes(&checked(checks)), [(0, lame), (3 * hour, unchecked), (7 * hour, lame)]);
        let mut quiet = AddressHistory::default();
        quiet.record(RecordedState::IN_SYNC, Some(at(0)), at(90 * DAY));
        assert_eq!(quiet.changes, []);
    }

    #[test]
    fn the_shortest_of_the_milder_states_gives_way_when_there_are_too_many() {
        // Every hour it is stuck for a minute, but once for so long that it is in sync for two minutes only.
        let mut checks = vec![(0, Verdict::InSync)];
        for hour in 1..=24 {
            let second = hour * 60 * MINUTE;
            checks.push((second, Verdict::InSync));
            checks.push((second + MINUTE, Verdict::Stuck));
            let until = if hour == 3 { 59 } else { 2 };
            checks.push((second + until * MINUTE, Verdict::InSync));
        }
        let address = checked(checks.clone());
        assert_eq!(address.changes.len(), MAX_CHANGES + 1 - 2, "two neighbours of one state are one");
        let third = 3 * 60 * MINUTE;
        let found = changes(&address);
        let stuck = state(Verdict::Stuck);
        assert!(found.contains(&(third + MINUTE, stuck)), "{found:?}");
        assert!(!found.contains(&(third + 59 * MINUTE, RecordedState::IN_SYNC)), "{found:?}");
        let last = changes(&checked(checks.into_iter().chain([(26 * 60 * MINUTE, Verdict::Ahead)])));
        assert_eq!(last.last(), Some(&(26 * 60 * MINUTE, state(Verdict::Ahead))));
    }

    #[test]
    fn a_record_of_which_nothing_is_known_begins_at_the_last_check() {
        let mut address = AddressHistory { last_checked: Some(at(50)), ..AddressHistory::default() };
        address.begin_record();
        address.record(state(Verdict::Lame), Some(at(50)), at(60));
        assert_eq!(changes(&address), [(50, RecordedState::Unchecked), (60, state(Verdict::Lame))]);
    }

    proptest! {
        /// Whatever the checks find, entries are few, in order, and each differs from the one before; the last is of now.
        #[test]
        fn a_record_is_bounded_and_in_order(
            checks in prop::collection::vec((0..40_000_u64, 0..Verdict::ALL.len()), 1..300),
        ) {
            let mut second = 0;
            let checks: Vec<(u64, Verdict)> = checks
                .into_iter()
                .map(|(step, verdict)| {
                    second += step;
                    (second, Verdict::ALL[verdict])
                })
                .collect();
            let last = checks[checks.len() - 1];
            let address = checked(checks);
            let found = changes(&address);
            prop_assert!(found.len() <= MAX_CHANGES);
            prop_assert!(found.windows(2).all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 != pair[1].1));
            let now = found.last().map_or(RecordedState::IN_SYNC, |last| last.1);
            prop_assert_eq!(now, state(last.1));
        }
    }
}
