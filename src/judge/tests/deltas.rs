//! What the reference says it has changed since the version of a copy that lags.

use super::checks::Story;
use super::world::{Server, World};
use crate::judge::Verdict;
use crate::plan::{Compare, Serials, TtlDifference};

fn primary() -> Server {
    Server::at(6).serving_all(&["www 2", "mail 1"])
}

fn looked_at(primary: Server, secondary: Server) -> super::judged::Judged {
    World::new().primary(primary).secondary(secondary).judge()
}

#[test]
fn a_lagging_copy_is_diverged_if_it_differs_in_what_has_not_changed_since() {
    let lagging = |records: &[&str]| Server::at(5).serving_all(records);
    for (records, from, to, touched, verdict) in [
        // Whatever differs has changed.
        (["www 1", "mail 1"], 5, 6, vec!["www"], Verdict::Behind),
        (["www 1", "mail 0"], 5, 6, vec!["www", "mail"], Verdict::Behind),
        (["www 1", "gone 1"], 5, 6, vec!["www", "mail", "gone"], Verdict::Behind),
        // Changed, extra and missing, and none of it since.
        (["www 1", "mail 0"], 5, 6, vec!["www"], Verdict::Diverged),
        (["www 1", "mail 0"], 5, 6, vec![], Verdict::Diverged),
        (["www 1", "gone 1"], 5, 6, vec!["www", "mail"], Verdict::Diverged),
        (["www 1", "www 1"], 5, 6, vec!["www"], Verdict::Diverged),
        // The changes between other versions tell nothing.
        (["www 1", "mail 0"], 4, 6, vec!["www"], Verdict::Behind),
        (["www 1", "mail 0"], 5, 7, vec!["www"], Verdict::Behind),
    ] {
        let judged = looked_at(primary().best_response(from, to, &touched), lagging(&records));
        assert_eq!(judged.verdict(1), verdict, "{records:?} {from} {to} {touched:?}");
        assert_eq!(judged.deltas(), [5]);
    }
}

#[test]
fn a_reference_that_does_not_tell_what_has_changed_is_asked_once() {
    let judged = looked_at(primary(), Server::at(5).serving_all(&["www 1", "mail 0"]));
    assert_eq!((judged.verdict(1), judged.deltas()), (Verdict::Behind, vec![5]));
}

#[test]
fn copies_of_one_serial_are_explained_by_one_question() {
    let reference = primary().best_response(5, 6, &["www"]);
    let world = World::new().primary(reference);
    let world = world.secondary(Server::at(5).serving_all(&["www 1", "mail 1"]));
    let judged = world.secondary(Server::at(5).serving_all(&["www 1", "mail 0"])).judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::Behind, Verdict::Diverged]);
    assert_eq!(judged.deltas(), [5]);
}

#[test]
fn at_most_four_versions_are_asked_about() {
    let world = World::new().primary(Server::at(9).serving("www 9"));
    let servers = (1..8).map(|serial| Server::at(serial).serving(format!("www {serial}")));
    let judged = servers.fold(world, World::secondary).judge();
    assert_eq!(judged.deltas(), [1, 2, 3, 4]);
}

#[test]
fn a_copy_is_read_twice_before_a_delta_accuses_it() {
    let reference = || primary().best_response(5, 6, &["www"]);
    let once = |second| Server::at(5).serving_all(&["www 1", second]);
    // Wrong at the first reading, right at the second one.
    let mending = [once("mail 0"), once("mail 0"), once("mail 0"), once("mail 1")];
    let judged = looked_at(reference(), Server::then(mending));
    assert_eq!(judged.verdict(1), Verdict::Behind);
    let judged = looked_at(reference(), once("mail 0"));
    assert_eq!(
        (judged.verdict(1), judged.copy_attempts(0), judged.copy_attempts(1)),
        (Verdict::Diverged, 2, 2)
    );
}

#[test]
fn a_reference_that_moves_on_meanwhile_accuses_nobody() {
    let moving = |at: usize| {
        let later = Server::at(7).serving_all(&["www 3", "mail 1"]).best_response(5, 7, &["www"]);
        let before = std::iter::repeat_n(primary().best_response(5, 6, &["www"]), at);
        Server::then(before.chain([later]))
    };
    // Between its copy and its delta, or between its delta and its second copy.
    for at in [3, 4] {
        let judged = looked_at(moving(at), Server::at(5).serving_all(&["www 1", "mail 0"]));
        assert_eq!(judged.verdict(1), Verdict::Behind, "{at}");
    }
}

#[test]
fn a_remembered_copy_settles_it_without_a_question() {
    for (content, verdict) in [("mail 1", Verdict::Propagating), ("mail 0", Verdict::Diverged)] {
        let mut story = Story::new();
        story.look(0, Server::at(5).serving_all(&["www 1", "mail 1"]), Server::at(4));
        let lagging = Server::at(5).serving_all(&["www 1", content]);
        let judged = story.look(60, primary().best_response(5, 6, &["www"]), lagging);
        assert_eq!((judged.verdict(1), judged.deltas()), (verdict, vec![]));
    }
}

#[test]
fn ttls_are_no_reason_to_ask_or_to_accuse() {
    let strict = || World::new().rules(|rules| rules.ttl = TtlDifference::Diverged);
    let other_ttl = Server::at(5).serving_all(&["www 2", "mail 1"]).ttl(60);
    let judged = strict().primary(primary().best_response(5, 6, &[])).secondary(other_ttl).judge();
    assert_eq!((judged.verdict(1), judged.deltas()), (Verdict::Behind, vec![]));
    let other = Server::at(5).serving_all(&["www 1", "mail 1"]).ttl(60);
    let judged = strict().primary(primary().best_response(5, 6, &["www"])).secondary(other).judge();
    assert_eq!((judged.verdict(1), judged.deltas()), (Verdict::Behind, vec![5]));
}

#[test]
fn nobody_is_asked_for_a_delta_where_none_would_tell_anything() {
    let corrupt = || Server::at(5).serving_all(&["www 1", "mail 0"]);
    let best_response = || primary().best_response(5, 6, &["www"]);
    let worlds = [
        (
            "serials",
            World::new().rules(|rules| rules.compare = Compare::Serials).primary(best_response()),
            corrupt(),
        ),
        (
            "independent",
            World::new().rules(|rules| rules.serials = Serials::Independent).primary(best_response()),
            corrupt(),
        ),
        ("zone file", World::new().zone_file(primary()), corrupt()),
        ("refused", World::new().primary(best_response()), corrupt().without_transfer()),
        (
            "same records",
            World::new().primary(best_response()),
            Server::at(5).serving_all(&["www 2", "mail 1"]),
        ),
        ("ahead", World::new().primary(best_response()), Server::at(7).serving("www 3")),
    ];
    for (why, world, secondary) in worlds {
        assert_eq!(world.secondary(secondary).judge().deltas(), [0; 0], "{why}");
    }
}
