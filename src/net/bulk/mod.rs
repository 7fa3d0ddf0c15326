//! Many queries to one address, in any order.
//!
//! ```text
//!            ┌──────── nothing to send for a while ◀──────┐
//!            ▼                                            │
//!  wait for queries ──▶ connect ──▶ send and read, with a window of queries in flight
//!    │       ▲             │              │ closed, silent, or junk
//!    │       └─────────────┴──────────────┤
//!    │                                    │ for the second time in a row without any response
//!    ▼                                    ▼
//!  done                          all queries left fail
//! ```
//!
//! - Each query comes back exactly once: with an answer, or with why there is none.
//! - A query whose connection ends is sent again over the next one. If it may be the one that the server fails at, it is
//!   sent twice at most.
//! - After a connection that ended so, a question that the server has answered before is asked first: a server that
//!   answers it is there, and does not answer certain queries.
//! - A response of FORMERR, NOTIMP or BADVERS to a query with EDNS has it sent again without.
//! - Over UDP, a query is sent three times at most. What is truncated or not answered then is sent over TCP, every 64
//!   queries and at the end; all that follow, if the server has answered nothing over UDP and something over TCP.
//! - While the caller does not take answers, no query is sent; those in flight are read all the same.

mod connection;
mod in_flight;
mod outbox;
mod pace;
mod queue;
mod socket;
mod state;
#[cfg(test)]
mod tests;
mod window;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

pub(super) use outbox::Answered;
pub use queue::BulkQuery;

use connection::{Connection, End, Progress};
use outbox::{Abandoned, Outbox};
use pace::Pace;
use queue::{QueryQueue, QueuedQuery};
use socket::{BulkSocket, Path, SocketEnd};
use state::{BulkState, EdnsSupport};
use window::DelayWindow;

use super::health::{Down, Health};
use super::stream::Stream;
use super::tls::{Handshake, TlsClients};
use super::udp::socket::connect as connect_udp;
use super::{QueryLimiter, QueryRecorder};
use crate::observe::{Failure, Transport};
use crate::plan::Target;

/// How long to wait before the next connection after one that brought no answer: a server that restarts is back then.
const RECONNECT_PAUSE: Duration = Duration::from_millis(250);

/// The most queries in flight on a connection: servers work on no more at a time, and more only wait.
const MAX_IN_FLIGHT: usize = 256;

/// The most queries in flight over TLS: NSD 4.6 stalls at a few hundred.
const MAX_IN_FLIGHT_TLS: usize = 100;

/// After so many connections in a row without any response, no more is tried.
const MAX_DEAD: u32 = 2;

/// An address, and what the client knows of it.
pub(super) struct BulkContext {
    pub(super) target: Target,
    /// How long a query waits for its response, and a connection for one that is open.
    pub(super) timeout: Duration,
    pub(super) limiter: Arc<QueryLimiter>,
    pub(super) health: Arc<Health>,
    pub(super) recorder: Option<Arc<dyn QueryRecorder>>,
    pub(super) tls: Arc<TlsClients>,
}

/// Asks an address every query of a channel, and hands on each answer as it comes.
pub(super) async fn ask_many<T: BulkQuery>(
    context: BulkContext,
    transport: Transport,
    queries: mpsc::Receiver<Vec<T>>,
    answers: mpsc::Sender<Answered<T>>,
) -> Result<(), Failure> {
    let BulkContext { target, timeout, limiter, health, recorder, tls } = context;
    let (transport, max_in_flight) = match target.tls {
        Some(_) => (Transport::Tls, MAX_IN_FLIGHT_TLS),
        None => (transport, MAX_IN_FLIGHT),
    };
    let mut runner = BulkRunner {
        limiter: Arc::clone(&limiter),
        tls,
        window: DelayWindow::new(max_in_flight, timeout),
        state: BulkState {
            pace: Pace::new(limiter, target.address),
            target,
            transport,
            timeout,
            queue: QueryQueue::new(queries, MAX_IN_FLIGHT),
            outbox: Outbox::new(answers),
            health,
            recorder,
            edns: EdnsSupport::Unknown,
            answered: None,
            answers: 0,
        },
    };
    let run = match transport {
        Transport::Tcp | Transport::Tls => runner.run_tcp().await,
        Transport::Udp => runner.run_udp().await,
    };
    match run {
        // Nobody waits for the other answers.
        Ok(Ok(())) | Err(Abandoned) => Ok(()),
        Ok(Err(failure)) => match runner.state.fail_all(&failure).await {
            Ok(()) => Err(failure),
            Err(Abandoned) => Ok(()),
        },
    }
}

/// Runs many queries, from connection to connection.
struct BulkRunner<T> {
    limiter: Arc<QueryLimiter>,
    tls: Arc<TlsClients>,
    window: DelayWindow,
    state: BulkState<T>,
}

impl<T: BulkQuery> BulkRunner<T> {
    /// Runs all queries over TCP, or TLS; fails if the address cannot be asked any more.
    async fn run_tcp(&mut self) -> Result<Result<(), Failure>, Abandoned> {
        let (mut dead, mut is_probed) = (0, false);
        while self.wait_for_queries().await? {
            let started = match self.admit() {
                Ok(started) => started,
                Err(failure) => return Ok(Err(failure)),
            };
            self.window.restart();
            let end = self.run_connection(is_probed).await?;
            let End::Broken { failure, progress } = end else { continue };
            is_probed = progress < Progress::Answers || failure != Failure::Closed;
            if progress > Progress::None {
                dead = 0;
                continue;
            }
            dead += 1;
            if self.is_given_up(dead, &failure, started) {
                return Ok(Err(failure));
            }
            self.hand_on_until(tokio::time::sleep(RECONNECT_PAUSE)).await?;
        }
        Ok(Ok(()))
    }

