//! `--wait` is kept, whatever is silent; and `--stable`, whoever flaps.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use zoneprobe::dns::Rtype;
use zoneprobe::dns::message::SERVFAIL;
use zoneprobe::testserver::{Action, IncomingQuery, ResponseBuilder};

use super::{BEFORE, ZONE, at, baseline, changed};
use crate::harness::{Nameserver, Outcome, OverTcp, Peer, Probe, make_fifo};

/// The timeout of a query, in seconds.
const TIMEOUT: u64 = 3;

/// What starting the program and judging may take on a busy machine; less than another timeout.
const MARGIN: Duration = Duration::from_millis(2500);

/// The times to wait, in seconds: none, and two timeouts.
const WAITS: [u64; 2] = [0, 2 * TIMEOUT];

/// Runs `verify`; it must end within one timeout after the time to wait.
#[track_caller]
fn within(wait: u64, probe: Probe<'_>) -> Outcome {
    let (wait_argument, timeout_argument) = (format!("{wait}s"), format!("{TIMEOUT}s"));
    let started = Instant::now();
    let outcome = probe.args(["--timeout", &timeout_argument, "--wait", &wait_argument]).run();
    let (duration, limit) = (started.elapsed(), Duration::from_secs(wait + TIMEOUT) + MARGIN);
    assert!(duration <= limit, "{duration:?}\n{}", outcome.transcript());
    outcome
}

#[test]
fn a_silent_server_does_not_prolong_the_wait_and_the_others_are_not_accused() {
    let (primary, good) = (at(7).start(), at(7).start());
    let peers = [OverTcp::NeverAnswering, OverTcp::NeverReading, OverTcp::Dripping, OverTcp::Junk];
    let peers = peers.map(|over_tcp| (over_tcp, Peer::silent_over_udp(over_tcp)));
    let check = |over_tcp: &OverTcp, silent: &Peer, wait: u64, arguments: &[&str]| {
        let probe = Probe::verify(ZONE).primary(&primary).secondary(&good);
        let probe = probe.secondary_at("bad", silent.address()).args(arguments.iter().copied());
        let outcome = within(wait, probe);
        assert_eq!(outcome.verdict("bad"), "unreachable", "{over_tcp:?} {arguments:?}");
        assert_eq!(outcome.verdict("ns1"), "in_sync", "{}", outcome.transcript());
        assert!(outcome.findings("ns1").is_empty(), "{}", outcome.transcript());
    };
    let check = &check;
    thread::scope(|scope| {
        for (over_tcp, silent) in &peers {
            for (wait, arguments) in [
                (WAITS[0], [].as_slice()),
                (WAITS[1], &["--expect", "www A 192.0.2.80", "--contains", "@ MX 10 mail", "--stable", "2"]),
                (WAITS[0], &["--serial", "7", "--compare", "serials", "--absent", "old A"]),
            ] {
                scope.spawn(move || check(over_tcp, silent, wait, arguments));
            }
            scope.spawn(|| {
                let outcome = within(WAITS[0], Probe::verify(ZONE).primary_at("ns0", silent.address()));
                assert_eq!(outcome.verdict("ns0"), "unreachable");
            });
        }
    });
}

/// Runs a check with each time to wait, all at once.
fn with_each_wait(check: impl Fn(u64) + Sync) {
    let check = &check;
    thread::scope(|scope| {
        for wait in WAITS {
            scope.spawn(move || check(wait));
        }
    });
}

#[test]
fn a_transfer_that_drips_does_not_prolong_the_wait() {
    let (primary, good) = (at(7).start(), at(7).start());
    let dripping = at(7).hosts(500).slow_transfer(200).start();
    let (_directory, path) = baseline(BEFORE);
    with_each_wait(|wait| {
        let probe = Probe::verify(ZONE).primary(&primary).secondary(&good).secondary_named("bad", &dripping);
        let outcome = within(wait, probe);
        assert_eq!((outcome.verdict("bad"), outcome.verdict("ns1")), ("unknown".into(), "in_sync".into()));
        let failure = outcome.server("bad")["failure"]["message"].clone();
        assert_eq!(failure, "transfer stopped: the time for this check was over");
        let probe = Probe::verify(ZONE).primary(&dripping);
        let outcome = within(wait, probe.args(["--baseline", &path, "--only-changed", "www A"]));
        assert_eq!(outcome.code(), 2);
        assert_eq!(outcome.findings("ns0")[0], "expectation_unmet");
    });
}

