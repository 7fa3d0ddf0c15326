//! Hostile servers, and attackers on the path. Each check ends within its limits, with the right failure, and
//! never with `in_sync` or `diverged`.

use std::time::Duration;

use zoneprobe::observe::Transport;
use zoneprobe::testserver::{Action, Authority, IncomingQuery, TransferLayout, Zone};

use crate::harness::{Nameserver, Probe};

const ZONE: &str = "example.test";

/// The zone of all servers.
fn zone() -> Zone {
    let text = "@ 60 IN SOA ns0 host 7 3600 600 86400 60\n@ 60 IN NS ns0\nns0 60 IN A 127.0.0.1\nwww 60 IN A 192.0.2.1";
    Zone::parse(ZONE, text).unwrap()
}

fn authority() -> Authority {
    Authority { zones: vec![zone()], ..Authority::default() }
}

/// A good server whose transfers are these.
fn transferring(transfer: impl Fn(&IncomingQuery) -> Vec<Action> + Send + Sync + 'static) -> Nameserver {
    let zone = Nameserver::new().zone_copy(zone());
    zone.handler(move |asked| asked.is_transfer().then(|| transfer(asked)))
}

/// The one message of the good transfer.
fn good(asked: &IncomingQuery) -> Vec<u8> {
    authority().respond(&asked.message, Transport::Tcp).remove(0)
}

/// A server that changes the message of the good transfer.
fn changed(change: impl Fn(&mut Vec<u8>) + Send + Sync + 'static) -> Nameserver {
    transferring(move |asked| {
        let mut message = good(asked);
        change(&mut message);
        vec![Action::Send(message)]
    })
}

/// The offset of the record after the opening SOA, behind header, question and SOA.
fn second_record(message: &[u8]) -> usize {
    // The owner name of the SOA is a pointer of two bytes or the whole name of the question.
    let question = 12 + 14 + 4;
    let owner = if message[question] >= 0xc0 { 2 } else { 14 };
    let length = question + owner + 8;
    length + 2 + usize::from(u16::from_be_bytes([message[length], message[length + 1]]))
}

#[test]
#[expect(clippy::too_many_lines, reason = "one entry for each case")]
fn every_malformed_or_incomplete_transfer_is_unknown_with_its_failure() {
    let primary = Nameserver::new().zone_copy(zone()).start();
    let cases: Vec<(&str, Nameserver, &str)> = vec![
        ("another id", changed(|message| message[0] ^= 1), "mismatched"),
        ("another question", changed(|message| message[13] = b'X'), "mismatched"),
        ("a query, not a response", changed(|message| message[2] &= 0x7f), "mismatched"),
        ("truncated (TC)", changed(|message| message[2] |= 2), "truncated"),
        ("another class in the question", changed(|message| message[12 + 14 + 3] = 3), "mismatched"),
        ("two questions", changed(|message| message[5] = 2), "malformed"),
        ("a count above the number of records", changed(|message| message[7] += 1), "malformed"),
        ("truncated within a record", changed(|message| message.truncate(message.len() - 3)), "malformed"),
        ("a pointer to itself", changed(|message| point(message, 0)), "malformed"),
        ("a pointer forwards", changed(|message| point(message, 40)), "malformed"),
        (
            "a label of an unknown type",
            changed(|message| {
                let at = second_record(message);
                message[at] = 0x80;
            }),
            "malformed",
        ),
        (
            "a record of another class",
            changed(|message| {
                let at = class_of_second(message);
                message[at] = 3;
            }),
            "malformed",
        ),
        (
            "no records at all",
            changed(|message| {
                message.truncate(30);
                message[6..12].fill(0);
            }),
            "transfer_incomplete",
        ),
        (
            "a header only",
            changed(|message| {
                message.truncate(12);
                message[4..12].fill(0);
            }),
            "transfer_incomplete",
        ),
        ("half a header", changed(|message| message.truncate(7)), "malformed"),
        ("half a length", transferring(|_| vec![Action::Raw(vec![0]), Action::Close]), "transfer_incomplete"),
        (
            "a length and nothing more",
            transferring(|_| vec![Action::Raw(vec![1, 0]), Action::Close]),
            "transfer_incomplete",
        ),
        (
            "a reset",
            transferring(|asked| vec![Action::Send(opening(asked)), Action::Reset]),
            "transfer_incomplete",
        ),
        (
            "the opening SOA, then nothing",
            transferring(|asked| vec![Action::Send(opening(asked)), silence()]),
            "limit_exceeded",
        ),
        ("nothing", transferring(|_| vec![silence()]), "timeout"),
        (
            "empty messages without an end",
            transferring(|asked| vec![Action::Send(opening(asked)), Action::Flood(empty(asked))]),
            "limit_exceeded",
        ),
        (
            "one record again and again",
            transferring(|asked| vec![Action::Send(opening(asked)), Action::Flood(tiny(asked))]),
            "limit_exceeded",
        ),
    ];
    for (case, server, kind) in cases {
        let server = server.start();
        let probe = Probe::check(ZONE).primary(&primary).secondary(&server);
        let limits = [
            "--timeout",
            "500ms",
            "--idle-timeout",
            "500ms",
            "--max-transfer-bytes",
            "3000000",
            "--max-transfer-records",
            "50000",
            "--by",
            "transfer",
        ];
        let outcome = probe.args(limits).unknown();
        let report = outcome.server("ns1");
        assert_eq!(report["failure"]["kind"], kind, "{case}\n{}", outcome.transcript());
        assert_eq!(report["verdict"], "unknown", "{case}");
        assert!(report["copy"].is_null() && report["differences"].is_null(), "{case}");
    }
}

