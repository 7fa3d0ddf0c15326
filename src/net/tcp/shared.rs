//! A connection to an address that many queries share (RFC 7766 section 6.2.1.1).
//!
//! It serves the queries that UDP did not answer, which may be many at once, and all single queries over TLS. A query
//! whose connection closes before its response is sent again over a connection of its own.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Buf as _, BytesMut};
use tokio::sync::{mpsc, oneshot};

use crate::dns::Mismatch;
use crate::dns::message::{Question, Response};
use crate::net::SignedQuery;
use crate::net::stream::{Stream, frame};
use crate::net::tls::{Handshake, TlsClients, is_alert};
use crate::observe::{Failure, ServerCertificate};
use crate::plan::Target;

/// How long a connection without queries stays open: shorter than the idle timeout of any server.
const IDLE_TIMEOUT: Duration = Duration::from_secs(2);

/// The most unanswered queries on one connection.
const MAX_IN_FLIGHT: usize = 100;

/// The length of the longest message, with its length in front.
const MAX_FRAME_LEN: usize = 2 + 65_535;

/// The maximum number of bytes since the last response that answer no query in flight. Responses that come after their
/// query has timed out stay well below it.
const MAX_UNEXPECTED_BYTES: usize = 256 * 1024;

/// Why a query on a shared connection has no response.
#[derive(Debug)]
pub(in crate::net) enum SharedQueryError {
    /// The query failed.
    Failed(Failure),
    /// The connection closed, maybe because of another query.
    Disconnected,
}

/// The response to a query on a shared connection, with the certificate of the server if that runs over TLS.
pub(in crate::net) type SharedQueryResult = Result<(Response, Option<ServerCertificate>), SharedQueryError>;

/// A query that waits to be sent, or for its response.
#[derive(Debug)]
pub(in crate::net) struct PendingQuery {
    question: Question,
    query: SignedQuery,
    /// The failure if no response comes.
    last_failure: Failure,
    /// When the query fails, sent or not.
    deadline: Instant,
    caller: oneshot::Sender<SharedQueryResult>,
}

impl PendingQuery {
    /// Makes a query that is ready to be sent; the receiver gets its result.
    pub(in crate::net) fn new(
        question: Question,
        query: SignedQuery,
        deadline: Instant,
    ) -> (Self, oneshot::Receiver<SharedQueryResult>) {
        let (caller, receiver) = oneshot::channel();
        (Self { question, query, last_failure: Failure::Timeout, deadline, caller }, receiver)
    }

    /// Takes a message with its id as the response; returns the query if the message answers another one.
    fn accept(mut self, message: &[u8], certificate: Option<ServerCertificate>) -> Option<Self> {
        let result = match Response::parse(message, &self.question) {
            Ok(Some(response)) if response.header.is_truncated() => Err(Failure::Truncated),
            Ok(Some(response)) => {
                self.query.verify_single(message).map(|()| (response, certificate)).map_err(Failure::from)
            }
            Ok(None) => {
                self.last_failure = Mismatch::of(message, &self.question).into();
                return Some(self);
            }
            Err(malformed) => Err(Failure::Malformed(malformed.to_string())),
        };
        self.finish(result.map_err(SharedQueryError::Failed));
        None
    }

    fn finish(self, result: SharedQueryResult) {
        // Sending fails if the caller no longer waits.
        drop(self.caller.send(result));
    }
}

/// A handle to the task that owns a shared connection.
#[derive(Clone, Debug)]
pub(in crate::net) struct SharedConnection(mpsc::UnboundedSender<PendingQuery>);

impl SharedConnection {
    /// Opens a connection to a target, within `timeout`. It closes when it has brought no response for as long while
    /// queries wait for one.
    pub(in crate::net) fn open(target: &Target, tls: Arc<TlsClients>, timeout: Duration) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        let target = target.clone();
        tokio::spawn(async move {
            let driver = ConnectionDriver::new(timeout);
            driver.run((&target, &tls), receiver).await;
        });
        Self(sender)
    }

    /// Whether the connection still takes queries.
    pub(in crate::net) fn is_open(&self) -> bool {
        !self.0.is_closed()
    }

    /// Sends a query; returns it if the connection is closed.
    pub(in crate::net) fn send(&self, query: PendingQuery) -> Result<(), PendingQuery> {
        self.0.send(query).map_err(|mpsc::error::SendError(query)| query)
    }
}

/// Drives a shared connection from connecting to closing.
struct ConnectionDriver {
    /// Queries to be sent.
    queue: VecDeque<PendingQuery>,
    /// Sent queries, by id.
    in_flight: HashMap<u16, PendingQuery>,
    /// Messages that are still to be written.
    unwritten: BytesMut,
    /// When the last response came, or the first query of those in flight was sent.
    quiet_since: Instant,
    /// The bytes since the last response.
    unexpected_bytes: usize,
    timeout: Duration,
    /// The certificate of the server, if the connection runs over TLS.
    certificate: Option<ServerCertificate>,
}

impl ConnectionDriver {
    fn new(timeout: Duration) -> Self {
        Self {
            queue: VecDeque::new(),
            in_flight: HashMap::new(),
            unwritten: BytesMut::new(),
            quiet_since: Instant::now(),
            unexpected_bytes: 0,
            timeout,
            certificate: None,
        }
    }

