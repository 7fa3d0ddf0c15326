//! What the reference has changed since the version of a lagging copy.

use super::checks::Checks;
use super::judged::Judged;
use super::world::{Server, World};
use crate::judge::Verdict;
use crate::plan::{Compare, Serials, TtlDifference};

/// What an honest delta from serial 5 to serial 6 deletes and adds.
const HONEST: [&[&str]; 2] = [&["www 1"], &["www 2"]];

fn primary() -> Server {
    Server::at(6).serving_all(&["www 2", "mail 1"])
}

fn lagging(records: &[&str]) -> Server {
    Server::at(5).serving_all(records)
}

/// A copy of serial 5 as the reference served it.
fn true_copy() -> Server {
    lagging(&["www 1", "mail 1"])
}

/// Checks a primary, a true copy of serial 5, and another one.
fn check(primary: Server, other: Server) -> Judged {
    World::new().primary(primary).secondary(true_copy()).secondary(other).judge()
}

#[test]
fn a_lagging_copy_that_differs_in_unchanged_rrsets_is_diverged() {
    for (records, verdict) in [
        // All differences are changes.
        (vec!["www 0", "mail 1"], Verdict::Behind),
        (vec!["www 1", "www 0", "mail 1"], Verdict::Behind),
        (vec!["mail 1"], Verdict::Behind),
        // Changed, extra and missing, and not changed since.
        (vec!["www 1", "mail 0"], Verdict::Diverged),
        (vec!["www 1", "mail 1", "gone 1"], Verdict::Diverged),
        (vec!["www 1"], Verdict::Diverged),
    ] {
        let judged = check(primary().sending_delta(5, 6, HONEST), lagging(&records));
        assert_eq!(judged.verdicts()[1..], [Verdict::Behind, verdict], "{records:?}");
        assert_eq!(judged.deltas(), [5]);
    }
}

#[test]
fn a_delta_that_leads_from_no_copy_to_the_reference_accuses_nobody() {
    let deltas: [(&str, u32, u32, [&[&str]; 2]); 9] = [
        ("nothing but the serial", 5, 6, [&[], &[]]),
        ("a part of the changes", 5, 6, [&["www 1"], &[]]),
        ("another record deleted", 5, 6, [&["www 0"], &["www 2"]]),
        ("another record added", 5, 6, [&["www 1"], &["www 3"]]),
        ("a record deleted that was not there", 5, 6, [&["www 1", "gone 1"], &["www 2"]]),
        ("a record added that is not there", 5, 6, [&["www 1"], &["www 2", "new 1"]]),
        ("the other way round", 5, 6, [&["www 2"], &["www 1"]]),
        ("from another version", 4, 6, HONEST),
        ("to another version", 5, 7, HONEST),
    ];
    for (what, from, to, records) in deltas {
        for other in [&["www 1", "mail 0"][..], &["www 0", "mail 1"], &["gone 1"]] {
            let judged = check(primary().sending_delta(from, to, records), lagging(other));
            assert_eq!(judged.verdicts()[1..], [Verdict::Behind; 2], "{what}: {other:?}");
        }
    }
}

#[test]
fn changes_that_are_undone_later_add_up() {
    let [deleted, added] = [&["www 1", "www 3", "new 1"][..], &["www 3", "new 1", "www 2"]];
    let judged = check(primary().sending_delta(5, 6, [deleted, added]), lagging(&["www 1", "mail 0"]));
    assert_eq!(judged.verdicts()[1..], [Verdict::Behind, Verdict::Diverged]);
}

#[test]
fn a_single_lagging_copy_is_behind_whatever_the_delta() {
    for delta in [HONEST, [&[], &[]], [&["www 0"], &["www 2"]]] {
        for other in [true_copy(), lagging(&["www 1", "mail 0"])] {
            let judged = World::new().primary(primary().sending_delta(5, 6, delta)).secondary(other).judge();
            // The delta or the copy may be wrong, so it is not even asked for.
            assert_eq!((judged.verdict(1), judged.deltas()), (Verdict::Behind, vec![]));
        }
    }
}

#[test]
fn a_reference_without_a_delta_is_asked_for_it_once() {
    let judged = check(primary(), lagging(&["www 1", "mail 0"]));
    assert_eq!((judged.verdict(2), judged.deltas()), (Verdict::Behind, vec![5]));
}

#[test]
fn one_delta_is_fetched_for_all_copies_of_one_serial() {
    let world = World::new().primary(primary().sending_delta(5, 6, HONEST));
    let world = world.secondary(true_copy()).secondary(lagging(&["www 0", "mail 1"]));
    let judged = world.secondary(lagging(&["www 1", "mail 0"])).judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::Behind, Verdict::Behind, Verdict::Diverged]);
    assert_eq!(judged.deltas(), [5]);
}

