//! One connection, and the queries that are pipelined on it (RFC 7766 section 6.2.1.1).

use std::time::{Duration, Instant};

use bytes::{Buf as _, BytesMut};

use super::in_flight::{InFlight, SentQuery};
use super::outbox::Abandoned;
use super::queue::BulkQuery;
use super::state::{BulkState, EdnsSupport};
use super::window::DelayWindow;
use crate::dns::Mismatch;
use crate::dns::answer::Answer;
use crate::dns::message::{OptRecord, Question};
use crate::dns::wire::Scratch;
use crate::net::SignedQuery;
use crate::net::stream::{Stream, frame};
use crate::observe::Failure;

/// How long a connection without queries stays open: shorter than the idle timeout of any server.
const IDLE_TIMEOUT: Duration = Duration::from_secs(2);

/// The length of the longest message, with its length in front.
const MAX_FRAME_LEN: usize = 2 + 65_535;

/// The maximum number of bytes since the last response that answer no query in flight.
const MAX_UNEXPECTED_BYTES: usize = 256 * 1024;

/// A query waits for so many timeouts while queries before it are answered.
const MAX_PATIENCE: u32 = 5;

/// Why a connection has ended.
#[derive(Debug)]
pub(super) enum End {
    /// All queries are answered, or nothing is to be sent for a while.
    Idle,
    /// The server has closed it, stalls, or sends what it was not asked for.
    Broken { failure: Failure, progress: Progress },
}

/// What a connection has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Progress {
    /// No response.
    None,
    /// The response to its first query, which had been answered before.
    Probe,
    /// Responses to queries of the caller.
    Answers,
}

/// A connection that carries queries.
pub(super) struct Connection<'r, T> {
    state: &'r mut BulkState<T>,
    window: &'r mut DelayWindow,
    in_flight: InFlight<T>,
    /// Messages that are still to be written.
    unwritten: BytesMut,
    /// When the last response came, or the first query of those in flight was sent, or the last one ended.
    quiet_since: Instant,
    /// The bytes since the last response.
    unexpected_bytes: usize,
    /// Why the last message that answered no query did not.
    mismatch: Option<Mismatch>,
    progress: Progress,
    /// The query that was sent first, if its response is of no use but as a sign of life.
    probe: Option<Question>,
    scratch: Scratch,
}

impl<'r, T: BulkQuery> Connection<'r, T> {
    pub(super) fn new(state: &'r mut BulkState<T>, window: &'r mut DelayWindow) -> Self {
        Self {
            state,
            window,
            in_flight: InFlight::new(),
            unwritten: BytesMut::new(),
            quiet_since: Instant::now(),
            unexpected_bytes: 0,
            mismatch: None,
            progress: Progress::None,
            probe: None,
            scratch: Scratch::default(),
        }
    }

    /// Sends queries and hands on their answers until the connection ends.
    ///
    /// The queries that are in flight then are queued again or failed.
    pub(super) async fn exchange_messages(
        mut self,
        stream: Stream,
        is_probed: bool,
    ) -> Result<End, Abandoned> {
        if is_probed && let Some((qname, qtype)) = self.state.answered.clone() {
            self.frame_probe(Question { id: rand::random(), qname, qtype });
        }
        match self.run(stream).await? {
            None => Ok(End::Idle),
            Some(failure) => {
                self.requeue(&failure);
                Ok(End::Broken { failure, progress: self.progress })
            }
        }
    }

