//! Ports for servers that start later.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};

/// The first port to try.
///
/// No system gives ports from here to 32767 to clients (Linux starts at 32768, IANA at 49152), so a port that
/// is free now does not become a source port before the server starts.
const FIRST: u16 = 20_000;

/// The number of ports to try.
const COUNT: u16 = 12_000;

/// The number of ports tried so far in this process: no two tests get the same one.
static TRIED: AtomicU16 = AtomicU16::new(0);

/// The port at which a server is started again when its port was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RestartPort {
    /// Any other, as long as nothing refers to it.
    Another,
    /// The same, which its secondaries are configured with.
    Same,
}

/// Returns a port that is free on UDP and TCP, another one at each call.
pub(super) fn unused() -> u16 {
    // Concurrent processes begin at different ports.
    let offset = (std::process::id() % u32::from(COUNT)) * 97;
    (0..COUNT)
        .map(|_| u32::from(TRIED.fetch_add(1, Ordering::Relaxed)) + offset)
        .filter_map(|step| u16::try_from(step % u32::from(COUNT)).ok())
        .map(|step| FIRST + step)
        .find(|&port| is_free(port))
        .expect("a machine has a free port")
}

/// Returns an address at which no server listens.
pub(crate) fn unused_address() -> SocketAddr {
    loopback(unused())
}

/// The address of a port on loopback.
pub(super) fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn is_free(port: u16) -> bool {
    UdpSocket::bind(loopback(port)).is_ok() && TcpListener::bind(loopback(port)).is_ok()
}
