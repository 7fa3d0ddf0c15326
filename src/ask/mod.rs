//! One question, one answer.
//!
//! In: an address and a question about a zone's apex. Out: an [`Observation`], whatever happened. It
//! never judges what a server says; a reply counts only if it comes from the asked address and has our
//! id and our question, and anything else is ignored while the wait goes on.

mod limits;
mod poll;
mod signed;
pub(crate) mod tcp;
mod udp;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

pub use limits::{Limits, Permit};

use crate::dns::Name;
use crate::dns::message::Answer;
use crate::dns::rtype::Rtype;
use crate::observe::{Failure, Observation, Span, Transport};
use crate::plan::Target;

/// Asks servers, within limits that all zones share.
#[derive(Debug)]
pub struct Asker {
    /// How long one question waits for its answer after it was sent for the last time.
    pub timeout: Duration,
    /// What all questions share.
    pub limits: Limits,
}

impl Asker {
    /// Asks an address for the zone's SOA, in datagrams first or over a connection alone; times count from
    /// `started`.
    pub async fn soa(
        &self,
        target: &Target,
        zone: &Name,
        over: Transport,
        started: tokio::time::Instant,
    ) -> Observation {
        let _permit = self.limits.query(target.address).await;
        let asked = started.elapsed();
        let (reply, datagrams) = poll::soa(self.timeout, target, zone, over).await;
        let span = Span { asked, answered: started.elapsed() };
        tracing::debug!(%zone, server = %target.address, ?reply, "asked for the SOA");
        Observation { span, reply, datagrams }
    }

    /// Asks an address for the zone's NS set; empty if it gives none with authority.
    pub async fn name_servers(&self, target: &Target, zone: &Name) -> Vec<Name> {
        let _permit = self.limits.query(target.address).await;
        match poll::exchange(self.timeout, target, (zone, Rtype::NS), Transport::Udp).await.0 {
            Ok(exchanged) if exchanged.answer.header.is_authoritative() => exchanged.answer.name_servers,
            Ok(_) | Err(_) => Vec::new(),
        }
    }
}

pub(crate) use signed::{Sent, now};

/// An answer, and how it came.
#[derive(Debug)]
struct Exchanged {
    answer: Answer,
    transport: Transport,
    rtt: Duration,
}

/// Returns where to ask from: the given source, or anywhere, of the family of the asked address.
fn local(target: &Target) -> Result<SocketAddr, Failure> {
    match (target.source, target.address) {
        (Some(source), address) if source.is_ipv4() == address.is_ipv4() => Ok(SocketAddr::new(source, 0)),
        (Some(_), _) => Err(Failure::FamilyUnusable),
        (None, SocketAddr::V4(_)) => Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0)),
        (None, SocketAddr::V6(_)) => Ok(SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0)),
    }
}

/// Takes an error of a socket as what it says about the server.
fn failure(error: &io::Error) -> Failure {
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