    /// Runs until nothing is to be sent for a while, or something fails.
    async fn run(&mut self, mut stream: Stream) -> Result<Option<Failure>, Abandoned> {
        let (mut reader, mut writer) = stream.split();
        let mut buffer = BytesMut::with_capacity(MAX_FRAME_LEN);
        let mut now = Instant::now();
        loop {
            self.frame_queries(now);
            if self.is_idle() && self.state.queue.is_finished() {
                return Ok(None);
            }
            buffer.reserve(MAX_FRAME_LEN);
            let wake = self.next_deadline(now);
            let is_writing = !self.unwritten.is_empty() || !writer.is_flushed();
            tokio::select! {
                biased;
                () = self.state.queue.receive(), if self.state.queue.has_room() => {}
                written = writer.write_buf(&mut self.unwritten), if is_writing => {
                    if let Err(failure) = written {
                        return Ok(Some(failure));
                    }
                }
                read = reader.read_buf(&mut buffer) => {
                    if let Err(failure) = read {
                        return Ok(Some(failure));
                    }
                    self.accept_responses(&mut buffer);
                }
                sent = self.state.outbox.send() => sent?,
                () = tokio::time::sleep_until(wake.into()) => {}
            }
            now = Instant::now();
            if let Some(failure) = self.expire(now) {
                return Ok(Some(failure));
            }
            if self.is_idle() && self.quiet_since + IDLE_TIMEOUT <= now {
                return Ok(None);
            }
        }
    }

    fn is_idle(&self) -> bool {
        self.in_flight.is_empty() && self.probe.is_none() && self.unwritten.is_empty()
    }

    /// Frames a query that the server has answered before.
    fn frame_probe(&mut self, question: Question) {
        let is_plain = self.state.edns == EdnsSupport::Absent;
        let opt = if is_plain { OptRecord::Omitted } else { OptRecord::Dnssec };
        // A query that cannot be signed is none of those that were answered.
        if let Ok(signed) = SignedQuery::new(question.to_wire(opt), &self.state.target) {
            self.state.pace.spend(1);
            self.unwritten.extend_from_slice(&frame(&signed.wire));
            self.probe = Some(question);
        }
    }

    /// Moves queries from the queue into flight, and frames their messages to be written at once.
    ///
    /// While a server does not read what was framed before, they wait: nothing grows.
    fn frame_queries(&mut self, now: Instant) {
        if !self.unwritten.is_empty() {
            return;
        }
        // As few as there is room for: what is written also acknowledges what was read. A server that collects its
        // responses in segments (Nagle's algorithm, as at NSD) would wait 40 ms for that otherwise.
        let count = self.state.admit(self.window.room(self.in_flight.len()), now);
        self.state.pace.spend(count);
        if self.in_flight.is_empty() && count > 0 {
            self.quiet_since = now;
        }
        let probe = self.probe.as_ref().map(|question| question.id);
        for _ in 0..count {
            let Some(queued) = self.state.queue.pop() else { return };
            let opt = self.state.opt(&queued);
            let (qname, qtype) = queued.query.question();
            let question = Question { id: self.in_flight.free_id(probe), qname: qname.clone(), qtype };
            let signed = match SignedQuery::new(question.to_wire(opt), &self.state.target) {
                Ok(signed) => signed,
                Err(failure) => {
                    self.state.fail(queued, failure);
                    continue;
                }
            };
            self.unwritten.extend_from_slice(&frame(&signed.wire));
            let number = self.in_flight.next_number();
            self.in_flight.insert(SentQuery {
                queued,
                question,
                opt,
                signed,
                sent: now,
                number,
                mismatch: None,
            });
        }
    }

    /// Hands each complete message of the buffer to the query with its id.
    fn accept_responses(&mut self, buffer: &mut BytesMut) {
        let now = Instant::now();
        let mut is_answered = false;
        while let Some((&length, rest)) = buffer.split_first_chunk() {
            let length = usize::from(u16::from_be_bytes(length));
            let Some(message) = rest.get(..length) else { break };
            self.unexpected_bytes += 2 + length;
            is_answered |= self.accept_response(message, now);
            buffer.advance(2 + length);
        }
        if is_answered {
            self.unexpected_bytes = 0;
            self.quiet_since = now;
            self.state.health.record(&Ok(()), now, now);
        }
    }

