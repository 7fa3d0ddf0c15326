//! The verdict table, row by row, and the cases that it was made from, in a world without sockets.

mod asking;
mod catalog_steps;
mod catalogs;
mod chain;
mod changes;
mod checks;
mod delegation;
mod deltas;
mod earlier_content;
mod judged;
mod keys;
mod membership;
mod mixed_ttls;
mod serial_checks;
mod signatures;
mod time;
mod validation;
mod verdict_changes;
mod versions;
mod world;
mod zone_file;
mod zonemd;

use world::{Server, World};

use super::{Code, Severity, Verdict, WrongRrsets};
use crate::dns::{Rtype, Serial};
use crate::plan::{Compare, ComparisonRules, Grace, Role, Serials, SignatureComparison, TtlDifference};

/// Returns the verdict over a secondary of a primary at serial 5.
#[track_caller]
fn verdict_of(secondary: Server) -> Verdict {
    World::new().primary(Server::at(5)).secondary(secondary).judge().verdict(1)
}

#[test]
fn each_verdict_of_the_table_is_reached() {
    let rows = [
        (Server::at(5).silent(), Verdict::Unreachable),
        (Server::at(5).refusing(), Verdict::Lame),
        (Server::at(5).servfail(), Verdict::Lame),
        (Server::at(5).not_authoritative(), Verdict::Lame),
        (Server::at(5 + (1 << 31)), Verdict::Incomparable),
        (Server::at(6), Verdict::Ahead),
        (Server::at(5).serving("www 2"), Verdict::Diverged),
        (Server::at(4).refreshed_ago(4201), Verdict::Stuck),
        (Server::at(4), Verdict::Behind),
        (Server::at(4).refreshed_ago(4200), Verdict::Propagating),
        (Server::at(5).without_transfer(), Verdict::Unknown),
        (Server::at(5), Verdict::InSync),
    ];
    for (server, verdict) in rows {
        let name = format!("{server:?}");
        assert_eq!(verdict_of(server), verdict, "{name}");
    }
}

#[test]
fn two_versions_by_turns_are_mixed() {
    let turns = [Server::at(5), Server::at(4)];
    let world = World::new().rules(|rules| rules.samples = 4);
    let judged = world.primary(Server::at(5)).secondary(Server::by_turns(turns)).judge();
    assert_eq!(judged.verdict(1), Verdict::Mixed);
    assert_eq!(judged.severity(1), Severity::Warning);
    assert!(judged.ratio() > 0.2 && judged.ratio() < 0.3, "{}", judged.ratio());
}

#[test]
fn two_contents_of_one_serial_by_turns_are_mixed_and_critical() {
    let turns = || Server::by_turns([Server::at(5), Server::at(5), Server::at(5).serving("www 2")]);
    let judged = World::new().primary(Server::at(5)).secondary(turns()).judge();
    assert_eq!(judged.verdict(1), Verdict::Mixed);
    assert_eq!(judged.severity(1), Severity::Critical);
    let judged = World::new().primary(turns()).secondary(Server::at(5)).judge();
    assert_eq!(judged.verdicts(), [Verdict::Mixed, Verdict::InSync]);
}

#[test]
fn two_versions_in_one_check_are_mixed_whatever_is_compared() {
    for compare in [Compare::Serials, Compare::Records] {
        let world = World::new().rules(|rules| (rules.samples, rules.compare) = (4, compare));
        let turns = Server::by_turns([Server::at(4), Server::at(5)]);
        let judged = world.primary(Server::at(5)).secondary(turns).judge();
        assert_eq!(judged.verdict(1), Verdict::Mixed, "{compare:?}");
    }
}

#[test]
fn two_versions_by_turns_are_both_wrong_if_the_reference_has_a_third() {
    let turns = [Server::at(4), Server::at(3)];
    let world = World::new().rules(|rules| rules.samples = 4);
    let judged = world.primary(Server::at(5)).secondary(Server::by_turns(turns)).judge();
    assert_eq!(judged.verdict(1), Verdict::Mixed);
    assert!((judged.ratio() - 0.5).abs() < 1e-9, "{}", judged.ratio());
}

