//! The scripted servers themselves: they do what the tests say they do.

use std::io::{Read as _, Write as _};
use std::net::{TcpStream, UdpSocket};
use std::time::Duration;

use zoneprobe::dns::Rtype;
use zoneprobe::dns::message::{FORMERR, OptRecord, Question, REFUSED, Response};
use zoneprobe::dns::xfr::axfr::{AxfrProgress, AxfrReader, XfrError, ZoneSummary};

use crate::harness::{Listening, Nameserver, golden};

/// How long a test waits for a server that must be silent.
const SILENCE: Duration = Duration::from_millis(150);

fn question(rtype: Rtype) -> Question {
    Question { id: 4711, qname: "example.test".parse().unwrap(), qtype: rtype }
}

/// Asks for the SOA over UDP; gives every reply that comes.
fn replies(server: &Listening, opt: OptRecord) -> Vec<Vec<u8>> {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(SILENCE)).unwrap();
    socket.send_to(&question(Rtype::SOA).to_wire(opt), server.address()).unwrap();
    let mut buffer = [0; 4096];
    std::iter::from_fn(|| socket.recv(&mut buffer).ok().map(|length| buffer[..length].to_vec())).collect()
}

/// Asks for the SOA over UDP; gives the replies that answer the question.
fn answers(server: &Listening) -> Vec<Response> {
    let replies = replies(server, OptRecord::Included);
    replies.iter().filter_map(|reply| Response::parse(reply, &question(Rtype::SOA)).unwrap()).collect()
}

fn serials(server: &Listening) -> Vec<u32> {
    answers(server).iter().filter_map(|answer| Some(answer.soa()?.serial.0)).collect()
}

/// Reads a whole transfer; gives what it says, and how many records came.
fn transfer(server: &Listening) -> Result<(ZoneSummary, usize), XfrError> {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let question = question(Rtype::AXFR);
    let wire = question.to_wire(OptRecord::Omitted);
    stream.write_all(&u16::try_from(wire.len()).unwrap().to_be_bytes()).unwrap();
    stream.write_all(&wire).unwrap();
    let mut transfer = AxfrReader::new(question, 10_000);
    let mut records = 0;
    let mut length = [0; 2];
    while stream.read_exact(&mut length).is_ok() {
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut message).unwrap();
        if transfer.read_message(&message, |_| records += 1)? == AxfrProgress::Complete {
            break;
        }
    }
    Ok((transfer.end()?, records))
}

#[test]
fn a_zone_is_served_over_udp_with_what_was_asked_for() {
    let server = Nameserver::new().zone("example.test", 7).nsid("fra1").expire(86355).start();
    let [answer] = answers(&server).try_into().unwrap();
    assert_eq!(answer.soa().unwrap().serial.0, 7);
    let edns = answer.edns.unwrap();
    assert_eq!((edns.nsid.as_deref(), edns.expire), (Some(b"fra1".as_slice()), Some(86355)));
    assert!(server.asked()[0].ends_with("example.test. SOA EDNS[3, 9]"), "{:?}", server.asked());
    server.set_serial(8);
    assert_eq!(serials(&server), [8]);
}

#[test]
fn a_zone_is_transferred_however_it_is_cut() {
    let plain = Nameserver::new().zone("example.test", 7);
    let cut = Nameserver::new()
        .zone("example.test", 7)
        .soa_alone_first()
        .records_per_message(1)
        .question_in_every_message()
        .aa_clear_in_transfer()
        .upper_case_in_transfer();
    for server in [plain, cut].map(Nameserver::start) {
        let (whole, records) = transfer(&server).unwrap();
        assert_eq!((whole.soa.serial.0, whole.records, whole.dropped, records), (7, 10, 0, 9));
    }
}

