use proptest::prelude::*;

use super::world::{Server, World, any_server};
use crate::judge::{Code, History, Severity, Verdict};
use crate::plan::Compare;
use crate::plan::MembershipState::{Left, Listed};

/// A zone that a catalog has listed for long.
fn listed() -> World {
    World::new().member(Listed, 0, 0).later(10, History::default())
}

/// A zone that has left its catalog.
fn left() -> World {
    World::new().member(Left, 0, 800).later(10, History::default())
}

fn not_served(state: Server) -> bool {
    let judged = listed().primary(Server::at(5)).secondary(state).judge();
    assert_eq!(judged.verdict(1), Verdict::Lame);
    judged.codes(1) == ["member_not_served"]
}

#[test]
fn a_server_that_does_not_serve_a_member_has_one_finding_that_says_so() {
    for state in [
        Server::at(5).refusing(),
        Server::at(5).refusing_as_unconfigured(),
        Server::at(5).without_transfer().servfail(),
        Server::at(5).without_transfer().servfail_expired(),
        Server::at(5).without_transfer().not_authoritative(),
        Server::at(5).nxdomain(),
    ] {
        let name = format!("{state:?}");
        assert!(not_served(state.clone()), "{name}");
        let judged = listed().primary(Server::at(5)).secondary(state).judge();
        assert_eq!(judged.judgement.servers[1].findings.len(), 1, "{name}");
        assert_eq!(judged.severity(1), Severity::Critical, "{name}");
        assert_eq!(judged.attempts(1), 2, "{name}");
        let message = judged.message(1, Code::MemberNotServed);
        assert!(message.contains("the catalog catalog.example in group \"customers\""), "{message}");
    }
}

#[test]
fn the_message_says_what_the_response_means_and_the_commands_fit() {
    let finding_at = |state: Server| {
        let judged = listed().primary(Server::at(5)).secondary(state.without_transfer()).judge();
        (judged.message(1, Code::MemberNotServed), judged.advice(1, Code::MemberNotServed).join("\n"))
    };
    let (message, advice) = finding_at(Server::at(5).refusing_as_unconfigured());
    assert!(message.contains("it has no such zone"), "{message}");
    assert!(advice.contains("knotc zone-retransfer catalog.example"), "{advice}");
    assert!(advice.contains("knotc zone-status example.com +catalog"), "{advice}");
    let (message, advice) = finding_at(Server::at(5).refusing());
    assert!(message.contains("or runs PowerDNS and could not transfer it yet"), "{message}");
    assert!(advice.contains("pdns_control retrieve catalog.example"), "{advice}");
    for state in [Server::at(5).servfail(), Server::at(5).servfail_expired()] {
        let (message, advice) = finding_at(state);
        assert!(message.contains("could not transfer it from its primary yet"), "{message}");
        assert!(advice.contains("rndc retransfer example.com"), "{advice}");
        assert!(advice.contains("AXFR"), "{advice}");
    }
    let (message, _) = finding_at(Server::at(5).nxdomain());
    assert!(message.contains("from the zone above"), "{message}");
}

#[test]
fn a_copy_of_a_member_that_expired_is_called_expired() {
    let history = listed().primary(Server::at(5)).secondary(Server::at(5)).judge().history();
    let expired = Server::at(5).without_transfer().servfail_expired();
    let judged = listed().later(90_000, history).primary(Server::at(5)).secondary(expired).judge();
    assert_eq!(judged.codes(1), ["member_not_served"]);
    let message = judged.message(1, Code::MemberNotServed);
    assert!(message.contains("its copy has expired"), "{message}");
}

#[test]
fn a_new_member_has_time_until_its_deadline() {
    for (second, verdict, severity) in [
        (100, Verdict::Propagating, Severity::Warning),
        (800, Verdict::Propagating, Severity::Warning),
        (801, Verdict::Lame, Severity::Critical),
    ] {
        let world = World::new().member(Listed, 50, 800).later(second, History::default());
        let judged = world.primary(Server::at(5)).secondary(Server::at(5).refusing()).judge();
        assert_eq!((judged.verdict(1), judged.severity(1)), (verdict, severity), "{second}");
        assert_eq!(judged.judgement.servers[1].findings.len(), 1, "{second}");
        assert_eq!(judged.attempts(1), 2, "{second}");
        if verdict == Verdict::Propagating {
            assert_eq!((judged.since(1), judged.deadline(1)), (Some(50), Some(800)));
            assert_eq!(judged.self_heals(1), Some(true));
            let message = judged.message(1, Code::Verdict(verdict));
            assert!(message.contains("it does not serve the zone yet"), "{message}");
        }
    }
}

#[test]
fn a_member_that_came_late_and_lags_then_has_a_lag_of_its_own() {
    let new = || World::new().member(Listed, 0, 800);
    let first = new().primary(Server::at(5)).secondary(Server::at(5).refusing()).judge().history();
    let judged = new().later(700, first).primary(Server::at(6)).secondary(Server::at(5)).judge();
    assert!(judged.since(1).is_none_or(|since| since > 0), "{:?}", judged.since(1));
}

#[test]
fn a_member_that_its_primary_does_not_serve_is_missed_at_every_server() {
    let refusing = || Server::at(5).refusing();
    let judged =
        listed().primary(refusing()).secondary(refusing()).secondary(Server::at(5).servfail()).judge();
    for index in 0..3 {
        assert_eq!(judged.codes(index), ["member_not_served"], "{index}");
    }
    assert!(judged.judgement.findings.is_empty(), "{:?}", judged.judgement.findings);
    let message = judged.message(0, Code::MemberNotServed);
    assert!(message.contains("other servers get the zone from this one"), "{message}");
    let world = World::new().member(Listed, 0, 800);
    let judged = world.primary(refusing()).secondary(refusing()).judge();
    assert_eq!(judged.verdicts(), [Verdict::Propagating; 2]);
    assert_eq!(judged.judgement.severity, Severity::Warning);
}

