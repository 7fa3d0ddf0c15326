//! Servers whose records are asked for.

use super::world::{Server, World};
use crate::judge::Verdict;
use crate::plan::{ReadBy, Serials};

fn world(primary: Server, secondary: Server) -> World {
    World::new().primary(primary).secondary(secondary)
}

#[test]
fn a_server_that_refuses_transfers_is_judged_by_its_answers() {
    let judged = world(Server::at(5), Server::at(5).without_axfr()).judge();
    assert_eq!(judged.verdict(1), Verdict::InSync);
    assert!(judged.codes(1).contains(&"transfer_refused"));
    assert!(!judged.codes(1).contains(&"records_uncompared"));
    let judged = world(Server::at(5), Server::at(5).serving("www 2").without_axfr()).judge();
    assert_eq!(judged.verdict(1), Verdict::Diverged);
    assert!(judged.codes(1).contains(&"transfer_refused"));
}

#[test]
fn a_reference_that_refuses_transfers_is_asked_and_all_others_too() {
    let judged = world(Server::at(5).without_axfr(), Server::at(5)).judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::InSync]);
    let judged = world(Server::at(5).without_axfr(), Server::at(5).serving("www 2").without_axfr()).judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::Diverged]);
}

#[test]
fn without_queries_a_server_that_refuses_transfers_is_unknown() {
    let judged =
        world(Server::at(5), Server::at(5).without_axfr()).rules(|rules| rules.by = ReadBy::Transfer).judge();
    assert_eq!(judged.verdict(1), Verdict::Unknown);
}

#[test]
fn a_server_that_lags_is_not_asked() {
    let judged = world(Server::at(5), Server::at(4).serving("www 2").without_axfr()).judge();
    assert_eq!(judged.verdict(1), Verdict::Behind);
    assert_eq!(judged.ask_attempts(1), 0);
}

#[test]
fn answers_about_a_version_that_is_replaced_meanwhile_are_asked_for_again() {
    // Both publish a version while the secondary is asked, in the fourth second.
    let primary = Server::then([5, 5, 5, 6].map(Server::at));
    let secondary = Server::then([5, 5, 5, 5, 6].map(Server::at)).without_axfr();
    let judged = world(primary, secondary).judge();
    assert_eq!(judged.verdict(1), Verdict::InSync);
    assert!(judged.ask_attempts(1) > 1);
}

#[test]
fn a_server_that_answers_otherwise_than_its_copy_is_diverged() {
    let by_query = |world: World| world.rules(|rules| rules.by = ReadBy::Query).judge();
    let judged = by_query(world(Server::at(5), Server::at(5).answering(&["www 2"])));
    assert_eq!(judged.verdict(1), Verdict::Diverged);
    assert!(judged.codes(1).contains(&"answers_differ_from_copy"));
    let judged = by_query(world(Server::at(5).answering(&["www 2"]), Server::at(5)));
    assert_eq!(judged.verdicts(), [Verdict::Diverged, Verdict::InSync]);
    assert!(judged.codes(0).contains(&"answers_differ_from_copy"));
    let judged = by_query(world(Server::at(5), Server::at(5)));
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::InSync]);
}

#[test]
fn answers_that_agree_with_a_copy_that_differs_are_no_finding() {
    let judged =
        world(Server::at(5), Server::at(5).serving("www 2")).rules(|rules| rules.by = ReadBy::Query).judge();
    assert_eq!(judged.verdict(1), Verdict::Diverged);
    assert!(!judged.codes(1).contains(&"answers_differ_from_copy"));
}

#[test]
fn a_reference_that_changes_while_others_are_asked_accuses_none_of_them() {
    // The secondary counts its own serials, and has the new version before the reference is read again.
    let primary = Server::then([Server::at(5), Server::at(5), Server::at(5), Server::at(6).serving("www 2")]);
    let secondary = Server::at(5).serving("www 2").without_axfr();
    let independent = |world: World| world.rules(|rules| rules.serials = Serials::Independent);
    let judged = independent(world(primary, secondary.clone())).judge();
    assert_eq!(judged.verdict(1), Verdict::Unknown);
    let judged = independent(world(Server::at(5), secondary)).judge();
    assert_eq!(judged.verdict(1), Verdict::Diverged);
}
