//! What sockets of all kinds have in common.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::observe::Failure;
use crate::plan::Target;

/// Returns the address to bind to: the target's source, or any, of the family of the target's address.
pub(super) fn local_address(target: &Target) -> Result<SocketAddr, Failure> {
    match (target.source, target.address) {
        (Some(source), address) if source.is_ipv4() == address.is_ipv4() => Ok(SocketAddr::new(source, 0)),
        (Some(_), _) => Err(Failure::FamilyUnusable),
        (None, SocketAddr::V4(_)) => Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0)),
        (None, SocketAddr::V6(_)) => Ok(SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0)),
    }
}

/// Returns the failure that an error of a socket stands for.
pub(super) fn socket_failure(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Failure::ConnectionRefused,
        io::ErrorKind::TimedOut => Failure::Timeout,
        io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::AddrNotAvailable
        | io::ErrorKind::PermissionDenied => Failure::NetworkUnreachable,
        _ => Failure::Closed,
    }
}
