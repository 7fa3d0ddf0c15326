//! One question, one answer: what comes in its way on real sockets.

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::Duration;

use zoneprobe::observe::Transport;
use zoneprobe::testserver::{Action, Authority, IncomingQuery, Zone};

use crate::harness::{Listening, Nameserver, Probe};

const ZONE: &str = "example.test";

fn server() -> Nameserver {
    Nameserver::new().zone(ZONE, 7)
}

/// A check of a good primary and one other server. A datagram that is not answered is sent again after 500 ms
/// and 1 s more, with TCP beside the third: no answer is that late because the machine has other work.
fn probe<'n>(primary: &'n Listening, other: &'n Listening) -> Probe<'n> {
    timed(primary, other, "2s")
}

/// The same in a hurry, for a server whose answers are waited for in vain.
fn hasty<'n>(primary: &'n Listening, other: &'n Listening) -> Probe<'n> {
    timed(primary, other, "1s")
}

fn timed<'n>(primary: &'n Listening, other: &'n Listening, timeout: &str) -> Probe<'n> {
    Probe::check(ZONE).primary(primary).secondary(other).args(["--timeout", timeout])
}

/// Every one of these has its ways, and serves the zone as it should.
#[test]
fn servers_with_ways_of_their_own_are_in_sync() {
    let primary = server().start();
    for (ways, other) in [
        ("answers FORMERR to EDNS", server().formerr_to_edns()),
        ("answers NOTIMP to EDNS", server().notimp_to_edns()),
        ("answers BADVERS", server().badvers()),
        ("cuts every datagram", server().truncating()),
        ("has a spoofer with another id beside it", server().wrong_id_first()),
        ("has a spoofer with another question beside it", server().wrong_question_first()),
        ("loses the first datagram", server().dropping_first(1)),
        // TCP is asked beside the third, and would answer first but for its delay.
        ("loses two datagrams", server().dropping_first(2).delaying_tcp(Duration::from_secs(1))),
        ("answers late", server().delaying(Duration::from_millis(150))),
    ] {
        let other = other.start();
        let outcome = probe(&primary, &other).ok();
        assert_eq!(outcome.verdict("ns1"), "in_sync", "{ways}\n{}", outcome.transcript());
        assert_eq!(outcome.findings("ns1"), [""; 0], "{ways}");
    }
}

#[test]
fn a_truncated_answer_is_asked_for_again_over_tcp() {
    let (primary, other) = (server().start(), server().truncating().start());
    let outcome = probe(&primary, &other).ok();
    assert_eq!(outcome.server("ns1")["answer"]["transport"], "tcp");
    assert_eq!(outcome.server("ns0")["answer"]["transport"], "udp");
}

#[test]
fn a_server_that_answers_on_tcp_alone_is_critical() {
    let (primary, other) = (server().start(), server().udp_silent().start());
    let outcome = probe(&primary, &other).critical();
    assert_eq!(outcome.verdict("ns1"), "in_sync");
    assert_eq!(outcome.findings("ns1"), ["udp_unanswered"]);
}

#[test]
fn a_server_that_answers_some_datagrams_is_not_down() {
    // All three sendings of the first question are lost, the second question is answered.
    let (primary, other) = (server().start(), server().dropping_first(3).start());
    let outcome = probe(&primary, &other).ok();
    assert_eq!(outcome.verdict("ns1"), "in_sync");
    assert_eq!(outcome.findings("ns1"), ["rate_limited"]);
}

#[test]
fn a_server_without_tcp_cannot_be_read() {
    let (primary, other) = (server().start(), server().tcp_closed().start());
    let outcome = probe(&primary, &other).unknown();
    assert_eq!(outcome.verdict("ns1"), "unknown");
    let findings = outcome.findings("ns1");
    assert!(findings.contains(&"tcp_unanswered".to_owned()), "{findings:?}");
    assert!(findings.contains(&"records_uncompared".to_owned()), "{findings:?}");
}

#[test]
fn who_gives_no_usable_answer_has_a_verdict_and_a_reason() {
    let primary = server().start();
    for (other, verdict, kind) in [
        (server().silent(), "unreachable", "timeout"),
        (server().garbage(), "unreachable", "malformed"),
        (server().refusing(), "lame", "rcode"),
        (server().servfail(), "lame", "rcode"),
        (server().nxdomain(), "lame", "rcode"),
        (server().not_authoritative(), "lame", "not_authoritative"),
        (server().no_records(), "lame", "no_soa"),
        (Nameserver::new().zone("other.test", 7), "lame", "rcode"),
    ] {
        let other = other.start();
        let outcome = hasty(&primary, &other).critical();
        let server = outcome.server("ns1");
        assert_eq!(server["verdict"], verdict, "{}", outcome.transcript());
        assert_eq!(server["failure"]["kind"], kind, "{}", outcome.transcript());
        assert_eq!(outcome.verdict("ns0"), "in_sync");
    }
}

#[test]
fn a_closed_port_is_told_from_a_silent_one() {
    let primary = server().start();
    let closed = {
        let gone = server().start();
        gone.address()
    };
    let outcome = Probe::check(ZONE).primary(&primary).arg("-s").arg(format!("gone={closed}")).critical();
    assert_eq!(outcome.verdict("gone"), "unreachable");
    assert_eq!(outcome.server("gone")["failure"]["kind"], "connection_refused");
}

