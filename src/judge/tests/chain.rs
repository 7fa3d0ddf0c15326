//! A signer between the primary and the secondaries.

use super::judged::Judged;
use super::world::{Server, World};
use crate::judge::history::History;
use crate::judge::{Code, ReferenceKind, Severity, Verdict};
use crate::plan::{Compare, Role, Serials};

const YEAR: u32 = 365 * 86_400;

/// The unsigned zone at a primary.
fn plain(serial: u32, version: u32) -> Server {
    Server::at(serial).serving(format!("www {version}"))
}

/// The signed zone at a signer or a secondary.
fn signed(serial: u32, version: u32) -> Server {
    plain(serial, version).signed("www", "TXT", i64::from(YEAR), YEAR)
}

fn chain(primary: Server, signer: Server, secondary: Server) -> World {
    World::new().primary(primary).signer(signer).secondary(secondary)
}

fn in_sync() -> World {
    chain(plain(7, 1), signed(90, 1), signed(90, 1))
}

/// Checks a chain at a second, after a check of one that was in sync at version 1.
fn later(second: u64, world: World) -> Judged {
    world.later(second, in_sync().judge().history()).judge()
}

/// The codes of the findings of each server, the verdict's among them, and of the zone.
fn codes(judged: &Judged) -> Vec<Vec<&'static str>> {
    let servers = judged.judgement.servers.iter();
    let codes = servers.map(|server| server.findings.iter().map(|finding| finding.code.name()).collect());
    codes.chain([judged.zone_codes()]).collect()
}

#[test]
fn a_chain_in_sync_has_no_findings() {
    let judged = in_sync().judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync; 3]);
    assert_eq!(codes(&judged), [[""; 0]; 4]);
    assert_eq!(judged.reference(), Some(ReferenceKind::Primary));
    assert_eq!(judged.judgement.links.as_ref().unwrap()[1].reference.unwrap().kind, ReferenceKind::Signer);
    assert_eq!([0, 1, 2].map(|index| judged.lag(index)), [Some(0), None, Some(0)]);
    assert_eq!([0, 1, 2].map(|index| judged.attempts(index)), [1; 3], "each is asked for its SOA once");
}

#[test]
fn a_zone_file_is_the_beginning_of_a_chain_with_or_without_a_primary() {
    let world = || World::new().zone_file(plain(7, 1));
    let judged = world().signer(signed(90, 1)).secondary(signed(90, 1)).judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync; 2]);
    assert_eq!(judged.reference(), Some(ReferenceKind::ZoneFile));
    let judged = world().primary(plain(6, 2)).signer(signed(90, 1)).secondary(signed(90, 1)).judge();
    assert_eq!(judged.verdicts(), [Verdict::Behind, Verdict::InSync, Verdict::InSync]);
    let judged = world().signer(signed(90, 2)).secondary(signed(90, 2)).judge();
    assert_eq!(judged.verdicts(), [Verdict::Diverged, Verdict::InSync]);
}

#[test]
fn a_signer_alone_is_held_against_the_primary() {
    let world = |version| World::new().primary(plain(7, 1)).signer(signed(90, version));
    let judged = world(1).judge();
    assert_eq!((judged.verdicts(), judged.zone_codes()), (vec![Verdict::InSync; 2], vec![]));
    assert_eq!(world(2).judge().verdicts(), [Verdict::InSync, Verdict::Diverged]);
}

#[test]
fn records_that_a_signer_adds_or_loses_are_its_own_fault() {
    let with =
        |records: &[&str]| Server::at(90).serving_all(records).signed("www", "TXT", i64::from(YEAR), YEAR);
    for (records, difference) in [
        (["www 1", "own 1"].as_slice(), "extra own.example.com. TXT"),
        (&["own 1"], "missing www.example.com. TXT"),
    ] {
        let primary = if difference.starts_with("extra") {
            plain(7, 1)
        } else {
            Server::at(7).serving_all(&["own 1", "www 1"])
        };
        let judged = chain(primary, with(records), with(records)).judge();
        assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::Diverged, Verdict::InSync], "{difference}");
        assert_eq!(judged.differences(1), [difference]);
        assert_eq!(codes(&judged)[0], [""; 0]);
        assert_eq!(codes(&judged)[2..], [[""; 0], [""; 0]]);
    }
}

