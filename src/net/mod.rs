//! One question, one answer.
//!
//! In: an address and a question about a zone's apex. Out: an [`Observation`], whatever happened. It
//! never judges what a server says; a reply counts only if it comes from the asked address and has our
//! id and our question, and anything else is ignored while the wait goes on.

mod dead_server;
mod limits;
mod query;
mod recorder;
mod rtt;
mod signed;
pub(crate) mod tcp;
mod udp;
mod window;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use limits::{Permit, QueryLimiter};
pub use query::QueryOptions;
pub use recorder::QueryRecorder;
pub use udp::pool::SourcePort;

use udp::pool::SocketPool;

use crate::dns::Name;
use crate::dns::message::Response;
use crate::dns::rtype::Rtype;
use crate::observe::{Failure, Observation, RrsetAnswer, SoaResponse, TimeSpan, Transport, UdpOutcome};
use crate::plan::Target;

/// Asks servers, within limits that all zones share.
#[derive(Debug)]
pub struct Client {
    /// How long one question waits for its answer after it was sent for the last time.
    pub timeout: Duration,
    /// What all questions share.
    pub limiter: Arc<QueryLimiter>,
    /// Who counts, if anybody does.
    meter: Option<Arc<dyn QueryRecorder>>,
    lanes: SocketPool,
}

impl Client {
    /// Asks nobody yet.
    pub fn new(timeout: Duration, limiter: Arc<QueryLimiter>) -> Self {
        Self { timeout, limiter, meter: None, lanes: SocketPool::default() }
    }

    /// Has everything counted that is asked from now on.
    pub fn recorded_by(self, meter: Arc<dyn QueryRecorder>) -> Self {
        Self { meter: Some(meter), ..self }
    }

    /// Returns another one under the same limits, with sockets of its own.
    pub fn fork(&self) -> Self {
        Self { meter: self.meter.clone(), ..Self::new(self.timeout, Arc::clone(&self.limiter)) }
    }

    /// Asks an address for the zone's SOA; times count from `started`.
    pub async fn soa(
        &self,
        target: &Target,
        zone: &Name,
        how: QueryOptions,
        started: Instant,
    ) -> Observation {
        let _permit = self.limiter.acquire_query(target.address, || self.lanes.is_dead(target)).await;
        let asked = Instant::now();
        let (exchanged, udp) = self.exchange(target, (zone, Rtype::SOA), how).await;
        let sent = exchanged.as_ref().map_or(asked, |exchanged| exchanged.sent);
        let span = TimeSpan { start: sent.saturating_duration_since(started), end: started.elapsed() };
        let response =
            exchanged.map(|exchanged| SoaResponse::new(exchanged.answer, exchanged.transport, exchanged.rtt));
        tracing::debug!(%zone, server = %target.address, ?response, "asked for the SOA");
        Observation { span, response, udp }
    }

    /// Asks an address for the zone's NS set; empty if it gives none with authority.
    pub async fn name_servers(&self, target: &Target, zone: &Name) -> Vec<Name> {
        let _permit = self.limiter.acquire_query(target.address, || self.lanes.is_dead(target)).await;
        let how = QueryOptions { transport: Transport::Udp, source_port: SourcePort::Shared };
        match self.exchange(target, (zone, Rtype::NS), how).await.0 {
            Ok(exchanged) if exchanged.answer.header.is_authoritative() => exchanged.answer.name_servers,
            Ok(_) | Err(_) => Vec::new(),
        }
    }
}

impl Client {
    /// Asks an address for an RRset, over UDP and where that brings not all over TCP.
    pub async fn rrset(&self, target: &Target, owner: &Name, rtype: Rtype) -> Result<RrsetAnswer, Failure> {
        let _permit = self.limiter.acquire_query(target.address, || self.lanes.is_dead(target)).await;
        let how = QueryOptions { transport: Transport::Udp, source_port: SourcePort::Shared };
        let exchanged = self.exchange(target, (owner, rtype), how).await.0;
        tracing::debug!(%owner, %rtype, server = %target.address, ?exchanged, "asked for an RRset");
        let answer = exchanged?.answer;
        let delegates = rtype == Rtype::NS && !answer.records.is_empty();
        Ok(RrsetAnswer {
            rcode: answer.rcode,
            authoritative: answer.header.is_authoritative() || delegates,
            records: answer.records,
        })
    }

    /// Takes in that a transfer of this type has ended.
    pub(crate) fn record_transfer(&self, target: &Target, rtype: Rtype, outcome: Result<(), &Failure>) {
        if let Some(meter) = &self.meter {
            meter.record_transfer(target, rtype, outcome);
        }
    }

    async fn exchange(
        &self,
        target: &Target,
        question: (&Name, Rtype),
        how: QueryOptions,
    ) -> (Result<Exchanged, Failure>, UdpOutcome) {
        let (exchanged, datagrams) = query::exchange(self, target, question, how).await;
        if let Some(meter) = &self.meter {
            match &exchanged {
                Ok(exchanged) => meter.record_query(target, exchanged.transport, Ok(exchanged.rtt)),
                Err(failure) => meter.record_query(target, how.transport, Err(failure)),
            }
        }
        (exchanged, datagrams)
    }
}

pub(crate) use signed::{SignedQuery, now};

/// An answer, and how it came.
#[derive(Debug)]
struct Exchanged {
    answer: Response,
    transport: Transport,
    /// When the question was sent first.
    sent: Instant,
    /// From then to the answer.
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
