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

fn query(name: &str, rtype: u16) -> Vec<u8> {
    Question { id: 99, qname: name.parse().unwrap(), qtype: Rtype(rtype) }.to_wire(OptRecord::Included)
}

/// Parses a message with hickory-proto: RCODE, AA, and the counts of answers and authorities.
fn parse(message: &[u8]) -> (ResponseCode, bool, usize, usize) {
    let message = Message::from_vec(message).unwrap();
    let metadata = &message.metadata;
    (metadata.response_code, metadata.authoritative, message.answers.len(), message.authorities.len())
}

fn respond(name: &str, rtype: u16) -> (ResponseCode, bool, usize, usize) {
    let [message] = authority().respond(&query(name, rtype), Transport::Udp).try_into().unwrap();
    parse(&message)
}

#[test]
fn names_and_types_are_answered_as_the_zone_has_them() {
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
        assert_eq!(respond(name, rtype), expected, "{name} {rtype}");
    }
}

#[test]
fn of_nested_zones_the_innermost_answers() {
    let question = Question { id: 99, qname: "sub.example.test".parse().unwrap(), qtype: Rtype::SOA };
    let [response] =
        authority().respond(&question.to_wire(OptRecord::Omitted), Transport::Udp).try_into().unwrap();
    assert_eq!(Response::parse(&response, &question).unwrap().unwrap().soa().unwrap().serial.0, 3);
}

#[test]
fn edns_options_are_sent_only_to_clients_that_ask() {
    let server = Authority { nsid: Some(b"fra1".to_vec()), expire: Some(9), ..authority() };
    let question = Question { id: 99, qname: "example.test".parse().unwrap(), qtype: Rtype::SOA };
    for (opt, expected) in [
        (
            OptRecord::Included,
            Some(Edns { nsid: Some(b"fra1".to_vec()), expire: Some(9), ..Edns::default() }),
        ),
        (OptRecord::Omitted, None),
    ] {
        let [response] = server.respond(&question.to_wire(opt), Transport::Udp).try_into().unwrap();
        assert_eq!(Response::parse(&response, &question).unwrap().unwrap().edns, expected);
        parse(&response);
    }
}

#[test]
fn unsupported_queries_get_the_rcode_for_them() {
    let mut notify = query("example.test", 6);
    notify[2] = 0x20;
    let [response] = authority().respond(&notify, Transport::Udp).try_into().unwrap();
    assert_eq!(MessageReader::new(&response).unwrap().header().rcode(), NOTIMP);
    let mut version = query("example.test", 6);
    let opt = version.len() - 19;
    assert_eq!(version[opt..opt + 3], [0, 0, 41]);
    version[opt + 6] = 1;
    let [response] = authority().respond(&version, Transport::Udp).try_into().unwrap();
    assert_eq!(u16::from(parse(&response).0), BADVERS);
    for (name, transport, rcode) in
        [("example.test", Transport::Udp, REFUSED), ("example.org", Transport::Tcp, NOTAUTH)]
    {
        let [response] = authority().respond(&query(name, 252), transport).try_into().unwrap();
        assert_eq!(MessageReader::new(&response).unwrap().header().rcode(), rcode);
    }
}

#[test]
fn messages_that_are_not_queries_get_no_response() {
    let mut response = query("example.test", 6);
    response[2] |= 0x80;
    for message in [response.as_slice(), b"", b"no message", &query("example.test", 6)[..20]] {
        assert!(authority().respond(message, Transport::Udp).is_empty());
    }
}

#[test]
fn a_long_response_is_truncated_over_udp_only() {
    let lines: Vec<_> = (0..60).map(|n| format!("long 60 IN TXT \"{n:0100}\"")).collect();
    let long = lines.join("\n");
    let server = Authority { zones: vec![zone().with(&long).unwrap()], ..Authority::default() };
    let query = query("long.example.test", 16);
    let [datagram] = server.respond(&query, Transport::Udp).try_into().unwrap();
    assert!(Message::from_vec(&datagram).unwrap().metadata.truncation);
    let [whole] = server.respond(&query, Transport::Tcp).try_into().unwrap();
    assert_eq!(parse(&whole).2, 60);
}

#[test]
fn another_parser_reads_every_message_of_a_transfer() {
    for first_message in [FirstMessage::Full, FirstMessage::SoaOnly] {
        for question in [QuestionSection::First, QuestionSection::Every] {
            for owner_case in [LetterCase::Lower, LetterCase::Upper] {
                for records_per_message in [1, 3, 100] {
                    let layout = TransferLayout {
                        records_per_message,
                        first_message,
                        question,
                        owner_case,
                        authoritative: true,
                    };
                    let server = Authority { layout, ..authority() };
                    let messages = server.respond(&query("example.test", 252), Transport::Tcp);
                    let records: usize = messages.iter().map(|message| parse(message).2).sum();
                    assert_eq!(records, 13, "{layout:?}");
                }
            }
        }
    }
}