/// The opening SOA in a message of its own.
fn opening(asked: &IncomingQuery) -> Vec<u8> {
    let mut message = good(asked);
    message.truncate(second_record(&message));
    message[7] = 1;
    message
}

/// A message without records.
fn empty(asked: &IncomingQuery) -> Vec<u8> {
    let mut message = opening(asked);
    message.truncate(12);
    message[4..12].fill(0);
    message
}

/// A message with one record, the same each time.
fn tiny(asked: &IncomingQuery) -> Vec<u8> {
    let mut message = empty(asked);
    message[7] = 1;
    message.extend_from_slice(b"\x03www\x07example\x04test\0\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02\x01");
    message
}

fn silence() -> Action {
    Action::Wait(Duration::from_secs(30))
}

/// Makes the owner name of the second record a pointer to itself, or to so many bytes after it.
fn point(message: &mut [u8], ahead: usize) {
    let at = second_record(message);
    let target = at + ahead;
    message[at] = 0xc0 | u8::try_from(target >> 8).unwrap();
    message[at + 1] = u8::try_from(target & 0xff).unwrap();
}

/// The offset of the lower byte of the second record's class.
fn class_of_second(message: &[u8]) -> usize {
    let mut at = second_record(message);
    loop {
        match message[at] {
            0 => return at + 4,
            pointer if pointer >= 0xc0 => return at + 5,
            label => at += usize::from(label) + 1,
        }
    }
}

#[test]
fn messages_of_a_transfer_in_another_order_are_the_same_copy_or_none() {
    let primary = Nameserver::new().zone_copy(zone()).start();
    let layout = TransferLayout { records_per_message: 1, ..TransferLayout::default() };
    let authority = Authority { layout, ..authority() };
    // The SOA, three other records, and the SOA again.
    for (one, other, verdict) in [
        (1, 2, "in_sync"),
        (1, 3, "in_sync"),
        (2, 3, "in_sync"),
        (0, 1, "unknown"),
        (0, 3, "unknown"),
        (3, 4, "unknown"),
        (1, 4, "unknown"),
        // Both are the SOA.
        (0, 4, "in_sync"),
    ] {
        let authority = authority.clone();
        let swapped = transferring(move |asked| {
            let mut messages = authority.respond(&asked.message, Transport::Tcp);
            messages.swap(one, other);
            messages.into_iter().map(Action::Send).collect()
        });
        let swapped = swapped.start();
        let probe = Probe::check(ZONE).primary(&primary).secondary(&swapped);
        let outcome = probe.args(["--timeout", "500ms", "--idle-timeout", "500ms"]).run();
        assert_eq!(outcome.verdict("ns1"), verdict, "{one} and {other}: {}", outcome.transcript());
        assert_eq!(outcome.verdict("ns0"), "in_sync", "{one} and {other}");
    }
}

#[test]
fn a_transfer_that_repeats_every_record_is_in_sync() {
    let primary = Nameserver::new().zone_copy(zone()).start();
    // Every record three times between the two SOAs.
    let repeating = transferring(|asked| {
        let repeated = (0..3).flat_map(|_| zone().records().to_vec());
        let thrice = repeated
            .fold(Zone::parse(ZONE, "@ 60 IN SOA ns0 host 7 3600 600 86400 60").unwrap(), Zone::record);
        let authority = Authority { zones: vec![thrice], ..Authority::default() };
        authority.respond(&asked.message, Transport::Tcp).into_iter().map(Action::Send).collect()
    });
    let outcome = Probe::check(ZONE).primary(&primary).secondary(&repeating.start()).ok();
    assert_eq!(outcome.verdict("ns1"), "in_sync");
    assert_eq!(outcome.server("ns1")["copy"]["records"], 10);
}

