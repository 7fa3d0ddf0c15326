//! What servers answer: right, wrong, for each query anew, or by turns.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use zoneprobe::dns::Rtype;
use zoneprobe::dns::message::{NXDOMAIN, SERVFAIL};
use zoneprobe::observe::Transport;
use zoneprobe::testserver::{Action, Query, ResponseBuilder, Section, Zone, ZoneRecord};

use super::{ZONE, answering, assert_asked_whole, check, difference, refusing_while, server};
use crate::harness::Probe;

const A: u16 = 1;

/// An authoritative answer of one address.
fn address(query: &Query, octet: u8) -> ResponseBuilder {
    let record =
        ZoneRecord { owner: query.qname.clone(), rtype: Rtype(A), ttl: 300, rdata: vec![192, 0, 2, octet] };
    ResponseBuilder::new(query).authoritative().record(Section::Answer, &record)
}

fn soa() -> ZoneRecord {
    Zone::parse(ZONE, "@ 3600 SOA ns0 hostmaster 7 3600 600 604800 300").unwrap().soa_record()
}

/// An authoritative answer without records.
fn negative(query: &Query, rcode: u16) -> ResponseBuilder {
    ResponseBuilder::new(query).authoritative().rcode(rcode).record(Section::Authority, &soa())
}

#[test]
fn a_server_that_refuses_transfers_is_compared_by_queries() {
    let (primary, secondary) = (server().start(), server().transfer_refused().start());
    let outcome = check(&primary, &secondary).ok();
    assert_eq!(outcome.verdict("ns1"), "in_sync");
    assert_eq!(outcome.findings("ns1"), ["transfer_refused"], "{}", outcome.transcript());
    assert_eq!(outcome.differences("ns1"), []);
    assert_asked_whole(&outcome, "ns1");
    // SOA, NS, MX and TXT of the apex, three addresses, and two RRsets of www.
    assert_eq!(outcome.server("ns1")["copy"]["asked"], 9, "{}", outcome.transcript());
    assert_eq!(outcome.server("ns0")["copy"]["method"], "axfr");
    assert_eq!(outcome.zone()["compared"], "records");
    let transports = secondary.queries();
    let is_asked = |line: &&String| line.contains("www.example.test. A");
    assert!(transports.iter().filter(is_asked).all(|line| line.starts_with("TCP")), "{transports:?}");
}

#[test]
fn what_is_left_out_is_not_asked_and_not_counted() {
    let primary = server().start();
    for (arguments, count, absent) in [
        (&["--independent-serials"][..], 8, "no type"),
        (&["--ignore-type", "SOA"], 8, "no type"),
        (&["--ignore-type", "MX", "--ignore-type", "AAAA"], 7, "MX"),
        (&["--ignore-type", "TXT", "--dnssec", "ignore"], 8, "TXT"),
    ] {
        let secondary = server().transfer_refused().start();
        let outcome = check(&primary, &secondary).args(arguments.iter().copied()).run();
        assert_eq!(outcome.verdict("ns1"), "in_sync", "{arguments:?}: {}", outcome.transcript());
        assert_asked_whole(&outcome, "ns1");
        let copy = outcome.server("ns1")["copy"].clone();
        assert_eq!(copy["asked"], count, "{arguments:?}: {}", outcome.transcript());
        let queries = secondary.queries();
        assert!(!queries.iter().any(|line| line.contains(&format!(" {absent} "))), "{queries:?}");
    }
}

