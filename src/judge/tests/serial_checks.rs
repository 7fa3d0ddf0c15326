//! Checks of serials between comparisons of records, and checks that query only some of the servers.

use std::time::{Duration, UNIX_EPOCH};

use super::checks::Checks;
use super::world::{BEGINNING, Server, World};
use crate::judge::history::ComparisonResult;
use crate::judge::{Code, Severity, Verdict};
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
fn the_result_of_a_comparison_holds_until_the_serial_changes() {
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
        let mut checks = Checks::new();
        assert_eq!(checks.check(0, primary.clone(), secondary.clone()).verdict(1), compared, "{name}");
        for second in [60, 120] {
            let judged =
                checks.check_world(second, pair(primary.clone(), secondary.clone()).rules(remembered));
            assert_eq!((judged.verdict(1), judged.copy_attempts(1)), (later, 0), "{name}");
        }
        let judged = checks.check_world(180, pair(Server::at(6), Server::at(6)).rules(remembered));
        assert_eq!(judged.verdict(1), Verdict::InSync, "{name}: nothing is known of serial 6");
    }
}

#[test]
fn a_comparison_by_other_rules_is_not_used() {
    let (primary, secondary) = (serving(5, "www 1"), serving(5, "www 2"));
    let mut checks = Checks::new();
    assert_eq!(checks.check(0, primary.clone(), secondary.clone()).verdict(1), Verdict::Diverged);
    let strict = |rules: &mut ComparisonRules| {
        remembered(rules);
        rules.ttl = TtlDifference::Diverged;
    };
    let judged = checks.check_world(60, pair(primary.clone(), secondary.clone()).rules(strict));
    assert_eq!(judged.verdict(1), Verdict::InSync);
    let judged = checks.check_world(120, pair(primary, secondary).rules(remembered));
    assert_eq!(judged.verdict(1), Verdict::Diverged, "what is known is kept");
}

#[test]
fn a_divergence_from_an_earlier_check_keeps_its_beginning_and_names_the_time_of_the_comparison() {
    let (primary, secondary) = (serving(5, "www 1"), serving(5, "www 2"));
    let mut checks = Checks::new();
    checks.check(0, Server::at(4), Server::at(4));
    checks.check(60, primary.clone(), secondary.clone());
    let judged = checks.check_world(120, pair(primary, secondary).rules(remembered));
    assert_eq!((judged.since(1), judged.self_heals(1)), (Some(60), Some(false)));
    let message = judged.message(1, Code::Verdict(Verdict::Diverged));
    assert!(message.contains("when they were compared at 1970-01-12T13:47:4"), "{message}");
    assert_eq!(judged.codes(1), ["serial_not_raised"]);
}

#[test]
fn a_copy_that_diverged_is_still_diverged_when_it_lags() {
    let mut checks = Checks::new();
    checks.check(0, serving(5, "www 1"), serving(5, "www 2"));
    let judged = checks.check_world(60, pair(serving(6, "www 1"), serving(5, "www 2")).rules(remembered));
    assert_eq!((judged.verdict(1), judged.lag(1)), (Verdict::Diverged, Some(1)));
    // A copy that was right then only lags now.
    let mut checks = Checks::new();
    checks.check(0, Server::at(5), Server::at(5));
    let judged = checks.check_world(60, pair(Server::at(6), Server::at(5)).rules(remembered));
    assert_eq!(judged.verdict(1), Verdict::Propagating);
}

#[test]
fn with_independent_serials_a_comparison_holds_when_the_serial_changes() {
    let independent = |rules: &mut ComparisonRules| rules.serials = Serials::Independent;
    let (primary, secondary) = (serving(5, "www 1"), serving(70, "www 2"));
    let mut checks = Checks::new();
    checks.check_world(0, pair(primary.clone(), secondary).rules(independent));
    let moved = pair(primary, serving(71, "www 2")).rules(independent).rules(remembered);
    assert_eq!(checks.check_world(60, moved).verdict(1), Verdict::Diverged);
}

#[test]
fn a_check_of_serials_alone_ignores_earlier_comparisons() {
    let (primary, secondary) = (serving(5, "www 1"), serving(5, "www 2"));
    let mut checks = Checks::new();
    checks.check(0, primary.clone(), secondary.clone());
    let serials = |rules: &mut ComparisonRules| rules.compare = Compare::Serials;
    assert_eq!(checks.check_world(60, pair(primary, secondary).rules(serials)).verdict(1), Verdict::InSync);
}

#[test]
fn a_comparison_is_stored_with_its_serial_and_time() {
    let mut checks = Checks::new();
    checks.check(0, serving(5, "www 1"), serving(5, "www 2"));
    checks.check_world(60, pair(Server::at(6), Server::at(5)).rules(remembered));
    let compared: Vec<_> =
        checks.history().addresses.values().map(|address| address.last_comparison.unwrap()).collect();
    let outcomes: Vec<ComparisonResult> = compared.iter().map(|it| it.result).collect();
    assert_eq!(outcomes, [ComparisonResult::Same, ComparisonResult::Different]);
    assert!(compared.iter().all(|it| it.serial.0 == 5));
    assert!(compared.iter().all(|it| it.at < UNIX_EPOCH + BEGINNING + Duration::from_mins(1)));
}

