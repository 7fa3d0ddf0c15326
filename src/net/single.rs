//! One message of any kind, and the response with all its records: for messages that no other ones go with.
//!
//! ```text
//!  UDP ── response ────────────────────────────────────▶ answered over UDP
//!   │ └── truncated, or an error of the socket ──▶ TCP ─▶ answered over TCP, or failed
//!   │ the last of three sends, after half of the time
//!   ▼
//!  UDP and TCP ── whichever response comes first ──────▶ answered
//! ```
//!
//! - A datagram is the response if it comes from the address to the port of this message, which no other uses, and has
//!   its id and question. The case of the QNAME is not random: some resolvers and old servers do not keep it.
//! - A query whose response is FORMERR, NOTIMP or BADVERS is sent again without EDNS, once. A NOTIFY has no EDNS, so
//!   that each of its RCODEs is about the NOTIFY.
//! - A target that is asked over TLS is asked over nothing else. A caller may want TCP alone, too.
//! - All of it ends within the timeout of the client, whatever the server does.

use std::pin::pin;
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;
use tokio::time::timeout_at;

use super::query::after_tcp;
use super::signed::SignedQuery;
use super::socket::socket_failure;
use super::tcp::connection;
use super::tls::TlsClients;
use super::udp::batch::BUFFER_LEN;
use super::udp::pending::MAX_SENDS;
use super::udp::socket::{FIRST_RETRY_DIVISOR, connect};
use crate::dns::message::{BADVERS, FORMERR, NOTIMP, OptRecord, Question};
use crate::dns::whole::{QueryKind, WholeMessage};
use crate::dns::{Name, Rtype};
use crate::observe::{Failure, Transport};
use crate::plan::Target;

/// A message that asks a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SingleQuery {
    /// The name in the question.
    pub qname: Name,
    /// The type in the question.
    pub qtype: Rtype,
    /// What it wants of the server.
    pub kind: QueryKind,
    /// Whether it requests signatures (DO).
    pub dnssec: bool,
}

impl SingleQuery {
    fn question(&self) -> Question {
        Question { id: rand::random(), qname: self.qname.clone(), qtype: self.qtype }
    }

    fn opt(&self) -> OptRecord {
        match (self.kind, self.dnssec) {
            (QueryKind::Notify, _) => OptRecord::Omitted,
            (QueryKind::Iterative | QueryKind::Recursive, true) => OptRecord::Dnssec,
            (QueryKind::Iterative | QueryKind::Recursive, false) => OptRecord::Included,
        }
    }
}

/// Sends a message to an address, over UDP first or over TCP alone, and waits for the response.
pub(super) async fn exchange(
    (tls, timeout): (&TlsClients, Duration),
    target: &Target,
    query: &SingleQuery,
    transport: Transport,
) -> Result<(WholeMessage, Transport), Failure> {
    let deadline = Instant::now() + timeout;
    let over_tcp_alone = transport != Transport::Udp || target.tls.is_some();
    let kind = query.kind;
    let attempt =
        |opt| Attempt { tls, target, deadline, question: query.question(), kind, opt, over_tcp_alone };
    let (response, transport) = Box::pin(attempt(query.opt()).run()).await?;
    let is_about_edns = query.opt() != OptRecord::Omitted;
    if is_about_edns && matches!(response.rcode, FORMERR | NOTIMP | BADVERS) {
        return Box::pin(attempt(OptRecord::Omitted).run()).await;
    }
    Ok((response, transport))
}

/// A message that is sent, with EDNS or without.
struct Attempt<'a> {
    tls: &'a TlsClients,
    target: &'a Target,
    deadline: Instant,
    question: Question,
    kind: QueryKind,
    opt: OptRecord,
    /// Whether it is sent over TCP, or TLS, and nothing else.
    over_tcp_alone: bool,
}

