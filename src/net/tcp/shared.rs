//! One connection to an address, and the questions under way on it (RFC 7766 section 6.2.1.1).
//!
//! It is for those that datagrams did not answer, which may be many at once. Who is cut off with others
//! asks again over a connection of its own.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};

use super::connection;
use crate::dns::message::{Question, Response};
use crate::net::{SignedQuery, failure};
use crate::observe::Failure;
use crate::plan::Target;

/// How long a connection without questions is kept: shorter than any server's patience.
const IDLE: Duration = Duration::from_secs(2);

/// The most questions unanswered at once on one connection.
const MOST_UNDER_WAY: usize = 100;

/// Room for one message and its length.
const ROOM: usize = 2 + 65_535;

/// What came of a question on a shared connection.
pub(crate) type Outcome = Result<Response, Lost>;

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Lost {
    /// The server said, or did, this.
    Told(Failure),
    /// The connection ended, maybe because of another question.
    CutOff,
}

/// Where questions for one connection are handed in.
#[derive(Clone, Debug)]
pub(crate) struct TcpConnection(mpsc::UnboundedSender<PendingQuery>);

/// A question on its way.
#[derive(Debug)]
pub(crate) struct PendingQuery {
    question: Question,
    sent: SignedQuery,
    heard: Failure,
    due: Instant,
    reply: oneshot::Sender<Outcome>,
}

impl PendingQuery {
    /// Makes a question ready to be handed in; the receiver gets what came of it.
    pub(crate) fn new(question: Question, sent: SignedQuery) -> (Self, oneshot::Receiver<Outcome>) {
        let (reply, receiver) = oneshot::channel();
        (Self { question, sent, heard: Failure::Timeout, due: Instant::now(), reply }, receiver)
    }

    /// Reads a message with its id; gives itself back if that was no answer to it.
    fn hear(mut self, message: &[u8]) -> Option<Self> {
        let outcome = match Response::parse(message, &self.question) {
            Ok(Some(answer)) if answer.header.is_truncated() => Err(Failure::Truncated),
            Ok(Some(answer)) => self.sent.verify(message).map(|()| answer),
            Ok(None) => {
                self.heard = Failure::Mismatched;
                return Some(self);
            }
            Err(malformed) => Err(Failure::Malformed(malformed.to_string())),
        };
        self.end(outcome.map_err(Lost::Told));
        None
    }

    /// Tells whoever asked; one who has gone does not want to know.
    fn end(self, outcome: Outcome) {
        drop(self.reply.send(outcome));
    }
}

impl TcpConnection {
    /// Opens a connection to a target; each question waits for `timeout` after it was sent.
    pub(crate) fn open(target: &Target, timeout: Duration) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        let target = target.clone();
        tokio::spawn(async move {
            let calls = Calls { waiting: VecDeque::new(), under_way: HashMap::new(), timeout };
            calls.run(&target, receiver).await;
        });
        Self(sender)
    }

    /// Returns whether questions can be handed in.
    pub(crate) fn is_open(&self) -> bool {
        !self.0.is_closed()
    }

    /// Hands a question in; gives it back if the connection is closed.
    pub(crate) fn ask(&self, call: PendingQuery) -> Result<(), PendingQuery> {
        self.0.send(call).map_err(|mpsc::error::SendError(call)| call)
    }
}

struct Calls {
    waiting: VecDeque<PendingQuery>,
    under_way: HashMap<u16, PendingQuery>,
    timeout: Duration,
}

impl Calls {
    async fn run(mut self, target: &Target, mut calls: mpsc::UnboundedReceiver<PendingQuery>) {
        let connected = tokio::time::timeout(self.timeout, connection::connect(target)).await;
        let ended = match connected.unwrap_or(Err(Failure::Timeout)) {
            Ok(stream) => self.converse(stream, &mut calls).await,
            Err(failure) => Some(failure),
        };
        calls.close();
        while let Some(call) = calls.recv().await {
            self.waiting.push_back(call);
        }
        let left = self.waiting.into_iter().chain(self.under_way.into_values());
        left.for_each(|call| call.end(Err(ended.clone().map_or(Lost::CutOff, Lost::Told))));
    }

    /// Sends and reads until the connection ends or is of no use; nobody who could be connected is told
    /// a failure of the connection.
    async fn converse(
        &mut self,
        mut stream: TcpStream,
        calls: &mut mpsc::UnboundedReceiver<PendingQuery>,
    ) -> Option<Failure> {
        let mut buffer = BytesMut::with_capacity(ROOM);
        let mut handed_in = Vec::new();
        loop {
            stream.write_all(&self.next_messages()).await.ok()?;
            let due = self.under_way.values().map(|call| call.due).min();
            let due = due.unwrap_or_else(|| Instant::now() + IDLE);
            buffer.reserve(ROOM);
            tokio::select! {
                count = calls.recv_many(&mut handed_in, MOST_UNDER_WAY), if self.waiting.is_empty() => {
                    if count == 0 && self.under_way.is_empty() {
                        return None;
                    }
                    self.waiting.extend(handed_in.drain(..));
                }
                read = stream.read_buf(&mut buffer) => {
                    if read.map_err(|error| failure(&error)).unwrap_or(0) == 0 {
                        return None;
                    }
                    self.hear(&mut buffer);
                }
                () = tokio::time::sleep_until(due.into()) => {
                    if self.under_way.is_empty() {
                        return None;
                    }
                    self.expire();
                }
            }
        }
    }

    /// Returns the next questions, each with its length in front.
    fn next_messages(&mut self) -> Vec<u8> {
        let mut messages = Vec::new();
        while self.under_way.len() < MOST_UNDER_WAY {
            // Of two questions with one id, the other one waits.
            let is_free = |call: &mut PendingQuery| !self.under_way.contains_key(&call.question.id);
            let Some(mut call) = self.waiting.pop_front_if(is_free) else { break };
            call.due = Instant::now() + self.timeout;
            messages.extend_from_slice(&connection::framed(&call.sent.wire));
            self.under_way.insert(call.question.id, call);
        }
        messages
    }

    fn hear(&mut self, buffer: &mut BytesMut) {
        while let Some((&length, rest)) = buffer.split_first_chunk() {
            let length = usize::from(u16::from_be_bytes(length));
            let Some(message) = rest.get(..length) else { return };
            let id = message.first_chunk().map(|&id| u16::from_be_bytes(id));
            if let Some(Entry::Occupied(entry)) = id.map(|id| self.under_way.entry(id))
                && let Some(unanswered) = entry.remove().hear(message)
            {
                self.under_way.insert(unanswered.question.id, unanswered);
            }
            buffer.advance(2 + length);
        }
    }

    fn expire(&mut self) {
        let now = Instant::now();
        for (_, call) in self.under_way.extract_if(|_, call| call.due <= now) {
            let failure = call.heard.clone();
            call.end(Err(Lost::Told(failure)));
        }
    }
}
