//! Minimal queries.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use zoneprobe::dns::Rtype;
use zoneprobe::dns::message::NOERROR;
use zoneprobe::dns::wire::HEADER_LEN;

pub(crate) use crate::zones::wire::name;

/// A query message.
pub(crate) fn message(zone: &str, qtype: Rtype) -> Vec<u8> {
    let header = [0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    [header.as_slice(), &name(zone), &qtype.0.to_be_bytes(), &[0, 1]].concat()
}

/// Whether a server gives an authoritative response for a zone.
pub(crate) fn is_served(zone: &str, address: SocketAddr) -> bool {
    let header = || {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
        socket.set_read_timeout(Some(Duration::from_millis(500))).ok()?;
        socket.connect(address).ok()?;
        socket.send(&message(zone, Rtype::SOA)).ok()?;
        let mut response = [0; 512];
        let length = socket.recv(&mut response).ok()?;
        response[..length].first_chunk::<HEADER_LEN>().copied()
    };
    // AA, NOERROR, and one record.
    header()
        .is_some_and(|header| header[2] & 4 != 0 && u16::from(header[3] & 0x0f) == NOERROR && header[7] == 1)
}
