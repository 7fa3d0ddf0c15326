//! Propagating or stuck: the rules of time, and the cases they were made from.

use std::time::Duration;

use super::checks::Story;
use super::world::{Server, World};
use crate::judge::{Code, Severity, Verdict};
use crate::plan::{Compare, Grace, MaxLag, Serials};

/// Refresh and retry of a server in these worlds: 3600 and 600 seconds.
const PATIENCE: u64 = 4200;

#[test]
fn a_first_look_cannot_tell_for_how_long_a_server_lags() {
    let judged = Story::new().look(0, Server::at(5), Server::at(4));
    assert_eq!((judged.verdict(1), judged.self_heals(1)), (Verdict::Behind, None));
    assert_eq!((judged.since(1), judged.deadline(1)), (None, None));
}

#[test]
fn the_same_stale_server_is_behind_then_propagating_then_stuck() {
    for (second, verdict, heals) in [
        (0, Verdict::Behind, None),
        (60, Verdict::Propagating, Some(true)),
        (PATIENCE, Verdict::Propagating, Some(true)),
        (PATIENCE + 1, Verdict::Stuck, Some(false)),
    ] {
        let mut story = Story::new();
        story.look(0, Server::at(5), Server::at(4));
        if second > 0 {
            let judged = story.look(second, Server::at(5), Server::at(4));
            assert_eq!((judged.verdict(1), judged.self_heals(1)), (verdict, heals), "{second}");
            assert_eq!((judged.since(1), judged.deadline(1)), (Some(0), Some(PATIENCE)), "{second}");
        }
    }
}

#[test]
fn a_change_that_was_seen_begins_the_lag() {
    let mut story = Story::new();
    story.look(0, Server::at(5), Server::at(5));
    let judged = story.look(100, Server::at(6), Server::at(5));
    assert_eq!(judged.verdict(1), Verdict::Propagating);
    assert_eq!(judged.severity(1), Severity::Warning);
    assert_eq!((judged.since(1), judged.deadline(1)), (Some(100), Some(100 + PATIENCE)));
    assert_eq!(story.look(100 + PATIENCE, Server::at(6), Server::at(5)).verdict(1), Verdict::Propagating);
    assert_eq!(story.look(101 + PATIENCE, Server::at(6), Server::at(5)).verdict(1), Verdict::Stuck);
}

#[test]
fn the_deadline_is_from_the_servers_own_soa_as_servers_take_it() {
    for (refresh, retry, deadline) in [(3600, 600, 4200), (1, 1, 800), (300, 501, 801), (86400, 7200, 93600)]
    {
        let mut story = Story::new();
        let own = || Server::at(5).refresh(refresh).retry(retry);
        story.look(0, own(), own());
        let judged = story.look(10, Server::at(6).refresh(60).retry(60), own());
        assert_eq!(judged.deadline(1), Some(10 + deadline), "{refresh} {retry}");
    }
}

#[test]
fn a_grace_takes_the_place_of_refresh_and_retry() {
    let mut story = Story::new().rules(|rules| rules.grace = Grace::Fixed(Duration::from_secs(30)));
    story.look(0, Server::at(5), Server::at(5));
    assert_eq!(story.look(10, Server::at(6), Server::at(5)).deadline(1), Some(40));
    assert_eq!(story.look(40, Server::at(6), Server::at(5)).verdict(1), Verdict::Propagating);
    let judged = story.look(41, Server::at(6), Server::at(5));
    assert_eq!(judged.verdict(1), Verdict::Stuck);
    let message = judged.message(1, Code::Verdict(Verdict::Stuck));
    assert!(message.ends_with("for 31s: longer than the 30s it was given"), "{message}");
}

#[test]
fn a_busy_primary_does_not_begin_a_lag_anew() {
    let mut story = Story::new();
    story.look(0, Server::at(100), Server::at(100));
    for second in (60..=PATIENCE).step_by(60) {
        let serial = 100 + u32::try_from(second).unwrap();
        let judged = story.look(second, Server::at(serial), Server::at(100));
        assert_eq!((judged.verdict(1), judged.since(1)), (Verdict::Propagating, Some(60)), "{second}");
    }
    let judged = story.look(PATIENCE + 61, Server::at(9000), Server::at(100));
    assert_eq!((judged.verdict(1), judged.since(1)), (Verdict::Stuck, Some(60)));
}

