//! Transfers: the normal forms, and the failures, which are never differences.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use zoneprobe::dns::Rtype;
use zoneprobe::dns::message::{NOTAUTH, REFUSED, SERVFAIL};
use zoneprobe::testserver::{
    Action, Query, ResponseBuilder, Section, TransferLayout, Zone, ZoneRecord, transfer_messages,
};

use crate::harness::{Nameserver, Probe, RunningNameserver};

const ZONE: &str = "example.test";

fn server() -> Nameserver {
    Nameserver::new().zone(ZONE, 7).hosts(500)
}

fn probe<'n>(primary: &'n RunningNameserver, other: &'n RunningNameserver) -> Probe<'n> {
    Probe::check(ZONE).primary(primary).secondary(other).args([
        "--timeout",
        "500ms",
        "--idle-timeout",
        "500ms",
    ])
}

#[test]
fn every_normal_form_of_a_transfer_is_in_sync() {
    let primary = server().start();
    for (form, other) in [
        ("the usual form", server()),
        ("the SOA alone first", server().soa_alone_first()),
        ("one record a message", server().records_per_message(1)),
        ("as many records a message as fit", server().records_per_message(2000)),
        ("the question in every message", server().question_in_every_message()),
        ("AA clear", server().aa_clear_in_transfer()),
        ("owners in upper case", server().upper_case_in_transfer()),
    ] {
        let other = other.start();
        let outcome = probe(&primary, &other).ok();
        assert_eq!(outcome.verdict("ns1"), "in_sync", "{form}\n{}", outcome.transcript());
        let (ours, theirs) = (outcome.server("ns0"), outcome.server("ns1"));
        for key in ["records", "rrsets", "fingerprint", "serial"] {
            assert_eq!(ours["copy"][key], theirs["copy"][key], "{form}: {key}");
        }
    }
}

#[test]
fn an_incomplete_transfer_is_unknown_and_has_no_differences() {
    let primary = server().start();
    for (failure, other, kind) in [
        ("closed early", server().closing_after(100), "transfer_incomplete"),
        ("reset", server().tcp_resetting(), "transfer_incomplete"),
        ("changed", server().changing_soa_at_end(8), "changed_during_transfer"),
        ("refused", server().transfer_refused(), "transfer_refused"),
        ("not authoritative", server().transfer_rcode(NOTAUTH), "transfer_refused"),
        ("failing", server().transfer_rcode(SERVFAIL), "rcode"),
        ("too slow", server().slow_transfer(100), "limit_exceeded"),
    ] {
        let other = other.start();
        let outcome = probe(&primary, &other).args(["--by", "transfer"]).unknown();
        let server = outcome.server("ns1");
        assert_eq!(server["verdict"], "unknown", "{failure}\n{}", outcome.transcript());
        assert_eq!(server["failure"]["kind"], kind, "{failure}\n{}", outcome.transcript());
        assert!(server["differences"].is_null(), "{failure}");
        assert!(server["copy"].is_null(), "{failure}");
    }
}

/// What a server does in the middle of a transfer.
type EarlyEnd = fn(&Query) -> Vec<Action>;

/// How a server ends a transfer that it has begun.
const EARLY_ENDS: [(&str, EarlyEnd); 6] = [
    ("closed", |_| vec![Action::Close]),
    ("reset", |_| vec![Action::Reset]),
    ("silent", |_| vec![Action::Wait(Duration::from_secs(2))]),
    ("nearly silent", |_| vec![Action::Raw(vec![0]), Action::Wait(Duration::from_secs(2))]),
    ("SERVFAIL", |query| vec![Action::Send(ResponseBuilder::new(query).rcode(SERVFAIL).into_message())]),
    ("REFUSED", |query| vec![Action::Send(ResponseBuilder::new(query).rcode(REFUSED).into_message())]),
];