#[test]
fn every_malformed_or_mismatched_response_is_unreachable_or_lame() {
    let primary = Nameserver::new().zone_copy(zone()).start();
    let responding = |change: fn(&mut Vec<u8>)| {
        Nameserver::new().zone_copy(zone()).handler(move |asked| {
            let mut messages = authority().respond(&asked.message, asked.transport);
            messages.iter_mut().for_each(change);
            Some(messages.into_iter().map(Action::Send).collect())
        })
    };
    for (case, server, verdict, kind) in [
        ("a query", responding(|message| message[2] &= 0x7f), "unreachable", "mismatched"),
        ("another class", responding(|message| message[12 + 14 + 3] = 3), "unreachable", "mismatched"),
        ("truncated within a record", responding(|message| message.truncate(40)), "unreachable", "malformed"),
        ("truncated over TCP too", responding(|message| message[2] |= 2), "unreachable", "truncated"),
        ("an unknown RCODE", responding(|message| message[3] = 0x0b), "lame", "rcode"),
        ("two SOAs", responding(double_the_soa), "lame", "no_soa"),
        ("BADCOOKIE", responding(|message| bad_cookie(message)), "lame", "rcode"),
    ] {
        let server = server.start();
        let outcome =
            Probe::check(ZONE).primary(&primary).secondary(&server).args(["--timeout", "300ms"]).critical();
        let report = outcome.server("ns1");
        assert_eq!(report["verdict"], verdict, "{case}\n{}", outcome.transcript());
        assert_eq!(report["failure"]["kind"], kind, "{case}\n{}", outcome.transcript());
    }
}

#[test]
fn a_response_to_another_question_says_to_which() {
    type Change = fn(&mut Vec<u8>);

    let primary = Nameserver::new().zone_copy(zone()).start();
    let another = "the response answers another question: ";
    let responses: [(Change, String); 5] = [
        (|message| message[14] = b'y', format!("{another}eyample.test. SOA")),
        (|message| message[12 + 14 + 1] = 16, format!("{another}example.test. TXT")),
        (|message| message[12 + 14 + 3] = 3, format!("{another}example.test. CLASS3 SOA")),
        (|message| message[2] &= 0x7f, "the message is no response to a query".to_owned()),
        (|message| message[0] ^= 0xff, "the response has another ID than the query".to_owned()),
    ];
    for (change, expected) in responses {
        let server = Nameserver::new().zone_copy(zone()).handler(move |asked| {
            let mut messages = authority().respond(&asked.message, asked.transport);
            messages.iter_mut().for_each(change);
            // No datagram with another ID is taken for a response at all.
            let is_silent = asked.transport == Transport::Udp && messages[0][..2] != asked.message[..2];
            Some(if is_silent { Vec::new() } else { messages.into_iter().map(Action::Send).collect() })
        });
        let server = server.start();
        let check = || Probe::check(ZONE).primary(&primary).secondary(&server).args(["--timeout", "300ms"]);
        let outcome = check().critical();
        let message = &outcome.server("ns1")["failure"]["message"];
        if message != "no answer before the deadline" {
            assert_eq!(message, &expected);
        }
        assert!(expected.contains("ID") || message != "no answer before the deadline", "{expected}");
    }
    let server = transferring(|asked| {
        let mut messages = authority().respond(&asked.message, asked.transport);
        messages[0][14] = b'y';
        messages.into_iter().map(Action::Send).collect()
    });
    let outcome = Probe::check(ZONE).primary(&primary).secondary(&server.start()).unknown();
    assert_eq!(outcome.server("ns1")["failure"]["message"], format!("{another}eyample.test. AXFR"));
}

#[test]
fn an_address_that_this_host_cannot_send_to_says_why() {
    let primary = Nameserver::new().zone_copy(zone()).start();
    let outcome = Probe::check(ZONE).primary(&primary).args(["-s", "ns1=[fe80::1]:53"]).critical();
    let failure = &outcome.server("ns1")["failure"];
    let text = "this host cannot send to it: a link-local address takes an interface, as in fe80::1%eth0";
    assert_eq!((&failure["kind"], &failure["message"]), (&"network_unreachable".into(), &text.into()));
    // A broadcast address takes a permission that no query has.
    let outcome = Probe::check(ZONE).primary(&primary).args(["-s", "ns1=255.255.255.255"]).critical();
    let failure = &outcome.server("ns1")["failure"];
    assert_eq!(failure["message"], "this host cannot send to it: permission denied");
}

