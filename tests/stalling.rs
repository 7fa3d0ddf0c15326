//! Peers that stall at every step: each check ends in time, and other servers are checked as if nothing were.

use std::fmt::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::service::MAX_AGE;
use crate::harness::{Datagram, Nameserver, Outcome, OverTcp, Peer, Probe, Service};

/// The time that a check of one zone may take with a timeout of a second; a query and its repetitions take less.
const MAX_CHECK_TIME: Duration = Duration::from_secs(15);

/// The time that a sweep may take.
const MAX_SWEEP_TIME: Duration = Duration::from_secs(45);

fn healthy() -> Peer {
    Peer::honest_over_udp(OverTcp::Reordering)
}

/// Answers one datagram of four.
fn one_of_four(datagram: &Datagram<'_>) -> Vec<Vec<u8>> {
    if datagram.nth % 4 == 3 { vec![datagram.response()] } else { Vec::new() }
}

/// Answers in lower case, whatever the case of the question.
fn in_lower_case(datagram: &Datagram<'_>) -> Vec<Vec<u8>> {
    let mut response = datagram.response();
    let end = 12 + datagram.message[12..].iter().position(|&octet| octet == 0).unwrap();
    response[12..end].make_ascii_lowercase();
    vec![response]
}

/// Sends a header without a question, FORMERR, and then the right response.
fn header_first(datagram: &Datagram<'_>) -> Vec<Vec<u8>> {
    let response = datagram.response();
    let mut header = response[..12].to_vec();
    header[3] = 1;
    header[4..12].fill(0);
    vec![header, response]
}