impl Attempt<'_> {
    async fn run(&self) -> Result<(WholeMessage, Transport), Failure> {
        if self.over_tcp_alone {
            return self.over_connection().await;
        }
        let mut datagrams = match Datagrams::open(self) {
            Ok(datagrams) => datagrams,
            Err(failure) => return self.after_udp(Err(failure), None).await,
        };
        if let Some(over_udp) = datagrams.send().await {
            return self.after_udp(over_udp, None).await;
        }
        let mut over_tcp = None;
        let mut late = pin!(datagrams.receive_late());
        let mut tcp = pin!(self.over_connection());
        let over_udp = loop {
            tokio::select! {
                biased;
                result = &mut late => break result,
                result = &mut tcp, if over_tcp.is_none() => match result {
                    Ok(response) => return Ok(response),
                    Err(failure) => over_tcp = Some(failure),
                },
            }
        };
        self.after_udp(over_udp, over_tcp).await
    }

    /// Takes the response over UDP if it is whole, and exchanges the message over TCP if not, unless that has failed.
    async fn after_udp(
        &self,
        over_udp: Result<WholeMessage, Failure>,
        over_tcp: Option<Failure>,
    ) -> Result<(WholeMessage, Transport), Failure> {
        match over_udp {
            Ok(response) if !response.header.is_truncated() => Ok((response, Transport::Udp)),
            Err(Failure::FamilyUnusable) => Err(Failure::FamilyUnusable),
            Ok(_) | Err(_) => {
                let over_tcp = match over_tcp {
                    Some(failure) => Err(failure),
                    None => self.over_connection().await,
                };
                after_tcp(&over_udp, over_tcp)
            }
        }
    }

    fn to_wire(&self) -> Vec<u8> {
        self.kind.to_wire(&self.question, self.opt)
    }

    /// Parses a message, which may be truncated.
    fn parse(&self, message: &[u8]) -> Result<WholeMessage, Failure> {
        match WholeMessage::parse(message, &self.question, self.kind) {
            Ok(Some(response)) => Ok(response),
            Ok(None) => Err(self.kind.mismatch(message, &self.question).into()),
            Err(malformed) => Err(Failure::Malformed(malformed.to_string())),
        }
    }

    /// Exchanges it over TCP, or over TLS if the target is asked so, on a connection of its own.
    async fn over_connection(&self) -> Result<(WholeMessage, Transport), Failure> {
        let parse = |message: &[u8]| {
            let response = self.parse(message)?;
            if response.header.is_truncated() { Err(Failure::Truncated) } else { Ok(response) }
        };
        let to = (self.target, self.tls);
        let (response, _) = connection::exchange(self.deadline, to, self.to_wire(), parse).await?;
        Ok((response, self.target.tls.as_ref().map_or(Transport::Tcp, |_| Transport::Tls)))
    }
}

/// A message that is sent in datagrams, from a port of its own.
struct Datagrams<'a> {
    attempt: &'a Attempt<'a>,
    socket: UdpSocket,
    query: SignedQuery,
    /// The failure if no response comes.
    last_failure: Failure,
}

impl<'a> Datagrams<'a> {
    fn open(attempt: &'a Attempt<'a>) -> Result<Self, Failure> {
        let query = SignedQuery::new(attempt.to_wire(), attempt.target)?;
        Ok(Self { attempt, socket: connect(attempt.target)?, query, last_failure: Failure::Timeout })
    }

    /// Sends the message until there is a response, which may be truncated; `None` if there is none and it was sent for the
    /// last time.
    async fn send(&mut self) -> Option<Result<WholeMessage, Failure>> {
        let left = self.attempt.deadline.saturating_duration_since(Instant::now());
        let wait = left / FIRST_RETRY_DIVISOR;
        for sends in 1..=MAX_SENDS {
            if let Err(error) = self.socket.send(&self.query.wire).await {
                return Some(Err(socket_failure(&error)));
            }
            if sends < MAX_SENDS
                && let Some(result) = self.receive_until(Instant::now() + wait * sends).await
            {
                return Some(result);
            }
            // A retry does not mend a wrong signature.
            if let Failure::Tsig(_) = self.last_failure {
                return Some(Err(self.last_failure.clone()));
            }
        }
        None
    }