#[test]
fn however_a_server_refuses_transfers_it_is_compared_by_queries() {
    for (how, secondary) in [
        ("REFUSED", server().transfer_rcode(5)),
        ("NOTAUTH", server().transfer_rcode(9)),
        ("NOTIMP", server().transfer_rcode(4)),
        ("SERVFAIL", server().transfer_rcode(2)),
        ("no TCP", server().tcp_closed()),
        ("resets", server().tcp_resetting()),
    ] {
        let (primary, secondary) = (server().start(), secondary.start());
        let outcome = check(&primary, &secondary).args(["--timeout", "1s"]).run();
        assert_eq!(outcome.verdict("ns1"), "in_sync", "{how}: {}", outcome.transcript());
        assert_eq!(outcome.differences("ns1"), [], "{how}: {}", outcome.transcript());
        assert_asked_whole(&outcome, "ns1");
    }
    let secondary = server().replace("www 300 A 192.0.2.99").tcp_closed().start();
    let outcome = check(&server().start(), &secondary).critical();
    assert_eq!(outcome.differences("ns1"), [difference("www", "A", "changed")], "{}", outcome.transcript());
}

#[test]
fn an_empty_non_terminal_that_does_not_exist_is_a_wrong_answer() {
    let with_name = || server().with("host.ent 300 A 192.0.2.7");
    let broken = || answering(with_name(), ("ent", A), |query, _| negative(query, NXDOMAIN));
    let primary = with_name().start();
    for (secondary, finding) in
        [(broken(), "answers_differ_from_copy"), (broken().transfer_refused(), "transfer_refused")]
    {
        let secondary = secondary.start();
        let outcome = check(&primary, &secondary).args(["--by", "query"]).critical();
        assert_eq!(outcome.verdict("ns1"), "diverged", "{}", outcome.transcript());
        assert_eq!(
            outcome.differences("ns1"),
            [difference("ent", "A", "answer")],
            "{}",
            outcome.transcript()
        );
        let rrset = outcome.server("ns1")["differences"]["rrsets"][0].clone();
        assert_eq!(rrset["found"]["rcode"], "NXDOMAIN", "{rrset:#}");
        assert!(rrset["reference"].is_null(), "{rrset:#}");
        assert!(outcome.findings("ns1").contains(&finding.to_owned()), "{}", outcome.transcript());
    }
    // Both give transfers, in which nothing differs, and nothing else is wanted.
    check(&primary, &broken().start()).ok();
}

#[test]
fn a_server_that_answers_otherwise_than_its_own_copy_says_is_diverged() {
    let stale = || answering(server(), ("www", A), |query, _| address(query, 99));
    let (right, broken) = (server().start(), stale().start());

    let outcome = check(&right, &broken).args(["--by", "query"]).critical();
    assert_eq!(outcome.verdict("ns0"), "in_sync", "{}", outcome.transcript());
    assert_eq!(outcome.verdict("ns1"), "diverged", "{}", outcome.transcript());
    assert_eq!(outcome.differences("ns1"), [difference("www", "A", "changed")], "{}", outcome.transcript());
    // Nothing was changed without a new serial: the copies are the same.
    assert_eq!(outcome.findings("ns1"), ["diverged", "answers_differ_from_copy"], "{}", outcome.transcript());
    let finding = outcome.server("ns1")["findings"][1].clone();
    assert_eq!(finding["severity"], "critical");
    assert!(finding["message"].as_str().unwrap().contains("www.example.test. A"), "{finding:#}");

    // The primary: its transfer lacks what it answers.
    let outcome = check(&broken, &right).args(["--by", "query"]).critical();
    assert_eq!(outcome.verdict("ns0"), "diverged", "{}", outcome.transcript());
    assert!(
        outcome.findings("ns0").contains(&"answers_differ_from_copy".to_owned()),
        "{}",
        outcome.transcript()
    );
    assert_eq!(outcome.verdict("ns1"), "in_sync", "{}", outcome.transcript());
}

/// Its transfer and its answers are both wrong, and in the same way: one thing is wrong, and the answers are as the
/// copy says.
#[test]
fn a_server_with_another_copy_that_answers_as_it_says_is_diverged_and_no_more() {
    let (right, other) = (server().start(), server().replace("www 300 A 192.0.2.99").start());
    let outcome = check(&right, &other).args(["--by", "query"]).critical();
    assert_eq!(outcome.differences("ns1"), [difference("www", "A", "changed")], "{}", outcome.transcript());
    let findings = outcome.findings("ns1");
    assert!(!findings.contains(&"answers_differ_from_copy".to_owned()), "{}", outcome.transcript());
}

