//! One query, over whatever brings a response.
//!
//! ```text
//!  start, with EDNS
//!    │
//!    ▼
//!  UDP ───────── trusted response ─────────────────────▶ answered over UDP
//!    │ │ └────── no route for the address family ──────▶ failed
//!    │ └──────── any other end ──────────┐
//!    │ last retry sent                   │
//!    ▼                                   │
//!  UDP and TCP ─ trusted UDP response ───┼─────────────▶ answered over UDP
//!    │ └──────── TCP response ───────────┼─────────────▶ answered over TCP
//!    │                                   │
//!    │ UDP ends otherwise                ▼
//!    └────────────────────────────────▶ TCP ─ response ▶ answered over TCP
//!                                        │
//!                                        │ failure
//!                                        ▼
//!                                      failed
//! ```
//!
//! - A UDP response is trusted if it echoes the random case of the QNAME and is not truncated. Any other is dropped, and
//!   a trusted one waited for.
//! - TCP is the shared connection first; if that closes before the response, a connection of its own. A query
//!   from a fresh source port uses its own connection only.
//! - A response of FORMERR, NOTIMP or BADVERS starts it all again without EDNS, once. Over UDP, FORMERR or NOTIMP
//!   may be without a question there.
//! - [`QueryOptions::transport`] may skip UDP, and a target that is asked over TLS is asked over nothing else: then
//!   TLS stands for TCP in all of this.
//! - All of it ends within the timeout of the client after the first message was sent, whatever the server does.

use std::time::{Duration, Instant};

use super::signed::SignedQuery;
use super::tcp::connection;
use super::tcp::shared::{PendingQuery, SharedQueryError};
use super::udp::pending::{PendingUdpQuery, UdpProgress, UdpResponse, UdpResult};
use super::udp::pool::{SocketPool, SourcePort};
use crate::dns::message::{BADVERS, FORMERR, NOTIMP, OptRecord, Question, Response};
use crate::dns::{Mismatch, Name, Rtype};
use crate::observe::{Failure, ServerCertificate, Transport, UdpOutcome};
use crate::plan::Target;

/// How a query is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryOptions {
    /// UDP with TCP as the fallback, or TCP only.
    pub transport: Transport,
    /// The source port, and the connection if it goes over TCP.
    pub source_port: SourcePort,
}

/// A response, and how it came.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) response: Response,
    pub(super) transport: Transport,
    /// The certificate of the server, if it came over TLS.
    pub(super) certificate: Option<ServerCertificate>,
    /// When the query was sent first.
    pub(super) sent: Instant,
    /// The time from then to the response.
    pub(super) rtt: Duration,
}

/// Sends a query and returns its result, with the outcome of its UDP datagrams.
pub(super) async fn exchange(
    (sockets, timeout): (&SocketPool, Duration),
    target: &Target,
    (qname, qtype): (&Name, Rtype),
    options: QueryOptions,
) -> (Result<Exchange, Failure>, UdpOutcome) {
    let question = || Question { id: rand::random(), qname: qname.clone(), qtype };
    let query = QueryRunner { sockets, timeout, target, source_port: options.source_port, deadline: None };
    let (result, udp) = query.run(question(), OptRecord::Included, options.transport).await;
    match result {
        Ok(exchange) if matches!(exchange.response.rcode, FORMERR | NOTIMP | BADVERS) => {
            let query = QueryRunner { deadline: Some(exchange.sent + timeout), ..query };
            query.run(question(), OptRecord::Omitted, options.transport).await
        }
        result => (result, udp),
    }
}

/// Runs a query, from transport to transport.
struct QueryRunner<'a> {
    sockets: &'a SocketPool,
    /// How long the query waits for its response.
    timeout: Duration,
    target: &'a Target,
    source_port: SourcePort,
    /// When the query ends at the latest; `None`: `timeout` after it is sent first.
    deadline: Option<Instant>,
}

