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

/// Returns the failure that an error of an open socket stands for.
pub(super) fn socket_failure(error: &io::Error) -> Failure {
    use io::ErrorKind as Kind;

    match error.kind() {
        Kind::ConnectionRefused => Failure::ConnectionRefused,
        Kind::TimedOut => Failure::Timeout,
        Kind::NetworkUnreachable => Failure::NetworkUnreachable,
        Kind::HostUnreachable => Failure::HostUnreachable,
        Kind::ConnectionReset
        | Kind::ConnectionAborted
        | Kind::NotConnected
        | Kind::BrokenPipe
        | Kind::UnexpectedEof
        | Kind::WriteZero => Failure::Closed,
        _ => Failure::NotSent(system_text(error)),
    }
}

/// Returns the failure that an error of binding a socket stands for.
pub(super) fn bind_failure(error: &io::Error, local: SocketAddr) -> Failure {
    match error.kind() {
        io::ErrorKind::AddrNotAvailable if !local.ip().is_unspecified() => {
            Failure::NotSent(format!("it has no source address {}", local.ip()))
        }
        _ => socket_failure(error),
    }
}

/// Returns the failure that an error of connecting to an address stands for.
pub(super) fn connect_failure(error: &io::Error, address: SocketAddr) -> Failure {
    match (error.kind(), address) {
        (io::ErrorKind::InvalidInput, SocketAddr::V6(v6))
            if v6.ip().is_unicast_link_local() && v6.scope_id() == 0 =>
        {
            let ip = v6.ip();
            Failure::NotSent(format!("a link-local address takes an interface, as in {ip}%eth0"))
        }
        _ => socket_failure(error),
    }
}

/// The text of the system for an error, without its number.
fn system_text(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" (os error").map_or(text.as_str(), |(text, _)| text);
    let mut characters = text.chars();
    // Only the first word is in upper case, unless it is an abbreviation.
    match (characters.next(), characters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(characters).collect()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(number: i32, address: &str) -> String {
        connect_failure(&io::Error::from_raw_os_error(number), address.parse().unwrap()).to_string()
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_error_of_the_system_is_told_as_what_it_is() {
        use nix::libc::{
            EACCES, EADDRNOTAVAIL, ECONNREFUSED, ECONNRESET, EHOSTUNREACH, EINVAL, EMFILE, ENETUNREACH,
            ENOBUFS, EPERM, EPIPE,
        };

        let closed = "the server closed the connection without an answer";
        for (number, text) in [
            (EINVAL, "this host cannot send to it: invalid argument"),
            (EACCES, "this host cannot send to it: permission denied"),
            (EPERM, "this host cannot send to it: operation not permitted"),
            (EADDRNOTAVAIL, "this host cannot send to it: cannot assign requested address"),
            (EMFILE, "this host cannot send to it: too many open files"),
            (ENOBUFS, "this host cannot send to it: no buffer space available"),
            (ENETUNREACH, "network unreachable"),
            (EHOSTUNREACH, "host unreachable"),
            (ECONNREFUSED, "connection refused"),
            (ECONNRESET, closed),
            (EPIPE, closed),
        ] {
            assert_eq!(failure(number, "192.0.2.1:53"), text);
        }
        let text = "this host cannot send to it: a link-local address takes an interface, as in fe80::1%eth0";
        assert_eq!(failure(EINVAL, "[fe80::1]:53"), text);
    }

    #[test]
    fn a_source_address_that_this_host_lacks_is_named() {
        let error = io::Error::from(io::ErrorKind::AddrNotAvailable);
        let failure = bind_failure(&error, "192.0.2.7:0".parse().unwrap());
        assert_eq!(failure.to_string(), "this host cannot send to it: it has no source address 192.0.2.7");
    }
}