/// Peers that stall, and the verdicts that are right.
fn stalling() -> Vec<(&'static str, Peer, &'static [&'static str])> {
    let unreachable: &[&str] = &["unreachable"];
    let silent = Peer::silent_over_udp;
    vec![
        ("no-read", silent(OverTcp::NeverReading), unreachable),
        ("slow-read", silent(OverTcp::ReadingSlowly), unreachable),
        ("no-answer", silent(OverTcp::NeverAnswering), unreachable),
        ("drip", silent(OverTcp::Dripping), unreachable),
        ("reset", silent(OverTcp::ResettingAfter(20)), unreachable),
        ("close", silent(OverTcp::ClosingBeforeEnd), unreachable),
        ("junk", silent(OverTcp::Junk), unreachable),
        ("reorder", silent(OverTcp::Reordering), &["in_sync"]),
        ("quarter", Peer::start(one_of_four, OverTcp::NeverReading), &["in_sync", "unreachable"]),
        ("lower-case", Peer::start(in_lower_case, OverTcp::Closed), unreachable),
        ("header", Peer::start(header_first, OverTcp::Closed), &["in_sync"]),
    ]
}

/// A configuration with `count` zones at two healthy servers, and as many at a healthy server and each peer.
fn configuration(healthy: &[Peer; 2], peers: &[(&str, &Peer)], count: u32) -> String {
    let [ns0, ns1] = healthy.each_ref().map(Peer::address);
    let mut text = format!(
        "probe: {{interval: 1s, timeout: 1s, compare: serials}}\n\
         servers:\n  ns0: {{address: \"{ns0}\", role: primary}}\n  ns1: {{address: \"{ns1}\"}}\n"
    );
    for (name, peer) in peers {
        writeln!(text, "  {name}: {{address: \"{}\"}}", peer.address()).unwrap();
    }
    text.push_str("groups:\n");
    for name in peers.iter().map(|(name, _)| *name).chain(["ns1"]) {
        // The first label is what a peer may read a number from.
        let zones: Vec<String> = (1..=count).map(|number| format!("b{number}.{name}.test")).collect();
        writeln!(text, "  at-{name}: {{servers: [ns0, {name}], zones: [{}]}}", zones.join(", ")).unwrap();
    }
    text
}

/// Checks the zones of a configuration, and asserts that it takes not too long.
#[track_caller]
fn sweep(configuration: &str) -> Outcome {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("zoneprobe.yaml");
    std::fs::write(&path, configuration).unwrap();
    let started = Instant::now();
    let outcome = Probe::check_no_zone().args(["-c", path.to_str().unwrap()]).run();
    assert!(started.elapsed() < MAX_SWEEP_TIME, "{:?}\n{}", started.elapsed(), outcome.stderr());
    outcome
}

/// The verdicts on a server of a sweep, one for each of its zones.
fn verdicts(outcome: &Outcome, name: &str) -> Vec<String> {
    let report = outcome.json();
    let zones = report["zones"].as_array().unwrap();
    let servers = zones.iter().flat_map(|zone| zone["servers"].as_array().unwrap());
    servers.filter(|server| server["server"] == name).map(|server| text(&server["verdict"])).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn a_check_of_a_zone_at_a_stalling_peer_ends_with_the_right_verdict() {
    let primary = healthy();
    at_each_stalling_peer(|name, peer, expected| {
        let probe = Probe::check("b20.test").primary_at("ns0", primary.address());
        let probe = probe.secondary_at("ns1", peer.address());
        let outcome = probe.args(["--timeout", "1s", "--compare", "serials"]).run();
        let verdict = outcome.verdict("ns1");
        assert!(expected.contains(&verdict.as_str()), "{name}: {}", outcome.transcript());
        assert_eq!(outcome.verdict("ns0"), "in_sync", "{name}: {}", outcome.transcript());
    });
}

/// Runs a check at all of them at once, and asserts that each ends in time.
fn at_each_stalling_peer(check: impl Fn(&str, &Peer, &[&str]) + Sync) {
    let (peers, check) = (stalling(), &check);
    thread::scope(|scope| {
        for (name, peer, expected) in &peers {
            scope.spawn(move || {
                let started = Instant::now();
                check(name, peer, expected);
                assert!(started.elapsed() < MAX_CHECK_TIME, "{name}: {:?}", started.elapsed());
            });
        }
    });
}

#[test]
fn a_transfer_from_a_stalling_peer_ends_without_a_verdict_on_its_records() {
    let primary = healthy();
    let cases = [
        ("no-read", OverTcp::NeverReading, "timeout"),
        ("slow-read", OverTcp::ReadingSlowly, "timeout"),
        ("no-answer", OverTcp::NeverAnswering, "timeout"),
        ("drip", OverTcp::Dripping, "limit_exceeded"),
        ("reset", OverTcp::ResettingAfter(100), "transfer_incomplete"),
        ("close", OverTcp::ClosingBeforeEnd, "transfer_incomplete"),
        ("junk", OverTcp::Junk, "mismatched"),
    ];
    for (name, over_tcp, kind) in cases {
        let peer = Peer::honest_over_udp(over_tcp);
        let started = Instant::now();
        let probe = Probe::check("b20.test").primary_at("ns0", primary.address());
        let probe = probe.secondary_at("ns1", peer.address());
        let limits = ["--timeout", "1s", "--idle-timeout", "1s", "--by", "transfer"];
        let outcome = probe.args(limits).unknown();
        assert!(started.elapsed() < MAX_CHECK_TIME, "{name}: {}", outcome.transcript());
        let server = outcome.server("ns1");
        assert_eq!(server["verdict"], "unknown", "{name}: {}", outcome.transcript());
        assert_eq!(server["failure"]["kind"], kind, "{name}: {}", outcome.transcript());
    }
}

/// Compares serials alone.
const SERIALS: [&str; 2] = ["--compare", "serials"];

/// Reads records by transfer alone.
const TRANSFERS: [&str; 2] = ["--by", "transfer"];

/// Checks zones from which a peer sends responses that lack so many bytes.
fn check_cut_short(peer: &Peer, missing: impl Iterator<Item = u32>, what: [&str; 2]) -> Outcome {
    let primary = healthy();
    let names = missing.map(|missing| format!("b{missing}.test\n")).collect::<Vec<_>>().concat();
    let probe = Probe::check_no_zone().primary_at("ns0", primary.address());
    let probe = probe.secondary_at("ns1", peer.address()).args(["--zones", "-"]).stdin(&names);
    probe.args(["--timeout", "1s"]).args(what).run()
}

#[test]
fn a_connection_that_ends_at_any_byte_of_a_response_brings_none() {
    for over_tcp in [OverTcp::ClosingBeforeEnd, OverTcp::ResettingBeforeEnd] {
        let peer = Peer::silent_over_udp(over_tcp);
        assert_eq!(verdicts(&check_cut_short(&peer, 0..=0, SERIALS), "ns1"), ["in_sync"], "{over_tcp:?}");
        // A response has less than a hundred bytes.
        let outcome = check_cut_short(&peer, 1..=100, SERIALS);
        assert_eq!(verdicts(&outcome, "ns1"), ["unreachable"; 100], "{over_tcp:?}");
        assert_eq!(verdicts(&outcome, "ns0"), ["in_sync"; 100], "{over_tcp:?}");
    }
}

#[test]
fn a_transfer_that_ends_early_brings_no_copy() {
    for (over_tcp, step) in [(OverTcp::ClosingBeforeEnd, 7), (OverTcp::ResettingBeforeEnd, 31)] {
        let peer = Peer::honest_over_udp(over_tcp);
        assert_eq!(verdicts(&check_cut_short(&peer, 0..=0, TRANSFERS), "ns1"), ["in_sync"], "{over_tcp:?}");
        // The transfer has less than four hundred bytes.
        let outcome = check_cut_short(&peer, (1..=400).step_by(step), TRANSFERS);
        let verdicts_on = |name| verdicts(&outcome, name);
        assert!(verdicts_on("ns1").iter().all(|verdict| verdict == "unknown"), "{:?}", verdicts_on("ns1"));
        assert!(verdicts_on("ns0").iter().all(|verdict| verdict == "in_sync"), "{:?}", verdicts_on("ns0"));
        assert_eq!(verdicts_on("ns1").len(), 400_usize.div_ceil(step));
    }
}

#[test]
fn responses_over_udp_in_another_order_than_the_queries_are_all_taken() {
    let names: Vec<String> = (0..100).map(|number| format!("b{number}.test")).collect();
    let with_zones = || Nameserver::new().zones(&names, 7);
    let (primary, reordering) = (with_zones().start(), with_zones().reordering().tcp_closed().start());
    let probe = Probe::check_no_zone().primary(&primary).secondary(&reordering);
    let outcome = probe.args(["--zones", "-", "--compare", "serials"]).stdin(&(names.join("\n") + "\n")).ok();
    assert_eq!(verdicts(&outcome, "ns1"), ["in_sync"; 100]);
}

#[test]
fn a_connection_that_brings_only_junk_is_closed() {
    let (primary, peer) = (healthy(), Peer::silent_over_udp(OverTcp::Junk));
    let probe = Probe::check("b20.test").primary_at("ns0", primary.address());
    let probe = probe.secondary_at("ns1", peer.address());
    let outcome = probe.args(["--timeout", "5s", "--compare", "serials"]).critical();
    assert_eq!(outcome.verdict("ns1"), "unreachable", "{}", outcome.transcript());
    // Most of it is in buffers of the system, some MiB for each connection.
    let junk = peer.junk_sent();
    assert!((1..64 * 1024 * 1024).contains(&junk), "{junk} bytes of junk were sent");
}

#[test]
fn a_lookup_at_a_stalling_resolver_ends() {
    at_each_stalling_peer(|name, peer, _| {
        let outcome = Probe::check("b20.test").resolver_at(peer.address()).args(["--timeout", "1s"]).run();
        assert!(outcome.code() >= 2, "{name}: {}", outcome.transcript());
    });
}

#[test]
fn a_sweep_with_stalling_peers_ends_and_judges_the_other_servers() {
    let (good, stalling) = ([healthy(), healthy()], stalling());
    let peers: Vec<(&str, &Peer)> = stalling.iter().map(|(name, peer, _)| (*name, peer)).collect();
    let outcome = sweep(&configuration(&good, &peers, 40));
    assert_eq!(verdicts(&outcome, "ns1"), ["in_sync"; 40]);
    assert!(verdicts(&outcome, "ns0").iter().all(|verdict| verdict == "in_sync"));
    for (name, _, expected) in &stalling {
        let verdicts = verdicts(&outcome, name);
        assert_eq!(verdicts.len(), 40, "{name}");
        assert!(verdicts.iter().all(|verdict| expected.contains(&verdict.as_str())), "{name}: {verdicts:?}");
    }
}

#[test]
fn a_server_that_answers_one_query_in_four_and_never_reads_does_not_stop_a_sweep() {
    let (good, peer) = ([healthy(), healthy()], Peer::start(one_of_four, OverTcp::NeverReading));
    let outcome = sweep(&configuration(&good, &[("quarter", &peer)], 500));
    assert_eq!(verdicts(&outcome, "ns1"), ["in_sync"; 500]);
    let answered = verdicts(&outcome, "quarter").iter().filter(|verdict| *verdict == "in_sync").count();
    assert!(answered >= 100, "{answered} of 500");
}

#[test]
fn serve_checks_healthy_zones_in_time_beside_stalling_peers() {
    let (good, stalling) = ([healthy(), healthy()], stalling());
    let peers: Vec<(&str, &Peer)> = stalling.iter().map(|(name, peer, _)| (*name, peer)).collect();
    let service = Service::start(&configuration(&good, &peers, 40));
    service.await_ready();
    let end = Instant::now() + Duration::from_secs(20);
    while Instant::now() < end {
        let age = service.oldest_check_age(".ns1.test");
        assert!(age < MAX_AGE, "a healthy zone was checked {age:?} ago");
        thread::sleep(Duration::from_millis(200));
    }
}
