//! Servers compared with a zone file.

use proptest::prelude::*;

use super::world::{Server, World, any_server};
use crate::judge::{Code, ReferenceKind, Verdict};
use crate::plan::{Compare, Serials};

fn file(file: Server) -> World {
    World::new().zone_file(file)
}

#[test]
fn every_server_is_compared_with_the_file_the_primary_too() {
    let rows = [
        (Server::at(5), Verdict::InSync),
        (Server::at(4), Verdict::Behind),
        (Server::at(4).refreshed_ago(4201), Verdict::Stuck),
        (Server::at(4).refreshed_ago(4200), Verdict::Propagating),
        (Server::at(6), Verdict::Ahead),
        (Server::at(5 + (1 << 31)), Verdict::Incomparable),
        (Server::at(5).serving("www 2"), Verdict::Diverged),
        (Server::at(5).without_transfer(), Verdict::Unknown),
        (Server::at(5).silent(), Verdict::Unreachable),
        (Server::at(5).refusing(), Verdict::Lame),
    ];
    for (server, verdict) in rows {
        let name = format!("{server:?}");
        let judged = file(Server::at(5)).primary(server.clone()).secondary(server).judge();
        assert_eq!(judged.verdicts(), [verdict, verdict], "{name}");
        assert_eq!(judged.reference(), Some(ReferenceKind::ZoneFile), "{name}");
    }
}

#[test]
fn a_file_is_read_once_and_again_before_an_accusation() {
    assert_eq!(file(Server::at(5)).primary(Server::at(5)).judge().file_attempts(), 1);
    assert!(file(Server::at(5)).primary(Server::at(5).serving("www 2")).judge().file_attempts() > 1);
    for compare in [Compare::Serials, Compare::Records] {
        let world = file(Server::at(5)).rules(|rules| rules.compare = compare);
        assert!(world.primary(Server::at(6)).judge().file_attempts() > 1, "{compare:?}");
    }
}

#[test]
fn a_file_that_is_edited_during_the_check_is_compared_as_edited() {
    let edited = || Server::then([Server::at(5), Server::at(6).serving("www 2")]);
    let judged = file(edited()).primary(Server::at(6).serving("www 2")).judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync]);
    let unchanged_serial = Server::then([Server::at(5), Server::at(5).serving("www 2")]);
    let judged = file(unchanged_serial).primary(Server::at(5).serving("www 2")).judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync]);
}

#[test]
fn a_file_that_cannot_be_read_again_leaves_the_server_unknown() {
    let torn = Server::then([Server::at(5), Server::at(5).torn_by_a_change()]);
    let judged = file(torn).primary(Server::at(5).serving("www 2")).judge();
    assert_eq!(judged.verdicts(), [Verdict::Unknown]);
}

#[test]
fn the_reason_why_a_file_cannot_be_read_again_is_in_the_message() {
    let torn = Server::then([Server::at(5), Server::at(5).half_written()]);
    let judged = file(torn).primary(Server::at(5).serving("www 2")).judge();
    let message = judged.message(0, Code::RecordsUncompared);
    assert_eq!(message, "the zone file could not be read once more: db.example:7:1: half a record");
}

#[test]
fn an_older_file_is_called_older_and_its_commands_edit_the_file() {
    let judged = file(Server::at(5)).primary(Server::at(7)).secondary(Server::at(7)).judge();
    let ahead = Code::Verdict(Verdict::Ahead);
    assert_eq!(
        judged.message(0, ahead),
        "serial 7 is 2 ahead of 5 in db.example: the file is older than what is served"
    );
    let advice = judged.advice(0, ahead);
    assert_eq!(advice[0], "# in db.example: raise the serial of example.com from 5 to 8, then load it");
    assert!(!advice.iter().any(|line| line.contains("retransfer")), "{advice:?}");
    assert!(judged.advice(1, ahead).iter().any(|line| line.contains("rndc retransfer")));
}

#[test]
fn a_primary_behind_the_file_is_advised_to_load_it_and_a_secondary_to_transfer() {
    let judged = file(Server::at(5)).primary(Server::at(4)).secondary(Server::at(4)).judge();
    let behind = Code::Verdict(Verdict::Behind);
    let (primary, secondary) = (judged.advice(0, behind), judged.advice(1, behind));
    assert!(primary[0].starts_with("rndc reload example.com"), "{primary:?}");
    assert!(secondary[0].starts_with("rndc refresh example.com"), "{secondary:?}");
    assert!(secondary.iter().any(|line| line.contains("@192.0.2.0 example.com AXFR")), "{secondary:?}");
}

#[test]
fn primaries_that_both_differ_from_the_file_do_not_disagree() {
    let other = || Server::at(5).serving("www 2");
    let judged = file(Server::at(5)).primary(other()).primary(other()).judge();
    assert_eq!(judged.verdicts(), [Verdict::Diverged, Verdict::Diverged]);
    assert!(judged.zone_codes().is_empty(), "{:?}", judged.zone_codes());
    let judged = file(Server::at(5)).primary(other().silent()).secondary(Server::at(5)).judge();
    assert_eq!(judged.zone_codes(), ["primary_unreachable"]);
}

#[test]
fn a_check_of_serials_compares_the_soa_with_the_file() {
    let world = file(Server::at(5)).rules(|rules| rules.compare = Compare::Serials);
    let judged = world.primary(Server::at(5).refresh(7)).judge();
    assert_eq!(judged.verdicts(), [Verdict::Diverged]);
    assert!(judged.codes(0).contains(&"soa_differs"));
}

#[test]
fn with_independent_serials_the_content_of_the_file_decides() {
    let world = file(Server::at(5)).rules(|rules| rules.serials = Serials::Independent);
    let judged = world.primary(Server::at(99)).secondary(Server::at(5).serving("www 2")).judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::Diverged]);
}

#[test]
fn a_lag_behind_a_file_begins_when_the_version_is_first_read() {
    let first = file(Server::at(5)).primary(Server::at(5)).judge();
    let loaded = || Server::at(5);
    let second = file(Server::at(6)).primary(loaded()).later(100, first.history()).judge();
    assert_eq!(second.verdicts(), [Verdict::Propagating]);
    assert_eq!(second.since(0), Some(100));
    let third = file(Server::at(6)).primary(loaded()).later(9000, second.history()).judge();
    assert_eq!(third.verdicts(), [Verdict::Stuck]);
}

#[test]
fn an_older_file_is_no_regression_and_an_edit_without_a_new_serial_is_found() {
    let first = file(Server::at(5)).primary(Server::at(5)).judge();
    let older = file(Server::at(4)).primary(Server::at(5)).later(100, first.history()).judge();
    assert_eq!(older.verdicts(), [Verdict::Ahead]);
    assert!(older.zone_codes().is_empty(), "{:?}", older.zone_codes());
    let edited = file(Server::at(5).serving("www 2")).primary(Server::at(5).serving("www 2"));
    let edited = edited.later(100, first.history()).judge();
    assert_eq!(edited.zone_codes(), ["serial_reused"]);
    assert!(edited.zone_advice("serial_reused")[0].starts_with("# in db.example: raise the serial"));
}

proptest! {
    #[test]
    fn any_servers_and_file_are_judged_in_a_bounded_number_of_steps(
        servers in prop::collection::vec(any_server(), 0..4),
        written in 3_u32..8,
        edited in 3_u32..8,
    ) {
        let held = Server::then([Server::at(written), Server::at(edited).serving("www 1"), Server::at(edited)]);
        let world = servers.into_iter().fold(file(held), World::secondary);
        world.judge();
    }
}