#[test]
fn a_server_that_is_rolled_back_during_the_check_is_not_mixed() {
    let world = World::new().rules(|rules| rules.samples = 2);
    let rolled_back = Server::then([Server::at(5), Server::at(4)]);
    assert_eq!(world.primary(Server::at(4)).secondary(rolled_back).judge().verdict(1), Verdict::InSync);
}

#[test]
fn a_server_that_is_updated_during_the_check_is_not_mixed() {
    let moving = Server::then([Server::at(4), Server::at(5)]);
    assert_eq!(verdict_of(moving), Verdict::InSync);
}

#[test]
fn case_f01_a_rollback_of_the_primary_leaves_the_secondary_ahead() {
    let judged = World::new().primary(Server::at(2_021_102_901)).secondary(Server::at(2_021_122_001)).judge();
    assert_eq!(judged.verdict(1), Verdict::Ahead);
    assert_eq!(judged.self_heals(1), Some(false));
    let advice = judged.advice(1, Code::Verdict(Verdict::Ahead));
    assert!(advice.iter().any(|line| line.contains("2021122002")), "{advice:?}");
}

#[test]
fn case_f03_an_edit_without_a_new_serial_is_diverged() {
    let judged = World::new().primary(Server::at(5).serving("www 2")).secondary(Server::at(5)).judge();
    assert_eq!(judged.verdict(1), Verdict::Diverged);
    assert_eq!(judged.self_heals(1), Some(false));
    assert!(judged.codes(1).contains(&"serial_not_raised"));
    assert_eq!(judged.differences(1), ["changed www.example.com. TXT"]);
}

#[test]
fn case_f04_other_soa_timers_at_the_same_serial_are_diverged() {
    for compare in [Compare::Records, Compare::Serials] {
        let world = World::new().rules(|rules| rules.compare = compare);
        let judged =
            world.primary(Server::at(5).refresh(14400)).secondary(Server::at(5).refresh(7200)).judge();
        assert_eq!(judged.verdict(1), Verdict::Diverged, "{compare:?}");
        assert!(judged.codes(1).contains(&"soa_differs"), "{compare:?}");
    }
}

#[test]
fn case_f04_other_soa_timers_without_a_transfer_are_diverged() {
    let secondary = Server::at(5).refresh(7200).without_transfer();
    let judged = World::new().primary(Server::at(5).refresh(14400)).secondary(secondary).judge();
    assert_eq!(judged.verdict(1), Verdict::Diverged);
    assert!(judged.codes(1).contains(&"soa_differs"));
}

#[test]
fn case_f13_a_secondary_that_cannot_load_a_new_type_is_stuck() {
    let server = Server::at(4).refreshed_ago(13 * 86400);
    assert_eq!(verdict_of(server.expire(30 * 86400)), Verdict::Stuck);
}

#[test]
fn case_f14_a_busy_zone_on_healthy_servers_is_never_diverged() {
    // The primary publishes at every step; the secondary follows at once, or one version later.
    for lag in 0..3 {
        let publishing =
            Server::then((0..40).map(|step| Server::at(100 + step).serving(format!("www {step}"))));
        let following =
            Server::then((0..40).map(|step| {
                Server::at(100 + step - lag).serving(format!("www {}", step.saturating_sub(lag)))
            }));
        let judged = World::new().primary(publishing).secondary(following).judge();
        let verdict = judged.verdict(1);
        let fine = [Verdict::InSync, Verdict::Unknown, Verdict::Behind];
        assert!(fine.contains(&verdict), "{lag} behind: {verdict:?}");
    }
}

#[test]
fn a_zone_that_changes_during_every_transfer_is_unknown() {
    let torn = Server::at(5).torn_by_a_change();
    let judged = World::new().primary(Server::at(5)).secondary(torn).judge();
    assert_eq!(judged.verdict(1), Verdict::Unknown);
    assert!(judged.codes(1).contains(&"changed_during_transfer"));
}

#[test]
fn a_server_that_ends_every_transfer_for_a_newer_version_is_unknown() {
    for servers in [
        [Server::at(5), Server::at(5).superseding()],
        [Server::at(5).superseding(), Server::at(5)],
        [Server::at(5).serving("www 2"), Server::at(5).superseding()],
    ] {
        let [primary, secondary] = servers;
        let judged = World::new().primary(primary).secondary(secondary).judge();
        assert_eq!(judged.verdict(1), Verdict::Unknown);
        let codes = [judged.codes(0), judged.codes(1)].concat();
        assert!(codes.contains(&"changed_during_transfer"), "{codes:?}");
    }
    let once = Server::then([Server::at(5), Server::at(5).superseding(), Server::at(5)]);
    let judged = World::new().primary(Server::at(5)).secondary(once).judge();
    assert_eq!(judged.verdict(1), Verdict::InSync);
}

