//! What the reference has changed since the version of a lagging copy.

use super::checks::Checks;
use super::world::{Server, World};
use crate::judge::Verdict;
use crate::plan::{Compare, Serials, TtlDifference};

fn primary() -> Server {
    Server::at(6).serving_all(&["www 2", "mail 1"])
}

fn check(primary: Server, secondary: Server) -> super::judged::Judged {
    World::new().primary(primary).secondary(secondary).judge()
}

#[test]
fn a_lagging_copy_that_differs_in_unchanged_rrsets_is_diverged() {
    let lagging = |records: &[&str]| Server::at(5).serving_all(records);
    for (records, from, to, touched, verdict) in [
        // All differences are changes.
        (["www 1", "mail 1"], 5, 6, vec!["www"], Verdict::Behind),
        (["www 1", "mail 0"], 5, 6, vec!["www", "mail"], Verdict::Behind),
        (["www 1", "gone 1"], 5, 6, vec!["www", "mail", "gone"], Verdict::Behind),
        // Changed, extra and missing, and not changed since.
        (["www 1", "mail 0"], 5, 6, vec!["www"], Verdict::Diverged),
        (["www 1", "mail 0"], 5, 6, vec![], Verdict::Diverged),
        (["www 1", "gone 1"], 5, 6, vec!["www", "mail"], Verdict::Diverged),
        (["www 1", "www 1"], 5, 6, vec!["www"], Verdict::Diverged),
        // A delta between other versions is of no use.
        (["www 1", "mail 0"], 4, 6, vec!["www"], Verdict::Behind),
        (["www 1", "mail 0"], 5, 7, vec!["www"], Verdict::Behind),
    ] {
        let judged = check(primary().sending_delta(from, to, &touched), lagging(&records));
        assert_eq!(judged.verdict(1), verdict, "{records:?} {from} {to} {touched:?}");
        assert_eq!(judged.deltas(), [5]);
    }
}

#[test]
fn a_reference_without_a_delta_is_asked_for_it_once() {
    let judged = check(primary(), Server::at(5).serving_all(&["www 1", "mail 0"]));
    assert_eq!((judged.verdict(1), judged.deltas()), (Verdict::Behind, vec![5]));
}

#[test]
fn one_delta_is_fetched_for_all_copies_of_one_serial() {
    let reference = primary().sending_delta(5, 6, &["www"]);
    let world = World::new().primary(reference);
    let world = world.secondary(Server::at(5).serving_all(&["www 1", "mail 1"]));
    let judged = world.secondary(Server::at(5).serving_all(&["www 1", "mail 0"])).judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::Behind, Verdict::Diverged]);
    assert_eq!(judged.deltas(), [5]);
}

#[test]
fn at_most_four_deltas_are_fetched() {
    let world = World::new().primary(Server::at(9).serving("www 9"));
    let servers = (1..8).map(|serial| Server::at(serial).serving(format!("www {serial}")));
    let judged = servers.fold(world, World::secondary).judge();
    assert_eq!(judged.deltas(), [1, 2, 3, 4]);
}

#[test]
fn a_copy_is_read_twice_before_a_delta_makes_it_diverged() {
    let reference = || primary().sending_delta(5, 6, &["www"]);
    let once = |second| Server::at(5).serving_all(&["www 1", second]);
    // Wrong in the first read, right in the second.
    let mending = [once("mail 0"), once("mail 0"), once("mail 0"), once("mail 1")];
    let judged = check(reference(), Server::then(mending));
    assert_eq!(judged.verdict(1), Verdict::Behind);
    let judged = check(reference(), once("mail 0"));
    assert_eq!(
        (judged.verdict(1), judged.copy_attempts(0), judged.copy_attempts(1)),
        (Verdict::Diverged, 2, 2)
    );
}

#[test]
fn a_reference_that_publishes_meanwhile_leaves_the_copy_behind() {
    let moving = |at: usize| {
        let later = Server::at(7).serving_all(&["www 3", "mail 1"]).sending_delta(5, 7, &["www"]);
        let before = std::iter::repeat_n(primary().sending_delta(5, 6, &["www"]), at);
        Server::then(before.chain([later]))
    };
    // Between its copy and its delta, or between its delta and its second copy.
    for at in [3, 4] {
        let judged = check(moving(at), Server::at(5).serving_all(&["www 1", "mail 0"]));
        assert_eq!(judged.verdict(1), Verdict::Behind, "{at}");
    }
}

#[test]
fn with_a_stored_copy_no_delta_is_fetched() {
    for (content, verdict) in [("mail 1", Verdict::Propagating), ("mail 0", Verdict::Diverged)] {
        let mut checks = Checks::new();
        checks.check(0, Server::at(5).serving_all(&["www 1", "mail 1"]), Server::at(4));
        let lagging = Server::at(5).serving_all(&["www 1", content]);
        let judged = checks.check(60, primary().sending_delta(5, 6, &["www"]), lagging);
        assert_eq!((judged.verdict(1), judged.deltas()), (verdict, vec![]));
    }
}

#[test]
fn a_difference_in_ttl_alone_fetches_no_delta_and_is_no_divergence() {
    let strict = || World::new().rules(|rules| rules.ttl = TtlDifference::Diverged);
    let other_ttl = Server::at(5).serving_all(&["www 2", "mail 1"]).ttl(60);
    let judged = strict().primary(primary().sending_delta(5, 6, &[])).secondary(other_ttl).judge();
    assert_eq!((judged.verdict(1), judged.deltas()), (Verdict::Behind, vec![]));
    let other = Server::at(5).serving_all(&["www 1", "mail 1"]).ttl(60);
    let judged = strict().primary(primary().sending_delta(5, 6, &["www"])).secondary(other).judge();
    assert_eq!((judged.verdict(1), judged.deltas()), (Verdict::Behind, vec![5]));
}

#[test]
fn no_delta_is_fetched_where_it_could_not_decide() {
    let corrupt = || Server::at(5).serving_all(&["www 1", "mail 0"]);
    let sending_delta = || primary().sending_delta(5, 6, &["www"]);
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
        (
            "same records",
            World::new().primary(sending_delta()),
            Server::at(5).serving_all(&["www 2", "mail 1"]),
        ),
        ("ahead", World::new().primary(sending_delta()), Server::at(7).serving("www 3")),
    ];
    for (why, world, secondary) in worlds {
        assert_eq!(world.secondary(secondary).judge().deltas(), [0; 0], "{why}");
    }
}
