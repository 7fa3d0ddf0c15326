//! What a server says of a zone, asked as plainly as can be.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::str::FromStr as _;
use std::time::Duration;

use hickory_proto::op::{Edns, Message, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_proto::rr::{Name, RData, RecordType};

/// The EDNS EXPIRE option (RFC 7314).
const EXPIRE: u16 = 9;

/// How long one reply may take.
const TIMEOUT: Duration = Duration::from_millis(500);

/// Asks for the SOA of a zone once, over UDP, with EXPIRE.
pub(super) fn ask(server: SocketAddr, zone: &str) -> Option<Message> {
    let mut query = Message::query();
    query.add_query(Query::query(Name::from_str(zone).expect("tests name zones well"), RecordType::SOA));
    let mut edns = Edns::new();
    edns.set_max_payload(1232);
    edns.options_mut().insert(EdnsOption::Unknown(EXPIRE, Vec::new()));
    query.set_edns(edns);
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
    socket.set_read_timeout(Some(TIMEOUT)).ok()?;
    socket.connect(server).ok()?;
    socket.send(&query.to_vec().expect("the query is well-formed")).ok()?;
    let mut buffer = [0; 1232];
    let length = socket.recv(&mut buffer).ok()?;
    let reply = Message::from_vec(buffer.get(..length)?).ok()?;
    (reply.metadata.id == query.metadata.id).then_some(reply)
}

/// Tells a server, once, that the zone has changed (RFC 1996), as a primary at 127.0.0.1 would.
pub(super) fn notify(server: SocketAddr, zone: &str) {
    let mut message = Message::query();
    message.metadata.op_code = OpCode::Notify;
    message.metadata.authoritative = true;
    message.metadata.recursion_desired = false;
    message.add_query(Query::query(Name::from_str(zone).expect("tests name zones well"), RecordType::SOA));
    let octets = message.to_vec().expect("the message is well-formed");
    // Whoever does not get it is told again.
    let _ = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.send_to(&octets, server));
}

/// Returns the serial in an authoritative answer.
pub(super) fn serial(reply: &Message) -> Option<u32> {
    soa(reply).map(|soa| soa.serial)
}

/// Returns whether some of the time to expiry has passed.
pub(super) fn is_aged(reply: &Message) -> bool {
    let option = reply.edns.as_ref().and_then(|edns| edns.option(EdnsCode::from(EXPIRE)));
    match (option, soa(reply)) {
        (Some(EdnsOption::Unknown(_, left)), Some(soa)) => {
            let left = <[u8; 4]>::try_from(left.as_slice()).map(i32::from_be_bytes);
            left.is_ok_and(|left| left < soa.expire)
        }
        _ => false,
    }
}

fn soa(reply: &Message) -> Option<&SOA> {
    let good = reply.metadata.authoritative && reply.metadata.response_code == ResponseCode::NoError;
    reply.answers.iter().filter(|_| good).find_map(|record| match &record.data {
        RData::SOA(soa) => Some(soa),
        _ => None,
    })
}