#[test]
fn a_signer_that_has_stopped_lags_and_is_stuck_after_its_deadline() {
    let stopped = || chain(plain(8, 2), signed(90, 1), signed(90, 1));
    let judged = later(60, stopped());
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::Propagating, Verdict::InSync]);
    assert_eq!((judged.since(1), judged.deadline(1)), (Some(60), Some(4260)));
    let message = judged.message(1, Code::Verdict(Verdict::Propagating));
    assert!(
        message.starts_with("it has the records of serial 7, behind serial 8 at ns0 since "),
        "{message}"
    );
    let judged = stopped().later(4300, judged.history()).judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::Stuck, Verdict::InSync]);
    assert_eq!(codes(&judged), [vec![], vec!["stuck"], vec![], vec![]]);
    let again = chain(plain(8, 2), signed(91, 2), signed(91, 2)).later(4400, judged.history()).judge();
    assert_eq!(again.verdicts(), [Verdict::InSync; 3]);
}

#[test]
fn a_secondary_lags_behind_the_signer_by_its_serials() {
    let judged = later(60, chain(plain(8, 2), signed(91, 2), signed(90, 1)));
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::InSync, Verdict::Propagating]);
    assert_eq!((judged.lag(2), judged.since(2)), (Some(1), Some(60)));
    let message = judged.message(2, Code::Verdict(Verdict::Propagating));
    assert!(message.starts_with("serial 90 is 1 behind 91 at ns1 since "), "{message}");
    // Both can be behind, each the one before it.
    let judged = later(60, chain(plain(8, 2), signed(90, 1), signed(89, 0)));
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::Propagating, Verdict::Propagating]);
}

#[test]
fn a_secondary_that_diverged_from_the_signer_is_accused_alone() {
    for secondary in [signed(90, 2), plain(90, 1)] {
        let judged = chain(plain(7, 1), signed(90, 1), secondary).judge();
        assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::InSync, Verdict::Diverged]);
        assert_eq!(codes(&judged)[..2], [[""; 0], [""; 0]]);
    }
}

#[test]
fn a_signer_that_is_down_is_told_as_such_and_nobody_else_is_accused() {
    let judged = chain(plain(7, 1), signed(90, 1).silent(), signed(90, 1)).judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::Unreachable, Verdict::InSync]);
    assert_eq!(codes(&judged)[..3], [vec![], vec!["unreachable"], vec![]]);
    assert_eq!(judged.zone_codes(), ["primary_unreachable"]);
    let message = judged.zone_message("primary_unreachable");
    assert!(message.starts_with("no signer answered with authority (ns1 192.0.2.1:53)"), "{message}");
}

#[test]
fn a_primary_that_is_down_is_told_as_such_and_nobody_else_is_accused() {
    let judged = chain(plain(7, 1).silent(), signed(90, 1), signed(90, 1)).judge();
    assert_eq!(judged.verdicts(), [Verdict::Unreachable, Verdict::InSync, Verdict::InSync]);
    assert_eq!(judged.zone_codes(), ["primary_unreachable"]);
    assert_eq!(codes(&judged)[1..3], [[""; 0], [""; 0]]);
}

#[test]
fn a_signer_that_is_not_asked_leaves_the_others_in_peace() {
    let world = World::new().primary(plain(7, 1)).excluded(Role::Signer, "sig").secondary(signed(90, 1));
    let judged = world.judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync; 2]);
    let unasked: Vec<&str> = judged.unasked().into_iter().map(|(server, ..)| server).collect();
    assert_eq!((unasked, judged.zone_codes()), (vec!["sig"], vec!["primary_unreachable"]));
}

#[test]
fn signers_number_their_versions_each_by_itself() {
    let world = |other| {
        let world = World::new().primary(plain(7, 1)).signer(signed(90, 1)).signer(other);
        world.secondary(signed(90, 1))
    };
    let judged = world(signed(88, 1)).judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync; 4]);
    assert_eq!(judged.zone_codes(), [""; 0]);
    let judged = world(signed(88, 2)).judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::InSync, Verdict::Diverged, Verdict::InSync]);
    assert_eq!(judged.zone_codes(), [""; 0]);
}

#[test]
fn the_signature_of_a_signer_that_expires_soon_is_told_of_it() {
    let expiring = || plain(90, 1).signed("www", "TXT", 60, YEAR);
    let judged = chain(plain(7, 1), expiring(), signed(90, 1)).judge();
    assert_eq!(codes(&judged)[1], ["signatures_expire_soon"]);
    let advice = judged.advice(1, Code::SignaturesExpireSoon);
    assert!(advice.iter().any(|line| line.starts_with("rndc sign") && line.contains("on ns1")), "{advice:?}");
}

#[test]
fn the_soa_of_a_signer_is_its_own() {
    let judged = chain(plain(7, 1), signed(90, 1).refresh(7200), signed(90, 1).refresh(7200)).judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync; 3]);
    assert_eq!(codes(&judged), [vec![], vec!["soa_differs"], vec![], vec![]]);
    assert_eq!(judged.zone_severity(), Severity::Ok);
    let judged = chain(plain(7, 1), signed(90, 1), signed(90, 1).refresh(7200)).judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::InSync, Verdict::Diverged]);
}

