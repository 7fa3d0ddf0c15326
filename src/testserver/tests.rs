use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

use super::*;
use crate::dns::Rtype;
use crate::dns::edns::Edns;
use crate::dns::message::{BADVERS, NOTAUTH, NOTIMP, OptRecord, Question, REFUSED, Response};
use crate::dns::wire::{MessageReader, Scratch};
use crate::dns::xfr::axfr::{AxfrProgress, AxfrReader};
use crate::observe::Transport;

const TEXT: &str = r#"
@           3600 IN SOA   NS0 Hostmaster 7 3600 600 604800 300
@           3600 IN NS    ns0.Example.TEST.
@           3600 IN MX    10 mail
@           3600 IN TXT   "one" "two"
ns0         3600 IN A     192.0.2.53
mail        3600 IN AAAA  2001:db8::25
www          300 IN A     192.0.2.80
www          300 IN A     192.0.2.81
blog         300 IN CNAME www
a.b.deep    3600 IN TXT   "x"
_sip._tcp   3600 IN SRV   10 60 5060 sip
@           3600 IN CAA   0 issue "ca.example.net"
"#;

fn zone() -> Zone {
    Zone::parse("example.test", TEXT).unwrap()
}

fn authority() -> Authority {
    let sub = Zone::parse("sub.example.test", "@ 60 IN SOA ns0 h 3 1 1 1 1\n@ 60 IN NS ns0").unwrap();
    Authority { zones: vec![zone(), sub], ..Authority::default() }
}

fn ask(name: &str, rtype: u16) -> Vec<u8> {
    Question { id: 99, qname: name.parse().unwrap(), qtype: Rtype(rtype) }.to_wire(OptRecord::Included)
}

/// Reads a message with hickory-proto: RCODE, AA, and the counts of answers and authorities.
fn parsed(octets: &[u8]) -> (ResponseCode, bool, usize, usize) {
    let message = Message::from_vec(octets).unwrap();
    let metadata = &message.metadata;
    (metadata.response_code, metadata.authoritative, message.answers.len(), message.authorities.len())
}

fn answered(name: &str, rtype: u16) -> (ResponseCode, bool, usize, usize) {
    let [message] = authority().answer(&ask(name, rtype), Transport::Udp).try_into().unwrap();
    parsed(&message)
}

#[test]
fn names_and_types_are_looked_up() {
    use ResponseCode::{NXDomain, NoError, Refused};
    for (name, rtype, expected) in [
        ("example.test", 6, (NoError, true, 1, 0)),
        ("EXAMPLE.test", 2, (NoError, true, 1, 0)),
        ("www.example.test", 1, (NoError, true, 2, 0)),
        ("www.example.test", 28, (NoError, true, 0, 1)),
        ("www.example.test", 255, (NoError, true, 2, 0)),
        ("blog.example.test", 1, (NoError, true, 1, 0)),
        ("b.deep.example.test", 1, (NoError, true, 0, 1)),
        ("nothing.example.test", 1, (NXDomain, true, 0, 1)),
        ("example.org", 6, (Refused, false, 0, 0)),
        ("badexample.test", 6, (Refused, false, 0, 0)),
    ] {
        assert_eq!(answered(name, rtype), expected, "{name} {rtype}");
    }
}

#[test]
fn of_nested_zones_the_innermost_answers() {
    let question = Question { id: 99, qname: "sub.example.test".parse().unwrap(), qtype: Rtype::SOA };
    let [reply] =
        authority().answer(&question.to_wire(OptRecord::Omitted), Transport::Udp).try_into().unwrap();
    assert_eq!(Response::parse(&reply, &question).unwrap().unwrap().soa().unwrap().serial.0, 3);
}

#[test]
fn options_are_given_to_those_who_ask() {
    let server = Authority { nsid: Some(b"fra1".to_vec()), expire: Some(9), ..authority() };
    let question = Question { id: 99, qname: "example.test".parse().unwrap(), qtype: Rtype::SOA };
    for (opt, expected) in [
        (
            OptRecord::Included,
            Some(Edns { nsid: Some(b"fra1".to_vec()), expire: Some(9), ..Edns::default() }),
        ),
        (OptRecord::Omitted, None),
    ] {
        let [reply] = server.answer(&question.to_wire(opt), Transport::Udp).try_into().unwrap();
        assert_eq!(Response::parse(&reply, &question).unwrap().unwrap().edns, expected);
        parsed(&reply);
    }
}

