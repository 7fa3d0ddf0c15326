//! Propagating or stuck: the rules of time, and the cases that they were made from.

use std::time::Duration;

use super::checks::Checks;
use super::world::{Server, World};
use crate::judge::{Code, Severity, Verdict};
use crate::plan::{Compare, Grace, MaxLag, Serials};

/// Refresh and retry of a server in these worlds: 3600 and 600 seconds.
const PATIENCE: u64 = 4200;

#[test]
fn in_the_first_check_a_lagging_server_is_behind() {
    let judged = Checks::new().check(0, Server::at(5), Server::at(4));
    assert_eq!((judged.verdict(1), judged.self_heals(1)), (Verdict::Behind, None));
    assert_eq!((judged.since(1), judged.deadline(1)), (None, None));
}

#[test]
fn a_stale_server_is_behind_then_propagating_then_stuck() {
    for (second, verdict, heals) in [
        (0, Verdict::Behind, None),
        (60, Verdict::Propagating, Some(true)),
        (PATIENCE, Verdict::Propagating, Some(true)),
        (PATIENCE + 1, Verdict::Stuck, Some(false)),
    ] {
        let mut checks = Checks::new();
        checks.check(0, Server::at(5), Server::at(4));
        if second > 0 {
            let judged = checks.check(second, Server::at(5), Server::at(4));
            assert_eq!((judged.verdict(1), judged.self_heals(1)), (verdict, heals), "{second}");
            assert_eq!((judged.since(1), judged.deadline(1)), (Some(0), Some(PATIENCE)), "{second}");
        }
    }
}

#[test]
fn a_lag_begins_when_the_new_version_is_observed() {
    let mut checks = Checks::new();
    checks.check(0, Server::at(5), Server::at(5));
    let judged = checks.check(100, Server::at(6), Server::at(5));
    assert_eq!(judged.verdict(1), Verdict::Propagating);
    assert_eq!(judged.severity(1), Severity::Warning);
    assert_eq!((judged.since(1), judged.deadline(1)), (Some(100), Some(100 + PATIENCE)));
    assert_eq!(checks.check(100 + PATIENCE, Server::at(6), Server::at(5)).verdict(1), Verdict::Propagating);
    assert_eq!(checks.check(101 + PATIENCE, Server::at(6), Server::at(5)).verdict(1), Verdict::Stuck);
}

#[test]
fn the_deadline_is_from_the_servers_own_soa_with_the_minimum_of_servers() {
    for (refresh, retry, deadline) in [(3600, 600, 4200), (1, 1, 800), (300, 501, 801), (86400, 7200, 93600)]
    {
        let mut checks = Checks::new();
        let own = || Server::at(5).refresh(refresh).retry(retry);
        checks.check(0, own(), own());
        let judged = checks.check(10, Server::at(6).refresh(60).retry(60), own());
        assert_eq!(judged.deadline(1), Some(10 + deadline), "{refresh} {retry}");
    }
}

#[test]
fn a_fixed_grace_replaces_refresh_and_retry() {
    let mut checks = Checks::new().rules(|rules| rules.grace = Grace::Fixed(Duration::from_secs(30)));
    checks.check(0, Server::at(5), Server::at(5));
    assert_eq!(checks.check(10, Server::at(6), Server::at(5)).deadline(1), Some(40));
    assert_eq!(checks.check(40, Server::at(6), Server::at(5)).verdict(1), Verdict::Propagating);
    let judged = checks.check(41, Server::at(6), Server::at(5));
    assert_eq!(judged.verdict(1), Verdict::Stuck);
    let message = judged.message(1, Code::Verdict(Verdict::Stuck));
    assert!(message.ends_with("for 31 s: longer than the grace of 30 s"), "{message}");
}

#[test]
fn a_fixed_grace_counts_from_the_beginning_of_the_lag_and_not_from_the_refresh_before() {
    let mut checks = Checks::new().rules(|rules| rules.grace = Grace::Fixed(Duration::from_secs(30)));
    checks.check(0, Server::at(5), Server::at(5).refreshed_ago(990));
    for (second, verdict) in [(10, Verdict::Propagating), (40, Verdict::Propagating), (41, Verdict::Stuck)] {
        let ago = 990 + u32::try_from(second).unwrap();
        let judged = checks.check(second, Server::at(6), Server::at(5).refreshed_ago(ago));
        assert_eq!((judged.verdict(1), judged.deadline(1)), (verdict, Some(40)), "{second}");
    }
}

