//! The scripted servers and the golden filters themselves.

use std::io::{Read as _, Write as _};
use std::net::{TcpStream, UdpSocket};
use std::time::Duration;

use zoneprobe::dns::Rtype;
use zoneprobe::dns::message::{BADVERS, FORMERR, OptRecord, Question, REFUSED, Response};
use zoneprobe::dns::xfr::axfr::{AxfrProgress, AxfrReader, CopySummary, XfrError};

use crate::harness::{Nameserver, RunningNameserver, golden};

/// The time a test waits for a server that must not respond.
const TIMEOUT: Duration = Duration::from_millis(150);

fn question(rtype: Rtype) -> Question {
    Question { id: 4711, qname: "example.test".parse().unwrap(), qtype: rtype }
}

/// Sends a SOA query over UDP and returns every datagram that comes back.
fn datagrams(server: &RunningNameserver, with_edns: OptRecord) -> Vec<Vec<u8>> {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(TIMEOUT)).unwrap();
    socket.send_to(&question(Rtype::SOA).to_wire(with_edns), server.address()).unwrap();
    let mut buffer = [0; 4096];
    std::iter::from_fn(|| socket.recv(&mut buffer).ok().map(|length| buffer[..length].to_vec())).collect()
}

/// Sends a SOA query over UDP and returns the responses that match it.
fn responses(server: &RunningNameserver) -> Vec<Response> {
    let datagrams = datagrams(server, OptRecord::Included);
    datagrams
        .iter()
        .filter_map(|datagram| Response::parse(datagram, &question(Rtype::SOA)).unwrap())
        .collect()
}

fn serials(server: &RunningNameserver) -> Vec<u32> {
    responses(server).iter().filter_map(|response| Some(response.soa()?.serial.0)).collect()
}

/// Transfers the zone and returns its summary, and the number of records received.
fn transfer(server: &RunningNameserver) -> Result<(CopySummary, usize), XfrError> {
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
fn a_soa_response_has_the_edns_options_of_the_query() {
    let server = Nameserver::new().zone("example.test", 7).nsid("fra1").expire(86355).start();
    let [response] = responses(&server).try_into().unwrap();
    assert_eq!(response.soa().unwrap().serial.0, 7);
    let edns = response.edns.unwrap();
    assert_eq!((edns.nsid.as_deref(), edns.expire), (Some(b"fra1".as_slice()), Some(86355)));
    assert!(server.queries()[0].ends_with("example.test. SOA EDNS[3, 9]"), "{:?}", server.queries());
    server.set_serial(8);
    assert_eq!(serials(&server), [8]);
}

#[test]
fn a_zone_is_transferred_in_any_layout() {
    let plain = Nameserver::new().zone("example.test", 7);
    let unusual = Nameserver::new()
        .zone("example.test", 7)
        .soa_alone_first()
        .records_per_message(1)
        .question_in_every_message()
        .aa_clear_in_transfer()
        .upper_case_in_transfer();
    for server in [plain, unusual].map(Nameserver::start) {
        let (whole, records) = transfer(&server).unwrap();
        assert_eq!((whole.soa.serial.0, whole.records, whole.dropped, records), (7, 10, 0, 9));
    }
}

#[test]
fn a_transfer_fails_as_scripted() {
    let server = || Nameserver::new().zone("example.test", 7);
    let incomplete = transfer(&server().closing_after(4).start());
    assert_eq!(incomplete, Err(XfrError::Incomplete(4)));
    let refused = transfer(&server().transfer_refused().start());
    assert_eq!(refused, Err(XfrError::Rcode(REFUSED)));
    let changed = transfer(&server().changing_soa_at_end(8).start());
    assert!(matches!(changed, Err(XfrError::Changed { opened, closed }) if (opened.0, closed.0) == (7, 8)));
    let endless = transfer(&server().endless_transfer().start());
    assert_eq!(endless, Err(XfrError::TooManyRecords(10_000)));
    let (whole, records) = transfer(&server().out_of_zone_record().start()).unwrap();
    assert_eq!((whole.dropped, records), (1, 9));
    let behind = transfer(&server().record_after_closing_soa().start());
    assert_eq!(behind, Err(XfrError::RecordsAfterEnd));
    let slow = server().slow_transfer(4000).start();
    let started = std::time::Instant::now();
    assert_eq!(transfer(&slow).unwrap().1, 9);
    assert!(started.elapsed() >= Duration::from_millis(50));
}

#[test]
fn a_server_responds_with_errors_as_scripted() {
    let server = || Nameserver::new().zone("example.test", 7);
    let [refused] = responses(&server().refusing().start()).try_into().unwrap();
    assert_eq!(refused.rcode, REFUSED);
    let [expired] = responses(&server().servfail_expired().start()).try_into().unwrap();
    assert!(expired.edns.unwrap().reports_expired());
    let [badvers] = responses(&server().badvers().start()).try_into().unwrap();
    assert_eq!(badvers.rcode, BADVERS);
    let old = server().formerr_to_edns().start();
    assert_eq!(responses(&old)[0].rcode, FORMERR);
    assert_eq!(datagrams(&old, OptRecord::Omitted).len(), 1);
    let [truncated] = responses(&server().truncating().start()).try_into().unwrap();
    assert!(truncated.header.is_truncated() && truncated.soas.is_empty());
    let [resolver] = responses(&server().not_authoritative().start()).try_into().unwrap();
    assert!(!resolver.header.is_authoritative() && resolver.soas.len() == 1);
}

#[test]
fn a_server_drops_and_forges_responses_as_scripted() {
    let server = || Nameserver::new().zone("example.test", 7);
    assert_eq!(serials(&server().silent().start()), [0; 0]);
    assert_eq!(serials(&server().udp_silent().start()), [0; 0]);
    let lossy = server().dropping_first(1).start();
    assert_eq!((serials(&lossy), serials(&lossy)), (vec![], vec![7]));
    for forged in [server().wrong_id_first().start(), server().wrong_question_first().start()] {
        assert_eq!(datagrams(&forged, OptRecord::Included).len(), 2);
        assert_eq!(serials(&forged), [7]);
    }
    let deaf = server().tcp_closed().start();
    assert_eq!(serials(&deaf), [7]);
    let refused = TcpStream::connect(deaf.address()).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
}

#[test]
fn a_zone_is_changed_as_scripted() {
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
fn ports_times_and_durations_are_replaced_in_golden_texts() {
    let text = "ns1 127.0.0.1:40123 [::1]:53 at 2026-11-22T20:00:00Z in 12ms, 0.00042 or 1.5s; serial 2026112201 of 192.0.2.1";
    assert_eq!(
        golden::filtered(text),
        "ns1 127.0.0.1:PORT [::1]:PORT at TIME in DURATION, SECONDS or DURATION; serial 2026112201 of 192.0.2.1"
    );
}