#[test]
fn a_change_that_is_undone_between_two_reads_is_no_divergence() {
    // Read before and after the primary was changed without a new serial, and changed back.
    let primary = Server::then([Server::at(5), Server::at(5).serving("www 2"), Server::at(5)]);
    let judged = World::new().primary(primary).secondary(Server::at(5)).judge();
    assert_eq!(judged.verdict(1), Verdict::InSync);
}

#[test]
fn a_server_that_was_lame_once_is_queried_again() {
    let once = Server::then([Server::at(5).servfail(), Server::at(5)]);
    assert_eq!(verdict_of(once), Verdict::InSync);
}

#[test]
fn a_secondary_ahead_of_a_primary_that_catches_up_is_in_sync() {
    let primary = Server::then([Server::at(5), Server::at(5), Server::at(6)]);
    let judged = World::new().primary(primary).secondary(Server::at(6)).judge();
    assert_ne!(judged.verdict(1), Verdict::Ahead);
}

#[test]
fn a_secondary_that_is_ahead_and_refuses_axfr_is_queried_again() {
    let once = [6, 6, 6, 5].map(|serial| Server::at(serial).without_transfer());
    assert_ne!(verdict_of(Server::then(once)), Verdict::Ahead);
}

#[test]
fn case_f15_serials_are_ordered_by_rfc_1982_alone() {
    for (primary, secondary, verdict, lag) in [
        (1, u32::MAX, Verdict::Behind, Some(2)),
        (u32::MAX, 1, Verdict::Ahead, Some(-2)),
        (2_020_060_600, 3_020_645_816, Verdict::Ahead, Some(-1_000_585_216)),
        (0, 1 << 31, Verdict::Incomparable, None),
    ] {
        let judged = World::new().primary(Server::at(primary)).secondary(Server::at(secondary)).judge();
        assert_eq!((judged.verdict(1), judged.lag(1)), (verdict, lag), "{primary} and {secondary}");
    }
}

#[test]
fn case_f16_with_independent_serials_content_decides() {
    let world = || World::new().rules(|rules| rules.serials = Serials::Independent).primary(Server::at(5));
    assert_eq!(world().secondary(Server::at(900)).judge().verdict(1), Verdict::InSync);
    assert_eq!(world().secondary(Server::at(900).serving("www 2")).judge().verdict(1), Verdict::Diverged);
}

#[test]
fn with_independent_serials_the_soa_belongs_to_each_server() {
    let independent = |rules: &mut ComparisonRules| rules.serials = Serials::Independent;
    for (other, codes) in [
        (Server::at(4711), vec![]),
        (Server::at(5).refresh(7), vec!["soa_differs"]),
        (Server::at(3).refresh(7).retry(8), vec!["soa_differs"]),
    ] {
        let world = World::new().rules(independent).primary(Server::at(5)).primary(other.clone());
        let judged = world.secondary(other.clone()).judge();
        assert_eq!(judged.verdicts(), [Verdict::InSync; 3]);
        assert_eq!((judged.severity(1), judged.codes(1)), (Severity::Ok, codes.clone()));
        assert_eq!((judged.zone_codes(), judged.codes(2)), (vec![], codes));
        let corrupt = World::new().rules(independent).primary(Server::at(5)).primary(other.serving("www 2"));
        let judged = corrupt.judge();
        assert_eq!(judged.zone_codes(), ["primaries_disagree"]);
        // The reference is the one with the newest serial.
        let index = judged.verdicts().iter().position(|verdict| *verdict == Verdict::Diverged).unwrap();
        let message = judged.message(index, Code::Verdict(Verdict::Diverged));
        assert!(!message.contains("behind") && !message.contains("damaged"), "{message}");
        assert!(!judged.codes(index).contains(&"serial_not_raised"));
    }
}

