//! When one zone is looked at next, and how closely. Pure: moments are counted from the start of the program.

use std::time::Duration;

/// A moment, counted from the start of the program.
pub(super) type Moment = Duration;

/// No copy is read more often than this for its own sake.
const LEAST_BETWEEN_READINGS: Duration = Duration::from_mins(5);

/// A copy is read so seldom that reading takes at most one part in so many of the time.
const READING_PART: u32 = 20;

/// First comparisons come within so many intervals.
const FIRST_COMPARISONS: u32 = 10;

/// A zone of which nobody answers is asked at most so many times less often.
const MOST_BACK_OFF: u32 = 5;

/// How closely a zone is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CheckKind {
    /// Every server is asked for its serial.
    Serials,
    /// Those that lag, and the reference.
    Lagging,
    /// Every server's serial and records.
    Records,
}

/// How often a zone is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    /// From one question for every serial to the next.
    pub(super) interval: Duration,
    /// From one comparison of records to the next while nothing seems to change; `None`: they are not compared.
    pub(super) compare: Option<Duration>,
}

/// What a look has shown, as far as it says when to look again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shown {
    /// Whether an address is behind, and that may heal.
    pub(super) lag: Lag,
    /// An address shows the reference's serial, or is stuck, and was last compared at another one.
    pub(super) uncompared: bool,
    /// Nobody answered.
    pub(super) dead: bool,
}

/// Whether a new version is on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Lag {
    /// Nobody is behind.
    #[default]
    No,
    /// Somebody is, since an earlier look or for longer than anybody looks.
    Going,
    /// Somebody is, and the reference has another serial than at the look before.
    Begun,
}

/// When one zone is looked at next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Schedule {
    pace: Pace,
    /// When every serial is asked for next.
    serials: Moment,
    /// When records are compared next.
    compare: Option<Moment>,
    /// Records are not compared before.
    floor: Moment,
    chase: Option<FollowUp>,
    /// Looks in a row that nobody answered.
    dead: u32,
}

/// A new version on its way to those that lag: they are asked 1, 2, 4, 8 … seconds after its first sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FollowUp {
    since: Moment,
    step: Duration,
}

impl FollowUp {
    fn next(self) -> Moment {
        self.since + self.step
    }
}

/// The place of a zone among all, which spreads their looks evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// From 0.
    pub(super) index: u32,
    /// How many there are.
    pub(super) count: u32,
}

/// Zones are looked at for the first time one so long after the other, if the interval is long enough.
const FIRST_LOOK_PACE: Duration = Duration::from_millis(5);

/// The same of comparisons.
const FIRST_COMPARISON_PACE: Duration = Duration::from_millis(100);

impl Place {
    /// Returns this place's part of a time, at most `each` for every zone.
    fn part_of(self, time: Duration, each: Duration) -> Duration {
        let share = (time / self.count.max(1)).min(each);
        share.saturating_mul(self.index)
    }
}

impl Schedule {
    /// Plans the first looks from `now` on; records were last compared so long ago, if they ever were.
    pub(super) fn new(pace: Pace, place: Place, now: Moment, compared: Option<Duration>) -> Self {
        let serials = now + place.part_of(pace.interval, FIRST_LOOK_PACE);
        let longest = |compare: Duration| compare.min(pace.interval * FIRST_COMPARISONS);
        let spread = |compare| place.part_of(longest(compare), FIRST_COMPARISON_PACE);
        let floor = compared.map_or(now, |ago| now + LEAST_BETWEEN_READINGS.saturating_sub(ago));
        let compare = pace.compare.map(|compare| (serials + spread(compare)).max(floor));
        Self { pace, serials, compare, floor, chase: None, dead: 0 }
    }

    /// Plans the looks at a zone that stays, under other settings: what is shown of it is soon seen anew.
    pub(super) fn anew(&self, pace: Pace, place: Place, now: Moment) -> Self {
        let new = Self::new(pace, place, now, None);
        Self { compare: new.compare.map(|compare| compare.max(self.floor)), floor: self.floor, ..new }
    }