impl QueryRunner<'_> {
    /// When the query ends at the latest, if it is sent first at `sent`.
    fn deadline(&self, sent: Instant) -> Instant {
        self.deadline.unwrap_or(sent + self.timeout)
    }

    async fn run(
        &self,
        question: Question,
        opt: OptRecord,
        transport: Transport,
    ) -> (Result<Exchange, Failure>, UdpOutcome) {
        match transport {
            Transport::Udp if self.target.tls.is_none() => self.run_udp(question, opt).await,
            Transport::Udp | Transport::Tcp | Transport::Tls => {
                let deadline = self.deadline(Instant::now());
                (self.run_connection(question, opt, deadline).await, UdpOutcome::NotSent)
            }
        }
    }

    /// Runs it over UDP with TCP as the fallback.
    async fn run_udp(&self, question: Question, opt: OptRecord) -> (Result<Exchange, Failure>, UdpOutcome) {
        let sent = PendingUdpQuery::new(question.clone(), opt, self.target, self.deadline);
        let sent = sent.and_then(|(query, progress)| {
            self.sockets.send_udp(self.target, self.source_port, self.timeout, query)?;
            Ok(progress)
        });
        let (progress, first_sent) = match sent {
            // The task of the socket ends without an answer only when the whole program ends.
            Ok(progress) => {
                progress.await.unwrap_or_else(|_| (UdpProgress::Done(Err(Failure::Closed)), Instant::now()))
            }
            Err(failure) => (UdpProgress::Done(Err(failure)), Instant::now()),
        };
        self.after_udp(progress, question, opt, self.deadline(first_sent)).await
    }

    /// Takes the response over UDP if it is trusted, and runs the query over TCP if not.
    async fn after_udp(
        &self,
        progress: UdpProgress,
        question: Question,
        opt: OptRecord,
        deadline: Instant,
    ) -> (Result<Exchange, Failure>, UdpOutcome) {
        let mut over_tcp = None;
        let over_udp = match progress {
            UdpProgress::Done(result) => result,
            UdpProgress::RetriesExhausted { mut result, is_case_lost } => {
                let mut tcp = Box::pin(self.run_connection(question.clone(), opt, deadline));
                loop {
                    tokio::select! {
                        result = &mut result => break result.unwrap_or(Err(Failure::Closed)),
                        result = &mut tcp, if over_tcp.is_none() => {
                            let is_answered = result.is_ok();
                            over_tcp = Some(result);
                            if is_answered {
                                break Err(if is_case_lost { Mismatch::LetterCase.into() } else { Failure::Timeout });
                            }
                        }
                    }
                }
            }
        };
        match over_udp {
            Ok(UdpResponse { response, sent, rtt }) if !response.header.is_truncated() => {
                let transport = Transport::Udp;
                let exchange = Exchange { response, transport, certificate: None, sent, rtt };
                return (Ok(exchange), UdpOutcome::Answered);
            }
            Err(Failure::FamilyUnusable) => return (Err(Failure::FamilyUnusable), UdpOutcome::Unanswered),
            Ok(_) | Err(_) => {}
        }
        let over_tcp = match over_tcp {
            Some(result) => result,
            None => Box::pin(self.run_connection(question, opt, deadline)).await,
        };
        (after_tcp(&over_udp, over_tcp), udp_outcome(&over_udp))
    }

    /// Runs it over TCP, or over TLS if the target is asked so: on the shared connection, or on one of its own.
    async fn run_connection(
        &self,
        question: Question,
        opt: OptRecord,
        deadline: Instant,
    ) -> Result<Exchange, Failure> {
        let sent = Instant::now();
        let transport = self.target.tls.as_ref().map_or(Transport::Tcp, |_| Transport::Tls);
        let exchange = |(response, certificate)| Exchange {
            response,
            transport,
            certificate,
            sent,
            rtt: sent.elapsed(),
        };
        if self.source_port == SourcePort::Shared {
            let query = SignedQuery::new(question.to_wire(opt), self.target)?;
            let (query, result) = PendingQuery::new(question.clone(), query, deadline);
            self.sockets.send_shared(self.target, self.timeout, query);
            match result.await.unwrap_or(Err(SharedQueryError::Disconnected)) {
                Ok(response) => return Ok(exchange(response)),
                Err(SharedQueryError::Failed(failure)) => return Err(failure),
                Err(SharedQueryError::Disconnected) => {}
            }
        }
        let to = (self.target, self.sockets.tls());
        let parse = |message: &[u8]| match Response::parse(message, &question) {
            Ok(Some(response)) if response.header.is_truncated() => Err(Failure::Truncated),
            Ok(Some(response)) => Ok(response),
            Ok(None) => Err(Mismatch::of(message, &question).into()),
            Err(malformed) => Err(Failure::Malformed(malformed.to_string())),
        };
        connection::exchange(deadline, to, question.to_wire(opt), parse).await.map(exchange)
    }
}

/// The outcome over UDP of a query without a trusted response.
fn udp_outcome(over_udp: &UdpResult) -> UdpOutcome {
    match over_udp {
        Ok(UdpResponse { response, .. }) if is_truncated_empty(response) => UdpOutcome::Truncated,
        // A server that does not keep the case of a name answers users all the same.
        Ok(_) | Err(Failure::Mismatched(Mismatch::LetterCase)) => UdpOutcome::Answered,
        Err(_) => UdpOutcome::Unanswered,
    }
}

/// The result of a query without a trusted response over UDP; one that came is truncated.
pub(super) fn after_tcp<U, T>(
    over_udp: &Result<U, Failure>,
    over_tcp: Result<T, Failure>,
) -> Result<T, Failure> {
    match (over_udp, over_tcp) {
        (_, Ok(response)) => Ok(response),
        // A signature error tells more than the failure of UDP, and so does an alert of TLS.
        (_, Err(failure @ (Failure::Tsig(_) | Failure::Tls(_)))) => Err(failure),
        (Ok(_), Err(_)) => Err(Failure::Truncated),
        (Err(failure @ (Failure::ConnectionRefused | Failure::Timeout)), Err(Failure::Closed)) => {
            Err(Failure::ClosedOverTcp(Box::new(failure.clone())))
        }
        (Err(failure), Err(_)) => Err(failure.clone()),
    }
}

/// Whether a response is truncated (TC) and has no answer, as those of rate-limiting servers.
fn is_truncated_empty(response: &Response) -> bool {
    response.header.is_truncated() && response.header.counts[1] == 0
}
