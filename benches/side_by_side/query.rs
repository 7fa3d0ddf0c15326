//! Questions, as plain as can be.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

pub(crate) use crate::zones::wire::name;

/// Type SOA.
pub(crate) const SOA: u16 = 6;

/// Type AXFR.
pub(crate) const AXFR: u16 = 252;

/// RCODE: no error.
const NOERROR: u8 = 0;

/// The octets of a message header.
pub(crate) const HEADER: usize = 12;

/// Returns a question as a message.
pub(crate) fn message(zone: &str, rtype: u16) -> Vec<u8> {
    let header = [0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    [header.as_slice(), &name(zone), &rtype.to_be_bytes(), &[0, 1]].concat()
}

/// Returns whether a server answers for a zone with authority.
pub(crate) fn is_served(zone: &str, address: SocketAddr) -> bool {
    let ask = || {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
        socket.set_read_timeout(Some(Duration::from_millis(500))).ok()?;
        socket.connect(address).ok()?;
        socket.send(&message(zone, SOA)).ok()?;
        let mut answer = [0; 512];
        let length = socket.recv(&mut answer).ok()?;
        // AA, NOERROR, and one record.
        let header = answer[..length].first_chunk::<HEADER>()?;
        (header[2] & 4 != 0 && header[3] & 0x0f == NOERROR && header[7] == 1).then_some(())
    };
    ask().is_some()
}
