//! When a zone is checked next, and how closely. Pure: the time is an argument.

use std::time::Duration;

use super::micros::Micros;

/// A point in time, counted from the start of the program.
pub(super) type Uptime = Duration;

/// The shortest time between two transfers of a copy.
pub const MIN_COMPARE_INTERVAL: Duration = Duration::from_mins(5);

/// After a comparison, a zone's records rest for at least this many times as long as it took.
const COMPARE_REST_FACTOR: u32 = 20;

/// First comparisons are spread over at most this many check intervals.
pub const FIRST_COMPARE_INTERVALS: u32 = 10;

/// The longest time from the first check of one zone to that of the next.
const MAX_CHECK_STEP: Duration = Duration::from_millis(5);

/// The longest time from the first comparison of one zone to that of the next.
const MAX_COMPARE_STEP: Duration = Duration::from_millis(100);

/// How closely a zone is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CheckKind {
    /// The serial of every address.
    Serials,
    /// The serials of the addresses that lag, and of the reference.
    Lagging,
    /// The serial and the records of every address.
    Records,
}

/// How often a zone is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Intervals {
    /// From one check of all serials to the next.
    pub(super) check: Duration,
    /// From one comparison of records to the next while nothing seems to change; `None` if records are never
    /// compared.
    pub(super) compare: Option<Duration>,
}

/// What a check has shown, as far as the schedule depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ZoneState {
    /// Whether a new version is on its way.
    pub(super) propagation: Propagation,
    /// Whether an address serves another serial than when it was last compared, and a comparison may change its verdict.
    pub(super) has_uncompared: bool,
    /// The time from this comparison of records to the next, if that is not the interval.
    pub(super) rest: Option<Duration>,
}

/// Whether a new version is on its way to some addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Propagation {
    /// No address lags.
    #[default]
    Complete,
    /// An address lags behind a version that an earlier check has seen already.
    Ongoing,
    /// An address lags, and the reference has a new serial since the last check.
    Started,
}

/// When one zone is checked next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Schedule {
    intervals: Intervals,
    /// When all serials are checked next.
    next_all_serials: Uptime,
    /// When records are compared next.
    next_compare: Option<Uptime>,
    /// Records are not compared before this.
    earliest_compare: Uptime,
    follow_up: Option<FollowUp>,
}

/// A [`Schedule`] as it is kept between checks, to the microsecond: 40 bytes instead of 112. The intervals are in the
/// settings of the zone.
#[derive(Clone, Copy, Debug)]
pub(super) struct PackedSchedule {
    next_all_serials: Micros,
    next_compare: Option<Micros>,
    earliest_compare: Micros,
    /// When the follow-up began, and its step.
    follow_up: Option<(Micros, Micros)>,
}

impl PackedSchedule {
    /// Returns the schedule of a zone with these intervals.
    pub(super) fn unpack(self, intervals: Intervals) -> Schedule {
        let Self { next_all_serials, next_compare, earliest_compare, follow_up } = self;
        Schedule {
            intervals,
            next_all_serials: next_all_serials.into(),
            next_compare: next_compare.map(Uptime::from),
            earliest_compare: earliest_compare.into(),
            follow_up: follow_up.map(|(since, step)| FollowUp { since: since.into(), step: step.into() }),
        }
    }
}

/// Checks of the addresses that lag, 1, 2, 4, 8 … seconds after the first sight of a new version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FollowUp {
    since: Uptime,
    step: Duration,
}

impl FollowUp {
    fn next(self) -> Uptime {
        self.since + self.step
    }
}

/// The position of a zone among all, by which first checks are spread over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stagger {
    /// The position, from 0.
    pub(super) index: u32,
    /// The number of zones.
    pub(super) count: u32,
}

impl Stagger {
    /// The delay of this zone when all are spread over `period`, at most `max_step` apart.
    fn delay(self, period: Duration, max_step: Duration) -> Duration {
        let step = (period / self.count.max(1)).min(max_step);
        step.saturating_mul(self.index)
    }
}

impl Schedule {
    /// Plans the first checks from `now` on; `compared` is how long ago records were last compared.
    pub(super) fn new(
        intervals: Intervals,
        stagger: Stagger,
        now: Uptime,
        compared: Option<Duration>,
    ) -> Self {
        let next_all_serials = now + stagger.delay(intervals.check, MAX_CHECK_STEP);
        let earliest_compare = compared.map_or(now, |ago| now + MIN_COMPARE_INTERVAL.saturating_sub(ago));
        let next_compare = intervals.compare.map(|compare| {
            let period = compare.min(intervals.check * FIRST_COMPARE_INTERVALS);
            (next_all_serials + stagger.delay(period, MAX_COMPARE_STEP)).max(earliest_compare)
        });
        Self { intervals, next_all_serials, next_compare, earliest_compare, follow_up: None }
    }