    async fn run(
        mut self,
        (target, tls): (&Target, &TlsClients),
        mut receiver: mpsc::UnboundedReceiver<PendingQuery>,
    ) {
        let connecting = Stream::connect(target, tls, Handshake::Full);
        let connected = tokio::time::timeout(self.timeout, connecting).await;
        let connect_failure = match connected.unwrap_or(Err(Failure::Timeout)) {
            Ok(stream) => {
                self.certificate = stream.certificate();
                self.exchange_messages(stream, &mut receiver).await;
                None
            }
            Err(failure) => Some(failure),
        };
        receiver.close();
        while let Some(query) = receiver.recv().await {
            self.queue.push_back(query);
        }
        for query in self.queue.into_iter().chain(self.in_flight.into_values()) {
            let failure = connect_failure.clone();
            query.finish(Err(failure.map_or(SharedQueryError::Disconnected, SharedQueryError::Failed)));
        }
    }

    /// Sends queries and reads responses until the connection is closed, idle, or without a response for too long.
    ///
    /// A server that reads nothing is given up after the same time as one that sends nothing. One that sends messages
    /// that are not responses is given up after [`MAX_UNEXPECTED_BYTES`] of them.
    async fn exchange_messages(
        &mut self,
        mut stream: Stream,
        receiver: &mut mpsc::UnboundedReceiver<PendingQuery>,
    ) {
        let (mut reader, mut writer) = stream.split();
        let mut buffer = BytesMut::with_capacity(MAX_FRAME_LEN);
        let mut received = Vec::new();
        let mut is_open = true;
        loop {
            self.frame_messages();
            buffer.reserve(MAX_FRAME_LEN);
            let wake = self.next_deadline();
            let is_writing = !self.unwritten.is_empty() || !writer.is_flushed();
            tokio::select! {
                count = receiver.recv_many(&mut received, MAX_IN_FLIGHT), if is_open => {
                    is_open = count > 0;
                    self.queue.extend(received.drain(..));
                }
                written = writer.write_buf(&mut self.unwritten), if is_writing => {
                    if written.is_err() {
                        return;
                    }
                }
                read = reader.read_buf(&mut buffer) => {
                    if read.is_err() {
                        return;
                    }
                    self.accept_responses(&mut buffer);
                    // After an alert of TLS, nothing follows. Connections of their own fail with it.
                    if self.unexpected_bytes > MAX_UNEXPECTED_BYTES || is_alert(&buffer) {
                        return;
                    }
                }
                () = tokio::time::sleep_until(wake.into()) => {}
            }
            let now = Instant::now();
            self.expire(now);
            if self.closes_at() <= now || (!is_open && self.is_idle()) {
                return;
            }
        }
    }

    fn is_idle(&self) -> bool {
        self.in_flight.is_empty() && self.queue.is_empty()
    }

    /// When the connection closes unless a query or a response comes.
    fn closes_at(&self) -> Instant {
        self.quiet_since + if self.is_idle() { IDLE_TIMEOUT } else { self.timeout }
    }

    /// When a query fails next, or the connection closes.
    fn next_deadline(&self) -> Instant {
        let queries = self.in_flight.values().chain(&self.queue);
        queries.map(|query| query.deadline).fold(self.closes_at(), Instant::min)
    }

    /// Moves queries from the queue into flight, and frames their messages to be written.
    ///
    /// While a server does not read what was framed before, they wait: nothing grows.
    fn frame_messages(&mut self) {
        if !self.unwritten.is_empty() {
            return;
        }
        while self.in_flight.len() < MAX_IN_FLIGHT {
            // Only one query with an id can be in flight; another one waits.
            let is_id_free = |query: &mut PendingQuery| !self.in_flight.contains_key(&query.question.id);
            let Some(query) = self.queue.pop_front_if(is_id_free) else { break };
            if self.in_flight.is_empty() {
                self.quiet_since = Instant::now();
            }
            self.unwritten.extend_from_slice(&frame(&query.query.wire));
            self.in_flight.insert(query.question.id, query);
        }
    }

    /// Hands each complete message of the buffer to the query with its id.
    fn accept_responses(&mut self, buffer: &mut BytesMut) {
        while let Some((&length, rest)) = buffer.split_first_chunk() {
            let length = usize::from(u16::from_be_bytes(length));
            let Some(message) = rest.get(..length) else { break };
            let id = message.first_chunk().map(|&id| u16::from_be_bytes(id));
            self.unexpected_bytes += 2 + length;
            if let Some(Entry::Occupied(entry)) = id.map(|id| self.in_flight.entry(id)) {
                match entry.remove().accept(message, self.certificate) {
                    Some(unanswered) => drop(self.in_flight.insert(unanswered.question.id, unanswered)),
                    None => {
                        self.quiet_since = Instant::now();
                        self.unexpected_bytes = 0;
                    }
                }
            }
            buffer.advance(2 + length);
        }
    }

    /// Fails the queries whose deadline has passed, sent or not.
    fn expire(&mut self, now: Instant) {
        let in_flight = self.in_flight.extract_if(|_, query| query.deadline <= now).map(|(_, query)| query);
        let (queued, queue): (VecDeque<_>, _) = self.queue.drain(..).partition(|query| query.deadline <= now);
        self.queue = queue;
        for query in in_flight.chain(queued) {
            let failure = query.last_failure.clone();
            query.finish(Err(SharedQueryError::Failed(failure)));
        }
    }
}
