//! Lags that the IXFR response of the reference explains, and lags that it does not.

use std::fs;
use std::time::Duration;

use zoneprobe::dns::Rtype;
use zoneprobe::dns::message::{NOTIMP, REFUSED};
use zoneprobe::testserver::{Action, TransferLayout, Zone, ZoneRecord, transfer_messages};

use crate::harness::{IxfrBehaviour, Nameserver, Outcome, Probe, RunningNameserver};

const ZONE: &str = "example.test";

const KEY: &str = r#"key "xfr" { algorithm hmac-sha256; secret "c2VjcmV0"; };"#;

/// A server with serial 7 of the zone, in which the address of www is new.
fn primary() -> Nameserver {
    Nameserver::new().zone(ZONE, 7).replace("www 300 A 192.0.2.81")
}

fn before(zone: Zone) -> Zone {
    zone.replace("www 300 A 192.0.2.80").unwrap()
}

/// A secondary with serial 6.
fn lagging() -> Nameserver {
    Nameserver::new().zone(ZONE, 6)
}

/// A secondary with serial 6 and a wrong record.
fn corrupt() -> Nameserver {
    lagging().replace("mail 3600 A 192.0.2.99")
}

/// Checks a primary, a secondary that has what serial 6 was, and another one.
fn check(primary: &RunningNameserver, secondary: &RunningNameserver) -> Outcome {
    let lagging = lagging().start();
    let outcome = Probe::check(ZONE).primary(primary).secondary(&lagging).secondary(secondary).run();
    assert_eq!(outcome.verdict("ns1"), "behind", "{}", outcome.transcript());
    assert_eq!(ixfr_queries(&lagging) + ixfr_queries(secondary), 0);
    outcome
}

fn ixfr_queries(server: &RunningNameserver) -> usize {
    server.queries().iter().filter(|line| line.contains("IXFR")).count()
}

#[test]
fn of_two_lagging_copies_the_corrupt_one_is_diverged_at_the_first_check() {
    for primary in [
        primary().ixfr_since(6, before),
        primary().ixfr_since(6, before).records_per_message(1),
        primary().ixfr_since(6, before).soa_alone_first().question_in_every_message(),
        primary().ixfr_since(6, before).upper_case_in_transfer().aa_clear_in_transfer(),
    ] {
        let (primary, corrupt) = (primary.start(), corrupt().start());
        let outcome = check(&primary, &corrupt);
        assert_eq!(outcome.verdict("ns2"), "diverged", "{}", outcome.transcript());
        assert_eq!(outcome.server("ns2")["serial_lag"], 1);
        assert_eq!(ixfr_queries(&primary), 1);
    }
}

/// The records of a response to IXFR: the SOA of a serial for each number, and other records of the zone.
fn response(parts: &[&str]) -> Vec<ZoneRecord> {
    let zone = Zone::parse(ZONE, "@ 3600 IN SOA ns0 hostmaster 7 3600 600 604800 300").unwrap();
    let soa = |serial: u32| zone.clone().with_serial(serial).soa_record();
    let record = |line: &str| zone.clone().with(line).unwrap().records()[0].clone();
    let outside = ZoneRecord {
        owner: "www.elsewhere.test".parse().unwrap(),
        rtype: Rtype(1),
        ttl: 300,
        rdata: vec![192, 0, 2, 80],
    };
    parts
        .iter()
        .map(|part| match part.parse() {
            Ok(serial) => soa(serial),
            Err(_) if *part == "outside" => outside.clone(),
            Err(_) => record(part),
        })
        .collect()
}

#[test]
fn a_delta_that_does_not_add_up_accuses_nobody() {
    const OLD: &str = "www 300 A 192.0.2.80";
    const NEW: &str = "www 300 A 192.0.2.81";
    const GONE: &str = "gone 300 A 192.0.2.90";
    for parts in [
        &["7", "6", "7", "7"][..],
        &["7", "6", "outside", "7", "outside", "7"],
        &["7", "6", OLD, "7", "7"],
        &["7", "6", "7", NEW, "7"],
        &["7", "6", OLD, GONE, "7", NEW, "7"],
        &["7", "6", OLD, "7", NEW, GONE, "7"],
        &["7", "6", NEW, "7", OLD, "7"],
        &["7", "5", OLD, "7", NEW, "7"],
        &["7", "6", OLD, "8", NEW, "7"],
        &["7", "6", OLD, "5", GONE, "5", GONE, "7", NEW, "7"],
        &["8", "6", OLD, "8", NEW, "8"],
        &["7", "7", OLD, "7"],
        &["7", "6", OLD, "7", NEW, "7", GONE, "7"],
    ] {
        let primary = primary().ixfr(IxfrBehaviour::Records(response(parts))).start();
        for other in [corrupt(), lagging().replace(OLD).with(GONE), lagging().without("mail A")] {
            let outcome = check(&primary, &other.start());
            assert_eq!(outcome.verdict("ns2"), "behind", "{parts:?}: {}", outcome.transcript());
        }
        let outcome = Probe::check(ZONE).primary(&primary).secondary(&lagging().start()).run();
        assert_eq!(outcome.verdict("ns1"), "behind", "{parts:?}: {}", outcome.transcript());
    }
}