    /// Returns the schedule as it is kept.
    pub(super) fn pack(&self) -> PackedSchedule {
        let Self { intervals: _, next_all_serials, next_compare, earliest_compare, follow_up } = self;
        PackedSchedule {
            next_all_serials: (*next_all_serials).into(),
            next_compare: next_compare.map(Micros::from),
            earliest_compare: (*earliest_compare).into(),
            follow_up: follow_up.map(|FollowUp { since, step }| (since.into(), step.into())),
        }
    }

    /// Plans the checks of a zone that stays, under other settings: soon, so that they show in its results.
    pub(super) fn reconfigured(&self, intervals: Intervals, stagger: Stagger, now: Uptime) -> Self {
        let new = Self::new(intervals, stagger, now, None);
        let earliest_compare = self.earliest_compare;
        Self { next_compare: new.next_compare.map(|at| at.max(earliest_compare)), earliest_compare, ..new }
    }

    /// When serials are checked next.
    pub(super) fn next_serials(&self) -> Uptime {
        self.follow_up.map_or(self.next_all_serials, |follow_up| follow_up.next().min(self.next_all_serials))
    }

    /// The longest time from one comparison of records to the next while nothing delays it, if they are compared.
    pub(super) fn compare_interval(&self) -> Option<Duration> {
        self.intervals.compare.map(|compare| compare.max(MIN_COMPARE_INTERVAL))
    }

    /// When records are compared next, if ever.
    pub(super) fn next_compare(&self) -> Option<Uptime> {
        self.next_compare
    }

    /// Which serials a check that begins now asks for.
    pub(super) fn serials_kind(&self, now: Uptime) -> CheckKind {
        if self.next_all_serials <= now || self.follow_up.is_none() {
            CheckKind::Serials
        } else {
            CheckKind::Lagging
        }
    }

    /// Whether a check that begins now is late: by more than a tenth of the interval, and more than a second.
    pub(super) fn is_late(&self, kind: CheckKind, now: Uptime) -> bool {
        let due = match kind {
            CheckKind::Records => self.next_compare.unwrap_or(now),
            CheckKind::Serials | CheckKind::Lagging => self.next_serials(),
        };
        now.saturating_sub(due) > (self.intervals.check / 10).max(Duration::from_secs(1))
    }

    /// Plans on after a check that ended now, after `took`.
    pub(super) fn completed(&mut self, kind: CheckKind, state: ZoneState, took: Duration, now: Uptime) {
        let began = now.saturating_sub(took);
        if kind != CheckKind::Lagging {
            self.next_all_serials = next_slot(self.next_all_serials, self.intervals.check, began);
        }
        self.plan_follow_up(state.propagation, began, now);
        if kind == CheckKind::Records {
            self.earliest_compare = now + MIN_COMPARE_INTERVAL.max(took * COMPARE_REST_FACTOR);
            self.next_compare = self
                .intervals
                .compare
                .map(|compare| (began + state.rest.unwrap_or(compare)).max(self.earliest_compare));
        }
        if state.has_uncompared
            && let Some(next_compare) = &mut self.next_compare
        {
            // Addresses that still lag may arrive by then, and all are compared at once.
            let arrived = self.follow_up.map_or(now, |follow_up| follow_up.since + self.intervals.check);
            *next_compare = arrived.max(self.earliest_compare).min(*next_compare);
        }
    }

    /// Plans on after a check that ended now without a result.
    pub(super) fn failed(&mut self, kind: CheckKind, took: Duration, now: Uptime) {
        self.completed(kind, ZoneState::default(), took, now);
    }

    fn plan_follow_up(&mut self, propagation: Propagation, began: Uptime, now: Uptime) {
        match propagation {
            Propagation::Complete => self.follow_up = None,
            Propagation::Ongoing => {}
            Propagation::Started => {
                self.follow_up = Some(FollowUp { since: began, step: Duration::from_secs(1) });
            }
        }
        if let Some(mut follow_up) = self.follow_up {
            while follow_up.next() <= now {
                follow_up.step *= 2;
            }
            // From there on the regular checks are as frequent.
            self.follow_up = Some(follow_up).filter(|it| it.step < self.intervals.check);
        }
    }
}