#[test]
fn a_silent_server_is_unreachable_and_not_accused_of_a_member() {
    let judged = listed().primary(Server::at(5)).secondary(Server::at(5).silent()).judge();
    assert_eq!(judged.verdict(1), Verdict::Unreachable);
    assert_eq!(judged.codes(1), [""; 0]);
    let judged = listed().primary(Server::at(5).silent()).secondary(Server::at(5).refusing()).judge();
    assert_eq!(judged.codes(1), ["member_not_served"]);
    assert_eq!(judged.judgement.findings[0].code, Code::PrimaryUnreachable);
}

#[test]
fn a_server_that_answers_when_it_is_asked_again_is_not_accused() {
    for deadline in [0, 800] {
        let late = Server::then([Server::at(5).refusing(), Server::at(5)]);
        let world = World::new().member(Listed, 0, deadline).later(10, History::default());
        let judged = world.primary(Server::at(5)).secondary(late).judge();
        assert_eq!(judged.verdict(1), Verdict::InSync, "{deadline}");
    }
}

#[test]
fn a_primary_that_gives_a_member_by_transfer_alone_serves_it() {
    let judged = listed().primary(Server::at(5).transfer_only()).secondary(Server::at(5)).judge();
    assert_eq!(judged.codes(0), [""; 0]);
    assert_eq!((judged.verdict(0), judged.verdict(1)), (Verdict::Lame, Verdict::InSync));
    let world = World::new().member(Listed, 0, 800).later(10, History::default());
    let judged = world.primary(Server::at(5).transfer_only()).secondary(Server::at(5)).judge();
    assert_eq!((judged.verdict(0), judged.verdict(1)), (Verdict::Lame, Verdict::InSync));
}

#[test]
fn a_server_that_still_answers_for_a_zone_that_left_is_warned_of() {
    let serving = || Server::at(5);
    let judged =
        left().primary(Server::at(5).refusing()).secondary(serving()).secondary(serving().refusing()).judge();
    assert_eq!(judged.verdicts(), [Verdict::InSync; 3]);
    assert_eq!(judged.codes(0), [""; 0]);
    assert_eq!(judged.codes(1), ["not_in_catalog"]);
    assert_eq!((judged.severity(0), judged.severity(1)), (Severity::Ok, Severity::Warning));
    assert_eq!(judged.judgement.severity, Severity::Warning);
    assert!(judged.judgement.findings.is_empty());
    assert_eq!(judged.attempts(1), 2);
    let message = judged.message(1, Code::NotInCatalog);
    assert!(message.contains("with serial 5"), "{message}");
    assert!(message.contains("left the catalog catalog.example"), "{message}");
    assert!(message.contains("it should have stopped by"), "{message}");
    let judged = left().later(900, History::default()).primary(serving()).judge();
    assert!(!judged.message(0, Code::NotInCatalog).contains("should have stopped"));
}

#[test]
fn a_zone_that_left_is_never_critical_and_its_records_are_not_compared() {
    let judged = left().primary(Server::at(5)).secondary(Server::at(4).serving("www 9")).judge();
    assert_eq!(judged.codes(1), ["not_in_catalog"]);
    assert_eq!((judged.copy_attempts(0), judged.copy_attempts(1)), (0, 0));
    let judged = left().primary(Server::at(5).silent()).secondary(Server::at(5).refusing()).judge();
    assert_eq!(judged.verdicts(), [Verdict::Unreachable, Verdict::InSync]);
    assert_eq!(judged.judgement.severity, Severity::Warning);
}

#[test]
fn a_zone_that_all_servers_refuse_after_it_left_is_fine() {
    let refusing = || Server::at(5).refusing();
    let judged = left().primary(refusing()).secondary(refusing()).judge();
    assert_eq!(judged.judgement.severity, Severity::Ok);
    assert_eq!(judged.judgement.verdict, Verdict::InSync);
    assert!(judged.judgement.servers.iter().all(|server| server.findings.is_empty()));
    assert!(judged.judgement.findings.is_empty(), "{:?}", judged.judgement.findings);
}

proptest! {
    /// Whatever servers do: a check ends, and says of no server both that it is lame and that it misses a member.
    #[test]
    fn any_servers_of_a_member_are_judged(
        primary in any_server(),
        secondary in any_server(),
        state in prop_oneof![Just(Listed), Just(Left)],
        deadline in 0..900_u64,
        serials in any::<bool>(),
    ) {
        let world = World::new().member(state, 0, deadline).later(400, History::default());
        let world = world.rules(|rules| if serials { rules.compare = Compare::Serials });
        let judged = world.primary(primary).secondary(secondary).judge();
        for server in &judged.judgement.servers {
            let has = |code| server.findings.iter().any(|finding| finding.code == code);
            prop_assert!(!(has(Code::MemberNotServed) && has(Code::Verdict(Verdict::Lame))));
            prop_assert!(!has(Code::MemberNotServed) || judged.attempts(server.target.index()) >= 2);
            prop_assert!(!has(Code::MemberNotServed) || deadline < 400);
            if state == Left {
                prop_assert!(server.severity != Severity::Critical);
            }
        }
    }
}
