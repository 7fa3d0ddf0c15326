//! Ports nobody else is given.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};

/// The first port to try.
///
/// From here to 32767 no system gives ports to clients of its own accord (Linux starts at 32768, IANA
/// at 49152), so a port that is free now is not somebody's source port a moment later.
const FIRST: u16 = 20_000;

/// How many ports there are to try.
const COUNT: u16 = 12_000;

/// Counts ports given out in this process: no two tests get the same one.
static GIVEN: AtomicU16 = AtomicU16::new(0);

/// Which port a server starts at when its own was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Port {
    /// Any other: nobody knows it yet.
    Another,
    /// The same: its secondaries know it.
    Same,
}

/// Returns a port that is free on UDP and TCP, another one at each call.
pub(super) fn unused() -> u16 {
    // Processes that run side by side begin at different places.
    let offset = (std::process::id() % u32::from(COUNT)) * 97;
    (0..COUNT)
        .map(|_| u32::from(GIVEN.fetch_add(1, Ordering::Relaxed)) + offset)
        .filter_map(|step| u16::try_from(step % u32::from(COUNT)).ok())
        .map(|step| FIRST + step)
        .find(|&port| is_free(port))
        .expect("a machine has a free port")
}

/// Returns an address where nobody listens.
pub(crate) fn unused_address() -> SocketAddr {
    loopback(unused())
}

/// Returns the address of a port on loopback.
pub(super) fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn is_free(port: u16) -> bool {
    UdpSocket::bind(loopback(port)).is_ok() && TcpListener::bind(loopback(port)).is_ok()
}