    /// Returns when a serial is asked for next.
    pub(super) fn next_asking(&self) -> Moment {
        self.chase.map_or(self.serials, |chase| chase.next().min(self.serials))
    }

    /// Returns when records are compared next, if ever.
    pub(super) fn next_comparing(&self) -> Option<Moment> {
        self.compare
    }

    /// Returns whom to ask now for serials.
    pub(super) fn asking(&self, now: Moment) -> CheckKind {
        if self.serials <= now || self.chase.is_none() { CheckKind::Serials } else { CheckKind::Lagging }
    }

    /// Returns whether a look that begins now is late: by more than a tenth of the interval, and more than a second.
    pub(super) fn is_late(&self, look: CheckKind, now: Moment) -> bool {
        let due = match look {
            CheckKind::Records => self.compare.unwrap_or(now),
            CheckKind::Serials | CheckKind::Lagging => self.next_asking(),
        };
        now.saturating_sub(due) > (self.pace.interval / 10).max(Duration::from_secs(1))
    }

    /// Takes in a look that took so long and has ended now.
    pub(super) fn looked(&mut self, look: CheckKind, shown: Shown, took: Duration, now: Moment) {
        let began = now.saturating_sub(took);
        self.dead = if shown.dead { self.dead + 1 } else { 0 };
        if look != CheckKind::Lagging {
            let interval = self.pace.interval * (self.dead + 1).min(MOST_BACK_OFF);
            self.serials = next_slot(self.serials, interval, began);
        }
        self.follow(shown, began, now);
        if look == CheckKind::Records {
            self.floor = now + LEAST_BETWEEN_READINGS.max(took * READING_PART);
            self.compare = self.pace.compare.map(|compare| (began + compare).max(self.floor));
        }
        if shown.uncompared
            && let Some(compare) = &mut self.compare
        {
            // Who is still on the way may arrive meanwhile, so that all are compared at once.
            let arrived = self.chase.map_or(now, |chase| chase.since + self.pace.interval);
            *compare = arrived.max(self.floor).min(*compare);
        }
    }

    /// Takes in a look that brought nothing at all.
    pub(super) fn missed(&mut self, look: CheckKind, took: Duration, now: Moment) {
        let shown = Shown::default();
        let dead = self.dead;
        self.looked(look, shown, took, now);
        self.dead = dead;
    }

    fn follow(&mut self, shown: Shown, began: Moment, now: Moment) {
        if shown.lag == Lag::No {
            self.chase = None;
            return;
        }
        if shown.lag == Lag::Begun {
            self.chase = Some(FollowUp { since: began, step: Duration::from_secs(1) });
        }
        if let Some(mut chase) = self.chase {
            while chase.next() <= now {
                chase.step *= 2;
            }
            // From there on the regular looks are as frequent.
            self.chase = Some(chase).filter(|chase| chase.step < self.pace.interval);
        }
    }
}