    /// Receives datagrams until one of them is the response, or the attempt is over.
    async fn receive_late(&mut self) -> Result<WholeMessage, Failure> {
        let response = self.receive_until(self.attempt.deadline).await;
        response.unwrap_or_else(|| Err(self.last_failure.clone()))
    }

    /// Receives datagrams until one of them is the response; `None` if none is by then.
    async fn receive_until(&mut self, until: Instant) -> Option<Result<WholeMessage, Failure>> {
        timeout_at(until.into(), self.receive()).await.ok()
    }

    async fn receive(&mut self) -> Result<WholeMessage, Failure> {
        let mut buffer = vec![0; BUFFER_LEN];
        loop {
            let length = self.socket.recv(&mut buffer).await.map_err(|error| socket_failure(&error))?;
            let message = buffer.get(..length).unwrap_or_default();
            match self.attempt.parse(message) {
                // It is not used but asked for again over TCP.
                Ok(response) if response.header.is_truncated() => return Ok(response),
                Ok(response) => match self.query.verify_single(message) {
                    Ok(()) => return Ok(response),
                    Err(error) => self.last_failure = error.into(),
                },
                Err(failure) => self.last_failure = failure,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::Arc;

    use tokio::net::TcpSocket;

    use super::*;
    use crate::dns::message::{NOTAUTH, REFUSED};
    use crate::dns::tsig::{Algorithm, TsigKey};
    use crate::net::{Client, QueryLimiter};
    use crate::testserver::{Action, IncomingQuery, TestServer};

    const TIMEOUT: Duration = Duration::from_millis(600);
    const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const NO_TCP: [Action; 1] = [Action::Close];

    fn target(server: &TestServer) -> Target {
        Target::at("ns1", server.address())
    }

    async fn server(script: impl Fn(&IncomingQuery) -> Vec<Action> + Send + Sync + 'static) -> TestServer {
        TestServer::start(LOOPBACK, script).await.unwrap()
    }

    async fn ask(target: &Target, kind: QueryKind) -> Result<(WholeMessage, Transport), Failure> {
        let query = SingleQuery { qname: "example".parse().unwrap(), qtype: Rtype::SOA, kind, dnssec: false };
        Client::new(TIMEOUT, Arc::new(QueryLimiter::new(4, 2, None))).single(target, &query).await
    }

    /// A response to a query with flags beside QR, without its other records.
    fn response(query: &IncomingQuery, flags: u16) -> Vec<u8> {
        let end = 12 + query.query.as_ref().map_or(0, |query| query.question.len());
        let mut message = query.message[..end].to_vec();
        let opcode = u16::from_be_bytes([message[2], message[3]]) & 0x7800;
        message[2..4].copy_from_slice(&(0x8000 | opcode | flags).to_be_bytes());
        message[10..12].copy_from_slice(&[0, 0]);
        message
    }

    fn has_edns(query: &IncomingQuery) -> bool {
        query.query.as_ref().is_some_and(|query| query.edns.is_some())
    }

    fn rcode(result: Result<(WholeMessage, Transport), Failure>) -> (u16, Transport) {
        let (response, transport) = result.unwrap();
        (response.rcode, transport)
    }

    #[tokio::test]
    async fn a_datagram_with_another_id_or_question_is_passed_over() {
        let script = |query: &IncomingQuery| {
            let right = response(query, REFUSED);
            let (mut id, mut question) = (right.clone(), right.clone());
            id[1] ^= 1;
            question[13] = b'x';
            [id, question, b"junk".to_vec(), right].map(Action::Send).to_vec()
        };
        let server = server(script).await;
        for kind in [QueryKind::Iterative, QueryKind::Recursive, QueryKind::Notify] {
            assert_eq!(rcode(ask(&target(&server), kind).await), (REFUSED, Transport::Udp), "{kind:?}");
        }
        assert_eq!(server.query_log().len(), 3);
    }

    #[tokio::test]
    async fn it_is_sent_three_times_over_udp_and_then_over_tcp_too() {
        let over_tcp = server(|query| match query.transport {
            Transport::Tcp => vec![Action::Send(response(query, 0x0400))],
            Transport::Udp | Transport::Tls => Vec::new(),
        });
        let over_tcp = over_tcp.await;
        assert_eq!(rcode(ask(&target(&over_tcp), QueryKind::Notify).await), (0, Transport::Tcp));
        let log = over_tcp.query_log();
        assert_eq!(log.iter().filter(|line| line.starts_with("UDP")).count(), 3, "{log:?}");
        let late = server(|query| match (query.transport, query.nth) {
            (Transport::Udp, 0) => vec![Action::Wait(TIMEOUT * 2 / 3), Action::Send(response(query, 0))],
            (Transport::Udp, _) => Vec::new(),
            (Transport::Tcp | Transport::Tls, _) => NO_TCP.to_vec(),
        });
        let late = late.await;
        assert_eq!(rcode(ask(&target(&late), QueryKind::Recursive).await), (0, Transport::Udp));
    }

    #[tokio::test]
    async fn a_truncated_response_is_asked_for_again_over_tcp() {
        let script = |query: &IncomingQuery| {
            vec![Action::Send(response(query, if query.transport == Transport::Udp { 0x0200 } else { 0 }))]
        };
        let server = server(script).await;
        assert_eq!(rcode(ask(&target(&server), QueryKind::Iterative).await), (0, Transport::Tcp));
        let script = |query: &IncomingQuery| vec![Action::Send(response(query, 0x0200))];
        let without_tcp = TestServer::start_without_tcp(LOOPBACK, script).await.unwrap();
        assert_eq!(ask(&target(&without_tcp), QueryKind::Iterative).await, Err(Failure::Truncated));
    }

    #[tokio::test]
    async fn a_server_without_edns_is_asked_again_but_a_notify_is_sent_without_it_at_once() {
        let script = |query: &IncomingQuery| {
            vec![Action::Send(response(query, if has_edns(query) { FORMERR } else { REFUSED }))]
        };
        let server = server(script).await;
        assert_eq!(rcode(ask(&target(&server), QueryKind::Iterative).await), (REFUSED, Transport::Udp));
        assert_eq!(server.query_log().len(), 2);
        assert_eq!(rcode(ask(&target(&server), QueryKind::Notify).await), (REFUSED, Transport::Udp));
        assert_eq!(server.query_log().len(), 3);
        let without_notify = self::server(|query| vec![Action::Send(response(query, NOTIMP))]).await;
        assert_eq!(rcode(ask(&target(&without_notify), QueryKind::Notify).await).0, NOTIMP);
        assert_eq!(without_notify.query_log().len(), 1);
    }

    #[tokio::test]
    async fn a_silent_or_closed_server_fails_within_the_timeout() {
        let silent = server(|_| Vec::new()).await;
        let started = Instant::now();
        assert_eq!(ask(&target(&silent), QueryKind::Notify).await, Err(Failure::Timeout));
        assert!(started.elapsed() < TIMEOUT * 2);
        // Bound, so that no other test gets the port, but not listening.
        let port = TcpSocket::new_v4().unwrap();
        port.bind((LOOPBACK, 0).into()).unwrap();
        let closed = Target { address: port.local_addr().unwrap(), ..target(&silent) };
        assert_eq!(ask(&closed, QueryKind::Recursive).await, Err(Failure::ConnectionRefused));
    }

    #[tokio::test]
    async fn a_response_without_the_signature_that_its_query_has_is_no_response() {
        let server = server(|query| vec![Action::Send(response(query, NOTAUTH))]).await;
        let key = TsigKey::new("transfer".parse().unwrap(), Algorithm::Sha256, vec![1]);
        let target = Target { key: Some(key), ..target(&server) };
        let result = ask(&target, QueryKind::Notify).await;
        assert!(matches!(result, Err(Failure::Tsig(_))), "{result:?}");
    }
}