#[test]
fn answers_that_are_made_for_each_query_are_not_compared() {
    let varying = answering(server(), ("www", A), |query, number| {
        address(query, 100 + u8::try_from(number % 100).unwrap())
    });
    let secondary = varying.transfer_refused().start();
    let outcome = check(&server().start(), &secondary).ok();
    assert_eq!(outcome.verdict("ns1"), "in_sync", "{}", outcome.transcript());
    assert_eq!(outcome.differences("ns1"), [], "{}", outcome.transcript());
    let mut findings = outcome.findings("ns1");
    findings.sort_unstable();
    assert_eq!(findings, ["computed_records", "transfer_refused"], "{}", outcome.transcript());
    let report = outcome.server("ns1");
    let computed = report["findings"].as_array().unwrap().iter().find(|it| it["code"] == "computed_records");
    assert_eq!(computed.unwrap()["severity"], "ok");
    assert!(computed.unwrap()["message"].as_str().unwrap().contains("www.example.test."), "{report:#}");
}

/// PowerDNS transfers ALIAS and LUA records as they are, and answers with addresses.
#[test]
fn an_alias_of_powerdns_is_no_difference() {
    for rtype in [65401, 65402] {
        let with_alias = || server().record("apex", rtype, 300, b"\x06target\x04test\x00");
        let primary = with_alias().start();
        let answers = || {
            let none = answering(with_alias(), ("apex", rtype), |query, _| negative(query, 0));
            answering(none, ("apex", A), |query, number| address(query, u8::try_from(number).unwrap()))
        };
        for arguments in [
            &["--by", "query"][..],
            &["--by", "query", "--name", "apex.example.test/A", "--name", "apex.example.test"],
        ] {
            for secondary in [answers().start(), answers().transfer_refused().start()] {
                let outcome = check(&primary, &secondary).args(arguments.iter().copied()).ok();
                assert_eq!(outcome.verdict("ns1"), "in_sync", "{}", outcome.transcript());
                assert_eq!(outcome.differences("ns1"), [], "{}", outcome.transcript());
            }
        }
    }
}

/// The order of an RRset, and which of two right answers comes, is nothing.
#[test]
fn rotation_and_letter_case_are_nothing() {
    let with_two =
        || server().with("two 300 A 192.0.2.1\ntwo 300 A 192.0.2.2\nmixed 300 CNAME Host.Example.Test.");
    let rotating = answering(with_two(), ("two", A), |query, number| {
        let octets = if number % 2 == 0 { [2, 1] } else { [1, 2] };
        let record = |octet| ZoneRecord {
            owner: query.qname.clone(),
            rtype: Rtype(A),
            ttl: 300,
            rdata: vec![192, 0, 2, octet],
        };
        octets.into_iter().fold(ResponseBuilder::new(query).authoritative(), |response, octet| {
            response.record(Section::Answer, &record(octet))
        })
    });
    let secondary = rotating.transfer_refused().start();
    let outcome = check(&with_two().start(), &secondary).ok();
    assert_eq!(outcome.findings("ns1"), ["transfer_refused"], "{}", outcome.transcript());
}

