//! SOA queries over real sockets: loss, delay, forgery and servers that respond wrongly.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use zoneprobe::dns::Rtype;
use zoneprobe::dns::message::REFUSED;
use zoneprobe::observe::Transport;
use zoneprobe::testserver::{
    Action, Authority, IncomingQuery, Query, ResponseBuilder, Section, Zone, ZoneRecord,
};

use crate::harness::{Nameserver, Probe, RunningNameserver};

const ZONE: &str = "example.test";

fn server() -> Nameserver {
    Nameserver::new().zone(ZONE, 7)
}

/// A check of a good primary and one other server.
///
/// An unanswered datagram is sent again after 500 ms, and again after 1 s more together with a query over TCP. No
/// response is that late because the machine is loaded.
fn probe<'n>(primary: &'n RunningNameserver, other: &'n RunningNameserver) -> Probe<'n> {
    probe_with_timeout(primary, other, "2s")
}

/// The same with a shorter timeout, for a server that never responds.
fn short_probe<'n>(primary: &'n RunningNameserver, other: &'n RunningNameserver) -> Probe<'n> {
    probe_with_timeout(primary, other, "1s")
}

fn probe_with_timeout<'n>(
    primary: &'n RunningNameserver,
    other: &'n RunningNameserver,
    timeout: &str,
) -> Probe<'n> {
    Probe::check(ZONE).primary(primary).secondary(other).args(["--timeout", timeout])
}

/// Every one of these servers serves the zone as it should.
#[test]
fn servers_that_drop_delay_truncate_or_reject_edns_are_in_sync() {
    let primary = server().start();
    for (behaviour, other) in [
        ("responds with FORMERR to EDNS", server().formerr_to_edns()),
        ("responds with NOTIMP to EDNS", server().notimp_to_edns()),
        ("responds with BADVERS", server().badvers()),
        ("truncates every datagram", server().truncating()),
        ("sends a forged response with another ID first", server().wrong_id_first()),
        ("sends a forged response with another question first", server().wrong_question_first()),
        ("loses the first datagram", server().dropping_first(1)),
        // TCP is queried together with the third datagram, and would be first without the delay.
        ("loses two datagrams", server().dropping_first(2).delaying_tcp(Duration::from_secs(1))),
        ("responds late", server().delaying(Duration::from_millis(150))),
    ] {
        let other = other.start();
        let outcome = probe(&primary, &other).ok();
        assert_eq!(outcome.verdict("ns1"), "in_sync", "{behaviour}\n{}", outcome.transcript());
        assert_eq!(outcome.findings("ns1"), [""; 0], "{behaviour}");
    }
}

#[test]
fn a_truncated_response_is_followed_by_a_query_over_tcp() {
    let (primary, other) = (server().start(), server().truncating().start());
    let outcome = probe(&primary, &other).ok();
    assert_eq!(outcome.server("ns1")["answer"]["transport"], "tcp");
    assert_eq!(outcome.server("ns0")["answer"]["transport"], "udp");
}

#[test]
fn a_server_that_responds_over_tcp_only_is_critical() {
    let (primary, other) = (server().start(), server().udp_silent().start());
    let outcome = probe(&primary, &other).critical();
    assert_eq!(outcome.verdict("ns1"), "in_sync");
    assert_eq!(outcome.findings("ns1"), ["udp_unanswered"]);
}

/// What a server says over UDP that it does not say over TCP.
type Lie = Box<dyn Fn(&Query) -> Vec<u8> + Send + Sync>;

