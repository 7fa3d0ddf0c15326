//! Copies that are followed to new versions by the changes that servers send.

use super::checks::Checks;
use super::judged::Judged;
use super::world::{Server, World};
use crate::dns::Serial;
use crate::judge::Verdict;
use crate::observe::DeltaError;
use crate::plan::{Compare, ComparisonRules, Serials, ValidationRules};

/// A change of the rules.
type Change = fn(&mut ComparisonRules);

fn follows(rules: &mut ComparisonRules) {
    rules.compare = Compare::PreviousRecords;
    rules.follows_changes = true;
}

fn pair(primary: Server, secondary: Server) -> World {
    World::new().primary(primary).secondary(secondary).rules(follows)
}

/// A server at a serial that sends the deltas from 5 to it: each replaces the record `www N` by the next.
fn at(serial: u32) -> Server {
    (5..serial).fold(Server::at(serial).serving(format!("www {serial}")), |server, from| {
        step(server, from, from + 1, [&format!("www {from}"), &format!("www {}", from + 1)])
    })
}

fn step(server: Server, from: u32, to: u32, [deleted, added]: [&str; 2]) -> Server {
    server.sending_delta(from, to, [&[deleted], &[added]])
}

/// Checks after which both copies are known to be the same at serial 5.
fn compared() -> Checks {
    let mut checks = Checks::new();
    assert_eq!(checks.check(0, at(5), at(5)).verdict(1), Verdict::InSync);
    assert_eq!(followed(&checks), [Some((Serial(5), 0)); 2]);
    checks
}

/// The version up to which each copy was followed, and how often that has failed since.
fn followed(checks: &Checks) -> Vec<Option<(Serial, u8)>> {
    let addresses = checks.history().addresses.values();
    addresses.map(|address| address.followed.map(|followed| (followed.serial, followed.failed))).collect()
}

fn by_changes(judged: &Judged) -> [bool; 2] {
    [0, 1].map(|index| judged.is_compared_by_changes(index))
}

#[test]
fn copies_that_change_alike_are_followed_without_reading_them() {
    let mut checks = compared();
    for (second, serial) in [(60, 6), (120, 7), (180, 7), (240, 30)] {
        let judged = checks.check_world(second, pair(at(serial), at(serial)));
        assert_eq!((judged.verdict(1), judged.copy_attempts(1)), (Verdict::InSync, 0));
        assert_eq!(by_changes(&judged), [true; 2], "{serial}");
        assert_eq!(followed(&checks), [Some((Serial(serial), 0)); 2]);
    }
}

#[test]
fn a_copy_that_lags_is_held_against_the_version_that_it_has() {
    let mut checks = compared();
    let judged = checks.check_world(60, pair(at(9), at(7)));
    assert_eq!((judged.verdict(1), by_changes(&judged)), (Verdict::Propagating, [true, true]));
    assert_eq!(followed(&checks), [Some((Serial(9), 0)), Some((Serial(7), 0))]);
    let judged = checks.check_world(120, pair(at(9), at(9)));
    assert_eq!((judged.verdict(1), by_changes(&judged)), (Verdict::InSync, [true, true]));
}

#[test]
fn one_delta_over_several_versions_is_held_against_the_end_of_the_others() {
    let condensed = || step(Server::at(8).serving("www 8"), 5, 8, ["www 5", "www 8"]);
    for [primary, secondary] in [[at(8), condensed()], [condensed(), at(8)], [condensed(), condensed()]] {
        let judged = compared().check_world(60, pair(primary, secondary));
        assert_eq!((judged.verdict(1), by_changes(&judged)), (Verdict::InSync, [true; 2]));
    }
}

