//! What is read over TLS: serials, copies, changes, and answers to queries.

use std::time::{Duration, Instant};

use rustls::HandshakeKind;
use rustls::version::{TLS12, TLS13};
use zoneprobe::dns::Rtype;
use zoneprobe::testserver::Zone;

use super::{World, ZONE, certificate, probe, server};
use crate::harness::tls::{Authority, Flaw, TlsFront};
use crate::harness::{Nameserver, Probe};

#[test]
fn copies_are_compared_over_tls_with_an_authority_a_name_or_a_pin() {
    let world = World::new();
    let (certificate, front) = world.front(Flaw::None);
    let (ca, pin) = (world.ca(), format!(",tls-pin={}", certificate.pin));
    for settings in [&ca, &pin, &format!("{ca},tls-name=ns0.test"), &format!("{ca}{pin}{pin}")] {
        let outcome = probe(&world.primary, front.address, settings).ok();
        let server = outcome.server("ns1");
        assert_eq!(server["answer"]["transport"], "tls", "{settings}: {server:#}");
        assert_eq!(server["copy"]["transport"], "tls");
        assert!(server["answer"]["certificate_expires"].is_string());
        let primary = outcome.server("ns0");
        assert_eq!(
            (&primary["answer"]["transport"], &primary["copy"]["transport"]),
            (&"udp".into(), &"tcp".into())
        );
        assert!(primary["answer"]["certificate_expires"].is_null());
    }
    // Other than a first query, a transfer may resume a session.
    let handshakes = front.handshakes();
    assert_eq!(handshakes[0], HandshakeKind::Full);
    assert!(handshakes.contains(&HandshakeKind::Resumed), "{handshakes:?}");
}

#[test]
fn a_difference_is_found_over_tls_by_transfer_and_by_queries() {
    let world = World::new();
    let certificate = certificate(&world.authority);
    let other = server().replace("h7 3600 A 192.0.2.99").start();
    for version in [&TLS12, &TLS13] {
        let front = TlsFront::new(&certificate).only(version).start(Some(other.address()));
        for by in ["transfer", "query"] {
            let outcome = probe(&world.primary, front.address, &world.ca()).args(["--by", by]).critical();
            assert_eq!(outcome.verdict("ns1"), "diverged");
            assert_eq!(outcome.differences("ns1").len(), 1, "{by}");
            assert_eq!(outcome.server("ns1")["copy"]["transport"], "tls");
            assert!(!outcome.findings("ns1").contains(&"udp_unanswered".to_owned()));
        }
    }
    assert!(other.queries().iter().all(|query| !query.contains("UDP")), "{:?}", other.queries());
}

#[test]
fn the_changes_of_a_reference_are_asked_for_over_tls() {
    let authority = Authority::new();
    let before = |zone: Zone| zone.replace("www 300 A 192.0.2.80").unwrap();
    let primary =
        Nameserver::new().zone(ZONE, 7).replace("www 300 A 192.0.2.81").ixfr_since(6, before).start();
    let front = TlsFront::new(&certificate(&authority)).start(Some(primary.address()));
    let lagging = || Nameserver::new().zone(ZONE, 6);
    let (lagging, corrupt) = (lagging().start(), lagging().replace("mail 3600 A 192.0.2.99").start());
    let probe = Probe::check(ZONE).arg("--primary");
    let probe = probe.arg(format!("ns0=tls://{},tls-ca={}", front.address, authority.file));
    let outcome = probe.secondary_named("ns1", &lagging).secondary_named("ns2", &corrupt).run();
    assert_eq!([outcome.verdict("ns1"), outcome.verdict("ns2")], ["behind", "diverged"]);
    assert!(primary.queries().iter().any(|query| query.contains("IXFR")), "{:?}", primary.queries());
}

#[test]
fn each_sample_has_a_connection_of_its_own() {
    let world = World::new();
    let (_certificate, front) = world.front(Flaw::None);
    let samples = ["--samples", "5", "--compare", "serials"];
    probe(&world.primary, front.address, &world.ca()).args(samples).ok();
    assert_eq!(front.handshakes().len(), 5);
}

#[test]
fn queries_inside_of_tls_are_signed() {
    const KEY: &str = r#"key "xfr" { algorithm hmac-sha256; secret "c2VjcmV0LW9mLXRoaXMtdGVzdA=="; };"#;
    let world = World::new();
    let signing = server().key(KEY).requiring_key().start();
    let front = TlsFront::new(&certificate(&world.authority)).start(Some(signing.address()));
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("key").display().to_string();
    std::fs::write(&file, KEY).unwrap();
    let settings = format!("{},key=xfr", world.ca());
    let outcome = probe(&signing, front.address, &settings).args(["--tsig-file", &file]).ok();
    assert_eq!(outcome.server("ns1")["copy"]["transport"], "tls");
}

#[test]
fn a_transfer_that_is_not_answered_over_tls_is_no_fault_of_udp_or_tcp() {
    let world = World::new();
    let silent = server().handler(|asked| {
        let query = asked.query.as_ref()?;
        (query.qtype == Rtype::AXFR).then(Vec::new)
    });
    let silent = silent.start();
    let front = TlsFront::new(&certificate(&world.authority)).start(Some(silent.address()));
    let arguments = ["--by", "transfer", "--idle-timeout", "500ms"];
    let outcome = probe(&world.primary, front.address, &world.ca()).args(arguments).unknown();
    assert_eq!(outcome.verdict("ns1"), "unknown");
    assert_eq!(outcome.findings("ns1"), ["unknown", "transfer_incomplete"], "{}", outcome.transcript());
}

#[test]
fn a_record_that_comes_byte_by_byte_is_given_up_as_over_tcp() {
    let world = World::new();
    let slow = server().slow_transfer(20).start();
    let front = TlsFront::new(&certificate(&world.authority)).start(Some(slow.address()));
    let started = Instant::now();
    let run =
        probe(&world.primary, front.address, &world.ca()).args(["--idle-timeout", "1s", "--by", "transfer"]);
    let outcome = run.unknown();
    assert_eq!(outcome.verdict("ns1"), "unknown");
    assert!(started.elapsed() < Duration::from_secs(20));
}