#[test]
fn an_extended_error_is_named() {
    let primary = Nameserver::new().zone_copy(zone()).start();
    for (code, name) in [(18, Some("Prohibited")), (20, Some("Not Authoritative")), (4711, None)] {
        let server = Nameserver::new().zone_copy(zone()).handler(move |asked| {
            let mut message = authority().respond(&asked.message, asked.transport).remove(0);
            message[3] |= 5;
            let rdata = message.len() - opt_rdata(&message);
            let option = [0, 15, 0, 2].into_iter().chain(u16::to_be_bytes(code));
            let length = u16::try_from(rdata + 6).unwrap().to_be_bytes();
            let at = message.len() - rdata - 2;
            message[at..at + 2].copy_from_slice(&length);
            message.extend(option);
            Some(vec![Action::Send(message)])
        });
        let server = server.start();
        let outcome = Probe::check(ZONE).primary(&primary).secondary(&server).critical();
        let error = outcome.server("ns1")["answer"]["extended_errors"][0].clone();
        assert_eq!(error, serde_json::json!({ "code": code, "name": name, "text": "" }));
        let table = Probe::check(ZONE).primary(&primary).secondary(&server).default_format().critical();
        let line = format!("extended error {code}: {}", name.unwrap_or("a code without a name"));
        assert!(table.stdout().contains(&line), "{}", table.stdout());
    }
}

/// Sets RCODE 23 (RFC 7873), the upper bits of which are in OPT.
fn bad_cookie(message: &mut [u8]) {
    message[3] |= 7;
    let opt = opt_rdata(message) - 6;
    message[opt] = 1;
}

fn double_the_soa(message: &mut Vec<u8>) {
    let soa = message[12 + 18..second_record(message)].to_vec();
    message[7] = 2;
    message.splice(30..30, soa);
}

#[test]
fn a_forged_response_from_another_port_is_ignored() {
    let primary = Nameserver::new().zone_copy(zone()).start();
    // An attacker who does not control the server's port has to send from another one.
    let server = Nameserver::new().zone_copy(zone()).handler(|asked| {
        let forged = Authority { zones: vec![zone().with_serial(9)], ..Authority::default() };
        if asked.transport == Transport::Udp {
            let other = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
            for message in forged.respond(&asked.message, asked.transport) {
                other.send_to(&message, asked.peer).unwrap();
            }
        }
        None
    });
    let outcome = Probe::check(ZONE).primary(&primary).secondary(&server.start()).ok();
    assert_eq!(outcome.server("ns1")["serial"], 7);
}

#[test]
fn case_f28_records_that_are_sent_twice_are_no_difference() {
    let primary = Nameserver::new().zone_copy(zone()).start();
    let twice = transferring(|asked| {
        let doubled = zone().records().iter().cloned().fold(zone(), Zone::record);
        let authority = Authority { zones: vec![doubled], ..Authority::default() };
        authority.respond(&asked.message, Transport::Tcp).into_iter().map(Action::Send).collect()
    });
    let outcome = Probe::check(ZONE).primary(&primary).secondary(&twice.start()).ok();
    assert_eq!(outcome.findings("ns1"), [""; 0]);
}

#[test]
fn a_udp_response_in_another_letter_case_is_confirmed_over_tcp() {
    let primary = Nameserver::new().zone_copy(zone()).start();
    let folding = |serial| {
        let forged = Authority { zones: vec![zone().with_serial(serial)], ..Authority::default() };
        Nameserver::new().zone_copy(zone()).handler(move |asked| {
            if asked.transport == Transport::Tcp {
                return None;
            }
            let lower: Vec<u8> = asked.message.iter().map(u8::to_ascii_lowercase).collect();
            let mut query = asked.message[..12].to_vec();
            query.extend_from_slice(&lower[12..]);
            Some(forged.respond(&query, asked.transport).into_iter().map(Action::Send).collect())
        })
    };
    // A forged response of an attacker who did not see the query; TCP has the true serial.
    let forged = folding(9).start();
    let outcome = Probe::check(ZONE).primary(&primary).secondary(&forged).args(["--timeout", "400ms"]).ok();
    assert_eq!(outcome.server("ns1")["answer"]["transport"], "tcp");
    assert_eq!(outcome.server("ns1")["serial"], 7);
    // Without TCP, nothing tells a server that does not preserve the letter case from an attacker.
    let plain = folding(7).tcp_closed().start();
    let probe = Probe::check(ZONE).primary(&primary).secondary(&plain);
    let outcome = probe.args(["--timeout", "400ms", "--compare", "serials"]).critical();
    assert_eq!(outcome.verdict("ns1"), "unreachable");
    assert_eq!(outcome.server("ns1")["failure"]["kind"], "mismatched");
}