#[test]
fn a_delta_that_adds_up_counts_whether_it_is_condensed_or_not() {
    const OLD: &str = "www 300 A 192.0.2.80";
    const BETWEEN: &str = "www 300 A 192.0.2.1";
    const NEW: &str = "www 300 A 192.0.2.81";
    for parts in [
        &["7", "5", OLD, "7", NEW, "7"][..],
        &["7", "5", OLD, "outside", "7", NEW, "outside", "7"],
        &["7", "5", OLD, "6", BETWEEN, "6", BETWEEN, "7", NEW, "7"],
        &["7", "5", "6", "6", OLD, "7", NEW, "7"],
    ] {
        let primary = primary().ixfr(IxfrBehaviour::Records(response(parts))).start();
        let copy = || Nameserver::new().zone(ZONE, 5);
        let (clean, corrupt) = (copy().start(), copy().replace("mail 3600 A 192.0.2.99").start());
        let outcome = Probe::check(ZONE).primary(&primary).secondary(&clean).secondary(&corrupt).run();
        assert_eq!(outcome.verdict("ns1"), "behind", "{}", outcome.transcript());
        assert_eq!(outcome.verdict("ns2"), "diverged", "{parts:?}: {}", outcome.transcript());
    }
}

/// A change to what a server does about a query.
type Change = Box<dyn Fn(&mut Vec<Action>) + Send + Sync>;

#[test]
fn a_response_to_ixfr_that_ends_early_stalls_or_is_reordered_accuses_nobody() {
    let text = "@ 60 IN SOA ns0 host 7 3600 600 86400 60\n@ 60 IN NS ns0\nwww 60 IN A 192.0.2.81";
    let newer = Zone::parse(ZONE, text).unwrap();
    let older = newer.clone().with_serial(6).replace("www 60 IN A 192.0.2.80").unwrap();
    let lagging = Nameserver::new().zone_copy(older.clone()).start();
    let corrupt = Nameserver::new().zone_copy(older.clone().with("mail 60 IN A 192.0.2.99").unwrap()).start();
    // SOA 7, SOA 6, the old record, SOA 7, the new record, and SOA 7, each in a message.
    let (delta, layout) =
        (newer.incremental_transfer(&older), TransferLayout { records_per_message: 1, ..Default::default() });
    let responding = |change: Change| {
        let delta = delta.clone();
        let primary = Nameserver::new().zone_copy(newer.clone()).handler(move |asked| {
            let query = asked.query.as_ref().filter(|query| query.qtype == Rtype::IXFR)?;
            let messages = transfer_messages(query, &delta, &layout);
            let mut actions = messages.into_iter().map(Action::Send).collect();
            change(&mut actions);
            Some(actions)
        });
        let primary = primary.start();
        let probe = Probe::check(ZONE).primary(&primary).secondary(&lagging).secondary(&corrupt);
        let outcome = probe.args(["--timeout", "500ms", "--idle-timeout", "500ms"]).run();
        assert_eq!(ixfr_queries(&primary), 1, "{}", outcome.transcript());
        assert_eq!(outcome.verdict("ns1"), "behind", "{}", outcome.transcript());
        outcome.verdict("ns2")
    };
    assert_eq!(responding(Box::new(|_| ())), "diverged");
    let silence = Action::Wait(Duration::from_secs(30));
    for end in [Action::Close, Action::Reset, silence] {
        for count in 0..6 {
            let action = end.clone();
            let verdict = responding(Box::new(move |actions| {
                actions.truncate(count);
                actions.push(action.clone());
            }));
            assert_eq!(verdict, "behind", "{end:?} after {count} messages");
        }
    }
    for index in 0..6 {
        let verdict = responding(Box::new(move |actions| {
            let Action::Send(message) = &mut actions[index] else { panic!("it is sent") };
            message[2] |= 0x02;
        }));
        assert_eq!(verdict, "behind", "message {index} is truncated");
    }
    for (one, other) in [(0, 1), (1, 2), (2, 3), (2, 4), (3, 4), (4, 5)] {
        let verdict = responding(Box::new(move |actions| actions.swap(one, other)));
        assert_eq!(verdict, "behind", "{one} and {other}");
    }
}

#[test]
fn without_a_usable_ixfr_response_a_corrupt_copy_is_behind() {
    let other_serial = |zone: Zone| zone.with_serial(5);
    for (response, primary) in [
        ("the whole zone", primary()),
        ("the whole zone, the SOA in its own message", primary().soa_alone_first()),
        ("one SOA", primary().ixfr(IxfrBehaviour::Soa)),
        ("REFUSED", primary().ixfr(IxfrBehaviour::Rcode(REFUSED))),
        ("NOTIMP", primary().ixfr(IxfrBehaviour::Rcode(NOTIMP))),
        ("a delta from another serial", primary().ixfr_since(6, other_serial)),
    ] {
        let (primary, corrupt) = (primary.start(), corrupt().start());
        let outcome = check(&primary, &corrupt);
        assert_eq!(outcome.verdict("ns2"), "behind", "{response}: {}", outcome.transcript());
        assert_eq!(ixfr_queries(&primary), 1, "{response}");
    }
}

#[test]
fn an_ixfr_query_is_signed_with_the_key_of_the_primary() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("keys");
    fs::write(&file, KEY).unwrap();
    let primary = primary().ixfr_since(6, before).key(KEY).requiring_key().start();
    let lagging = lagging().key(KEY).requiring_key().start();
    let corrupt = corrupt().key(KEY).requiring_key().start();
    let outcome = Probe::check(ZONE)
        .primary(&primary)
        .secondary(&lagging)
        .secondary(&corrupt)
        .args(["--tsig-file", file.to_str().unwrap()])
        .run();
    assert_eq!(outcome.verdict("ns1"), "behind", "{}", outcome.transcript());
    assert_eq!(outcome.verdict("ns2"), "diverged", "{}", outcome.transcript());
}