#[test]
fn changes_that_raise_doubts_accuse_nobody_and_are_not_asked_for_again() {
    let other = |records| step(Server::at(6).serving("www 6"), 5, 6, records);
    for (name, secondary) in [
        ("another record added", other(["www 5", "www 7"])),
        ("another record deleted", other(["www 4", "www 6"])),
        ("nothing", Server::at(6).sending_delta(5, 6, [&[], &[]])),
        ("refused", Server::at(6).without_deltas(DeltaError::NotGiven)),
        ("none since that version", step(Server::at(6), 4, 6, ["www 5", "www 6"])),
        ("past the version of the reference", step(Server::at(6), 5, 7, ["www 5", "www 7"])),
    ] {
        let mut checks = compared();
        let judged = checks.check_world(60, pair(at(6), secondary));
        assert_eq!(judged.verdict(1), Verdict::InSync, "{name}");
        assert_eq!((by_changes(&judged), judged.codes(1).len()), ([true, false], 0), "{name}");
        assert_eq!(followed(&checks), [Some((Serial(6), 0)), None], "{name}");
        let judged = checks.check_world(120, pair(at(7), at(7)));
        assert!(!judged.is_compared_by_changes(1), "{name}");
        // A whole comparison settles it.
        assert_eq!(checks.check(180, at(7), at(7)).verdict(1), Verdict::InSync);
        assert_eq!(followed(&checks), [Some((Serial(7), 0)); 2], "{name}");
        let judged = checks.check_world(240, pair(at(8), at(8)));
        assert_eq!(by_changes(&judged), [true; 2], "{name}");
    }
}

#[test]
fn a_reference_without_changes_leaves_nobody_compared_by_them() {
    let mut checks = compared();
    let silent = at(6).without_deltas(DeltaError::NotGiven);
    let judged = checks.check_world(60, pair(silent, at(6)));
    assert_eq!((judged.verdict(1), by_changes(&judged)), (Verdict::InSync, [false; 2]));
    assert_eq!(followed(&checks), [None, None]);
}

#[test]
fn an_interrupted_response_is_asked_for_again_a_few_times() {
    let mut checks = compared();
    let interrupted = || Server::at(6).without_deltas(DeltaError::Interrupted);
    for (second, failed) in [(60, 1), (120, 2)] {
        let judged = checks.check_world(second, pair(at(6), interrupted()));
        assert_eq!((judged.verdict(1), by_changes(&judged)), (Verdict::InSync, [true, false]));
        assert_eq!(followed(&checks)[1], Some((Serial(5), failed)));
    }
    let judged = checks.check_world(180, pair(at(6), at(6)));
    assert_eq!((by_changes(&judged), followed(&checks)[1]), ([true; 2], Some((Serial(6), 0))));
    for second in [240, 300, 360] {
        checks.check_world(second, pair(at(7), Server::at(7).without_deltas(DeltaError::Interrupted)));
    }
    assert_eq!(followed(&checks), [Some((Serial(7), 0)), None]);
}

#[test]
fn copies_that_differ_or_may_not_be_followed_are_not() {
    for (name, [primary, secondary]) in [
        ("diverged", [at(5), Server::at(5).serving("www 0")]),
        ("unread", [at(5), at(5).without_transfer()]),
        ("lagging", [at(6), at(5)]),
    ] {
        let mut checks = Checks::new();
        checks.check(0, primary, secondary);
        let judged = checks.check_world(60, pair(at(7), at(7)));
        assert!(!judged.is_compared_by_changes(1), "{name}");
    }
    let rules: [(&str, Change); 3] = [
        ("never", |rules| rules.follows_changes = false),
        ("validated", |rules| rules.validation = Some(ValidationRules::default())),
        ("independent", |rules| rules.serials = Serials::Independent),
    ];
    for (name, change) in rules {
        let mut checks = Checks::new();
        checks.check_world(0, World::new().primary(at(5)).secondary(at(5)).rules(change));
        let judged = checks.check_world(60, pair(at(6), at(6)).rules(change));
        assert_eq!(by_changes(&judged), [false; 2], "{name}");
    }
}

#[test]
fn a_server_that_goes_back_is_not_followed() {
    let mut checks = compared();
    let judged = checks.check_world(60, pair(at(5), Server::at(4).serving("www 4")));
    assert!(!judged.is_compared_by_changes(1));
    let judged = checks.check_world(120, pair(Server::at(4), Server::at(4)));
    assert_eq!(by_changes(&judged), [false; 2]);
}