#[test]
fn a_lag_begins_anew_when_the_server_advances() {
    let mut story = Story::new();
    for (second, primary, secondary, since) in [
        (0, 5, 5, None),
        (10, 6, 5, Some(10)),
        (20, 7, 5, Some(10)),
        (30, 7, 6, Some(20)),
        (40, 8, 7, Some(40)),
    ] {
        let judged = story.look(second, Server::at(primary), Server::at(secondary));
        assert_eq!(judged.since(1), since, "{second}");
    }
}

#[test]
fn case_f14_a_busy_zone_with_secondaries_that_keep_up_raises_nothing() {
    // A new serial every second for two hours, looked at every seven; the secondary is 0 to 3 seconds late.
    let mut story = Story::new();
    for look in 0..1028_u32 {
        let now = look * 7;
        let primary = Server::then((0..6).map(|step| at_second(now + step)));
        let late = look % 4;
        let secondary = Server::then((0..6).map(|step| at_second((now + step).saturating_sub(late))));
        let judged = story.look(now.into(), primary, secondary);
        let fine = [Verdict::InSync, Verdict::Unknown, Verdict::Behind, Verdict::Propagating];
        assert!(fine.contains(&judged.verdict(1)), "{now}: {:?}", judged.verdict(1));
        let codes = judged.codes(1);
        assert!(codes.iter().all(|code| *code == "changed_during_transfer"), "{now}: {codes:?}");
        assert_eq!(judged.zone_codes(), [""; 0], "{now}");
    }
    assert!(story.history().versions.len() <= 256);
}

fn at_second(second: u32) -> Server {
    Server::at(1000 + second).serving(format!("www {second}"))
}

#[test]
fn case_f23_a_lost_refresh_heals_at_the_next_one_without_an_alarm() {
    let mut story = Story::new();
    story.look(0, Server::at(5), Server::at(5));
    for second in [60, 1800, 3600] {
        let judged = story.look(second, Server::at(6), Server::at(5));
        assert_eq!((judged.verdict(1), judged.severity(1)), (Verdict::Propagating, Severity::Warning));
        assert_eq!(judged.self_heals(1), Some(true));
    }
    let judged = story.look(3700, Server::at(6), Server::at(6));
    assert_eq!((judged.verdict(1), judged.since(1)), (Verdict::InSync, None));
}

#[test]
fn case_f07_transfers_that_fail_for_ever_end_as_stuck_with_a_full_one_advised() {
    let mut story = Story::new();
    story.look(0, Server::at(5).serving("www 1"), Server::at(5).serving("www 1"));
    let changed = || Server::at(6).serving("www 2");
    let judged = story.look(60, changed(), Server::at(5).serving("www 1"));
    assert_eq!(judged.verdict(1), Verdict::Propagating);
    let judged = story.look(61 + PATIENCE, changed(), Server::at(5).serving("www 1"));
    assert_eq!(judged.verdict(1), Verdict::Stuck);
    let advice = judged.advice(1, Code::Verdict(Verdict::Stuck));
    assert!(advice.iter().any(|line| line.starts_with("rndc retransfer")), "{advice:?}");
}

#[test]
fn case_f10_transfers_that_stopped_are_told_before_anything_differs() {
    let mut story = Story::new();
    story.look(0, Server::at(5), Server::at(5).refreshed_ago(10));
    let judged = story.look(5000, Server::at(5), Server::at(5).refreshed_ago(5010));
    assert_eq!((judged.verdict(1), judged.codes(1)), (Verdict::InSync, vec!["refresh_missed"]));
    // The zone changes at last: the server has had its time already.
    let judged = story.look(5010, Server::at(6), Server::at(5).refreshed_ago(5020));
    assert_eq!((judged.verdict(1), judged.since(1)), (Verdict::Stuck, Some(5010)));
    let judged = story.look(80_000, Server::at(6), Server::at(5).refreshed_ago(80_010));
    assert_eq!(judged.codes(1), ["expires_soon"]);
}

#[test]
fn case_f12_all_addresses_of_one_operator_are_stuck_however_much_they_agree() {
    let world = |secondary: u32| {
        let world = World::new().primary(Server::at(6)).secondary(Server::at(6));
        world.secondary(Server::at(secondary)).secondary(Server::at(secondary))
    };
    let mut story = Story::new();
    story.look_at(0, world(5));
    let judged = story.look_at(PATIENCE + 1, world(5));
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::InSync, Verdict::Stuck, Verdict::Stuck]);
}