#[test]
fn a_busy_primary_does_not_restart_a_lag() {
    let mut checks = Checks::new();
    checks.check(0, Server::at(100), Server::at(100));
    for second in (60..=PATIENCE).step_by(60) {
        let serial = 100 + u32::try_from(second).unwrap();
        let judged = checks.check(second, Server::at(serial), Server::at(100));
        assert_eq!((judged.verdict(1), judged.since(1)), (Verdict::Propagating, Some(60)), "{second}");
    }
    let judged = checks.check(PATIENCE + 61, Server::at(9000), Server::at(100));
    assert_eq!((judged.verdict(1), judged.since(1)), (Verdict::Stuck, Some(60)));
}

#[test]
fn a_lag_restarts_when_the_server_advances() {
    let mut checks = Checks::new();
    for (second, primary, secondary, since) in [
        (0, 5, 5, None),
        (10, 6, 5, Some(10)),
        (20, 7, 5, Some(10)),
        (30, 7, 6, Some(20)),
        (40, 8, 7, Some(40)),
    ] {
        let judged = checks.check(second, Server::at(primary), Server::at(secondary));
        assert_eq!(judged.since(1), since, "{second}");
    }
}

#[test]
fn case_f14_a_busy_zone_with_secondaries_that_keep_up_has_no_findings() {
    // A new serial every second for two hours, checked every seven; the secondary is 0 to 3 seconds late.
    let mut checks = Checks::new();
    for number in 0..1028_u32 {
        let now = number * 7;
        let primary = Server::then((0..6).map(|step| at_second(now + step)));
        let late = number % 4;
        let secondary = Server::then((0..6).map(|step| at_second((now + step).saturating_sub(late))));
        let judged = checks.check(now.into(), primary, secondary);
        let fine = [Verdict::InSync, Verdict::Unknown, Verdict::Behind, Verdict::Propagating];
        assert!(fine.contains(&judged.verdict(1)), "{now}: {:?}", judged.verdict(1));
        let codes = judged.codes(1);
        assert!(codes.iter().all(|code| *code == "changed_during_transfer"), "{now}: {codes:?}");
        assert_eq!(judged.zone_codes(), [""; 0], "{now}");
    }
    assert!(checks.history().versions.len() <= 256);
}

fn at_second(second: u32) -> Server {
    Server::at(1000 + second).serving(format!("www {second}"))
}

#[test]
fn case_f23_a_lost_refresh_is_a_warning_until_the_next_one() {
    let mut checks = Checks::new();
    checks.check(0, Server::at(5), Server::at(5));
    for second in [60, 1800, 3600] {
        let judged = checks.check(second, Server::at(6), Server::at(5));
        assert_eq!((judged.verdict(1), judged.severity(1)), (Verdict::Propagating, Severity::Warning));
        assert_eq!(judged.self_heals(1), Some(true));
    }
    let judged = checks.check(3700, Server::at(6), Server::at(6));
    assert_eq!((judged.verdict(1), judged.since(1)), (Verdict::InSync, None));
}

#[test]
fn case_f07_transfers_that_always_fail_are_stuck_and_a_full_one_is_advised() {
    let mut checks = Checks::new();
    checks.check(0, Server::at(5).serving("www 1"), Server::at(5).serving("www 1"));
    let changed = || Server::at(6).serving("www 2");
    let judged = checks.check(60, changed(), Server::at(5).serving("www 1"));
    assert_eq!(judged.verdict(1), Verdict::Propagating);
    let judged = checks.check(61 + PATIENCE, changed(), Server::at(5).serving("www 1"));
    assert_eq!(judged.verdict(1), Verdict::Stuck);
    let advice = judged.advice(1, Code::Verdict(Verdict::Stuck));
    assert!(advice.iter().any(|line| line.starts_with("rndc retransfer")), "{advice:?}");
}

#[test]
fn case_f10_transfers_that_stopped_are_found_before_anything_differs() {
    let mut checks = Checks::new();
    checks.check(0, Server::at(5), Server::at(5).refreshed_ago(10));
    let judged = checks.check(5000, Server::at(5), Server::at(5).refreshed_ago(5010));
    assert_eq!((judged.verdict(1), judged.codes(1)), (Verdict::InSync, vec!["refresh_missed"]));
    // The zone changes at last: the server has had its time already.
    let judged = checks.check(5010, Server::at(6), Server::at(5).refreshed_ago(5020));
    assert_eq!((judged.verdict(1), judged.since(1)), (Verdict::Stuck, Some(5010)));
    let judged = checks.check(80_000, Server::at(6), Server::at(5).refreshed_ago(80_010));
    assert_eq!(judged.codes(1), ["expires_soon"]);
}