#[test]
fn an_expired_zone_is_lame_and_expired() {
    let (primary, other) = (server().start(), server().servfail_expired().start());
    let outcome = probe(&primary, &other).critical();
    assert_eq!(outcome.verdict("ns1"), "lame");
    assert_eq!(outcome.findings("ns1"), ["lame", "expired"]);
    assert_eq!(outcome.server("ns1")["answer"]["extended_errors"][0]["code"], 24);
}

#[test]
fn what_is_refused_over_udp_may_be_served_over_tcp() {
    let refusing = Authority::default();
    let catalog = server().handler(move |asked| {
        let refused =
            || refusing.respond(&asked.message, asked.transport).into_iter().map(Action::Send).collect();
        (asked.transport == Transport::Udp).then(refused)
    });
    let (primary, catalog) = (server().start(), catalog.start());
    let outcome = probe(&primary, &catalog).ok();
    assert_eq!(outcome.verdict("ns1"), "in_sync");
    assert_eq!(outcome.server("ns1")["answer"]["transport"], "tcp");
}

#[test]
fn who_is_accused_was_asked_again() {
    let (primary, other) = (server().start(), server().servfail().start());
    probe(&primary, &other).critical();
    let asked = other.asked();
    assert!(asked.iter().filter(|question| question.contains("SOA")).count() >= 2, "{asked:?}");
}

#[test]
fn ipv6_is_asked_like_ipv4() {
    let (primary, other) = (server().start(), server().on("::1").start());
    let outcome = probe(&primary, &other).ok();
    assert_eq!(outcome.server("ns1")["address"], other.address().to_string());
    // Of servers given by address, those of the other family are left out.
    let outcome = probe(&primary, &other).arg("-4").ok();
    assert_eq!(outcome.zone()["servers"].as_array().unwrap().len(), 1);
}

#[test]
fn questions_come_from_the_source_that_was_given() {
    let other = server().handler(|asked| (asked.peer.ip().to_string() != "127.0.0.9").then(Vec::new));
    let (primary, other) = (server().start(), other.start());
    hasty(&primary, &other).critical();
    probe(&primary, &other).args(["--source", "127.0.0.9"]).ok();
    let outcome = probe(&primary, &other).args(["--source", "192.0.2.1"]).unknown();
    assert!(outcome.stderr().contains("cannot ask from `192.0.2.1`"), "{}", outcome.stderr());
}

#[test]
fn every_sample_comes_from_a_port_of_its_own_and_shows_an_instance() {
    let (primary, other) = (server().start(), server().nsid("fra1").start());
    let outcome = probe(&primary, &other).args(["--samples", "5"]).ok();
    let instances = outcome.server("ns1")["instances"].clone();
    assert_eq!(instances, serde_json::json!([{"nsid": "fra1", "serial": 7, "share": 1.0}]));
    // A sample that was sent twice came from one port.
    let soa = |asked: String| asked.contains("SOA").then(|| asked.split_once(": ").unwrap().0.to_owned());
    let sources: HashSet<String> = other.asked().into_iter().filter_map(soa).collect();
    assert_eq!(sources.len(), 5, "{sources:?}");
}

#[test]
fn one_address_that_serves_two_versions_by_turns_is_mixed() {
    let copy = |serial| {
        let zone =
            Zone::parse(ZONE, &format!("@ 60 IN SOA ns0 host {serial} 3600 600 86400 60\n@ 60 IN NS ns0"));
        Authority { zones: vec![zone.unwrap()], ..Authority::default() }
    };
    let instances = [copy(6), copy(7)];
    let primary_copy = instances[1].zones[0].clone();
    // By source, for a question that is sent again must not take the turn of another one.
    let sources = Mutex::new(Vec::new());
    let turns = move |asked: &IncomingQuery| {
        let mut sources = sources.lock().unwrap();
        let known = sources.iter().position(|peer| *peer == asked.peer);
        let turn = known.unwrap_or_else(|| {
            sources.push(asked.peer);
            sources.len() - 1
        });
        let instance = &instances[turn % 2];
        let messages = instance.respond(&asked.message, asked.transport);
        Some(messages.into_iter().map(Action::Send).collect())
    };
    let primary = Nameserver::new().zone_copy(primary_copy).start();
    let other = server().handler(turns).start();
    let outcome = probe(&primary, &other).args(["--samples", "6"]).warning();
    assert_eq!(outcome.verdict("ns1"), "mixed", "{}", outcome.transcript());
    let ratio = outcome.zone()["wrong_answer_ratio"].as_f64().unwrap();
    assert!(ratio > 0.1 && ratio < 0.4, "{ratio}");
}

#[test]
fn one_deadline_bounds_the_wait_for_a_silent_server() {
    let (primary, other) = (server().start(), server().silent().start());
    let begun = std::time::Instant::now();
    hasty(&primary, &other).critical();
    // Not a measurement of speed: four times the 1.75 s that all sendings and waits add up to.
    assert!(begun.elapsed() < Duration::from_secs(7), "{:?}", begun.elapsed());
}
