//! One UDP socket with a port of its own, and the queries on it.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;

use super::outbox::Abandoned;
use super::queue::{BulkQuery, QueuedQuery};
use super::state::BulkState;
use crate::dns::Mismatch;
use crate::dns::answer::Answer;
use crate::dns::message::{FORMERR, NOTIMP, OptRecord, Question, echoes_case, has_question, randomize_case};
use crate::dns::wire::Scratch;
use crate::net::SignedQuery;
use crate::net::rtt::RttEstimator;
use crate::net::socket::socket_failure;
use crate::net::udp::batch;
use crate::net::udp::pending::MAX_SENDS;
use crate::net::udp::socket::FIRST_RETRY_DIVISOR;
use crate::net::window::Window;
use crate::observe::Failure;

/// The window at first.
const INITIAL_WINDOW: f32 = 16.0;

/// The largest window: the receive buffers of servers hold somewhat more than a hundred datagrams.
const MAX_WINDOW: f32 = 100.0;

/// The most queries from one source port; a new one from time to time makes forging harder (RFC 5452 section 4.5).
const MAX_QUERIES: usize = 4096;

/// As many queries are to be sent over TCP before those over UDP pause for them.
const MAX_OVER_TCP: usize = 64;

/// How long a socket without queries stays open.
const IDLE_TIMEOUT: Duration = Duration::from_secs(2);

/// A query that was sent, or is to be sent.
struct Datagram<T> {
    queued: QueuedQuery<T>,
    question: Question,
    opt: OptRecord,
    signed: SignedQuery,
    sends: u32,
    first_sent: Instant,
    /// When it is sent again or given up; nothing while it waits to be sent.
    deadline: Option<Instant>,
    /// Why there is no answer so far.
    failure: Failure,
    /// Whether there was a response without the random case.
    is_case_lost: bool,
    /// Whether there was an error without a question, as servers without EDNS send.
    is_edns_error: bool,
}

/// What is known of the path to the address, for all sockets of a run.
pub(super) struct Path {
    window: Window,
    rtt: RttEstimator,
}

impl Default for Path {
    fn default() -> Self {
        Self { window: Window::new(INITIAL_WINDOW, MAX_WINDOW), rtt: RttEstimator::default() }
    }
}

impl Path {
    /// How long a query waits before it is sent again for the first time.
    fn wait(&self, timeout: Duration) -> Duration {
        self.rtt.retry_timeout(timeout / FIRST_RETRY_DIVISOR)
    }
}

/// A socket that carries queries.
pub(super) struct BulkSocket<'r, T> {
    state: &'r mut BulkState<T>,
    path: &'r mut Path,
    in_flight: HashMap<u16, Datagram<T>>,
    /// The ids of those that wait to be sent.
    unsent: VecDeque<u16>,
    /// How many queries were taken from the queue.
    taken: usize,
    send_buffer_full: bool,
    is_answered: bool,
    /// Queries that need TCP.
    over_tcp: VecDeque<QueuedQuery<T>>,
    idle_since: Instant,
    /// When the last answer came, or the socket was opened.
    last_answer: Instant,
    scratch: Scratch,
}

/// What is left of the queries on a socket once it is closed.
pub(super) struct SocketEnd<T> {
    /// Queries that were truncated or not answered, and are to be sent over TCP.
    pub(super) over_tcp: VecDeque<QueuedQuery<T>>,
    /// Whether any query was answered.
    pub(super) is_answered: bool,
}

impl<'r, T: BulkQuery> BulkSocket<'r, T> {
    pub(super) fn new(state: &'r mut BulkState<T>, path: &'r mut Path) -> Self {
        Self {
            state,
            path,
            in_flight: HashMap::new(),
            unsent: VecDeque::new(),
            taken: 0,
            send_buffer_full: false,
            is_answered: false,
            over_tcp: VecDeque::new(),
            idle_since: Instant::now(),
            last_answer: Instant::now(),
            scratch: Scratch::default(),
        }
    }