#[test]
fn without_the_soa_among_the_compared_types_its_serial_counts_alone() {
    for compare in [Compare::Records, Compare::Serials] {
        let ignoring = |rules: &mut ComparisonRules| {
            (rules.compare, rules.content.ignored) = (compare, vec![Rtype::SOA]);
        };
        let world = || World::new().rules(ignoring).primary(Server::at(5));
        let judged = world().secondary(Server::at(5).refresh(7)).judge();
        assert_eq!((judged.verdict(1), judged.codes(1)), (Verdict::InSync, vec![]));
        assert_eq!(world().secondary(Server::at(4).refresh(7)).judge().verdict(1), Verdict::Behind);
    }
}

#[test]
fn instances_that_count_their_own_serials_are_mixed_only_if_their_contents_differ() {
    let independent = |rules: &mut ComparisonRules| rules.serials = Serials::Independent;
    let turns = Server::by_turns([Server::at(6), Server::at(5), Server::at(6)]);
    let judged = World::new().rules(independent).primary(Server::at(5)).secondary(turns).judge();
    assert_eq!(judged.verdict(1), Verdict::InSync);
}

#[test]
fn a_server_that_signs_is_told_apart_from_one_that_is_ahead() {
    let signed = |serial| Server::at(serial).signed("www.example.com", "TXT", 86400, 86400);
    let plain = || World::new().primary(Server::at(7));
    for serial in [7, 9, 6, 1_000_000] {
        let judged = plain().secondary(signed(serial)).judge();
        let code = Code::Verdict(judged.verdict(1));
        let (message, advice) = (judged.message(1, code), judged.advice(1, code));
        assert!(message.ends_with("a signer counts its own serials"), "{message}");
        let named = "# name it the signer: --signer 'ns1=192.0.2.1:53', not -s";
        let without = "# or compare without what a signer adds: --dnssec ignore --independent-serials";
        assert_eq!(advice, [named, without]);
        let ignoring = |rules: &mut ComparisonRules| {
            (rules.serials, rules.content.dnssec) = (Serials::Independent, SignatureComparison::Ignore);
        };
        assert_eq!(plain().rules(ignoring).secondary(signed(serial)).judge().verdict(1), Verdict::InSync);
    }
    let both = World::new().primary(signed(7)).secondary(signed(9)).judge();
    assert!(both.advice(1, Code::Verdict(Verdict::Ahead))[0].contains("raise the serial"));
}

#[test]
fn case_f25_case_order_and_duplicates_are_no_difference() {
    let shuffled = Server::at(5).serving_all(&["www 1", "mail 1", "mail 1"]);
    let judged =
        World::new().primary(Server::at(5).serving_all(&["mail 1", "www 1"])).secondary(shuffled).judge();
    assert_eq!(judged.verdict(1), Verdict::InSync);
    assert_eq!(judged.codes(1), [""; 0]);
}

#[test]
fn a_server_that_sends_records_twice_by_turns_is_in_sync() {
    let turns = || {
        let twice = || Server::at(5).serving_all(&["www 1", "www 1"]);
        Server::by_turns([Server::at(5), twice(), twice(), Server::at(5)])
    };
    for serials in [Serials::Shared, Serials::Independent] {
        let world = || World::new().rules(|rules| rules.serials = serials);
        let judged = world().primary(Server::at(5)).secondary(turns()).judge();
        assert_eq!((judged.verdict(1), judged.codes(1)), (Verdict::InSync, vec![]), "{serials:?}");
        let judged = world().primary(turns()).secondary(Server::at(5)).judge();
        assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::InSync], "{serials:?}");
    }
}

#[test]
fn case_f25_a_difference_in_ttl_alone_is_a_finding() {
    let strict = |ttl| World::new().rules(move |rules| rules.ttl = ttl).primary(Server::at(5));
    let noted = strict(TtlDifference::Noted).secondary(Server::at(5).ttl(3599)).judge();
    assert_eq!(noted.verdict(1), Verdict::InSync);
    assert_eq!(noted.codes(1), ["ttl_differs"]);
    assert_eq!(noted.severity(1), Severity::Warning);
    let diverged = strict(TtlDifference::Diverged).secondary(Server::at(5).ttl(3599)).judge();
    assert_eq!(diverged.verdict(1), Verdict::Diverged);
}