/// A server with a serial that others share. It ends so many transfers early, each time because it has another one,
/// which is `step` after the last.
fn moving_on(serial: &Arc<AtomicU32>, cuts: u32, (step, end): (u32, EarlyEnd)) -> Nameserver {
    let (serial, left) = (Arc::clone(serial), AtomicU32::new(cuts));
    Nameserver::new().zone_copy(small_zone()).handler(move |asked| {
        let query = asked.query.as_ref()?;
        let zone = small_zone().with_serial(serial.load(Ordering::SeqCst));
        if !asked.is_transfer() {
            let soa = ResponseBuilder::new(query).authoritative().record(Section::Answer, &zone.soa_record());
            return (query.qtype == Rtype::SOA).then(|| vec![Action::Send(soa.into_message())]);
        }
        let layout = TransferLayout { records_per_message: 2, ..TransferLayout::default() };
        let mut messages = transfer_messages(query, &zone.transfer(), &layout);
        if left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_err() {
            return Some(messages.into_iter().map(Action::Send).collect());
        }
        serial.fetch_add(step, Ordering::SeqCst);
        let begun = vec![Action::Send(messages.swap_remove(0))];
        Some([begun, end(query)].concat())
    })
}

fn transfers(server: &RunningNameserver) -> usize {
    server.queries().iter().filter(|query| query.contains("AXFR")).count()
}

#[test]
fn a_transfer_that_ends_for_a_newer_version_is_superseded_and_read_again() {
    for (how, end) in EARLY_ENDS {
        let serial = Arc::new(AtomicU32::new(7));
        let primary = moving_on(&serial, 0, (1, end)).start();
        let secondary = moving_on(&serial, 1, (1, end)).start();
        let outcome = probe(&primary, &secondary).args(["--by", "transfer"]).ok();
        assert_eq!(outcome.verdict("ns1"), "in_sync", "{how}\n{}", outcome.transcript());
        assert_eq!(outcome.server("ns1")["serial"], 8, "{how}\n{}", outcome.transcript());
        assert!(outcome.server("ns1")["failure"].is_null(), "{how}\n{}", outcome.transcript());
        assert_eq!(outcome.zone()["compared"], "records", "{how}\n{}", outcome.transcript());
        assert_eq!(transfers(&secondary), 2, "{how}\n{}", outcome.transcript());
    }
}

#[test]
fn a_server_that_ends_every_transfer_for_a_newer_version_is_unknown() {
    for (how, end) in EARLY_ENDS {
        for is_reference in [false, true] {
            let serial = Arc::new(AtomicU32::new(7));
            let good = moving_on(&serial, 0, (1, end)).start();
            let busy = moving_on(&serial, u32::MAX, (1, end)).start();
            let (primary, secondary) = if is_reference { (&busy, &good) } else { (&good, &busy) };
            let outcome = probe(primary, secondary).args(["--by", "transfer"]).unknown();
            let server = outcome.server(if is_reference { "ns0" } else { "ns1" });
            assert_eq!(server["failure"]["kind"], "superseded", "{how}\n{}", outcome.transcript());
            let message = server["failure"]["message"].as_str().unwrap();
            assert!(message.starts_with("the server ended the transfer of serial "), "{message}");
            assert_eq!(outcome.verdict("ns1"), "unknown", "{how}\n{}", outcome.transcript());
            assert!(outcome.stdout().contains("changed_during_transfer"), "{how}\n{}", outcome.transcript());
            assert_eq!(transfers(&busy), 4, "{how}\n{}", outcome.transcript());
        }
    }
}

#[test]
fn a_transfer_that_ends_early_at_the_serial_that_stays_is_not_superseded() {
    for (how, end) in EARLY_ENDS {
        // A serial that goes back is no newer one.
        for step in [0, u32::MAX] {
            let serial = Arc::new(AtomicU32::new(7));
            let good = server().start();
            let bad = moving_on(&serial, u32::MAX, (step, end)).start();
            let outcome = probe(&good, &bad).args(["--by", "transfer"]).run();
            let kind = &outcome.server("ns1")["failure"]["kind"];
            assert_ne!(kind, "superseded", "{how}\n{}", outcome.transcript());
            assert_ne!(outcome.verdict("ns1"), "diverged", "{how}\n{}", outcome.transcript());
        }
    }
}