#[test]
fn a_server_that_lies_over_udp_and_tells_the_truth_over_tcp_is_critical() {
    let zone = || Zone::parse(ZONE, "@ 300 SOA ns0 h 7 3600 600 86400 300").unwrap();
    let soa_of = |owner: &str| ZoneRecord { owner: owner.parse().unwrap(), ..zone().soa_record() };
    let cname = |owner: &str| ZoneRecord {
        owner: owner.parse().unwrap(),
        rtype: Rtype(5),
        ttl: 300,
        rdata: b"\x05other\x04test\0".to_vec(),
    };
    let answering = |records: Vec<ZoneRecord>| -> Lie {
        Box::new(move |query| {
            ResponseBuilder::new(query).authoritative().records(Section::Answer, &records).into_message()
        })
    };
    let rcode =
        |rcode| -> Lie { Box::new(move |query| ResponseBuilder::new(query).rcode(rcode).into_message()) };
    let lies: [(&str, Lie); 11] = [
        ("a SOA of another name", answering(vec![soa_of("other.test")])),
        ("a SOA of the parent", answering(vec![soa_of("test")])),
        ("a CNAME", answering(vec![cname(ZONE)])),
        ("a CNAME and the SOA of its target", answering(vec![cname(ZONE), soa_of("other.test")])),
        ("nothing", answering(vec![])),
        ("REFUSED", rcode(5)),
        ("SERVFAIL", rcode(2)),
        ("NXDOMAIN", rcode(3)),
        ("NOTAUTH", rcode(9)),
        ("garbage", Box::new(|_| b"no message".to_vec())),
        ("the SOA without authority", {
            let soa = zone().soa_record();
            Box::new(move |query| ResponseBuilder::new(query).record(Section::Answer, &soa).into_message())
        }),
    ];
    let primary = server().start();
    for (what, lie) in lies {
        let other = server()
            .handler(move |asked| {
                let query = asked.query.as_ref().filter(|_| asked.transport == Transport::Udp)?;
                Some(vec![Action::Send(lie(query))])
            })
            .start();
        let outcome = probe(&primary, &other).critical();
        assert_eq!(outcome.verdict("ns1"), "in_sync", "{what}\n{}", outcome.transcript());
        assert_eq!(outcome.findings("ns1"), ["udp_unanswered"], "{what}\n{}", outcome.transcript());
        assert_eq!(outcome.server("ns1")["answer"]["transport"], "tcp", "{what}");
        // It is not told from a single datagram.
        assert!(other.queries().iter().filter(|query| query.starts_with("UDP")).count() >= 2, "{what}");
        let outcome = probe(&other, &primary).critical();
        assert_eq!(outcome.findings("ns0"), ["udp_unanswered"], "{what}\n{}", outcome.transcript());
        assert_eq!(outcome.verdict("ns1"), "in_sync", "{what}");
    }
}

#[test]
fn a_server_that_fails_once_over_udp_is_in_sync() {
    let failed = AtomicBool::new(false);
    let other = server()
        .handler(move |asked| {
            let query = asked.query.as_ref().filter(|_| !failed.swap(true, Ordering::SeqCst))?;
            Some(vec![Action::Send(ResponseBuilder::new(query).rcode(2).into_message())])
        })
        .start();
    let primary = server().start();
    let outcome = probe(&primary, &other).ok();
    assert_eq!(outcome.findings("ns1"), [""; 0], "{}", outcome.transcript());
}

#[test]
fn a_server_that_responds_to_some_datagrams_is_in_sync_and_rate_limited() {
    // All three datagrams of the first query are lost; the second query gets a response.
    let (primary, other) = (server().start(), server().dropping_first(3).start());
    let outcome = probe(&primary, &other).ok();
    assert_eq!(outcome.verdict("ns1"), "in_sync");
    assert_eq!(outcome.findings("ns1"), ["rate_limited"]);
}

#[test]
fn a_server_without_tcp_is_asked_over_udp() {
    let (primary, other) = (server().start(), server().tcp_closed().start());
    let outcome = probe(&primary, &other).warning();
    assert_eq!(outcome.verdict("ns1"), "in_sync", "{}", outcome.transcript());
    assert_eq!(outcome.findings("ns1"), ["tcp_unanswered"]);
    let copy = &outcome.server("ns1")["copy"];
    assert_eq!((&copy["method"], &copy["asked"]), (&"queries".into(), &copy["askable"]));
}

#[test]
fn a_server_without_tcp_is_unknown_where_only_transfers_are_wanted() {
    let (primary, other) = (server().start(), server().tcp_closed().start());
    let outcome = probe(&primary, &other).args(["--by", "transfer"]).unknown();
    assert_eq!(outcome.verdict("ns1"), "unknown");
    let findings = outcome.findings("ns1");
    assert!(findings.contains(&"tcp_unanswered".to_owned()), "{findings:?}");
    assert!(findings.contains(&"records_uncompared".to_owned()), "{findings:?}");
}