#[test]
fn case_f12_addresses_that_agree_with_each_other_are_stuck_all_the_same() {
    let world = |secondary: u32| {
        let world = World::new().primary(Server::at(6)).secondary(Server::at(6));
        world.secondary(Server::at(secondary)).secondary(Server::at(secondary))
    };
    let mut checks = Checks::new();
    checks.check_world(0, world(5));
    let judged = checks.check_world(PATIENCE + 1, world(5));
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::InSync, Verdict::Stuck, Verdict::Stuck]);
}

#[test]
fn case_f24_a_primary_that_lags_past_its_deadline_disagrees_without_expire() {
    let world = || World::new().primary(Server::at(5)).primary(Server::at(6)).secondary(Server::at(6));
    let mut checks = Checks::new();
    assert_eq!(checks.check_world(0, world()).zone_codes(), [""; 0]);
    let judged = checks.check_world(PATIENCE, world());
    assert_eq!((judged.verdict(0), judged.zone_codes()), (Verdict::Propagating, vec![]));
    let judged = checks.check_world(PATIENCE + 1, world());
    assert_eq!((judged.verdict(0), judged.zone_codes()), (Verdict::Stuck, vec!["primaries_disagree"]));
}

#[test]
fn expire_tells_the_lag_in_the_first_check() {
    for (ago, verdict, heals) in [(100, Verdict::Propagating, None), (4201, Verdict::Stuck, Some(false))] {
        let judged = Checks::new().check(0, Server::at(5), Server::at(4).refreshed_ago(ago));
        assert_eq!((judged.verdict(1), judged.self_heals(1)), (verdict, heals), "{ago}");
    }
}

#[test]
fn a_server_that_refreshes_without_a_new_version_is_stuck_past_the_deadline() {
    // Case F09: transferred, or asked for, and not served.
    let mut checks = Checks::new();
    checks.check(0, Server::at(5), Server::at(5));
    let lagging = || Server::at(5).refreshed_ago(100);
    assert_eq!(checks.check(60, Server::at(6), lagging()).self_heals(1), Some(true));
    assert_eq!(checks.check(61 + PATIENCE, Server::at(6), lagging()).verdict(1), Verdict::Stuck);
}

#[test]
fn max_lag_is_exceeded_while_the_verdict_is_propagating() {
    for (most, last, first) in [(MaxLag::Fixed(Duration::from_secs(90)), 90, 91), (MaxLag::Auto, 3900, 3901)]
    {
        let mut checks = Checks::new();
        let world = |primary| {
            let world = World::new().primary(Server::at(primary)).secondary(Server::at(5));
            world.rules(move |rules| rules.max_lag = Some(most))
        };
        checks.check_world(0, world(5));
        checks.check_world(10, world(6));
        let judged = checks.check_world(10 + last, world(6));
        assert_eq!((judged.verdict(1), judged.codes(1)), (Verdict::Propagating, vec![]), "{most:?}");
        let judged = checks.check_world(10 + first, world(6));
        assert_eq!(
            (judged.verdict(1), judged.codes(1)),
            (Verdict::Propagating, vec!["max_lag_exceeded"]),
            "{most:?}"
        );
        assert_eq!(judged.severity(1), Severity::Critical);
    }
}

#[test]
fn a_server_is_slower_than_usual_after_five_publications() {
    // Publications arrive after 20 seconds; five of them tell what is usual, and more than 80 seconds is slower.
    for (seen, slow) in [(4, false), (5, true)] {
        let mut checks = Checks::new();
        checks.check(0, Server::at(1), Server::at(1));
        for version in 1..=seen {
            let second = u64::from(version) * 1000;
            checks.check(second, Server::at(version + 1), Server::at(version));
            checks.check(second + 20, Server::at(version + 1), Server::at(version + 1));
        }
        let next = || Server::at(seen + 2);
        checks.check(10_000, next(), Server::at(seen + 1));
        assert_eq!(checks.check(10_080, next(), Server::at(seen + 1)).codes(1), [""; 0]);
        let judged = checks.check(10_081, next(), Server::at(seen + 1));
        let codes = if slow { vec!["slower_than_usual"] } else { vec![] };
        assert_eq!((judged.verdict(1), judged.codes(1)), (Verdict::Propagating, codes), "{seen}");
    }
}

#[test]
fn instances_that_alternate_are_no_publications() {
    let mut checks = Checks::new();
    checks.check(0, Server::at(1), Server::at(1));
    for number in 1..20_u32 {
        checks.check(u64::from(number) * 100, Server::at(2), Server::at(1 + number % 2));
    }
    let address = checks.history().addresses.get("192.0.2.1:53").unwrap();
    assert_eq!(address.latencies.len(), 1, "{address:?}");
}