#[test]
fn endless_transfers_end_at_the_limits() {
    let primary = server().start();
    let other = server().endless_transfer().start();
    for limit in ["--max-transfer-records", "--max-transfer-bytes"] {
        let outcome = probe(&primary, &other).args([limit, "200000"]).unknown();
        let server = outcome.server("ns1");
        assert_eq!(server["failure"]["kind"], "limit_exceeded", "{limit}\n{}", outcome.transcript());
        assert_eq!(outcome.findings("ns1"), ["unknown", "transfer_incomplete"], "{limit}");
    }
}

#[test]
fn records_of_other_zones_are_dropped_and_counted() {
    let (primary, other) = (server().start(), server().out_of_zone_record().start());
    let outcome = probe(&primary, &other).ok();
    assert_eq!(outcome.server("ns1")["copy"]["dropped"], 1, "{}", outcome.transcript());
}

/// A server that sends these messages for an AXFR, each with so many of: the SOA (`S`), the SOA of serial 8 (`T`), or
/// a record of the zone, the first of which is its NS RRset.
fn sending(messages: &[&str]) -> Nameserver {
    let messages: Vec<String> = messages.iter().map(|message| (*message).to_owned()).collect();
    let zone = small_zone();
    Nameserver::new().zone_copy(zone.clone()).handler(move |asked| {
        let query = asked.query.as_ref().filter(|_| asked.is_transfer())?;
        let mut records = zone.records().iter();
        let sent = messages.iter().map(|message| {
            let records: Vec<ZoneRecord> = message
                .chars()
                .map(|part| match part {
                    'S' => zone.soa_record(),
                    'T' => zone.clone().with_serial(8).soa_record(),
                    _ => records.next().expect("a record of the zone").clone(),
                })
                .collect();
            let layout = TransferLayout::default();
            Action::Send(transfer_messages(query, &records, &layout).swap_remove(0))
        });
        // The server waits before each message, so that none comes with the one before.
        Some(sent.flat_map(|send| [Action::Wait(Duration::from_millis(20)), send]).collect())
    })
}

fn small_zone() -> Zone {
    let text = "@ 3600 IN SOA ns0 hostmaster 7 3600 600 604800 300\n\
                @ 3600 IN NS ns1\nns1 3600 IN A 192.0.2.1\nwww 3600 IN A 192.0.2.80\n";
    Zone::parse(ZONE, text).unwrap()
}

#[test]
fn records_of_the_zone_behind_what_closed_a_transfer_make_it_unknown() {
    let good = Nameserver::new().zone_copy(small_zone()).start();
    for (messages, kind) in [
        (&["SSrrrS"][..], "malformed"),
        (&["SrSrrS"], "malformed"),
        (&["SrrrSS"], "malformed"),
        (&["SSrrr"], "malformed"),
        (&["SrTrrS"], "malformed"),
        (&["SrTrrT"], "malformed"),
        (&["SS", "rrrS"], "malformed"),
        (&["S", "S", "rrr", "S"], "malformed"),
        (&["SrS", "rrS"], "malformed"),
        (&["SrS", "rr"], "malformed"),
        (&["Sr", "S", "r", "r", "S"], "malformed"),
        (&["SrT", "rrT"], "changed_during_transfer"),
        (&["S"], "limit_exceeded"),
        (&["SrT"], "changed_during_transfer"),
    ] {
        let bad = sending(messages).start();
        // A healthy third server, which is to be accused of nothing.
        let third = Nameserver::new().zone_copy(small_zone()).start();
        let outcome = probe(&good, &bad).secondary(&third).unknown();
        assert_eq!(outcome.verdict("ns1"), "unknown", "{messages:?}\n{}", outcome.transcript());
        assert_eq!(outcome.server("ns1")["failure"]["kind"], kind, "{messages:?}\n{}", outcome.transcript());
        assert_eq!(outcome.verdict("ns2"), "in_sync", "{messages:?}\n{}", outcome.transcript());
        let outcome = probe(&bad, &good).secondary(&third).unknown();
        for server in ["ns1", "ns2"] {
            assert_eq!(outcome.verdict(server), "unknown", "{messages:?}\n{}", outcome.transcript());
        }
    }
}