#[test]
fn an_expired_zone_is_lame_with_a_finding() {
    let expired = World::new().primary(Server::at(5)).secondary(Server::at(5).servfail_expired()).judge();
    assert_eq!(expired.verdict(1), Verdict::Lame);
    assert!(expired.codes(1).contains(&"expired"));
    let broken = World::new().primary(Server::at(5)).secondary(Server::at(5).servfail()).judge();
    assert!(!broken.codes(1).contains(&"expired"));
}

#[test]
fn missed_refreshes_are_found_before_anything_differs() {
    let judged = World::new().primary(Server::at(5)).secondary(Server::at(5).refreshed_ago(5000)).judge();
    assert_eq!(judged.verdict(1), Verdict::InSync);
    assert_eq!(judged.codes(1), ["refresh_missed"]);
    let late = World::new().primary(Server::at(5)).secondary(Server::at(5).refreshed_ago(70_000)).judge();
    assert_eq!(late.codes(1), ["expires_soon"]);
}

#[test]
fn a_grace_is_no_reason_to_refresh_sooner() {
    let with_grace = |seconds, refresh, age| {
        let grace = Grace::Fixed(std::time::Duration::from_secs(seconds));
        let server = || Server::at(5).refresh(refresh);
        let world = World::new().rules(|rules| rules.grace = grace).primary(server());
        world.secondary(server().refreshed_ago(age)).judge()
    };
    for (grace, refresh, age, codes) in [
        (10, 30, 20, vec![]),
        (10, 30, 900, vec![]),
        (10, 30, 901, vec!["refresh_missed"]),
        (10, 3600, 4200, vec![]),
        (10, 3600, 4201, vec!["refresh_missed"]),
        (100_000, 3600, 4201, vec!["refresh_missed"]),
        (100_000, 3600, 70_000, vec!["expires_soon"]),
    ] {
        let judged = with_grace(grace, refresh, age);
        assert_eq!((judged.verdict(1), judged.codes(1)), (Verdict::InSync, codes), "{grace} {refresh} {age}");
    }
}

#[test]
fn a_fixed_grace_decides_when_a_server_is_stuck() {
    let world = World::new().rules(|rules| rules.grace = Grace::Fixed(std::time::Duration::from_mins(1)));
    let judged = world.primary(Server::at(5)).secondary(Server::at(4).refreshed_ago(61)).judge();
    assert_eq!(judged.verdict(1), Verdict::Stuck);
}

#[test]
fn the_newest_configured_primary_is_the_reference() {
    let judged = World::new().primary(Server::at(5)).primary(Server::at(6)).secondary(Server::at(6)).judge();
    assert_eq!(judged.verdicts(), [Verdict::Behind, Verdict::InSync, Verdict::InSync]);
}

#[test]
fn primaries_with_other_records_at_one_serial_disagree() {
    let judged = World::new()
        .primary(Server::at(5))
        .primary(Server::at(5).serving("www 2"))
        .secondary(Server::at(5))
        .judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::Diverged, Verdict::InSync]);
    assert_eq!(judged.zone_codes(), ["primaries_disagree"]);
}

#[test]
fn case_f24_a_primary_past_its_deadline_disagrees() {
    let late = Server::at(4).refreshed_ago(4201);
    let judged = World::new().primary(Server::at(5)).primary(late).judge();
    assert_eq!(judged.verdict(1), Verdict::Stuck);
    assert_eq!(judged.zone_codes(), ["primaries_disagree"]);
}

#[test]
fn the_mname_is_the_reference_where_serials_have_no_order() {
    let judged = World::new().secondary(Server::at(0)).secondary(Server::at(1 << 31)).judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::Incomparable]);
}

#[test]
fn if_no_primary_answers_the_newest_server_is_the_reference() {
    let judged = World::new()
        .primary(Server::at(5).silent())
        .secondary(Server::at(5))
        .secondary(Server::at(6))
        .judge();
    assert_eq!(judged.verdicts(), [Verdict::Unreachable, Verdict::Behind, Verdict::InSync]);
    assert_eq!(judged.zone_codes(), ["primary_unreachable"]);
}