#[test]
fn a_server_that_went_back_is_compared_whole_before_it_is_followed_again() {
    let mut checks = compared();
    checks.check_world(60, pair(at(4), at(5)));
    assert_eq!(followed(&checks), [None, Some((Serial(5), 0))]);
    // It publishes other records under serials that were known.
    checks.check_world(120, pair(at(5).serving("www 0"), at(5)));
    let judged = checks.check_world(180, pair(at(6).serving("www 0"), at(6)));
    assert_eq!((by_changes(&judged), followed(&checks)), ([false; 2], vec![None, None]));
}

#[test]
fn a_version_that_a_server_has_before_the_reference_is_followed_once_both_have_it() {
    let mut checks = compared();
    checks.check_world(60, pair(at(5), at(6)));
    assert_eq!(followed(&checks), [Some((Serial(5), 0)), Some((Serial(5), 1))]);
    let judged = checks.check_world(120, pair(at(6), at(6)));
    assert_eq!((judged.verdict(1), by_changes(&judged)), (Verdict::InSync, [true; 2]));
}

#[test]
fn a_version_that_is_published_after_the_queries_is_followed_too() {
    let publishing = || step(Server::at(6).serving("www 7"), 5, 7, ["www 5", "www 7"]);
    let mut checks = compared();
    let judged = checks.check_world(60, pair(publishing(), publishing()));
    assert_eq!((judged.verdict(1), by_changes(&judged)), (Verdict::InSync, [true; 2]));
    assert_eq!(followed(&checks), [Some((Serial(7), 0)); 2]);
}

#[test]
fn a_copy_that_cannot_be_held_against_the_reference_is_compared_whole_at_once() {
    let mut checks = compared();
    let silent = || at(6).without_deltas(DeltaError::NotGiven);
    checks.check_world(60, pair(silent(), at(5)));
    assert_eq!(followed(&checks), [None, Some((Serial(5), 0))]);
    checks.check_world(120, pair(silent(), at(6)));
    assert_eq!(followed(&checks), [None, None]);
}

#[test]
fn a_copy_that_stood_in_as_the_reference_is_held_against_the_reference_again() {
    let other = || step(Server::at(6).serving("www 6"), 5, 6, ["www 5", "www 7"]);
    let mut checks = compared();
    let judged = checks.check_world(60, pair(at(6).silent(), other()));
    assert_eq!(judged.verdict(1), Verdict::InSync);
    for second in [120, 180] {
        let judged = checks.check_world(second, pair(at(6), other()));
        assert_eq!((judged.verdict(1), by_changes(&judged)), (Verdict::InSync, [false; 2]), "{second}");
        assert_eq!(followed(&checks), [None, None]);
    }
    let mut checks = compared();
    checks.check_world(60, pair(at(6).silent(), at(6)));
    let judged = checks.check_world(120, pair(at(6), at(6)));
    assert_eq!((judged.verdict(1), by_changes(&judged)), (Verdict::InSync, [true; 2]));
}

#[test]
fn a_check_of_nothing_but_serials_changes_nothing() {
    let mut checks = compared();
    checks.check_world(60, pair(at(6), at(6)).rules(|rules| rules.compare = Compare::Serials));
    assert_eq!(followed(&checks), [Some((Serial(5), 0)); 2]);
}

#[test]
fn a_divergence_beside_the_changes_is_found_by_the_next_whole_comparison() {
    let mut checks = compared();
    // Its journal has what the reference has published, and it serves something else.
    let planted = || at(6).serving("www 0");
    let judged = checks.check_world(60, pair(at(6), planted()));
    assert_eq!((judged.verdict(1), by_changes(&judged)), (Verdict::InSync, [true; 2]));
    assert_eq!(checks.check(120, at(6), planted()).verdict(1), Verdict::Diverged);
    let judged = checks.check_world(180, pair(at(6), planted()));
    assert_eq!((judged.verdict(1), judged.is_compared_by_changes(1)), (Verdict::Diverged, false));
    let judged = checks.check_world(240, pair(at(7), at(7)));
    assert!(!judged.is_compared_by_changes(1), "only a whole comparison tells that it was mended");
}