/// Two servers behind one address, of which one is wrong.
#[test]
fn two_contents_by_turns_are_mixed() {
    let turns = |named: bool| {
        let server = answering(server(), ("www", A), move |query, number| {
            let (octet, nsid) = if number % 2 == 0 { (99, b"b") } else { (80, b"a") };
            let answer = address(query, octet);
            if named { answer.option(3, nsid) } else { answer }
        });
        let server = server.handler(move |asked| {
            let query = asked.query.as_ref().filter(|it| named && it.qtype == Rtype::SOA)?;
            let answer = ResponseBuilder::new(query).authoritative().record(Section::Answer, &soa());
            let nsid = if asked.nth % 2 == 0 { b"a" } else { b"b" };
            Some(vec![Action::Send(answer.option(3, nsid).into_message())])
        });
        server.transfer_refused()
    };
    for named in [true, false] {
        let outcome = check(&server().start(), &turns(named).start()).critical();
        assert_eq!(outcome.verdict("ns1"), "mixed", "{named}: {}", outcome.transcript());
        let instances = outcome.server("ns1")["instances"].as_array().unwrap().len();
        assert_eq!(instances, if named { 2 } else { 1 }, "{named}: {}", outcome.transcript());
        let text = check(&server().start(), &turns(named).start()).default_format().critical();
        assert!(text.stdout().contains("www.example.test."), "{}", text.stdout());
        let message = outcome.server("ns1")["findings"][0]["message"].as_str().unwrap().to_owned();
        assert_eq!(message.ends_with("; the wrong ones come from NSID b"), named, "{message}");
    }
}

/// Each connection reaches one of the two, as behind a balancer.
#[test]
fn two_instances_that_share_connections_are_mixed_or_the_right_one_answered() {
    let peers = std::sync::Mutex::new(Vec::new());
    let secondary = server()
        .transfer_refused()
        .handler(move |asked| {
            let query = asked.query.as_ref().filter(|it| !it.is_transfer())?;
            let mut peers = peers.lock().unwrap();
            let known = peers.iter().position(|peer| *peer == asked.peer);
            let instance = known.unwrap_or_else(|| {
                peers.push(asked.peer);
                peers.len() - 1
            });
            drop(peers);
            // The first connection over TCP reaches the wrong one.
            let is_wrong = asked.transport == Transport::Tcp && instance % 2 == 0;
            let www = query.qname.to_string() == "www.example.test." && query.qtype.0 == A;
            (is_wrong && www).then(|| vec![Action::Send(address(query, 99).into_message())])
        })
        .start();
    let outcome = check(&server().start(), &secondary).run();
    assert_ne!(outcome.verdict("ns1"), "diverged", "{}", outcome.transcript());
    assert_eq!(outcome.differences("ns1"), [], "{}", outcome.transcript());
}

#[test]
fn a_wrong_answer_that_is_right_when_asked_again_accuses_nobody() {
    let once =
        answering(server(), ("www", A), |query, number| address(query, if number == 0 { 99 } else { 80 }));
    let outcome = check(&server().start(), &once.transfer_refused().start()).ok();
    assert_eq!(outcome.findings("ns1"), ["transfer_refused"], "{}", outcome.transcript());
    assert_asked_whole(&outcome, "ns1");
}

#[test]
fn a_difference_is_asked_again_over_another_connection() {
    let ports = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = Arc::clone(&ports);
    let secondary = server()
        .transfer_refused()
        .replace("www 300 A 192.0.2.99")
        .handler(move |asked| {
            let query = asked.query.as_ref()?;
            if query.qname.to_string() == "www.example.test." && query.qtype.0 == A {
                seen.lock().unwrap().push(asked.peer.port());
            }
            None
        })
        .start();
    let outcome = check(&server().start(), &secondary).critical();
    assert_eq!(outcome.differences("ns1"), [difference("www", "A", "changed")], "{}", outcome.transcript());
    let ports = ports.lock().unwrap().clone();
    assert!(ports.len() >= 2 && ports[0] != ports[1], "{ports:?}");
}