#[test]
fn a_primary_without_an_address_counts_as_unreachable() {
    let world = || World::new().secondary(Server::at(5)).secondary(Server::at(6));
    let judged = world().without_address(Role::Primary, "hidden").judge();
    assert_eq!(judged.zone_codes(), ["no_address", "primary_unreachable"]);
    assert_eq!(
        judged.zone_message("no_address"),
        "no address was found for hidden (hidden.example.com): no such name"
    );
    assert_eq!(judged.zone_advice("no_address"), ["dig hidden.example.com A hidden.example.com AAAA"]);
    let message = judged.zone_message("primary_unreachable");
    assert!(
        message.contains("no primary answered with authority (hidden (hidden.example.com))"),
        "{message}"
    );
    // One primary with an address is enough, and a secondary without one has no other finding.
    let judged = world().primary(Server::at(6)).without_address(Role::Primary, "hidden").judge();
    assert_eq!(judged.zone_codes(), ["no_address"]);
    let judged = world().without_address(Role::Secondary, "ns9").judge();
    assert_eq!(judged.zone_codes(), ["no_address"]);
}

#[test]
fn serials_that_form_a_ring_leave_no_reference() {
    let ring = [0, 1 << 30, 1 << 31, 3 << 30].map(Server::at);
    let judged = ring.into_iter().fold(World::new(), World::secondary).judge();
    assert_eq!(judged.verdicts(), [Verdict::Unknown; 4]);
}

#[test]
fn a_reference_that_cannot_be_read_leaves_the_records_unknown() {
    let judged = World::new().primary(Server::at(5).without_transfer()).secondary(Server::at(5)).judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::Unknown]);
    assert_eq!(judged.severity(0), Severity::Unknown);
    assert!(judged.codes(1).contains(&"records_uncompared"));
}

#[test]
fn a_host_without_ipv6_reports_it_once_and_judges_no_such_server() {
    let judged = World::new()
        .primary(Server::at(5))
        .secondary(Server::at(5))
        .secondary(Server::at(5).unusable_family())
        .judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::InSync]);
    assert_eq!(judged.zone_codes(), ["address_family_unusable"]);
    let message = "it was not asked: this host has no route to IPv4, and so none to 192.0.2.2:53";
    assert_eq!(judged.unasked(), [("ns2", "not_asked", message)]);
    assert_eq!(judged.zone_severity(), Severity::Unknown);
}

#[test]
fn a_server_that_was_asked_at_one_of_two_addresses_is_judged_by_it() {
    let world = |excluded: &str| {
        World::new().primary(Server::at(5)).secondary(Server::at(5)).excluded(Role::Secondary, excluded)
    };
    let judged = world("ns1").judge();
    assert!(judged.unasked().is_empty());
    assert_eq!(judged.zone_severity(), Severity::Ok);
    let message = "`-4` leaves out addresses; not checked: ns1 ([2001:db8::1]:53)";
    assert_eq!(judged.zone_message("address_family_unusable"), message);
    // Another server of that name in another role is another server.
    let judged = world("ns0").judge();
    let message = "it was not asked: `-4` leaves out [2001:db8::1]:53";
    assert_eq!(judged.unasked(), [("ns0", "not_asked", message)]);
    assert_eq!(judged.zone_severity(), Severity::Unknown);
}

#[test]
fn a_primary_that_is_left_out_did_not_answer() {
    let judged = World::new()
        .secondary(Server::at(5))
        .secondary(Server::at(5))
        .excluded(Role::Primary, "hidden")
        .judge();
    let message = judged.zone_message("primary_unreachable");
    assert!(message.contains("(hidden [2001:db8::1]:53)"), "{message}");
}

#[test]
fn the_ratio_of_wrong_answers_is_over_the_ns_set() {
    let judged = World::new()
        .primary(Server::at(5))
        .secondary(Server::at(4))
        .secondary(Server::at(5))
        .name_servers(&["ns1", "ns2"])
        .judge();
    assert!((judged.ratio() - 0.5).abs() < 1e-9, "{}", judged.ratio());
}

#[test]
fn servers_that_answer_wrongly_and_not_at_all_are_counted() {
    let judged = World::new()
        .primary(Server::at(5))
        .secondary(Server::at(4))
        .secondary(Server::at(5).silent())
        .secondary(Server::at(5))
        .judge();
    let counted = judged.judgement.wrong_answers.unwrap();
    assert_eq!((counted.servers, counted.wrong, counted.missing, counted.of), (2, 1, 1, 4));
    assert!((counted.ratio - 0.5).abs() < 1e-9);
}