#[test]
fn at_most_four_deltas_are_fetched() {
    let world = World::new().primary(Server::at(9).serving("www 9"));
    let servers = (1..8).flat_map(|serial| {
        ["a", "b"].map(|content| Server::at(serial).serving(format!("www {serial}{content}")))
    });
    let judged = servers.fold(world, World::secondary).judge();
    assert_eq!(judged.deltas(), [1, 2, 3, 4]);
}

#[test]
fn a_copy_is_read_twice_before_a_delta_makes_it_diverged() {
    let reference = || primary().sending_delta(5, 6, HONEST);
    let once = |second| lagging(&["www 1", second]);
    // Wrong in the first read, right in the second.
    let mending = [once("mail 0"), once("mail 0"), once("mail 0"), once("mail 1")];
    let judged = check(reference(), Server::then(mending));
    assert_eq!(judged.verdict(2), Verdict::Behind);
    let judged = check(reference(), once("mail 0"));
    assert_eq!(
        (judged.verdict(2), judged.copy_attempts(0), judged.copy_attempts(2)),
        (Verdict::Diverged, 2, 2)
    );
}

#[test]
fn a_reference_that_publishes_meanwhile_leaves_the_copy_behind() {
    let moving = |at: usize| {
        let later = Server::at(7).serving_all(&["www 3", "mail 1"]);
        let later = later.sending_delta(5, 7, [&["www 1"], &["www 3"]]);
        let before = std::iter::repeat_n(primary().sending_delta(5, 6, HONEST), at);
        Server::then(before.chain([later]))
    };
    // Between its copy and its delta, or between its delta and its second copy.
    for at in [3, 4] {
        let judged = check(moving(at), lagging(&["www 1", "mail 0"]));
        assert_eq!(judged.verdict(2), Verdict::Behind, "{at}");
    }
}

#[test]
fn with_a_stored_copy_no_delta_is_fetched() {
    for (content, verdict) in [("mail 1", Verdict::Propagating), ("mail 0", Verdict::Diverged)] {
        let mut checks = Checks::new();
        checks.check(0, Server::at(5).serving_all(&["www 1", "mail 1"]), Server::at(4));
        let world = World::new().primary(primary().sending_delta(5, 6, HONEST)).secondary(true_copy());
        let judged = checks.check_world(60, world.secondary(lagging(&["www 1", content])));
        assert_eq!((judged.verdict(2), judged.deltas()), (verdict, vec![]));
    }
}

#[test]
fn a_difference_in_ttl_alone_fetches_no_delta_and_is_no_divergence() {
    let strict = || World::new().rules(|rules| rules.ttl = TtlDifference::Diverged);
    let other_ttl = lagging(&["www 2", "mail 1"]).ttl(60);
    let judged = strict().primary(primary()).secondary(other_ttl).judge();
    assert_eq!((judged.verdict(1), judged.deltas()), (Verdict::Behind, vec![]));
    let world = strict().primary(primary().sending_delta(5, 6, HONEST)).secondary(true_copy());
    let other = lagging(&["www 0", "mail 1"]).ttl(60);
    let judged = world.secondary(other).judge();
    assert_eq!((judged.verdict(2), judged.deltas()), (Verdict::Behind, vec![5]));
}

#[test]
fn no_delta_is_fetched_where_it_could_not_decide() {
    let corrupt = || lagging(&["www 1", "mail 0"]);
    let sending_delta = || primary().sending_delta(5, 6, HONEST);
    let worlds = [
        (
            "serials",
            World::new().rules(|rules| rules.compare = Compare::Serials).primary(sending_delta()),
            corrupt(),
        ),
        (
            "independent",
            World::new().rules(|rules| rules.serials = Serials::Independent).primary(sending_delta()),
            corrupt(),
        ),
        ("zone file", World::new().zone_file(primary()), corrupt()),
        ("refused", World::new().primary(sending_delta()), corrupt().without_transfer()),
        ("the same copy", World::new().primary(sending_delta()), true_copy()),
        ("ahead", World::new().primary(sending_delta()), Server::at(7).serving("www 3")),
    ];
    for (why, world, secondary) in worlds {
        let judged = world.secondary(true_copy()).secondary(secondary).judge();
        assert_eq!(judged.deltas(), [0; 0], "{why}");
    }
    let judged = World::new()
        .primary(sending_delta())
        .secondary(lagging(&["www 2", "mail 1"]))
        .secondary(lagging(&["mail 1", "www 2", "www 2"]))
        .judge();
    assert_eq!(judged.deltas(), [0; 0], "the records of the reference");
}