/// A cache in front: AA clear, and TTLs that count down.
#[test]
fn a_cache_in_front_is_not_diverged() {
    let counting = answering(server(), ("www", A), |query, number| {
        let ttl = 299 - u32::try_from(number).unwrap();
        let record =
            ZoneRecord { owner: query.qname.clone(), rtype: Rtype(A), ttl, rdata: vec![192, 0, 2, 80] };
        ResponseBuilder::new(query).record(Section::Answer, &record)
    });
    let outcome = check(&server().start(), &counting.transfer_refused().start()).run();
    assert_ne!(outcome.verdict("ns1"), "diverged", "{}", outcome.transcript());
    assert_eq!(outcome.differences("ns1"), [], "{}", outcome.transcript());
}

#[test]
fn an_answer_that_no_datagram_carries_is_read_over_tcp() {
    let large: String = (0..40)
        .map(|number| ["large 300 TXT \"", &number.to_string(), &"x".repeat(200), "\"\n"].concat())
        .collect();
    let with_large = || server().with(&large);
    for secondary in [with_large(), with_large().truncating()] {
        let secondary = secondary.transfer_refused().start();
        let outcome = check(&with_large().start(), &secondary).ok();
        assert_asked_whole(&outcome, "ns1");
    }
    let changed = server().with(&large.replace("39x", "39y")).transfer_refused().start();
    let outcome = check(&with_large().start(), &changed).critical();
    assert_eq!(
        outcome.differences("ns1"),
        [difference("large", "TXT", "changed")],
        "{}",
        outcome.transcript()
    );
}

#[test]
fn answers_in_another_order_than_the_queries_are_matched() {
    let secondary = server().transfer_refused().reordering().start();
    let outcome = check(&server().start(), &secondary).ok();
    assert_asked_whole(&outcome, "ns1");
}

/// The zone moves on while it is asked: what was asked under the old serial counts for nothing.
#[test]
fn a_serial_that_moves_while_the_zone_is_asked_accuses_nobody() {
    let moved = Arc::new(AtomicBool::new(false));
    let soas = Arc::new(AtomicUsize::new(0));
    let (switch, count) = (Arc::clone(&moved), Arc::clone(&soas));
    let other = Zone::parse(ZONE, "@ 3600 SOA ns0 hostmaster 8 3600 600 604800 300").unwrap().soa_record();
    let secondary = server()
        .transfer_refused()
        .handler(move |asked| {
            let query = asked.query.as_ref().filter(|_| asked.transport == Transport::Tcp)?;
            if query.qtype == Rtype::SOA && count.fetch_add(1, Ordering::SeqCst) >= 1 {
                let reply = ResponseBuilder::new(query).authoritative().record(Section::Answer, &other);
                return Some(vec![Action::Send(reply.into_message())]);
            }
            if query.qname.to_string() == "www.example.test." && query.qtype.0 == A {
                switch.store(true, Ordering::SeqCst);
                return Some(vec![Action::Send(address(query, 99).into_message())]);
            }
            None
        })
        .start();
    let outcome = check(&server().start(), &secondary).run();
    assert!(moved.load(Ordering::SeqCst) && soas.load(Ordering::SeqCst) >= 2, "{}", outcome.transcript());
    assert_ne!(outcome.verdict("ns1"), "diverged", "{}", outcome.transcript());
    assert_eq!(outcome.differences("ns1"), [], "{}", outcome.transcript());
}

#[test]
fn a_server_that_stops_answering_in_the_middle_is_unknown_and_not_partly_wrong() {
    let secondary = server()
        .transfer_refused()
        .replace("mail 3600 A 192.0.2.99")
        .handler(|asked| {
            let query = asked.query.as_ref()?;
            (query.qname.to_string() == "www.example.test.").then(Vec::new)
        })
        .start();
    let outcome = check(&server().start(), &secondary).args(["--timeout", "500ms"]).run();
    // What it answered wrongly twice is proven; what it did not answer is not.
    for (owner, ..) in outcome.differences("ns1") {
        assert_eq!(owner, "mail.example.test.", "{}", outcome.transcript());
    }
    let copy = outcome.server("ns1")["copy"].clone();
    assert!(copy.is_null() || copy["asked"].as_u64() < copy["askable"].as_u64(), "{}", outcome.transcript());
}