#[test]
fn what_a_server_does_not_do_is_said_so() {
    let mut notify = ask("example.test", 6);
    notify[2] = 0x20;
    let [reply] = authority().answer(&notify, Transport::Udp).try_into().unwrap();
    assert_eq!(MessageReader::new(&reply).unwrap().header().rcode(), NOTIMP);
    let mut version = ask("example.test", 6);
    let opt = version.len() - 19;
    assert_eq!(version[opt..opt + 3], [0, 0, 41]);
    version[opt + 6] = 1;
    let [reply] = authority().answer(&version, Transport::Udp).try_into().unwrap();
    assert_eq!(u16::from(parsed(&reply).0), BADVERS);
    for (name, transport, rcode) in
        [("example.test", Transport::Udp, REFUSED), ("example.org", Transport::Tcp, NOTAUTH)]
    {
        let [reply] = authority().answer(&ask(name, 252), transport).try_into().unwrap();
        assert_eq!(MessageReader::new(&reply).unwrap().header().rcode(), rcode);
    }
}

#[test]
fn what_is_no_question_is_not_answered() {
    let mut response = ask("example.test", 6);
    response[2] |= 0x80;
    for octets in [response.as_slice(), b"", b"no message", &ask("example.test", 6)[..20]] {
        assert!(authority().answer(octets, Transport::Udp).is_empty());
    }
}

#[test]
fn a_long_answer_is_cut_in_a_datagram_only() {
    let lines: Vec<_> = (0..60).map(|n| format!("long 60 IN TXT \"{n:0100}\"")).collect();
    let long = lines.join("\n");
    let server = Authority { zones: vec![zone().with(&long).unwrap()], ..Authority::default() };
    let query = ask("long.example.test", 16);
    let [datagram] = server.answer(&query, Transport::Udp).try_into().unwrap();
    assert!(Message::from_vec(&datagram).unwrap().metadata.truncation);
    let [whole] = server.answer(&query, Transport::Tcp).try_into().unwrap();
    assert_eq!(parsed(&whole).2, 60);
}

#[test]
fn every_message_of_a_transfer_is_read_by_another_parser() {
    for opening in [Opening::Full, Opening::SoaAlone] {
        for questions in [Questions::First, Questions::Every] {
            for letters in [Letters::Lower, Letters::Upper] {
                for records_per_message in [1, 3, 100] {
                    let layout =
                        Layout { records_per_message, opening, questions, letters, authoritative: true };
                    let server = Authority { layout, ..authority() };
                    let messages = server.answer(&ask("example.test", 252), Transport::Tcp);
                    let records: usize = messages.iter().map(|message| parsed(message).2).sum();
                    assert_eq!(records, 13, "{layout:?}");
                }
            }
        }
    }
}

#[test]
fn large_transfers_fill_messages_without_passing_their_limit() {
    let mut zone = zone();
    for _ in 0..10 {
        let owner = zone.name("big").unwrap();
        zone = zone.record(Record { owner, rtype: Rtype(65280), ttl: 1, rdata: vec![0; 9000] });
    }
    let server = Authority { zones: vec![zone], ..Authority::default() };
    let messages = server.answer(&ask("example.test", 252), Transport::Tcp);
    assert!(messages.len() >= 10 && messages.iter().all(|message| message.len() < 20_000));
}

#[test]
fn zones_are_changed_in_copies() {
    let changed = zone().with_serial(8).without("www A").unwrap().replace("mail 60 IN AAAA ::1").unwrap();
    assert_eq!((changed.soa().serial.0, zone().soa().serial.0), (8, 7));
    assert_eq!(changed.records().len(), 9);
    let odd = Record { owner: changed.name("@").unwrap(), rtype: Rtype(65280), ttl: 1, rdata: vec![1] };
    assert_eq!(changed.record(odd.clone()).record(odd).records().len(), 11);
    assert!(matches!(zone().without("www"), Err(ZoneError::Rrset(_))));
    assert!(matches!(zone().without("www WWW"), Err(ZoneError::Type(_))));
    assert!(matches!(zone().without("w..w A"), Err(ZoneError::Name(_))));
    assert!(matches!(zone().with("www IN A none"), Err(ZoneError::Text(_))));
    assert!(matches!(Zone::parse("example.test", "www 1 IN A 192.0.2.1"), Err(ZoneError::NoSoa(_))));
}