#[test]
fn case_f24_a_primary_that_lags_past_its_deadline_disagrees_without_expire() {
    let world = || World::new().primary(Server::at(5)).primary(Server::at(6)).secondary(Server::at(6));
    let mut story = Story::new();
    assert_eq!(story.look_at(0, world()).zone_codes(), [""; 0]);
    let judged = story.look_at(PATIENCE, world());
    assert_eq!((judged.verdict(0), judged.zone_codes()), (Verdict::Propagating, vec![]));
    let judged = story.look_at(PATIENCE + 1, world());
    assert_eq!((judged.verdict(0), judged.zone_codes()), (Verdict::Stuck, vec!["primaries_disagree"]));
}

#[test]
fn expire_tells_what_no_look_before_has_seen() {
    for (ago, verdict, heals) in [(100, Verdict::Propagating, None), (4201, Verdict::Stuck, Some(false))] {
        let judged = Story::new().look(0, Server::at(5), Server::at(4).refreshed_ago(ago));
        assert_eq!((judged.verdict(1), judged.self_heals(1)), (verdict, heals), "{ago}");
    }
}

#[test]
fn a_server_that_reaches_its_primary_and_takes_nothing_is_stuck_past_the_deadline() {
    // Case F09: transferred, or asked for, and not served.
    let mut story = Story::new();
    story.look(0, Server::at(5), Server::at(5));
    let lagging = || Server::at(5).refreshed_ago(100);
    assert_eq!(story.look(60, Server::at(6), lagging()).self_heals(1), Some(true));
    assert_eq!(story.look(61 + PATIENCE, Server::at(6), lagging()).verdict(1), Verdict::Stuck);
}

#[test]
fn the_operators_patience_is_apart_from_what_the_protocol_heals() {
    for (most, last, first) in [(MaxLag::Fixed(Duration::from_secs(90)), 90, 91), (MaxLag::Auto, 3900, 3901)]
    {
        let mut story = Story::new();
        let world = |primary| {
            let world = World::new().primary(Server::at(primary)).secondary(Server::at(5));
            world.rules(move |rules| rules.max_lag = Some(most))
        };
        story.look_at(0, world(5));
        story.look_at(10, world(6));
        let judged = story.look_at(10 + last, world(6));
        assert_eq!((judged.verdict(1), judged.codes(1)), (Verdict::Propagating, vec![]), "{most:?}");
        let judged = story.look_at(10 + first, world(6));
        assert_eq!(
            (judged.verdict(1), judged.codes(1)),
            (Verdict::Propagating, vec!["max_lag_exceeded"]),
            "{most:?}"
        );
        assert_eq!(judged.severity(1), Severity::Critical);
    }
}

#[test]
fn a_server_is_slower_than_usual_once_it_has_a_habit() {
    // Publications arrive after 20 seconds; five are a habit, and more than 80 seconds is slower than usual.
    for (seen, slow) in [(4, false), (5, true)] {
        let mut story = Story::new();
        story.look(0, Server::at(1), Server::at(1));
        for version in 1..=seen {
            let second = u64::from(version) * 1000;
            story.look(second, Server::at(version + 1), Server::at(version));
            story.look(second + 20, Server::at(version + 1), Server::at(version + 1));
        }
        let next = || Server::at(seen + 2);
        story.look(10_000, next(), Server::at(seen + 1));
        assert_eq!(story.look(10_080, next(), Server::at(seen + 1)).codes(1), [""; 0]);
        let judged = story.look(10_081, next(), Server::at(seen + 1));
        let codes = if slow { vec!["slower_than_usual"] } else { vec![] };
        assert_eq!((judged.verdict(1), judged.codes(1)), (Verdict::Propagating, codes), "{seen}");
    }
}

#[test]
fn instances_by_turns_are_no_publications() {
    let mut story = Story::new();
    story.look(0, Server::at(1), Server::at(1));
    for look in 1..20_u32 {
        story.look(u64::from(look) * 100, Server::at(2), Server::at(1 + look % 2));
    }
    let past = story.history().addresses.get("192.0.2.1:53").unwrap();
    assert_eq!(past.latencies.len(), 1, "{past:?}");
}

#[test]
fn nobody_is_late_within_a_minute() {
    let mut story = Story::new();
    for version in 1..=6 {
        story.look(u64::from(version) * 1000, Server::at(version), Server::at(version));
    }
    story.look(10_000, Server::at(7), Server::at(6));
    assert_eq!(story.look(10_060, Server::at(7), Server::at(6)).codes(1), [""; 0]);
    assert_eq!(story.look(10_061, Server::at(7), Server::at(6)).codes(1), ["slower_than_usual"]);
}

