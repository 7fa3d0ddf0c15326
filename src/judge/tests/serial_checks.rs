//! Rounds over serials between comparisons of records, and rounds that ask only some of the servers.

use std::time::{Duration, UNIX_EPOCH};

use super::checks::Story;
use super::world::{BEGINNING, Server, World};
use crate::judge::history::ComparisonResult;
use crate::judge::{Code, Verdict};
use crate::plan::{Compare, ComparisonRules, Serials, TtlDifference};

fn pair(primary: Server, secondary: Server) -> World {
    World::new().primary(primary).secondary(secondary)
}

fn remembered(rules: &mut ComparisonRules) {
    rules.compare = Compare::PreviousRecords;
}

fn serving(serial: u32, record: &str) -> Server {
    Server::at(serial).serving(record)
}

#[test]
fn what_a_comparison_has_shown_holds_until_the_serial_moves() {
    let rows: [(&str, [Server; 2], Verdict, Verdict); 4] = [
        ("the same", [Server::at(5), Server::at(5)], Verdict::InSync, Verdict::InSync),
        ("other records", [serving(5, "www 1"), serving(5, "www 2")], Verdict::Diverged, Verdict::Diverged),
        ("unread", [Server::at(5), Server::at(5).without_transfer()], Verdict::Unknown, Verdict::Unknown),
        (
            "unread reference",
            [Server::at(5).without_transfer(), Server::at(5)],
            Verdict::Unknown,
            Verdict::Unknown,
        ),
    ];
    for (name, [primary, secondary], compared, later) in rows {
        let mut story = Story::new();
        assert_eq!(story.look(0, primary.clone(), secondary.clone()).verdict(1), compared, "{name}");
        for second in [60, 120] {
            let judged = story.look_at(second, pair(primary.clone(), secondary.clone()).rules(remembered));
            assert_eq!((judged.verdict(1), judged.copy_attempts(1)), (later, 0), "{name}");
        }
        let judged = story.look_at(180, pair(Server::at(6), Server::at(6)).rules(remembered));
        assert_eq!(judged.verdict(1), Verdict::InSync, "{name}: nothing is known of serial 6");
    }
}

#[test]
fn what_was_compared_by_other_rules_is_no_evidence() {
    let (primary, secondary) = (serving(5, "www 1"), serving(5, "www 2"));
    let mut story = Story::new();
    assert_eq!(story.look(0, primary.clone(), secondary.clone()).verdict(1), Verdict::Diverged);
    let strict = |rules: &mut ComparisonRules| {
        remembered(rules);
        rules.ttl = TtlDifference::Diverged;
    };
    let judged = story.look_at(60, pair(primary.clone(), secondary.clone()).rules(strict));
    assert_eq!(judged.verdict(1), Verdict::InSync);
    let judged = story.look_at(120, pair(primary, secondary).rules(remembered));
    assert_eq!(judged.verdict(1), Verdict::Diverged, "what is known is kept");
}

#[test]
fn a_divergence_that_is_remembered_keeps_its_beginning_and_says_when_it_was_seen() {
    let (primary, secondary) = (serving(5, "www 1"), serving(5, "www 2"));
    let mut story = Story::new();
    story.look(0, Server::at(4), Server::at(4));
    story.look(60, primary.clone(), secondary.clone());
    let judged = story.look_at(120, pair(primary, secondary).rules(remembered));
    assert_eq!((judged.since(1), judged.self_heals(1)), (Some(60), Some(false)));
    let message = judged.message(1, Code::Verdict(Verdict::Diverged));
    assert!(message.contains("when they were compared at 1970-01-12T13:47:4"), "{message}");
    assert_eq!(judged.codes(1), ["serial_not_raised"]);
}

#[test]
fn a_copy_that_was_found_corrupt_is_so_when_it_lags() {
    let mut story = Story::new();
    story.look(0, serving(5, "www 1"), serving(5, "www 2"));
    let judged = story.look_at(60, pair(serving(6, "www 1"), serving(5, "www 2")).rules(remembered));
    assert_eq!((judged.verdict(1), judged.lag(1)), (Verdict::Diverged, Some(1)));
    // One that was right then is only late now.
    let mut story = Story::new();
    story.look(0, Server::at(5), Server::at(5));
    let judged = story.look_at(60, pair(Server::at(6), Server::at(5)).rules(remembered));
    assert_eq!(judged.verdict(1), Verdict::Propagating);
}

#[test]
fn independent_serials_say_nothing_of_content() {
    let independent = |rules: &mut ComparisonRules| rules.serials = Serials::Independent;
    let (primary, secondary) = (serving(5, "www 1"), serving(70, "www 2"));
    let mut story = Story::new();
    story.look_at(0, pair(primary.clone(), secondary).rules(independent));
    let moved = pair(primary, serving(71, "www 2")).rules(independent).rules(remembered);
    assert_eq!(story.look_at(60, moved).verdict(1), Verdict::Diverged);
}