async fn serving(ip: IpAddr) -> Responder {
    let server = authority();
    let handler = move |asked: &Asked| {
        server.answer(&asked.octets, asked.transport).into_iter().map(Act::Send).collect()
    };
    Responder::start(ip, handler).await.unwrap()
}

#[tokio::test]
async fn a_transfer_over_a_socket_brings_the_records_of_the_zone() {
    for ip in [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)] {
        let responder = serving(ip).await;
        let mut stream = TcpStream::connect(responder.address()).await.unwrap();
        let question = Question { id: 5, qname: "example.test".parse().unwrap(), qtype: Rtype::AXFR };
        let wire = question.to_wire(OptRecord::Omitted);
        stream.write_u16(wire.len().try_into().unwrap()).await.unwrap();
        stream.write_all(&wire).await.unwrap();
        let mut transfer = AxfrReader::new(question, 100);
        let mut found = Vec::new();
        let mut progress = AxfrProgress::Incomplete;
        while progress == AxfrProgress::Incomplete {
            let mut message = vec![0; stream.read_u16().await.unwrap().into()];
            stream.read_exact(&mut message).await.unwrap();
            let sink = |record: &crate::dns::wire::Record<'_>| {
                found.push((record.owner.to_vec(), record.rtype, record.ttl, record.rdata.to_vec()));
            };
            progress = transfer.read_message(&message, sink).unwrap();
        }
        assert_eq!(transfer.end().unwrap().soa, *zone().soa());
        let expected: Vec<_> = zone().records().iter().map(canonical).collect();
        assert_eq!(found, expected);
    }
}

/// Returns a record as a reader of messages sees it.
fn canonical(record: &Record) -> (Vec<u8>, Rtype, u32, Vec<u8>) {
    let mut reply = Reply::to(&Query::read(&ask(".", 1)).unwrap());
    reply.push(Section::Answer, record);
    let octets = reply.into_octets();
    let mut scratch = Scratch::default();
    let mut walk = MessageReader::new(&octets).unwrap();
    walk.question(&mut scratch).unwrap();
    let record = walk.record(&mut scratch).unwrap();
    (record.owner.to_vec(), record.rtype, record.ttl, record.rdata.to_vec())
}

#[tokio::test]
async fn scripts_wait_send_raw_octets_close_and_reset() {
    let handler = |asked: &Asked| match asked.nth {
        0 => vec![Act::Raw(vec![0, 3, b'a']), Act::Wait(Duration::from_millis(5)), Act::Raw(b"bc".to_vec())],
        1 => vec![Act::Send(b"def".to_vec()), Act::Close],
        _ => vec![Act::Reset],
    };
    let responder = Responder::start(Ipv4Addr::LOCALHOST.into(), handler).await.unwrap();
    let mut first = TcpStream::connect(responder.address()).await.unwrap();
    first.write_all(b"\0\x01x\0\x01y").await.unwrap();
    let mut read = Vec::new();
    first.read_to_end(&mut read).await.unwrap();
    assert_eq!(read, b"\0\x03abc\0\x03def");
    let mut second = TcpStream::connect(responder.address()).await.unwrap();
    second.write_all(b"\0\x01z").await.unwrap();
    let reset = second.read_u8().await.unwrap_err();
    assert_eq!(reset.kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(responder.asked().len(), 3);
}

#[tokio::test]
async fn a_dropped_responder_is_gone_with_its_connections() {
    let responder = serving(Ipv4Addr::LOCALHOST.into()).await;
    let address = responder.address();
    let mut open = TcpStream::connect(address).await.unwrap();
    let query = ask("example.test", 6);
    open.write_u16(query.len().try_into().unwrap()).await.unwrap();
    open.write_all(&query).await.unwrap();
    open.read_u16().await.unwrap();
    drop(responder);
    let mut rest = Vec::new();
    let ended = timeout(Duration::from_secs(5), open.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "the connection outlives its server");
    assert!(UdpSocket::bind(address).await.is_ok(), "the port is still taken");
}