#[test]
fn no_server_is_slower_than_usual_within_a_minute() {
    let mut checks = Checks::new();
    for version in 1..=6 {
        checks.check(u64::from(version) * 1000, Server::at(version), Server::at(version));
    }
    checks.check(10_000, Server::at(7), Server::at(6));
    assert_eq!(checks.check(10_060, Server::at(7), Server::at(6)).codes(1), [""; 0]);
    assert_eq!(checks.check(10_061, Server::at(7), Server::at(6)).codes(1), ["slower_than_usual"]);
}

#[test]
fn a_mixed_address_past_its_deadline_is_critical() {
    let world = |turns: [u32; 2]| {
        let world = World::new().rules(|rules| rules.samples = 4).primary(Server::at(6));
        world.secondary(Server::by_turns(turns.map(Server::at)))
    };
    let mut checks = Checks::new();
    assert_eq!(checks.check_world(0, world([6, 5])).severity(1), Severity::Warning);
    assert_eq!(checks.check_world(PATIENCE, world([6, 5])).severity(1), Severity::Warning);
    let judged = checks.check_world(PATIENCE + 60, world([6, 5]));
    assert_eq!((judged.verdict(1), judged.severity(1)), (Verdict::Mixed, Severity::Critical));
}

#[test]
fn after_the_clock_is_set_back_a_lag_restarts_at_its_time() {
    let mut checks = Checks::new();
    checks.check(100_000, Server::at(5), Server::at(5));
    checks.check(100_010, Server::at(6), Server::at(5));
    let judged = checks.check(50, Server::at(6), Server::at(5));
    assert_eq!((judged.verdict(1), judged.since(1)), (Verdict::Propagating, Some(50)));
    let judged = checks.check(50 + PATIENCE, Server::at(6), Server::at(5));
    assert_eq!((judged.verdict(1), judged.since(1)), (Verdict::Propagating, Some(50)));
    assert_eq!(checks.check(52 + PATIENCE, Server::at(6), Server::at(5)).verdict(1), Verdict::Stuck);
}

#[test]
fn a_server_that_was_away_is_out_of_sync_since_its_first_missed_check() {
    let mut checks = Checks::new();
    checks.check(0, Server::at(5), Server::at(5));
    assert_eq!(checks.check(60, Server::at(5), Server::at(5).silent()).since(1), Some(60));
    assert_eq!(checks.check(120, Server::at(5), Server::at(5).refusing()).since(1), Some(60));
    assert_eq!(checks.check(180, Server::at(5), Server::at(5)).since(1), None);
    assert_eq!(Checks::new().check(0, Server::at(5), Server::at(5).silent()).since(1), None);
}

#[test]
fn servfail_after_failed_refreshes_and_the_expire_time_is_an_expired_zone() {
    let servfail = || Server::at(5).servfail();
    let mut checks = Checks::new();
    checks.check(0, Server::at(5), Server::at(5));
    checks.check(100, Server::at(6), Server::at(5));
    checks.check(86_399, Server::at(6), Server::at(5));
    for second in [86_403, 90_000] {
        let judged = checks.check(second, Server::at(6), servfail());
        assert_eq!((judged.verdict(1), judged.codes(1)), (Verdict::Lame, vec!["expired"]));
    }
    // A server that stops before that, or never lagged, has another reason.
    for lagging in [true, false] {
        let mut checks = Checks::new();
        checks.check(0, Server::at(5), Server::at(5));
        checks.check(100, Server::at(5 + u32::from(lagging)), Server::at(5));
        checks.check(86_000, Server::at(5), servfail());
        assert_eq!(checks.check(90_000, Server::at(6), servfail()).codes(1), [""; 0], "{lagging}");
    }
    // EXPIRE tells the same.
    let mut checks = Checks::new();
    checks.check(0, Server::at(5), Server::at(5).refreshed_ago(80_000));
    assert_eq!(checks.check(6_500, Server::at(5), servfail()).codes(1), ["expired"]);
}

#[test]
fn independent_serials_do_not_lag() {
    let mut checks = Checks::new().rules(|rules| rules.serials = Serials::Independent);
    checks.check(0, Server::at(5), Server::at(900));
    let judged = checks.check(100_000, Server::at(4), Server::at(2));
    assert_eq!((judged.verdict(1), judged.since(1)), (Verdict::InSync, None));
    assert_eq!(judged.zone_codes(), [""; 0]);
}

#[test]
fn a_check_of_serials_tells_propagating_from_stuck() {
    let mut checks = Checks::new().rules(|rules| rules.compare = Compare::Serials);
    checks.check(0, Server::at(5), Server::at(5));
    assert_eq!(checks.check(60, Server::at(6), Server::at(5)).verdict(1), Verdict::Propagating);
    assert_eq!(checks.check(61 + PATIENCE, Server::at(6), Server::at(5)).verdict(1), Verdict::Stuck);
}