    /// Takes a message as the response to the query with its id; returns whether it is one.
    fn accept_response(&mut self, message: &[u8], now: Instant) -> bool {
        let id = message.first_chunk().map(|&id| u16::from_be_bytes(id));
        if let Some(probe) = self.probe.take_if(|probe| id == Some(probe.id)) {
            if matches!(Answer::parse(message, &probe, &mut self.scratch), Ok(Some(_))) {
                self.progress = self.progress.max(Progress::Probe);
                return true;
            }
            self.probe = Some(probe);
        }
        let Some((id, query)) = id.and_then(|id| Some((id, self.in_flight.get_mut(id)?))) else {
            let oldest = self.in_flight.oldest();
            self.mismatch = oldest.map(|query| Mismatch::of(message, &query.question));
            return false;
        };
        let result = match Answer::parse(message, &query.question, &mut self.scratch) {
            Ok(Some(answer)) if answer.truncated => Err(Failure::Truncated),
            Ok(Some(answer)) => query.signed.verify_single(message).map(|()| answer).map_err(Failure::from),
            Ok(None) => {
                query.mismatch = Some(Mismatch::of(message, &query.question));
                return false;
            }
            Err(malformed) => Err(Failure::Malformed(malformed.to_string())),
        };
        let Some(query) = self.in_flight.remove_answered(id) else { return false };
        let took = now.saturating_duration_since(query.sent);
        self.window.on_response(took, (query.number, self.in_flight.next_number()));
        self.progress = Progress::Answers;
        match result {
            Ok(answer) => self.state.finish((query.queued, query.question, query.opt), answer, took),
            Err(failure) => self.state.fail(query.queued, failure),
        }
        true
    }

    /// When the connection has stalled, or a query is lost, or the next may be sent.
    fn next_deadline(&mut self, now: Instant) -> Instant {
        let timeout = self.state.timeout;
        let quiet = self.quiet_since + if self.is_idle() { IDLE_TIMEOUT } else { timeout };
        let lost = self.in_flight.oldest_age(now).map(|(age, is_overtaken)| {
            let patience = if is_overtaken { timeout } else { timeout * MAX_PATIENCE };
            now + patience.saturating_sub(age)
        });
        let next = self.state.pace.next();
        let is_paced = next > now && !self.state.queue.is_empty();
        [lost, is_paced.then_some(next)].into_iter().flatten().fold(quiet, Instant::min)
    }

    /// Queues again or fails the queries that are lost; returns the failure of a connection that has stalled.
    ///
    /// A connection loses nothing. So a query is lost when a later one is answered and it is not; and as long as it
    /// is the turn of earlier ones, it may wait longer.
    fn expire(&mut self, now: Instant) -> Option<Failure> {
        let timeout = self.state.timeout;
        let is_quiet = !self.is_idle() && self.quiet_since + timeout <= now;
        if is_quiet || self.unexpected_bytes > MAX_UNEXPECTED_BYTES {
            return Some(self.stall_failure());
        }
        if let Some(latest) = now.checked_sub(timeout) {
            while let Some(query) = self.in_flight.remove_overtaken(latest) {
                if let Some(query) = self.state.retry(query, &Failure::Timeout) {
                    self.state.queue.push_back(query);
                }
            }
        }
        let age = self.in_flight.oldest_age(now).map_or(Duration::ZERO, |(age, _)| age);
        let is_too_slow = age >= timeout * MAX_PATIENCE;
        if is_too_slow {
            self.window.shrink();
        }
        is_too_slow.then_some(Failure::Timeout)
    }

    /// Why no response comes.
    fn stall_failure(&mut self) -> Failure {
        // Once there were responses, others are of no account.
        let is_mismatched = self.progress == Progress::None;
        let of_oldest = self.in_flight.oldest().and_then(|query| query.mismatch.clone());
        let mismatch = self.mismatch.take().or(of_oldest).filter(|_| is_mismatched);
        mismatch.map_or(Failure::Timeout, Failure::from)
    }

    /// Queues the queries in flight again, in their order.
    ///
    /// The oldest is the one that the server may have failed at, so it is not sent a third time. Where no query was
    /// answered it may be any of them: then the last is sent first.
    fn requeue(&mut self, failure: &Failure) {
        let has_answers = self.progress == Progress::Answers;
        let mut queries = self.in_flight.take_all();
        if has_answers {
            queries.reverse();
        }
        let oldest = queries.last().map(|query| query.number);
        for query in queries {
            let is_suspect = !has_answers || oldest == Some(query.number);
            let again = if is_suspect { self.state.retry(query, failure) } else { Some(query.queued) };
            if let Some(query) = again {
                self.state.queue.push_front(query);
            }
        }
    }
}