#[test]
fn what_is_no_record_of_the_zone_does_not_harm_a_transfer_that_has_ended() {
    let good = Nameserver::new().zone_copy(small_zone()).start();
    let zone = small_zone();
    let chatty = Nameserver::new().zone_copy(zone.clone()).handler(move |asked| {
        let query = asked.query.as_ref().filter(|_| asked.is_transfer())?;
        let mut sent = transfer_messages(query, &zone.transfer(), &TransferLayout::default());
        sent.push(ResponseBuilder::new(query).into_message());
        let mut sent: Vec<Action> = sent.into_iter().map(Action::Send).collect();
        sent.push(Action::Raw(b"junk".to_vec()));
        Some(sent)
    });
    probe(&good, &chatty.start()).ok();
    let short = sending(&["SrrS"]).start();
    let outcome = probe(&good, &short).critical();
    assert_eq!(outcome.verdict("ns1"), "diverged", "{}", outcome.transcript());
}

#[test]
fn records_of_unknown_types_are_compared_and_reported_in_generic_form() {
    let with = |data: &[u8]| {
        server().record("private", 65280, 60, data).record("empty", 42, 60, &[]).record(
            r"odd\.label\032x",
            16,
            60,
            b"\x05\x1b[31m",
        )
    };
    let (primary, same, other) = (with(&[1, 2]).start(), with(&[1, 2]).start(), with(&[]).start());
    probe(&primary, &same).ok();
    let outcome = probe(&primary, &other).critical();
    let expected = ("private.example.test.".to_owned(), "TYPE65280".to_owned(), "changed".to_owned());
    assert_eq!(outcome.differences("ns1"), [expected]);
    let rrset = outcome.server("ns1")["differences"]["rrsets"][0].clone();
    assert_eq!(rrset["reference"]["rdata"][0], r"\# 2 0102");
    assert_eq!(rrset["found"]["rdata"][0], r"\# 0");
}

#[test]
fn all_differences_between_large_copies_are_named() {
    // Far more than is kept in memory.
    let large = || Nameserver::new().zone(ZONE, 7).hosts(20_000);
    let primary = large().start();
    let other = large().without("h7 A").replace("h12345 A 203.0.113.9").with("new A 203.0.113.1").start();
    let outcome = Probe::check(ZONE).primary(&primary).secondary(&other).critical();
    let named = |owner: &str, kind: &str| (format!("{owner}.{ZONE}."), "A".to_owned(), kind.to_owned());
    assert_eq!(
        outcome.differences("ns1"),
        [named("h12345", "changed"), named("h7", "missing"), named("new", "extra")]
    );
    assert_eq!(outcome.server("ns1")["differences"]["complete"], true);
}

#[test]
fn counts_of_very_many_differences_are_lower_bounds() {
    // More bytes differ than are kept of one copy.
    let large = |last: u8| {
        let text = [[255; 1].as_slice(), &[last; 255]].concat();
        (0..40_000_u32).fold(Nameserver::new().zone(ZONE, 7), |server, host| {
            server.record(&format!("t{host}"), 16, 60, &text)
        })
    };
    let (primary, other) = (large(b'a').start(), large(b'b').start());
    let outcome = Probe::check(ZONE).primary(&primary).secondary(&other).critical();
    let differences = outcome.server("ns1")["differences"].clone();
    assert_eq!(outcome.verdict("ns1"), "diverged");
    assert_eq!(differences["complete"], false);
    let changed = differences["changed"].as_u64().unwrap();
    assert!(changed > 1000 && changed < 40_000, "{changed}");
    assert_eq!(differences["shown"], 100);
}