#[test]
fn failures_for_some_names_are_wrong_answers_of_these_names() {
    let failing = answering(server(), ("www", A), |query, _| ResponseBuilder::new(query).rcode(SERVFAIL));
    let outcome = check(&server().start(), &failing.transfer_refused().start()).critical();
    assert_eq!(outcome.differences("ns1"), [difference("www", "A", "answer")], "{}", outcome.transcript());
    assert_eq!(outcome.server("ns1")["differences"]["rrsets"][0]["found"]["rcode"], "SERVFAIL");
}

#[test]
fn a_name_that_should_be_gone_is_found_where_it_is_named() {
    let (primary, secondary) =
        (server().start(), server().with("old 300 A 192.0.2.7").transfer_refused().start());
    check(&primary, &secondary).ok();
    let outcome = check(&primary, &secondary).args(["--name", "old.example.test"]).critical();
    assert_eq!(outcome.differences("ns1"), [difference("old", "A", "answer")], "{}", outcome.transcript());
    let rrset = outcome.server("ns1")["differences"]["rrsets"][0].clone();
    assert_eq!(rrset["found"]["rcode"], "NOERROR", "{rrset:#}");
    // The name may exist without any of the types that are asked.
    secondary.edit(|zone| zone.without("old A").unwrap().with("old 300 SRV 1 1 1 www").unwrap());
    let outcome = check(&primary, &secondary).args(["--name", "old.example.test"]).critical();
    let kinds: Vec<_> =
        outcome.differences("ns1").into_iter().map(|(owner, _, kind)| (owner, kind)).collect();
    assert_eq!(kinds, [("old.example.test.".to_owned(), "answer".to_owned())], "{}", outcome.transcript());
    let outcome = check(&primary, &secondary)
        .args(["--name", "mail.example.test", "--name", "www.example.test/SRV"])
        .ok();
    assert_eq!(outcome.differences("ns1"), []);
    secondary.edit(|zone| zone.with("www 300 SRV 1 1 1 mail").unwrap());
    let outcome = check(&primary, &secondary).args(["--name", "www.example.test/SRV"]).critical();
    assert_eq!(outcome.differences("ns1"), [difference("www", "SRV", "extra")], "{}", outcome.transcript());
}

#[test]
fn a_server_that_allows_transfers_again_is_compared_by_its_copy() {
    let switch = Arc::new(AtomicBool::new(true));
    let (primary, secondary) = (server().start(), refusing_while(server(), &switch).start());
    let directory = tempfile::tempdir().unwrap();
    let probe = || check(&primary, &secondary).current_dir(directory.path()).args(["--state", "state"]);
    assert_eq!(probe().ok().server("ns1")["copy"]["method"], "queries");
    switch.store(false, Ordering::SeqCst);
    let outcome = probe().ok();
    assert_eq!(outcome.server("ns1")["copy"]["method"], "axfr");
    assert_eq!(outcome.findings("ns1"), [""; 0]);
    switch.store(true, Ordering::SeqCst);
    assert_eq!(probe().ok().server("ns1")["copy"]["method"], "queries");
}

/// Without a primary, one of the servers is the reference.
#[test]
fn servers_that_all_refuse_transfers_are_compared_with_each_other() {
    let (one, other) = (server().transfer_refused().start(), server().transfer_refused().start());
    let outcome = Probe::check(ZONE).secondary(&one).secondary(&other).ok();
    assert_eq!(outcome.zone()["compared"], "sampled", "{}", outcome.transcript());
    other.edit(|zone| zone.replace("@ 3600 MX 20 mail").unwrap());
    let outcome = Probe::check(ZONE).secondary(&one).secondary(&other).critical();
    let apex = (format!("{ZONE}."), "MX".to_owned(), "changed".to_owned());
    assert_eq!(outcome.differences("ns1"), [apex], "{}", outcome.transcript());
}