/// The ratios of wrong RRsets of all servers and of the zone. Each server has an SOA and the RRsets that it serves.
fn rrset_ratios(world: World) -> (Vec<Option<f64>>, Option<f64>) {
    let judged = world.judge();
    let ratio = |wrong: Option<WrongRrsets>| wrong.map(WrongRrsets::ratio);
    let servers = judged.judgement.servers.iter().map(|server| ratio(server.wrong_rrsets)).collect();
    (servers, ratio(judged.judgement.wrong_rrsets))
}

#[test]
fn the_ratio_of_wrong_rrsets_of_a_zone_is_the_largest_of_its_servers() {
    let copies = [
        (Server::at(5).serving_all(&["a 1", "b 1", "c 1"]), Some(0.0)),
        (Server::at(5).serving_all(&["a 1", "b 1"]), Some(0.25)),
        (Server::at(5).serving_all(&["a 2", "b 2", "c 2"]), Some(0.75)),
        (Server::at(5).serving_all(&["a 1", "b 1", "c 1", "d 1"]), Some(0.2)),
        (Server::at(5).serving_all(&["a 1", "b 1", "c 1"]).ttl(9), Some(0.0)),
        (Server::at(4).serving_all(&["a 1", "b 1"]), Some(0.25)),
        (Server::at(5).without_transfer(), None),
        (Server::at(5).silent(), None),
    ];
    let mut world = World::new().primary(Server::at(5).serving_all(&["a 1", "b 1", "c 1"]));
    let mut expected = vec![Some(0.0)];
    for (copy, ratio) in copies {
        world = world.secondary(copy);
        expected.push(ratio);
    }
    assert_eq!(rrset_ratios(world), (expected, Some(0.75)));
}

#[test]
fn without_compared_records_there_is_no_ratio_of_wrong_rrsets() {
    let reference = || World::new().primary(Server::at(5).serving("www 1"));
    assert_eq!(rrset_ratios(reference()), (vec![None], None));
    let refusing = Server::at(5).without_transfer();
    assert_eq!(rrset_ratios(reference().secondary(refusing)), (vec![None, None], None));
}

#[test]
fn a_hidden_primary_that_is_unreachable_is_a_warning() {
    let judged =
        World::new().primary(Server::at(5).silent()).secondary(Server::at(5)).name_servers(&["ns1"]).judge();
    assert_eq!(judged.verdict(0), Verdict::Unreachable);
    assert_eq!(judged.severity(0), Severity::Warning);
}

#[test]
fn the_differences_of_a_lagging_copy_are_listed_and_no_divergence() {
    let judged = World::new()
        .primary(Server::at(5).serving_all(&["www 2", "new 1"]))
        .secondary(Server::at(4).serving_all(&["www 1", "old 1"]))
        .judge();
    assert_eq!(judged.verdict(1), Verdict::Behind);
    let expected =
        ["missing new.example.com. TXT", "extra old.example.com. TXT", "changed www.example.com. TXT"];
    assert_eq!(judged.differences(1), expected);
    assert_eq!(judged.serial(1), Some(Serial(4)));
}

proptest::proptest! {
    /// Whatever servers answer in consecutive checks, there is a judgement, and the history is bounded.
    #[test]
    fn any_consecutive_checks_are_judged_with_a_bounded_history(
        checked in proptest::collection::vec(
            (0..200_000_u64, world::any_server(), world::any_server(), world::any_server()), 1..6),
    ) {
        let mut checks = checks::Checks::new();
        for (second, first, second_primary, secondary) in checked {
            let world = World::new().primary(first).primary(second_primary).secondary(secondary);
            checks.check_world(second, world);
            let history = checks.history();
            proptest::prop_assert!(history.versions.len() <= 256 && history.addresses.len() <= 3);
        }
    }

    /// Whatever servers answer, by turns or in a row, there is a judgement after a bounded number of steps.
    #[test]
    fn any_servers_are_judged_in_a_bounded_number_of_steps(
        primaries in proptest::collection::vec(world::any_server(), 0..3),
        secondaries in proptest::collection::vec(world::any_server(), 0..4),
    ) {
        let count = primaries.len() + secondaries.len();
        let world = primaries.into_iter().fold(World::new(), World::primary);
        let judged = secondaries.into_iter().fold(world, World::secondary).judge();
        proptest::prop_assert!(judged.verdicts().len() <= count);
    }
}