#[test]
fn a_lame_server_is_asked_again_before_it_is_accused_though_another_is_silent() {
    let (primary, lame) = (at(7).start(), at(7).refusing().start());
    let silent = Peer::silent_over_udp(OverTcp::NeverAnswering);
    let probe = Probe::verify(ZONE).primary(&primary).secondary(&lame).secondary_at("bad", silent.address());
    let outcome = within(WAITS[0], probe);
    assert_eq!(outcome.verdict("ns1"), "lame");
    assert!(lame.queries().len() >= 2, "{:?}", lame.queries());
}

#[test]
fn a_silent_resolver_does_not_prolong_the_wait() {
    let (primary, good) = (at(7).start(), at(7).start());
    let resolver = Peer::silent_over_udp(OverTcp::NeverAnswering);
    with_each_wait(|wait| {
        let probe = Probe::verify(ZONE).resolver_at(resolver.address()).primary(&primary).secondary(&good);
        let outcome = within(wait, probe.args(["-s", "ns9=ns9.example.net"]));
        assert_eq!(outcome.verdict("ns1"), "in_sync", "{}", outcome.transcript());
        assert!(outcome.findings("ns1").is_empty(), "{}", outcome.transcript());
        assert!(outcome.stdout().contains("the resolver did not answer in time"), "{}", outcome.transcript());
        let outcome = within(wait, Probe::verify(ZONE).resolver_at(resolver.address()));
        assert_eq!(outcome.code(), 3, "{}", outcome.transcript());
        assert!(outcome.stdout().contains("the resolver did not answer in time"), "{}", outcome.transcript());
    });
}

#[test]
fn a_pipe_without_a_writer_does_not_prolong_the_wait() {
    let primary = changed(7, "www 300 A 192.0.2.9").start();
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("pipe");
    make_fifo(&pipe);
    let pipe = pipe.to_str().unwrap();
    for (flag, message) in [
        ("--baseline", "is no regular file"),
        ("--zone-file", "is no regular file"),
        ("--tsig-file", "does a pipe among them wait for its writer?"),
        ("--config", "does a pipe among them wait for its writer?"),
    ] {
        let outcome = within(WAITS[0], Probe::verify(ZONE).primary(&primary).args([flag, pipe]));
        assert_eq!(outcome.code(), 3, "{}", outcome.transcript());
        assert!(outcome.stderr().contains(message), "{}", outcome.transcript());
    }
}

/// A server that answers SERVFAIL for the TXT RRset of `mail` when `is_bad` says so.
fn failing(is_bad: impl Fn() -> bool + Send + Sync + 'static) -> Nameserver {
    at(7).with("mail 60 TXT token").handler(move |query: &IncomingQuery| {
        let query = query.query.as_ref().filter(|query| query.qtype == Rtype(16))?;
        is_bad().then(|| vec![Action::Send(ResponseBuilder::new(query).rcode(SERVFAIL).into_message())])
    })
}

#[test]
fn one_bad_answer_is_confirmed_before_the_server_is_accused() {
    let primary = at(7).with("mail 60 TXT token").start();
    let count = AtomicU64::new(0);
    let once = failing(move || count.fetch_add(1, Ordering::SeqCst) == 0).start();
    let probe = Probe::verify(ZONE).primary(&primary).secondary(&once);
    probe.args(["--compare", "serials", "--expect", "mail TXT token"]).ok();
}

#[test]
fn stable_names_the_server_that_flaps_and_its_last_bad_answer() {
    let primary = at(7).with("mail 60 TXT token").start();
    let count = AtomicU64::new(0);
    let flapping = failing(move || count.fetch_add(1, Ordering::SeqCst) % 2 == 1).start();
    let probe = Probe::verify(ZONE).primary(&primary).secondary(&flapping);
    let probe = probe.args(["--compare", "serials", "--expect", "mail TXT token"]);
    let outcome = probe.args(["--stable", "3", "--wait", "5s"]).critical();
    let finding = outcome.zone()["findings"][0].clone();
    assert_eq!(finding["code"], "expectation_unmet");
    let message = finding["message"].as_str().unwrap();
    assert!(message.starts_with("expected 3 good checks in a row; "), "{message}");
    let named = format!("ns1 ({}): expected mail.{ZONE}. TXT \"token\"; found SERVFAIL", flapping.address());
    assert!(message.ends_with(&named), "{message}");
}

#[test]
fn a_bad_check_between_good_ones_begins_the_count_anew() {
    let primary = at(7).with("mail 60 TXT token").start();
    let started = Instant::now();
    let flapping = failing(move || started.elapsed().as_secs() % 4 >= 2).start();
    let probe = Probe::verify(ZONE).primary(&primary).secondary(&flapping);
    let probe = probe.args(["--compare", "serials", "--expect", "mail TXT token"]);
    let outcome = probe.args(["--stable", "6", "--wait", "16s"]).critical();
    let message = outcome.zone()["findings"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("found SERVFAIL"), "{}", outcome.transcript());
}