#[test]
fn a_round_over_serials_alone_rests_on_nothing_else() {
    let (primary, secondary) = (serving(5, "www 1"), serving(5, "www 2"));
    let mut story = Story::new();
    story.look(0, primary.clone(), secondary.clone());
    let serials = |rules: &mut ComparisonRules| rules.compare = Compare::Serials;
    assert_eq!(story.look_at(60, pair(primary, secondary).rules(serials)).verdict(1), Verdict::InSync);
}

#[test]
fn a_comparison_is_remembered_with_its_serial_and_time() {
    let mut story = Story::new();
    story.look(0, serving(5, "www 1"), serving(5, "www 2"));
    story.look_at(60, pair(Server::at(6), Server::at(5)).rules(remembered));
    let compared: Vec<_> =
        story.history().addresses.values().map(|past| past.last_comparison.unwrap()).collect();
    let outcomes: Vec<ComparisonResult> = compared.iter().map(|it| it.result).collect();
    assert_eq!(outcomes, [ComparisonResult::Same, ComparisonResult::Different]);
    assert!(compared.iter().all(|it| it.serial.0 == 5));
    assert!(compared.iter().all(|it| it.at < UNIX_EPOCH + BEGINNING + Duration::from_mins(1)));
}

#[test]
fn who_is_not_asked_is_judged_by_what_it_said_before() {
    let world = |primary, lagging, dead: Server| {
        World::new().primary(primary).secondary(Server::at(6)).secondary(lagging).secondary(dead)
    };
    let mut story = Story::new();
    story.look_at(0, world(Server::at(5), Server::at(5), Server::at(5)));
    let judged =
        story.look_at(60, world(Server::at(6), Server::at(5), Server::at(5).silent()).rules(remembered));
    let verdicts = [Verdict::InSync, Verdict::InSync, Verdict::Propagating, Verdict::Unreachable];
    assert_eq!(judged.verdicts(), verdicts);
    let (looks, earlier) = (judged.attempts(1), judged.earlier(&[1, 3]));
    // Those two are another way now, and are not asked.
    let changed = World::new()
        .primary(Server::at(6))
        .secondary(Server::at(6).refusing())
        .secondary(Server::at(6))
        .secondary(Server::at(6))
        .rules(remembered)
        .with_earlier(earlier);
    let judged = story.look_at(64, changed);
    let verdicts = [Verdict::InSync, Verdict::InSync, Verdict::InSync, Verdict::Unreachable];
    assert_eq!(judged.verdicts(), verdicts);
    assert_eq!(judged.attempts(1), looks);
    let looked = |place: usize| {
        let past = story.history().addresses.values().nth(place).unwrap();
        past.last_checked.unwrap().duration_since(UNIX_EPOCH + BEGINNING).unwrap().as_secs()
    };
    assert_eq!([looked(0), looked(1), looked(2), looked(3)], [64, 60, 64, 60]);
}

#[test]
fn a_lag_is_judged_by_the_time_of_the_round_and_not_by_that_of_what_it_carries() {
    let mut story = Story::new();
    let timers = |server: Server| server.refresh(300).retry(500);
    let lagging = || pair(timers(Server::at(6)), timers(Server::at(5)));
    story.look(0, timers(Server::at(5)), timers(Server::at(5)));
    let judged = story.look_at(60, lagging().rules(remembered));
    assert_eq!((judged.verdict(1), judged.deadline(1)), (Verdict::Propagating, Some(860)));
    let earlier = judged.earlier(&[0]);
    let judged = story.look_at(861, lagging().rules(remembered).with_earlier(earlier));
    assert_eq!(judged.verdict(1), Verdict::Stuck);
}

#[test]
fn on_a_schedule_a_deadline_is_one_interval_later() {
    let mut story = Story::new().rules(|rules| rules.interval = Duration::from_mins(2));
    story.look(0, Server::at(5), Server::at(5));
    let judged = story.look(60, Server::at(6), Server::at(5));
    assert_eq!(judged.deadline(1), Some(60 + 3600 + 600 + 120));
}

#[test]
fn publications_and_steps_back_are_counted() {
    let mut story = Story::new();
    for (second, serial) in [(0, 5), (60, 6), (120, 7), (180, 6), (240, 6), (300, 8)] {
        story.look(second, Server::at(serial), Server::at(serial));
    }
    let history = story.history();
    assert_eq!((history.publications, history.regressions), (4, 1));
    assert!(history.addresses.values().all(|past| past.arrivals == 3), "{history:?}");
}