#[test]
fn between_comparisons_both_links_rest_on_the_last_one() {
    let rest = |world: World, second, history: History| {
        world.rules(|rules| rules.compare = Compare::PreviousRecords).later(second, history).judge()
    };
    let all = |version, serial| chain(plain(8, 2), signed(90, version), signed(serial, version));
    let stopped = later(60, all(1, 90));
    let judged = rest(all(1, 90), 120, stopped.history());
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::Propagating, Verdict::InSync]);
    assert_eq!(judged.since(1), Some(60));
    let diverged = later(60, chain(plain(7, 1), signed(90, 3), signed(90, 2)));
    assert_eq!(diverged.verdicts(), [Verdict::InSync, Verdict::Diverged, Verdict::Diverged]);
    let judged = rest(chain(plain(7, 1), signed(90, 3), signed(90, 2)), 120, diverged.history());
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::Diverged, Verdict::Diverged]);
}

#[test]
fn a_publication_is_a_lag_of_the_signer_before_its_records_are_compared() {
    let rest = |serial, second, history: History| {
        let world = chain(plain(8, 2), signed(serial, 1), signed(90, 1));
        world.rules(|rules| rules.compare = Compare::PreviousRecords).later(second, history).judge()
    };
    let judged = rest(90, 60, in_sync().judge().history());
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::Propagating, Verdict::InSync]);
    assert_eq!(judged.since(1), Some(60));
    let message = judged.message(1, Code::Verdict(Verdict::Propagating));
    assert!(
        message.starts_with("it has the records of serial 7, behind serial 8 at ns0 since "),
        "{message}"
    );
    let stuck = rest(90, 4300, judged.history());
    assert_eq!((stuck.verdict(1), stuck.since(1)), (Verdict::Stuck, Some(60)));
    // What it publishes then may be the new version, until it is read.
    let judged = rest(91, 120, judged.history());
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::InSync, Verdict::Propagating]);
    // A new serial of the primary alone is no new content.
    let same = || chain(plain(8, 1), signed(90, 1), signed(90, 1));
    let judged = same().later(60, in_sync().judge().history()).judge();
    let judged = same().rules(|rules| rules.compare = Compare::PreviousRecords).later(120, judged.history());
    assert_eq!(judged.judge().verdicts(), [Verdict::InSync; 3]);
}

#[test]
fn a_secondary_gives_the_wrong_answers_of_its_signer() {
    let judged = chain(plain(7, 1), signed(90, 2), signed(90, 2)).judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::Diverged, Verdict::InSync]);
    let wrong = judged.judgement.wrong_answers.unwrap();
    assert_eq!((wrong.servers, wrong.wrong, wrong.missing, wrong.of), (2, 2, 0, 3));
    let judged = chain(plain(7, 1), signed(90, 1).silent(), signed(90, 1)).judge();
    let wrong = judged.judgement.wrong_answers.unwrap();
    assert_eq!((wrong.servers, wrong.wrong, wrong.missing, wrong.of), (1, 0, 1, 3));
}

#[test]
fn a_history_without_a_signer_begins_a_chain_and_ends_one() {
    let direct =
        |serial, version| World::new().primary(plain(serial, version)).secondary(plain(serial, version));
    let history = direct(7, 1).judge().history();
    let judged = chain(plain(8, 2), signed(3, 1), signed(2, 1)).later(60, history).judge();
    // What the primary published has nothing to do with the serials of the signer.
    assert_eq!(judged.verdicts(), [Verdict::InSync, Verdict::Diverged, Verdict::Behind]);
    let history = judged.history();
    assert!(history.downstream.is_some());
    let judged = direct(9, 3).later(120, history).judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync; 2]);
    assert!(judged.history().downstream.is_none());
}

#[test]
fn the_serials_of_primaries_count_among_them() {
    let world = |other| World::new().primary(plain(7, 1)).primary(other).signer(signed(90, 1));
    assert_eq!(world(plain(6, 0)).judge().verdicts(), [Verdict::InSync, Verdict::Behind, Verdict::InSync]);
    let history = in_sync().judge().history();
    let back = chain(plain(6, 1), signed(90, 1), signed(90, 1)).later(60, history).judge();
    assert_eq!(back.zone_codes(), ["serial_went_back"]);
}

#[test]
fn independent_serials_hold_on_both_links() {
    let world = chain(plain(7, 1), signed(90, 1), signed(12, 1));
    let judged = world.rules(|rules| rules.serials = Serials::Independent).judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync; 3]);
}