#[test]
fn every_unusable_response_has_a_verdict_and_a_failure() {
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
        let outcome = short_probe(&primary, &other).critical();
        let server = outcome.server("ns1");
        assert_eq!(server["verdict"], verdict, "{}", outcome.transcript());
        assert_eq!(server["failure"]["kind"], kind, "{}", outcome.transcript());
        assert_eq!(outcome.verdict("ns0"), "in_sync");
    }
}

#[test]
fn a_closed_port_is_connection_refused() {
    let primary = server().start();
    let closed = {
        let stopped = server().start();
        stopped.address()
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
fn a_server_that_reserves_a_zone_for_tcp_is_in_sync() {
    // Knot does so with catalog zones, and sends extended error 20 (Not Authoritative).
    let catalog = server().handler(move |asked| {
        let query = asked.query.as_ref().filter(|_| asked.transport == Transport::Udp)?;
        let refused = ResponseBuilder::new(query).rcode(REFUSED).option(15, &[0, 20]);
        Some(vec![Action::Send(refused.into_message())])
    });
    let (primary, catalog) = (server().start(), catalog.start());
    let outcome = probe(&primary, &catalog).ok();
    assert_eq!(outcome.verdict("ns1"), "in_sync");
    assert_eq!(outcome.server("ns1")["answer"]["transport"], "tcp");
    assert_eq!(outcome.findings("ns1"), [""; 0]);
}

#[test]
fn a_server_is_queried_again_before_it_is_lame() {
    let (primary, other) = (server().start(), server().servfail().start());
    probe(&primary, &other).critical();
    let queries = other.queries();
    assert!(queries.iter().filter(|query| query.contains("SOA")).count() >= 2, "{queries:?}");
}

#[test]
fn an_ipv6_server_is_checked_like_an_ipv4_one_and_left_out_with_4() {
    let (primary, other) = (server().start(), server().on("::1").start());
    let outcome = probe(&primary, &other).ok();
    assert_eq!(outcome.server("ns1")["address"], other.address().to_string());
    // Servers given by an address of the other family are left out, and that is said.
    let outcome = probe(&primary, &other).arg("-4").unknown();
    assert_eq!(outcome.server("ns1")["address"], serde_json::Value::Null);
    assert_eq!(outcome.findings("ns1"), ["not_asked"]);
}

#[test]
fn queries_are_sent_from_the_given_source_address() {
    let other = server().handler(|asked| (asked.peer.ip().to_string() != "127.0.0.9").then(Vec::new));
    let (primary, other) = (server().start(), other.start());
    short_probe(&primary, &other).critical();
    probe(&primary, &other).args(["--source", "127.0.0.9"]).ok();
    let outcome = probe(&primary, &other).args(["--source", "192.0.2.1"]).unknown();
    assert!(outcome.stderr().contains("cannot ask from `192.0.2.1`"), "{}", outcome.stderr());
}

#[test]
fn every_sample_has_its_own_port_and_instances_are_listed_by_nsid() {
    let (primary, other) = (server().start(), server().nsid("fra1").start());
    let outcome = probe(&primary, &other).args(["--samples", "5"]).ok();
    let instances = outcome.server("ns1")["instances"].clone();
    assert_eq!(instances, serde_json::json!([{"nsid": "fra1", "serial": 7, "share": 1.0}]));
    // A sample that was sent twice has one port.
    let soa = |query: String| query.contains("SOA").then(|| query.split_once(": ").unwrap().0.to_owned());
    let sources: HashSet<String> = other.queries().into_iter().filter_map(soa).collect();
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
    // By source, so that a query that is sent again does not take the turn of another one.
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
fn a_server_that_never_responds_is_given_up_at_the_deadline() {
    let (primary, other) = (server().start(), server().silent().start());
    let started = std::time::Instant::now();
    short_probe(&primary, &other).critical();
    // Four times the 1.75 s that all timeouts add up to.
    assert!(started.elapsed() < Duration::from_secs(7), "{:?}", started.elapsed());
}