/// The first time after `now` that is a whole number of intervals after `from`.
fn next_slot(from: Uptime, interval: Duration, now: Uptime) -> Uptime {
    if from > now {
        // A check shortly before its time takes the place of the one that was due.
        return if from.saturating_sub(now) > interval / 2 { from } else { now + interval };
    }
    let passed = now.saturating_sub(from).as_nanos() / interval.as_nanos().max(1);
    from + interval * u32::try_from(passed + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);
    const HOUR: Duration = Duration::from_hours(1);
    const INTERVALS: Intervals = Intervals { check: MINUTE, compare: Some(HOUR) };
    const ALONE: Stagger = Stagger { index: 0, count: 1 };

    fn at(second: u64) -> Uptime {
        Duration::from_secs(second)
    }

    fn schedule() -> Schedule {
        Schedule::new(INTERVALS, ALONE, at(0), None)
    }

    /// Completes a check that took no time.
    fn check(schedule: &mut Schedule, kind: CheckKind, state: ZoneState, second: u64) {
        schedule.completed(kind, state, Duration::ZERO, at(second));
    }

    const IN_SYNC: ZoneState =
        ZoneState { propagation: Propagation::Complete, has_uncompared: false, rest: None };
    const ARRIVED: ZoneState = ZoneState { has_uncompared: true, ..IN_SYNC };
    const LAGGING: ZoneState = ZoneState { propagation: Propagation::Started, ..IN_SYNC };
    const STILL: ZoneState = ZoneState { propagation: Propagation::Ongoing, ..IN_SYNC };

    #[test]
    fn a_schedule_is_unpacked_as_it_was() {
        let mut schedule = schedule();
        check(&mut schedule, CheckKind::Records, LAGGING, 3);
        assert!(schedule.follow_up.is_some());
        assert_eq!(schedule.pack().unpack(INTERVALS), schedule);
        assert_eq!(size_of::<PackedSchedule>(), 40);
    }

    #[test]
    fn records_that_may_rest_are_compared_when_their_rest_is_over_or_when_there_is_a_doubt() {
        let mut schedule = schedule();
        let resting = ZoneState { rest: Some(HOUR * 15), ..IN_SYNC };
        check(&mut schedule, CheckKind::Records, resting, 0);
        assert_eq!(schedule.next_compare(), Some(HOUR * 15));
        check(&mut schedule, CheckKind::Serials, resting, 600);
        assert_eq!(schedule.next_compare(), Some(HOUR * 15));
        check(&mut schedule, CheckKind::Serials, ARRIVED, 660);
        assert_eq!(schedule.next_compare(), Some(at(660)));
    }

    #[test]
    fn a_single_zone_is_checked_at_once_and_then_every_interval() {
        let mut schedule = schedule();
        assert_eq!((schedule.next_serials(), schedule.next_compare()), (at(0), Some(at(0))));
        check(&mut schedule, CheckKind::Records, IN_SYNC, 0);
        assert_eq!((schedule.next_serials(), schedule.next_compare()), (at(60), Some(at(3600))));
        check(&mut schedule, CheckKind::Serials, IN_SYNC, 60);
        assert_eq!(schedule.next_serials(), at(120));
        // A late check does not move those after it.
        schedule.completed(CheckKind::Serials, IN_SYNC, at(3), at(130));
        assert_eq!(schedule.next_serials(), at(180));
        schedule.completed(CheckKind::Serials, IN_SYNC, at(0), at(400));
        assert_eq!(schedule.next_serials(), at(420));
    }

    #[test]
    fn checks_of_many_zones_are_spread_over_one_interval_and_comparisons_over_ten() {
        let count = 100_000;
        let of = |index| Schedule::new(INTERVALS, Stagger { index, count }, at(0), None);
        assert_eq!(of(0).next_serials(), at(0));
        assert_eq!(of(50_000).next_serials(), at(30));
        assert!(of(99_999).next_serials() < at(60));
        assert!(of(99_999).next_compare() < Some(at(660)));
        assert!(of(50_000).next_compare() > Some(at(300)));
        // A few zones need not wait so long.
        let few = Schedule::new(INTERVALS, Stagger { index: 9, count: 10 }, at(0), None);
        assert!(few.next_compare() < Some(at(1)));
    }

    #[test]
    fn lagging_addresses_are_checked_after_1_2_4_8_seconds() {
        let mut schedule = schedule();
        check(&mut schedule, CheckKind::Records, IN_SYNC, 0);
        check(&mut schedule, CheckKind::Serials, LAGGING, 60);
        let mut checked = Vec::new();
        while schedule.next_serials() < at(120) {
            let next = schedule.next_serials();
            assert_eq!(schedule.serials_kind(next), CheckKind::Lagging);
            checked.push(next.as_secs() - 60);
            schedule.completed(CheckKind::Lagging, STILL, Duration::ZERO, next);
        }
        assert_eq!(checked, [1, 2, 4, 8, 16, 32]);
        assert_eq!(schedule.serials_kind(at(120)), CheckKind::Serials);
        // What lags on is checked with all others.
        check(&mut schedule, CheckKind::Serials, STILL, 120);
        assert_eq!(schedule.next_serials(), at(180));
        // A new version starts over.
        check(&mut schedule, CheckKind::Serials, LAGGING, 180);
        assert_eq!(schedule.next_serials(), at(181));
        check(&mut schedule, CheckKind::Lagging, ARRIVED, 181);
        assert_eq!(schedule.next_serials(), at(240));
    }

    #[test]
    fn a_long_check_makes_no_later_one_late() {
        let mut schedule = Schedule::new(Intervals { check: at(10), ..INTERVALS }, ALONE, at(0), None);
        schedule.completed(CheckKind::Records, IN_SYNC, at(4), at(4));
        schedule.completed(CheckKind::Serials, ZoneState { has_uncompared: true, ..LAGGING }, at(4), at(14));
        assert_eq!(schedule.next_serials(), at(18));
        schedule.completed(CheckKind::Lagging, ARRIVED, at(3), at(21));
        assert!(schedule.next_serials() > at(18) && schedule.next_compare() >= Some(at(21)));
    }

    #[test]
    fn records_are_compared_once_a_new_serial_has_arrived() {
        let mut schedule = schedule();
        check(&mut schedule, CheckKind::Records, IN_SYNC, 0);
        check(&mut schedule, CheckKind::Serials, ZoneState { has_uncompared: true, ..LAGGING }, 600);
        // Lagging addresses are waited for, one interval at most.
        assert_eq!(schedule.next_compare(), Some(at(660)));
        check(&mut schedule, CheckKind::Lagging, ARRIVED, 602);
        assert_eq!(schedule.next_compare(), Some(at(602)));
    }

    #[test]
    fn comparisons_are_five_minutes_or_twenty_times_their_duration_apart() {
        let mut schedule = schedule();
        check(&mut schedule, CheckKind::Records, IN_SYNC, 0);
        check(&mut schedule, CheckKind::Serials, ARRIVED, 60);
        assert_eq!(schedule.next_compare(), Some(at(300)));
        schedule.completed(CheckKind::Records, IN_SYNC, at(60), at(360));
        check(&mut schedule, CheckKind::Serials, ARRIVED, 420);
        assert_eq!(schedule.next_compare(), Some(at(360 + 1200)));
        let often = Intervals { compare: Some(at(10)), ..INTERVALS };
        let mut schedule = Schedule::new(often, ALONE, at(0), None);
        check(&mut schedule, CheckKind::Records, IN_SYNC, 0);
        assert_eq!(schedule.next_compare(), Some(at(300)));
        // The same holds after a restart.
        let again = Schedule::new(INTERVALS, ALONE, at(0), Some(at(100)));
        assert_eq!((again.next_serials(), again.next_compare()), (at(0), Some(at(200))));
    }

    #[test]
    fn records_are_never_compared_without_an_interval_for_it() {
        let mut schedule = Schedule::new(Intervals { compare: None, ..INTERVALS }, ALONE, at(0), None);
        check(&mut schedule, CheckKind::Serials, ARRIVED, 0);
        assert_eq!(schedule.next_compare(), None);
    }

    #[test]
    fn a_check_is_late_by_more_than_a_tenth_of_the_interval() {
        let mut schedule = schedule();
        check(&mut schedule, CheckKind::Records, IN_SYNC, 0);
        assert!(!schedule.is_late(CheckKind::Serials, at(66)));
        assert!(schedule.is_late(CheckKind::Serials, at(67)));
        assert!(schedule.is_late(CheckKind::Records, at(3607)));
    }

    #[test]
    fn other_settings_bring_an_early_check_but_no_early_comparison() {
        let mut schedule = schedule();
        check(&mut schedule, CheckKind::Records, IN_SYNC, 0);
        let faster = schedule.reconfigured(Intervals { check: at(5), compare: Some(at(20)) }, ALONE, at(10));
        assert_eq!((faster.next_serials(), faster.next_compare()), (at(10), Some(at(300))));
    }

    fn propagation() -> impl Strategy<Value = Propagation> {
        prop::sample::select(vec![Propagation::Complete, Propagation::Ongoing, Propagation::Started])
    }

    proptest! {
        #[test]
        fn the_next_check_is_always_later_and_within_two_intervals(
            checks in prop::collection::vec((any::<[bool; 2]>(), propagation(), 0..200_u64), 1..40),
        ) {
            let mut schedule = schedule();
            let mut now = at(0);
            for ([compare, has_uncompared], propagation, took) in checks {
                now = now.max(schedule.next_serials());
                let kind = if compare { CheckKind::Records } else { schedule.serials_kind(now) };
                now += at(took);
                let state = ZoneState { propagation, has_uncompared, rest: None };
                schedule.completed(kind, state, at(took), now);
                prop_assert!(schedule.next_serials() > now.saturating_sub(at(took)));
                prop_assert!(schedule.next_all_serials <= now + MINUTE * 2);
                prop_assert!(schedule.next_compare() >= Some(schedule.earliest_compare));
            }
        }
    }
}