    /// Runs all queries over UDP, and over TCP what needs it; fails if the address cannot be asked any more.
    async fn run_udp(&mut self) -> Result<Result<(), Failure>, Abandoned> {
        let (mut path, mut dead) = (Path::default(), 0);
        let (mut has_answered, mut tcp_works) = (false, None);
        while self.wait_for_queries().await? {
            let started = match self.admit() {
                Ok(started) => started,
                Err(failure) => return Ok(Err(failure)),
            };
            let SocketEnd { over_tcp, is_answered } = match self.run_socket(&mut path).await? {
                Ok(end) => end,
                Err(failure) => return Ok(Err(failure)),
            };
            has_answered |= is_answered;
            let Some(failure) = over_tcp.back().and_then(|query| query.over_udp.clone()) else { continue };
            let is_answered_over_tcp = self.run_over_tcp(over_tcp, tcp_works != Some(false)).await?;
            tcp_works = Some(tcp_works == Some(true) || is_answered_over_tcp);
            if is_answered_over_tcp && !has_answered {
                self.state.transport = Transport::Tcp;
                return self.run_tcp().await;
            }
            if is_answered || is_answered_over_tcp {
                dead = 0;
                continue;
            }
            dead += 1;
            if self.is_given_up(dead, &failure, started) {
                return Ok(Err(failure));
            }
        }
        Ok(Ok(()))
    }

    /// Returns when a connection or a socket begins, unless the address is down.
    fn admit(&self) -> Result<Instant, Failure> {
        let started = Instant::now();
        match self.state.health.admit(started) {
            Err(Down { failure, is_probe_due: false }) => Err(failure),
            Ok(()) | Err(Down { is_probe_due: true, .. }) => Ok(started),
        }
    }

    /// Records that nothing was answered since it began, and whether no more is tried after so many times in a row.
    fn is_given_up(&self, dead: u32, failure: &Failure, started: Instant) -> bool {
        self.state.health.record(&Err::<(), _>(failure.clone()), started, Instant::now());
        // If nothing is left, the last query has failed on its own.
        dead >= MAX_DEAD && !self.state.queue.is_empty()
    }

    /// Runs queries on one socket, until some need TCP or nothing is to be sent.
    async fn run_socket(&mut self, path: &mut Path) -> Result<Result<SocketEnd<T>, Failure>, Abandoned> {
        let (limiter, address) = (Arc::clone(&self.limiter), self.state.target.address);
        let _permit = self.hand_on_until(async move { limiter.acquire_transfer(address).await }).await?;
        match connect_udp(&self.state.target) {
            Ok(socket) => BulkSocket::new(&mut self.state, path).exchange_datagrams(&socket).await.map(Ok),
            Err(failure) => Ok(Err(failure)),
        }
    }

    /// Runs queries over TCP that were truncated or not answered over UDP; returns whether any is answered.
    async fn run_over_tcp(
        &mut self,
        queries: VecDeque<QueuedQuery<T>>,
        is_tried: bool,
    ) -> Result<bool, Abandoned> {
        let answers = self.state.answers;
        let others = std::mem::replace(&mut self.state.queue, QueryQueue::of(queries));
        self.state.transport = Transport::Tcp;
        let outcome = if is_tried { self.run_tcp().await? } else { Err(Failure::Timeout) };
        while let Some(queued) = self.state.queue.pop() {
            self.state.fail(queued, outcome.clone().err().unwrap_or(Failure::Timeout));
        }
        self.state.transport = Transport::Udp;
        self.state.queue = others;
        Ok(self.state.answers > answers)
    }

    /// Waits until a query may be sent; returns whether there is one, or all answers are handed on.
    async fn wait_for_queries(&mut self) -> Result<bool, Abandoned> {
        let BulkState { queue, outbox, pace, .. } = &mut self.state;
        loop {
            let is_sendable = !queue.is_empty() && !outbox.is_full();
            if is_sendable && pace.admit(1, Instant::now()) > 0 {
                return Ok(true);
            }
            if queue.is_finished() && outbox.is_empty() {
                return Ok(false);
            }
            tokio::select! {
                biased;
                () = queue.receive(), if queue.has_room() => {}
                sent = outbox.send() => sent?,
                () = tokio::time::sleep_until(pace.next().into()), if is_sendable => {}
            }
        }
    }

    /// Connects and asks, a question that was answered before first if `is_probed`.
    async fn run_connection(&mut self, is_probed: bool) -> Result<End, Abandoned> {
        let (limiter, tls) = (Arc::clone(&self.limiter), Arc::clone(&self.tls));
        let (target, timeout) = (self.state.target.clone(), self.state.timeout);
        let connecting = async move {
            // A connection that carries many queries is as much work for the server as a transfer.
            let permit = limiter.acquire_transfer(target.address).await;
            let connecting = Stream::connect(&target, &tls, Handshake::Resumed);
            let connected = tokio::time::timeout(timeout, connecting).await;
            (permit, connected.unwrap_or(Err(Failure::Timeout)))
        };
        let (_permit, connected) = self.hand_on_until(connecting).await?;
        match connected {
            Ok(stream) => {
                let connection = Connection::new(&mut self.state, &mut self.window);
                connection.exchange_messages(stream, is_probed).await
            }
            Err(failure) => Ok(End::Broken { failure, progress: Progress::None }),
        }
    }

    /// Waits for something else than queries and answers, and hands on answers meanwhile.
    async fn hand_on_until<F: Future>(&mut self, future: F) -> Result<F::Output, Abandoned> {
        let mut future = std::pin::pin!(future);
        loop {
            tokio::select! {
                output = &mut future => return Ok(output),
                sent = self.state.outbox.send() => sent?,
            }
        }
    }
}