#[test]
fn a_transfer_goes_wrong_as_it_is_told_to() {
    let server = || Nameserver::new().zone("example.test", 7);
    let torn = transfer(&server().torn_after(4).start());
    assert_eq!(torn, Err(XfrError::Incomplete(4)));
    let refused = transfer(&server().transfer_refused().start());
    assert_eq!(refused, Err(XfrError::Rcode(REFUSED)));
    let changed = transfer(&server().changing_soa_at_end(8).start());
    assert!(matches!(changed, Err(XfrError::Changed { opened, closed }) if (opened.0, closed.0) == (7, 8)));
    let endless = transfer(&server().never_ending_transfer().start());
    assert_eq!(endless, Err(XfrError::TooManyRecords(10_000)));
    for stray in [server().out_of_zone_record(), server().after_closing_soa()] {
        let (whole, records) = transfer(&stray.start()).unwrap();
        assert_eq!((whole.dropped, records), (1, 9));
    }
    let slow = server().trickling_transfer(4000).start();
    let begun = std::time::Instant::now();
    assert_eq!(transfer(&slow).unwrap().1, 9);
    assert!(begun.elapsed() >= Duration::from_millis(50));
}

#[test]
fn errors_are_answered_as_told() {
    let server = || Nameserver::new().zone("example.test", 7);
    let [refused] = answers(&server().refusing().start()).try_into().unwrap();
    assert_eq!(refused.rcode, REFUSED);
    let [expired] = answers(&server().servfail_expired().start()).try_into().unwrap();
    assert!(expired.edns.unwrap().reports_expired());
    let [badvers] = answers(&server().badvers().start()).try_into().unwrap();
    assert_eq!(badvers.rcode, 16);
    let old = server().formerr_to_edns().start();
    assert_eq!(answers(&old)[0].rcode, FORMERR);
    assert_eq!(replies(&old, OptRecord::Omitted).len(), 1);
    let [cut] = answers(&server().truncating().start()).try_into().unwrap();
    assert!(cut.header.is_truncated() && cut.soas.is_empty());
    let [resolver] = answers(&server().not_authoritative().start()).try_into().unwrap();
    assert!(!resolver.header.is_authoritative() && resolver.soas.len() == 1);
}

#[test]
fn silence_loss_and_forgery_come_as_told() {
    let server = || Nameserver::new().zone("example.test", 7);
    assert_eq!(serials(&server().silent().start()), [0; 0]);
    assert_eq!(serials(&server().udp_silent().start()), [0; 0]);
    let lossy = server().dropping_first(1).start();
    assert_eq!((serials(&lossy), serials(&lossy)), (vec![], vec![7]));
    for forged in [server().wrong_id_first().start(), server().wrong_question_first().start()] {
        assert_eq!(replies(&forged, OptRecord::Included).len(), 2);
        assert_eq!(serials(&forged), [7]);
    }
    let deaf = server().tcp_closed().start();
    assert_eq!(serials(&deaf), [7]);
    let refused = TcpStream::connect(deaf.address()).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
}

#[test]
fn a_copy_is_changed_as_told() {
    let changed = Nameserver::new()
        .zone("example.test", 7)
        .without("www AAAA")
        .replace("www 300 IN A 192.0.2.9")
        .with("new 60 IN TXT \"here\"")
        .record("odd", 65280, 60, b"\x01\x02")
        .record("odd", 65280, 60, b"\x01\x02")
        .hosts(500)
        .start();
    let (whole, records) = transfer(&changed).unwrap();
    assert_eq!((whole.records, records), (512, 511));
}

#[test]
fn what_differs_between_runs_is_filtered_from_golden_texts() {
    let text = "ns1 127.0.0.1:40123 [::1]:53 at 2026-11-22T20:00:00Z in 12ms, 0.00042 or 1.5s; serial 2026112201 of 192.0.2.1";
    assert_eq!(
        golden::filtered(text),
        "ns1 127.0.0.1:PORT [::1]:PORT at TIME in DURATION, SECONDS or DURATION; serial 2026112201 of 192.0.2.1"
    );
}