    /// Sends queries and hands on their answers until nothing is to be sent for a while, the port is used up, or
    /// queries need TCP.
    pub(super) async fn exchange_datagrams(mut self, socket: &UdpSocket) -> Result<SocketEnd<T>, Abandoned> {
        loop {
            let now = Instant::now();
            self.expire(now);
            self.take_queries(now);
            self.send(socket, now);
            if self.in_flight.is_empty() && self.is_at_end(now) {
                return Ok(SocketEnd { over_tcp: self.over_tcp, is_answered: self.is_answered });
            }
            let wake = self.next_deadline(now);
            tokio::select! {
                biased;
                () = self.state.queue.receive(), if self.state.queue.has_room() => {}
                ready = socket.readable() => self.read(socket, ready),
                _ = socket.writable(), if self.send_buffer_full => self.send_buffer_full = false,
                sent = self.state.outbox.send() => sent?,
                () = tokio::time::sleep_until(wake.into()) => {}
            }
        }
    }

    /// Whether no more queries are taken from the queue.
    fn is_full(&self, now: Instant) -> bool {
        let is_quiet = self.last_answer + self.state.timeout <= now;
        self.taken >= MAX_QUERIES
            || self.over_tcp.len() >= MAX_OVER_TCP
            || is_quiet && !self.over_tcp.is_empty()
    }

    /// Whether the socket is done with, now that no query is in flight.
    fn is_at_end(&self, now: Instant) -> bool {
        let waits_for_tcp = self.state.queue.is_empty() && !self.over_tcp.is_empty();
        self.is_full(now)
            || waits_for_tcp
            || self.state.queue.is_finished()
            || self.idle_since + IDLE_TIMEOUT <= now
    }

    /// Moves queries from the queue into flight, as many as the window admits.
    fn take_queries(&mut self, now: Instant) {
        let mut room = 0;
        while !self.is_full(now) && self.path.window.admits(self.in_flight.len() + room) {
            room += 1;
        }
        let count = self.state.admit(room, now);
        self.state.pace.spend(count);
        self.taken += count;
        for _ in 0..count {
            let Some(queued) = self.state.queue.pop() else { return };
            let opt = self.state.opt(&queued);
            let (qname, qtype) = queued.query.question();
            let question = Question { id: self.free_id(), qname: qname.clone(), qtype };
            let mut wire = question.to_wire(opt);
            randomize_case(&mut wire, rand::random());
            match SignedQuery::new(wire, &self.state.target) {
                Err(failure) => self.state.fail(queued, failure),
                Ok(signed) => {
                    self.unsent.push_back(question.id);
                    let query = Datagram {
                        queued,
                        opt,
                        signed,
                        sends: 0,
                        first_sent: now,
                        deadline: None,
                        failure: Failure::Timeout,
                        is_case_lost: false,
                        is_edns_error: false,
                        question,
                    };
                    self.in_flight.insert(query.question.id, query);
                }
            }
        }
    }

    /// Draws an id that no query in flight has.
    fn free_id(&self) -> u16 {
        loop {
            let id = rand::random();
            if !self.in_flight.contains_key(&id) {
                return id;
            }
        }
    }

    /// Sends what waits for it, until the send buffer is full.
    fn send(&mut self, socket: &UdpSocket, now: Instant) {
        let timeout = self.state.timeout;
        while !self.send_buffer_full && !self.unsent.is_empty() {
            // A query that was answered meanwhile is not sent again.
            let in_flight = &self.in_flight;
            self.unsent.retain(|id| in_flight.contains_key(id));
            let batch = self.unsent.iter().take(batch::MAX_LEN);
            let messages: Vec<&[u8]> =
                batch.filter_map(|id| in_flight.get(id)).map(|query| query.signed.wire.as_slice()).collect();
            let (count, sent) = (messages.len(), batch::send(socket, &messages));
            let sent = sent.unwrap_or_else(|error| {
                if error.kind() == io::ErrorKind::WouldBlock {
                    return 0;
                }
                // It concerns the path, and may belong to an earlier datagram: these count as sent and lost.
                self.note_failure(&socket_failure(&error));
                count
            });
            self.send_buffer_full = sent < count;
            let wait = self.path.wait(timeout);
            for id in self.unsent.drain(..sent) {
                if let Some(query) = self.in_flight.get_mut(&id) {
                    if query.sends == 0 {
                        query.first_sent = now;
                    }
                    query.sends += 1;
                    let latest = query.first_sent + timeout;
                    let is_last = query.sends == MAX_SENDS;
                    query.deadline =
                        Some(if is_last { latest } else { latest.min(now + wait * query.sends) });
                }
            }
        }
    }