#[test]
fn a_server_that_is_not_queried_is_judged_by_its_earlier_responses() {
    let world = |primary, lagging, dead: Server| {
        World::new().primary(primary).secondary(Server::at(6)).secondary(lagging).secondary(dead)
    };
    let mut checks = Checks::new();
    checks.check_world(0, world(Server::at(5), Server::at(5), Server::at(5)));
    let judged =
        checks.check_world(60, world(Server::at(6), Server::at(5), Server::at(5).silent()).rules(remembered));
    let verdicts = [Verdict::InSync, Verdict::InSync, Verdict::Propagating, Verdict::Unreachable];
    assert_eq!(judged.verdicts(), verdicts);
    let (attempts, earlier) = (judged.attempts(1), judged.earlier(&[1, 3]));
    // Those two have changed since, and are not queried.
    let changed = World::new()
        .primary(Server::at(6))
        .secondary(Server::at(6).refusing())
        .secondary(Server::at(6))
        .secondary(Server::at(6))
        .rules(remembered)
        .with_earlier(earlier);
    let judged = checks.check_world(64, changed);
    let verdicts = [Verdict::InSync, Verdict::InSync, Verdict::InSync, Verdict::Unreachable];
    assert_eq!(judged.verdicts(), verdicts);
    assert_eq!(judged.attempts(1), attempts);
    let last_checked = |index: usize| {
        let address = checks.history().addresses.values().nth(index).unwrap();
        address.last_checked.unwrap().duration_since(UNIX_EPOCH + BEGINNING).unwrap().as_secs()
    };
    assert_eq!([last_checked(0), last_checked(1), last_checked(2), last_checked(3)], [64, 60, 64, 60]);
}

#[test]
fn a_lag_is_judged_at_the_time_of_the_check_and_not_of_earlier_responses() {
    let mut checks = Checks::new();
    let timers = |server: Server| server.refresh(300).retry(500);
    let lagging = || pair(timers(Server::at(6)), timers(Server::at(5)));
    checks.check(0, timers(Server::at(5)), timers(Server::at(5)));
    let judged = checks.check_world(60, lagging().rules(remembered));
    assert_eq!((judged.verdict(1), judged.deadline(1)), (Verdict::Propagating, Some(860)));
    let earlier = judged.earlier(&[0]);
    let judged = checks.check_world(861, lagging().rules(remembered).with_earlier(earlier));
    assert_eq!(judged.verdict(1), Verdict::Stuck);
}

#[test]
fn with_an_interval_the_deadline_is_one_interval_later() {
    let mut checks = Checks::new().rules(|rules| rules.interval = Duration::from_mins(2));
    checks.check(0, Server::at(5), Server::at(5));
    let judged = checks.check(60, Server::at(6), Server::at(5));
    assert_eq!(judged.deadline(1), Some(60 + 3600 + 600 + 120));
}

#[test]
fn publications_and_regressions_are_counted() {
    let mut checks = Checks::new();
    for (second, serial) in [(0, 5), (60, 6), (120, 7), (180, 6), (240, 6), (300, 8)] {
        checks.check(second, Server::at(serial), Server::at(serial));
    }
    let history = checks.history();
    assert_eq!((history.publications, history.regressions), (4, 1));
    assert!(history.addresses.values().all(|address| address.arrivals == 3), "{history:?}");
}

#[test]
fn a_hidden_primary_for_transfers_only_stays_a_warning_between_comparisons() {
    let world = |primary: Server| {
        World::new().name_servers(&["ns1.example.com"]).primary(primary).secondary(Server::at(5))
    };
    let rows = [
        (Server::at(5).transfer_only(), Severity::Warning, 1),
        (Server::at(5).refusing(), Severity::Critical, 1),
        (Server::at(5).servfail(), Severity::Critical, 0),
    ];
    for (primary, severity, copy_attempts) in rows {
        let mut checks = Checks::new();
        for second in [0, 120] {
            let judged = checks.check_world(second, world(primary.clone()));
            assert_eq!((judged.verdict(0), judged.severity(0)), (Verdict::Lame, severity));
            assert_eq!((judged.verdict(1), judged.copy_attempts(0)), (Verdict::InSync, copy_attempts));
            let judged = checks.check_world(second + 60, world(primary.clone()).rules(remembered));
            assert_eq!((judged.verdict(0), judged.severity(0)), (Verdict::Lame, severity));
            assert_eq!((judged.verdict(1), judged.copy_attempts(0)), (Verdict::InSync, 0));
        }
    }
}

#[test]
fn a_reference_for_transfers_only_is_read_again_after_those_it_accuses() {
    let judged = pair(serving(5, "www 1").transfer_only(), serving(5, "www 2")).judge();
    assert_eq!(judged.verdict(1), Verdict::Diverged);
    // It published between the first copies and the second ones.
    let early = vec![serving(5, "www 1").transfer_only(); 6];
    let primary = Server::then(early.into_iter().chain([serving(6, "www 2").transfer_only()]));
    for held in 2..12 {
        let secondary =
            Server::then(vec![serving(5, "www 1"); held].into_iter().chain([serving(6, "www 2")]));
        let verdict = pair(primary.clone(), secondary).judge().verdict(1);
        assert_ne!(verdict, Verdict::Diverged, "{held}");
    }
}