#[test]
fn a_response_that_comes_after_forged_ones_is_taken() {
    let primary = Nameserver::new().zone_copy(zone()).start();
    // Forged ones in lower case, a header with an error, and long after them the true one.
    let server = Nameserver::new().zone_copy(zone()).tcp_closed().handler(|asked| {
        let true_response = authority().respond(&asked.message, asked.transport).remove(0);
        let mut in_lower_case = true_response.clone();
        in_lower_case[12..25].make_ascii_lowercase();
        let mut header = true_response[..12].to_vec();
        header[3] = 1;
        header[4..12].fill(0);
        let later = Action::Wait(Duration::from_millis(900));
        Some(vec![Action::Send(in_lower_case), Action::Send(header), later, Action::Send(true_response)])
    });
    let server = server.start();
    let probe = Probe::check(ZONE).primary(&primary).secondary(&server);
    let outcome = probe.args(["--timeout", "2s", "--compare", "serials"]).ok();
    assert_eq!(outcome.server("ns1")["answer"]["transport"], "udp", "{}", outcome.transcript());
    assert_eq!(outcome.server("ns1")["serial"], 7);
}

#[test]
fn the_text_of_an_extended_error_is_truncated_and_escaped() {
    let primary = Nameserver::new().zone_copy(zone()).start();
    let text = b"\x1b]0;owned\x07<script>".repeat(3000);
    let option =
        [[0, 15].as_slice(), &u16::try_from(text.len() + 2).unwrap().to_be_bytes(), &[0, 24], &text].concat();
    let server = Nameserver::new().zone_copy(zone()).handler(move |asked| {
        let mut message = authority().respond(&asked.message, asked.transport).remove(0);
        if asked.is_transfer() {
            return None;
        }
        if asked.transport == Transport::Udp {
            message[2] |= 2;
            return Some(vec![Action::Send(message)]);
        }
        // OPT is the last record; its RDATA grows by the option.
        let rdata = message.len() - opt_rdata(&message);
        let length = u16::try_from(rdata + option.len()).unwrap().to_be_bytes();
        let at = message.len() - rdata - 2;
        message[at..at + 2].copy_from_slice(&length);
        message.extend_from_slice(&option);
        Some(vec![Action::Send(message)])
    });
    let server = server.start();
    let outcome = Probe::check(ZONE).primary(&primary).secondary(&server).ok();
    let errors = outcome.server("ns1")["answer"]["extended_errors"].clone();
    let text = errors[0]["text"].as_str().unwrap();
    assert!(text.starts_with(r"\027]0;owned\007<script>") && text.len() < 600, "{text}");
    assert!(!outcome.stdout().contains('\x1b'));
}

/// The offset of the RDATA of OPT, the last record of the message.
fn opt_rdata(message: &[u8]) -> usize {
    let opt = message.windows(3).rposition(|bytes| bytes == [0, 0, 41]).unwrap();
    opt + 11
}

#[test]
fn endless_transfers_of_four_servers_take_little_memory() {
    let flood = || {
        // A message of 63 KiB with 240 random records, again and again.
        transferring(|asked| {
            let mut message = empty(asked);
            message[6..8].copy_from_slice(&240_u16.to_be_bytes());
            for _ in 0..240 {
                let text: [u8; 240] = rand::random::<[u8; 32]>().repeat(8)[..240].try_into().unwrap();
                message.extend_from_slice(b"\x03www\x07example\x04test\0\0\x10\0\x01\0\0\0\x3c\0\xf1\xf0");
                message.extend_from_slice(&text);
            }
            vec![Action::Send(opening(asked)), Action::Flood(message)]
        })
        .start()
    };
    let servers = [flood(), flood(), flood(), flood()];
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
    command.args([
        "check",
        ZONE,
        "--max-transfer-bytes",
        "100000000",
        "--resolver",
        "127.0.0.1:1",
        "--format",
        "json",
    ]);
    for server in &servers {
        command.args(["-p", &server.address().to_string()]);
    }
    let mut child = command.stdout(std::process::Stdio::null()).spawn().expect("it starts");
    let peak = crate::harness::peak_memory(&mut child);
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert!(peak < 128 * 1024, "{peak} KiB");
}