    fn note_failure(&mut self, failure: &Failure) {
        for query in self.in_flight.values_mut() {
            query.failure = failure.clone();
        }
    }

    /// Reads the datagrams that have arrived.
    fn read(&mut self, socket: &UdpSocket, ready: io::Result<()>) {
        let now = Instant::now();
        let received = ready.and_then(|()| batch::receive(socket, |message| self.accept(message, now)));
        match received {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => self.note_failure(&socket_failure(&error)),
        }
    }

    /// Takes a datagram as the response to the query with its id, if it can be trusted.
    fn accept(&mut self, message: &[u8], now: Instant) {
        let id = message.first_chunk().map(|&id| u16::from_be_bytes(id));
        let Some(query) = id.and_then(|id| self.in_flight.get_mut(&id)) else { return };
        let answer = match Answer::parse(message, &query.question, &mut self.scratch) {
            Ok(Some(answer)) => answer,
            Ok(None) => {
                query.failure = Mismatch::of(message, &query.question).into();
                return;
            }
            Err(malformed) => {
                query.failure = Failure::Malformed(malformed.to_string());
                return;
            }
        };
        if !has_question(message) && query.signed.verifier.is_none() {
            // Whoever guesses the id can send a header. It is no reason for more than a query without EDNS.
            query.failure = Mismatch::NoQuestion.into();
            query.is_edns_error |=
                query.opt != OptRecord::Omitted && matches!(answer.rcode, FORMERR | NOTIMP);
            return;
        }
        if !echoes_case(&query.signed.wire, message) {
            query.is_case_lost = true;
            query.failure = Mismatch::LetterCase.into();
            return;
        }
        // A truncated response is not used but asked for again over TCP.
        if !answer.truncated
            && let Err(error) = query.signed.verify_single(message)
        {
            query.failure = error.into();
            return;
        }
        let id = query.question.id;
        if let Some(query) = self.in_flight.remove(&id) {
            self.finish(query, answer, now);
        }
    }

    fn finish(&mut self, query: Datagram<T>, answer: Answer, now: Instant) {
        let rtt = now.saturating_duration_since(query.first_sent);
        if query.sends == 1 {
            self.path.rtt.record(rtt);
        }
        self.path.window.on_response();
        self.state.health.record(&Ok(()), now, now);
        self.is_answered = true;
        (self.idle_since, self.last_answer) = (now, now);
        if answer.truncated {
            self.over_tcp.push_back(QueuedQuery { over_udp: Some(Failure::Truncated), ..query.queued });
        } else {
            self.state.finish((query.queued, query.question, query.opt), answer, rtt);
        }
    }

    /// Sends again the queries whose deadline has passed, or leaves them to TCP.
    fn expire(&mut self, now: Instant) {
        let is_due = |query: &Datagram<T>| query.deadline.is_some_and(|deadline| deadline <= now);
        let due: Vec<u16> =
            self.in_flight.iter().filter(|(_, query)| is_due(query)).map(|(id, _)| *id).collect();
        for id in due {
            if let Some(query) = self.in_flight.get_mut(&id) {
                // Where the server does not keep the case, TCP tells sooner.
                let is_over = query.sends >= MAX_SENDS
                    || query.is_case_lost
                    || query.is_edns_error
                    || matches!(query.failure, Failure::Tsig(_));
                if !is_over {
                    query.deadline = None;
                    self.unsent.push_back(id);
                    if self.path.rtt.has_sample() {
                        self.path.window.on_loss(now);
                    }
                    continue;
                }
            }
            if let Some(query) = self.in_flight.remove(&id) {
                self.idle_since = now;
                let mut queued = query.queued;
                if query.is_edns_error {
                    queued.without_edns = true;
                    self.state.queue.push_front(queued);
                } else {
                    queued.over_udp = Some(query.failure);
                    self.over_tcp.push_back(queued);
                }
            }
        }
    }

    /// When a query is due, or the next may be sent.
    fn next_deadline(&self, now: Instant) -> Instant {
        let deadlines = self.in_flight.values().filter_map(|query| query.deadline);
        let next = self.state.pace.next();
        let is_paced = next > now && !self.state.queue.is_empty();
        let idle = if self.in_flight.is_empty() { self.idle_since } else { now } + IDLE_TIMEOUT;
        deadlines.chain(is_paced.then_some(next)).fold(idle, Instant::min)
    }
}