/// Returns the first moment after `now` that is a whole number of intervals after another.
fn next_slot(from: Moment, interval: Duration, now: Moment) -> Moment {
    if from > now {
        // A look that came shortly before its time was that one.
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
    const PACE: Pace = Pace { interval: MINUTE, compare: Some(HOUR) };
    const ALONE: Place = Place { index: 0, count: 1 };

    fn at(second: u64) -> Moment {
        Duration::from_secs(second)
    }

    fn agenda() -> Schedule {
        Schedule::new(PACE, ALONE, at(0), None)
    }

    /// Takes a look now that takes no time.
    fn look(agenda: &mut Schedule, look: CheckKind, shown: Shown, second: u64) {
        agenda.looked(look, shown, Duration::ZERO, at(second));
    }

    const LAGGING: Shown = Shown { lag: Lag::Begun, uncompared: false, dead: false };
    const STILL: Shown = Shown { lag: Lag::Going, ..LAGGING };
    const ARRIVED: Shown = Shown { lag: Lag::No, uncompared: true, dead: false };
    const NOTHING: Shown = Shown { lag: Lag::No, uncompared: false, dead: false };

    #[test]
    fn a_zone_alone_is_looked_at_at_once_and_every_interval_after() {
        let mut agenda = agenda();
        assert_eq!((agenda.next_asking(), agenda.next_comparing()), (at(0), Some(at(0))));
        look(&mut agenda, CheckKind::Records, NOTHING, 0);
        assert_eq!((agenda.next_asking(), agenda.next_comparing()), (at(60), Some(at(3600))));
        look(&mut agenda, CheckKind::Serials, NOTHING, 60);
        assert_eq!(agenda.next_asking(), at(120));
        // One that was late does not move those after it.
        agenda.looked(CheckKind::Serials, NOTHING, at(3), at(130));
        assert_eq!(agenda.next_asking(), at(180));
        agenda.looked(CheckKind::Serials, NOTHING, at(0), at(400));
        assert_eq!(agenda.next_asking(), at(420));
    }

    #[test]
    fn many_zones_are_spread_over_the_interval_and_their_comparisons_over_ten() {
        let count = 100_000;
        let of = |index| Schedule::new(PACE, Place { index, count }, at(0), None);
        assert_eq!(of(0).next_asking(), at(0));
        assert_eq!(of(50_000).next_asking(), at(30));
        assert!(of(99_999).next_asking() < at(60));
        assert!(of(99_999).next_comparing() < Some(at(660)));
        assert!(of(50_000).next_comparing() > Some(at(300)));
        // Few of them need not wait so long.
        let few = Schedule::new(PACE, Place { index: 9, count: 10 }, at(0), None);
        assert!(few.next_comparing() < Some(at(1)));
    }

    #[test]
    fn lagging_servers_are_asked_at_1_2_4_8_seconds() {
        let mut agenda = agenda();
        look(&mut agenda, CheckKind::Records, NOTHING, 0);
        look(&mut agenda, CheckKind::Serials, LAGGING, 60);
        let mut asked = Vec::new();
        while agenda.next_asking() < at(120) {
            let next = agenda.next_asking();
            assert_eq!(agenda.asking(next), CheckKind::Lagging);
            asked.push(next.as_secs() - 60);
            agenda.looked(CheckKind::Lagging, STILL, Duration::ZERO, next);
        }
        assert_eq!(asked, [1, 2, 4, 8, 16, 32]);
        assert_eq!(agenda.asking(at(120)), CheckKind::Serials);
        // What goes on lagging is asked with all others.
        look(&mut agenda, CheckKind::Serials, STILL, 120);
        assert_eq!(agenda.next_asking(), at(180));
        // A new version begins anew.
        look(&mut agenda, CheckKind::Serials, LAGGING, 180);
        assert_eq!(agenda.next_asking(), at(181));
        look(&mut agenda, CheckKind::Lagging, ARRIVED, 181);
        assert_eq!(agenda.next_asking(), at(240));
    }

    #[test]
    fn a_look_that_takes_long_makes_none_after_it_late() {
        let mut agenda = Schedule::new(Pace { interval: at(10), ..PACE }, ALONE, at(0), None);
        agenda.looked(CheckKind::Records, NOTHING, at(4), at(4));
        agenda.looked(CheckKind::Serials, Shown { uncompared: true, ..LAGGING }, at(4), at(14));
        assert_eq!(agenda.next_asking(), at(18));
        agenda.looked(CheckKind::Lagging, ARRIVED, at(3), at(21));
        assert!(agenda.next_asking() > at(18) && agenda.next_comparing() >= Some(at(21)));
    }

    #[test]
    fn records_are_compared_when_a_new_serial_has_arrived() {
        let mut agenda = agenda();
        look(&mut agenda, CheckKind::Records, NOTHING, 0);
        look(&mut agenda, CheckKind::Serials, Shown { uncompared: true, ..LAGGING }, 600);
        // Those on the way are waited for, one interval at most.
        assert_eq!(agenda.next_comparing(), Some(at(660)));
        look(&mut agenda, CheckKind::Lagging, ARRIVED, 602);
        assert_eq!(agenda.next_comparing(), Some(at(602)));
    }

    #[test]
    fn records_are_not_compared_more_often_than_every_five_minutes_or_twenty_times_as_long_as_it_takes() {
        let mut agenda = agenda();
        look(&mut agenda, CheckKind::Records, NOTHING, 0);
        look(&mut agenda, CheckKind::Serials, ARRIVED, 60);
        assert_eq!(agenda.next_comparing(), Some(at(300)));
        agenda.looked(CheckKind::Records, NOTHING, at(60), at(360));
        look(&mut agenda, CheckKind::Serials, ARRIVED, 420);
        assert_eq!(agenda.next_comparing(), Some(at(360 + 1200)));
        let often = Pace { compare: Some(at(10)), ..PACE };
        let mut agenda = Schedule::new(often, ALONE, at(0), None);
        look(&mut agenda, CheckKind::Records, NOTHING, 0);
        assert_eq!(agenda.next_comparing(), Some(at(300)));
        // Nor after a restart.
        let again = Schedule::new(PACE, ALONE, at(0), Some(at(100)));
        assert_eq!((again.next_asking(), again.next_comparing()), (at(0), Some(at(200))));
    }

    #[test]
    fn serials_alone_are_never_compared_by_records() {
        let mut agenda = Schedule::new(Pace { compare: None, ..PACE }, ALONE, at(0), None);
        look(&mut agenda, CheckKind::Serials, ARRIVED, 0);
        assert_eq!(agenda.next_comparing(), None);
    }

    #[test]
    fn a_zone_of_which_nobody_answers_is_asked_less_often_up_to_five_intervals() {
        let mut agenda = agenda();
        let dead = Shown { dead: true, ..NOTHING };
        let mut gaps = Vec::new();
        let mut now = at(0);
        for _ in 0..6 {
            agenda.looked(CheckKind::Serials, dead, Duration::ZERO, now);
            gaps.push(agenda.next_asking().saturating_sub(now).as_secs());
            now = agenda.next_asking();
        }
        assert_eq!(gaps, [120, 180, 240, 300, 300, 300]);
        agenda.looked(CheckKind::Serials, NOTHING, Duration::ZERO, now);
        assert_eq!(agenda.next_asking(), now + MINUTE);
    }

    #[test]
    fn who_begins_late_is_late() {
        let mut agenda = agenda();
        look(&mut agenda, CheckKind::Records, NOTHING, 0);
        assert!(!agenda.is_late(CheckKind::Serials, at(66)));
        assert!(agenda.is_late(CheckKind::Serials, at(67)));
        assert!(agenda.is_late(CheckKind::Records, at(3607)));
    }

    #[test]
    fn under_other_settings_a_zone_is_soon_looked_at_and_its_records_not_too_soon() {
        let mut agenda = agenda();
        look(&mut agenda, CheckKind::Records, NOTHING, 0);
        let faster = agenda.anew(Pace { interval: at(5), compare: Some(at(20)) }, ALONE, at(10));
        assert_eq!((faster.next_asking(), faster.next_comparing()), (at(10), Some(at(300))));
    }

    proptest! {
        #[test]
        fn the_next_look_is_always_later_and_within_the_back_off(
            looks in prop::collection::vec((any::<[bool; 3]>(), 0..3_u8, 0..200_u64), 1..40),
        ) {
            let mut agenda = agenda();
            let mut now = at(0);
            for ([compare, uncompared, dead], lag, took) in looks {
                let lag = [Lag::No, Lag::Going, Lag::Begun][usize::from(lag)];
                now = now.max(agenda.next_asking());
                let look = if compare { CheckKind::Records } else { agenda.asking(now) };
                now += at(took);
                agenda.looked(look, Shown { lag, uncompared, dead }, at(took), now);
                prop_assert!(agenda.next_asking() > now.saturating_sub(at(took)));
                prop_assert!(agenda.serials <= now + MINUTE * (MOST_BACK_OFF + 1));
                prop_assert!(agenda.next_comparing() >= Some(agenda.floor));
            }
        }
    }
}