#[test]
fn large_transfers_are_split_into_messages_of_limited_length() {
    let mut zone = zone();
    for _ in 0..10 {
        let owner = zone.name("big").unwrap();
        zone = zone.record(ZoneRecord { owner, rtype: Rtype(65280), ttl: 1, rdata: vec![0; 9000] });
    }
    let server = Authority { zones: vec![zone], ..Authority::default() };
    let messages = server.respond(&query("example.test", 252), Transport::Tcp);
    assert!(messages.len() >= 10 && messages.iter().all(|message| message.len() < 20_000));
}

#[test]
fn changes_to_a_zone_make_a_new_zone() {
    let changed = zone().with_serial(8).without("www A").unwrap().replace("mail 60 IN AAAA ::1").unwrap();
    assert_eq!((changed.soa().serial.0, zone().soa().serial.0), (8, 7));
    assert_eq!(changed.records().len(), 9);
    let odd = ZoneRecord { owner: changed.name("@").unwrap(), rtype: Rtype(65280), ttl: 1, rdata: vec![1] };
    assert_eq!(changed.record(odd.clone()).record(odd).records().len(), 11);
    assert!(matches!(zone().without("www"), Err(ZoneError::Rrset(_))));
    assert!(matches!(zone().without("www WWW"), Err(ZoneError::Type(_))));
    assert!(matches!(zone().without("w..w A"), Err(ZoneError::Name(_))));
    assert!(matches!(zone().with("www IN A none"), Err(ZoneError::Text(_))));
    assert!(matches!(Zone::parse("example.test", "www 1 IN A 192.0.2.1"), Err(ZoneError::NoSoa(_))));
}

async fn start_server(ip: IpAddr) -> TestServer {
    let server = authority();
    let handler = move |query: &IncomingQuery| {
        server.respond(&query.message, query.transport).into_iter().map(Action::Send).collect()
    };
    TestServer::start(ip, handler).await.unwrap()
}

#[tokio::test]
async fn a_transfer_over_tcp_has_the_records_of_the_zone() {
    for ip in [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)] {
        let server = start_server(ip).await;
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
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

/// Returns a record as a parser of messages returns it.
fn canonical(record: &ZoneRecord) -> (Vec<u8>, Rtype, u32, Vec<u8>) {
    let mut response = ResponseBuilder::new(&Query::parse(&query(".", 1)).unwrap());
    response.push(Section::Answer, record);
    let message = response.into_message();
    let mut scratch = Scratch::default();
    let mut reader = MessageReader::new(&message).unwrap();
    reader.question(&mut scratch).unwrap();
    let record = reader.record(&mut scratch).unwrap();
    (record.owner.to_vec(), record.rtype, record.ttl, record.rdata.to_vec())
}

#[tokio::test]
async fn scripts_can_wait_send_raw_bytes_close_and_reset() {
    let handler = |query: &IncomingQuery| match query.nth {
        0 => vec![
            Action::Raw(vec![0, 3, b'a']),
            Action::Wait(Duration::from_millis(5)),
            Action::Raw(b"bc".to_vec()),
        ],
        1 => vec![Action::Send(b"def".to_vec()), Action::Close],
        _ => vec![Action::Reset],
    };
    let server = TestServer::start(Ipv4Addr::LOCALHOST.into(), handler).await.unwrap();
    let mut first = TcpStream::connect(server.address()).await.unwrap();
    first.write_all(b"\0\x01x\0\x01y").await.unwrap();
    let mut read = Vec::new();
    first.read_to_end(&mut read).await.unwrap();
    assert_eq!(read, b"\0\x03abc\0\x03def");
    let mut second = TcpStream::connect(server.address()).await.unwrap();
    second.write_all(b"\0\x01z").await.unwrap();
    let reset = second.read_u8().await.unwrap_err();
    assert_eq!(reset.kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(server.query_log().len(), 3);
}

#[tokio::test]
async fn a_dropped_server_closes_its_connections_and_its_port() {
    let server = start_server(Ipv4Addr::LOCALHOST.into()).await;
    let address = server.address();
    let mut open = TcpStream::connect(address).await.unwrap();
    let query = query("example.test", 6);
    open.write_u16(query.len().try_into().unwrap()).await.unwrap();
    open.write_all(&query).await.unwrap();
    open.read_u16().await.unwrap();
    drop(server);
    let mut rest = Vec::new();
    let ended = timeout(Duration::from_secs(5), open.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "the connection outlives its server");
    assert!(UdpSocket::bind(address).await.is_ok(), "the port is still taken");
}
