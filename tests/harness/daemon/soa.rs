//! SOA queries and NOTIFY messages, one datagram each, or over TCP.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::str::FromStr as _;
use std::time::Duration;

use hickory_proto::op::{Edns, Message, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_proto::rr::{Name, RData, RecordType};

/// The EDNS EXPIRE option (RFC 7314).
const EXPIRE: u16 = 9;

/// The time a response may take.
const TIMEOUT: Duration = Duration::from_millis(500);

/// Sends one SOA query over UDP, with EXPIRE, and returns the response.
pub(super) fn query(server: SocketAddr, zone: &str) -> Option<Message> {
    let query = soa_query(zone);
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
    socket.set_read_timeout(Some(TIMEOUT)).ok()?;
    socket.connect(server).ok()?;
    socket.send(&query.to_vec().expect("the query is well-formed")).ok()?;
    let mut buffer = [0; 1232];
    let length = socket.recv(&mut buffer).ok()?;
    let response = Message::from_vec(buffer.get(..length)?).ok()?;
    (response.metadata.id == query.metadata.id).then_some(response)
}

/// Sends one SOA query over TCP, the only transport over which Knot gives catalogs, and returns the response.
pub(super) fn query_over_tcp(server: SocketAddr, zone: &str) -> Option<Message> {
    let query = soa_query(zone).to_vec().expect("the query is well-formed");
    let mut stream = TcpStream::connect_timeout(&server, TIMEOUT).ok()?;
    stream.set_read_timeout(Some(TIMEOUT)).ok()?;
    let length = u16::try_from(query.len()).ok()?;
    stream.write_all(&[&length.to_be_bytes()[..], &query].concat()).ok()?;
    let mut length = [0; 2];
    stream.read_exact(&mut length).ok()?;
    let mut response = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut response).ok()?;
    Message::from_vec(&response).ok()
}

/// A SOA query with EXPIRE.
fn soa_query(zone: &str) -> Message {
    let mut query = Message::query();
    query.add_query(Query::query(Name::from_str(zone).expect("the zone is a name"), RecordType::SOA));
    let mut edns = Edns::new();
    edns.set_max_payload(1232);
    edns.options_mut().insert(EdnsOption::Unknown(EXPIRE, Vec::new()));
    query.set_edns(edns);
    query
}

/// Sends one NOTIFY (RFC 1996) to a server, as a primary at 127.0.0.1 would.
pub(super) fn notify(server: SocketAddr, zone: &str) {
    let mut message = Message::query();
    message.metadata.op_code = OpCode::Notify;
    message.metadata.authoritative = true;
    message.metadata.recursion_desired = false;
    message.add_query(Query::query(Name::from_str(zone).expect("the zone is a name"), RecordType::SOA));
    let bytes = message.to_vec().expect("the message is well-formed");
    // It may get lost: callers send it again.
    let _ = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.send_to(&bytes, server));
}

/// The serial of an authoritative response.
pub(super) fn serial(response: &Message) -> Option<u32> {
    soa(response).map(|soa| soa.serial)
}

/// Whether EXPIRE is below the expire field of the SOA.
pub(super) fn is_aged(response: &Message) -> bool {
    let option = response.edns.as_ref().and_then(|edns| edns.option(EdnsCode::from(EXPIRE)));
    match (option, soa(response)) {
        (Some(EdnsOption::Unknown(_, left)), Some(soa)) => {
            let left = <[u8; 4]>::try_from(left.as_slice()).map(i32::from_be_bytes);
            left.is_ok_and(|left| left < soa.expire)
        }
        _ => false,
    }
}

fn soa(response: &Message) -> Option<&SOA> {
    let is_usable =
        response.metadata.authoritative && response.metadata.response_code == ResponseCode::NoError;
    response.answers.iter().filter(|_| is_usable).find_map(|record| match &record.data {
        RData::SOA(soa) => Some(soa),
        _ => None,
    })
}