#[test]
fn a_mixed_address_past_its_deadline_is_critical() {
    let world = |turns: [u32; 2]| {
        let world = World::new().rules(|rules| rules.samples = 4).primary(Server::at(6));
        world.secondary(Server::by_turns(turns.map(Server::at)))
    };
    let mut story = Story::new();
    assert_eq!(story.look_at(0, world([6, 5])).severity(1), Severity::Warning);
    assert_eq!(story.look_at(PATIENCE, world([6, 5])).severity(1), Severity::Warning);
    let judged = story.look_at(PATIENCE + 60, world([6, 5]));
    assert_eq!((judged.verdict(1), judged.severity(1)), (Verdict::Mixed, Severity::Critical));
}

#[test]
fn a_clock_that_is_set_back_begins_a_lag_at_what_it_shows_and_accuses_nobody() {
    let mut story = Story::new();
    story.look(100_000, Server::at(5), Server::at(5));
    story.look(100_010, Server::at(6), Server::at(5));
    let judged = story.look(50, Server::at(6), Server::at(5));
    assert_eq!((judged.verdict(1), judged.since(1)), (Verdict::Propagating, Some(50)));
    let judged = story.look(50 + PATIENCE, Server::at(6), Server::at(5));
    assert_eq!((judged.verdict(1), judged.since(1)), (Verdict::Propagating, Some(50)));
    assert_eq!(story.look(52 + PATIENCE, Server::at(6), Server::at(5)).verdict(1), Verdict::Stuck);
}

#[test]
fn a_server_that_was_away_is_out_of_sync_since_it_was_first_missed() {
    let mut story = Story::new();
    story.look(0, Server::at(5), Server::at(5));
    assert_eq!(story.look(60, Server::at(5), Server::at(5).silent()).since(1), Some(60));
    assert_eq!(story.look(120, Server::at(5), Server::at(5).refusing()).since(1), Some(60));
    assert_eq!(story.look(180, Server::at(5), Server::at(5)).since(1), None);
    assert_eq!(Story::new().look(0, Server::at(5), Server::at(5).silent()).since(1), None);
}

#[test]
fn a_bare_servfail_is_an_expired_zone_where_refreshes_failed_until_its_time_was_over() {
    let servfail = || Server::at(5).servfail();
    let mut story = Story::new();
    story.look(0, Server::at(5), Server::at(5));
    story.look(100, Server::at(6), Server::at(5));
    story.look(86_399, Server::at(6), Server::at(5));
    for second in [86_403, 90_000] {
        let judged = story.look(second, Server::at(6), servfail());
        assert_eq!((judged.verdict(1), judged.codes(1)), (Verdict::Lame, vec!["expired"]));
    }
    // Who stops before that, or lagged at no time that was seen, has another reason.
    for lagging in [true, false] {
        let mut story = Story::new();
        story.look(0, Server::at(5), Server::at(5));
        story.look(100, Server::at(5 + u32::from(lagging)), Server::at(5));
        story.look(86_000, Server::at(5), servfail());
        assert_eq!(story.look(90_000, Server::at(6), servfail()).codes(1), [""; 0], "{lagging}");
    }
    // EXPIRE tells the same.
    let mut story = Story::new();
    story.look(0, Server::at(5), Server::at(5).refreshed_ago(80_000));
    assert_eq!(story.look(6_500, Server::at(5), servfail()).codes(1), ["expired"]);
}

#[test]
fn serials_that_each_server_counts_for_itself_lag_behind_nobody() {
    let mut story = Story::new().rules(|rules| rules.serials = Serials::Independent);
    story.look(0, Server::at(5), Server::at(900));
    let judged = story.look(100_000, Server::at(4), Server::at(2));
    assert_eq!((judged.verdict(1), judged.since(1)), (Verdict::InSync, None));
    assert_eq!(judged.zone_codes(), [""; 0]);
}

#[test]
fn serials_alone_are_enough_to_tell_the_time() {
    let mut story = Story::new().rules(|rules| rules.compare = Compare::Serials);
    story.look(0, Server::at(5), Server::at(5));
    assert_eq!(story.look(60, Server::at(6), Server::at(5)).verdict(1), Verdict::Propagating);
    assert_eq!(story.look(61 + PATIENCE, Server::at(6), Server::at(5)).verdict(1), Verdict::Stuck);
}
