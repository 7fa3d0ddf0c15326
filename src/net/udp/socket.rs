//! One connected UDP socket with a port of its own, and the queries on it.
//!
//! A task owns the socket. It sends what the window of the address admits, in batches, sends again what was
//! not answered in time, and ends when nothing is in flight and no query can come any more.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use super::batch;
use super::pending::{PendingUdpQuery, TimeoutAction};
use crate::dns::wire::Scratch;
use crate::net::rtt::RttEstimator;
use crate::net::socket::{bind_failure, connect_failure, local_address, socket_failure};
use crate::net::window::Window;
use crate::observe::Failure;
use crate::plan::Target;

/// While the round-trip time is not known, a query is sent again after the timeout divided by this, and then after
/// twice as long: half of the timeout is left for TCP.
pub(in crate::net) const FIRST_RETRY_DIVISOR: u32 = 6;

/// How long a socket without queries stays open.
const IDLE_TIMEOUT: Duration = Duration::from_secs(3);

/// EAFNOSUPPORT, which has no [`io::ErrorKind`] of its own.
const ADDRESS_FAMILY_UNSUPPORTED: i32 = if cfg!(target_os = "linux") { 97 } else { 47 };

/// What is known of the path to an address, shared by all sockets to it.
#[derive(Debug, Default)]
pub(super) struct PathState {
    window: Window,
    rtt: RttEstimator,
}

impl PathState {
    /// Shrinks the window after a query was not answered in time.
    ///
    /// A server that has never answered is not overloaded but away, and its window stays as it is.
    fn on_loss(&mut self, now: Instant) {
        if self.rtt.has_sample() {
            self.window.on_loss(now);
        }
    }

    /// Starts over after a query had no response: the server may behave differently when it is back.
    fn reset(&mut self) {
        *self = Self::default();
    }
}

/// A handle to the task that owns a UDP socket.
#[derive(Clone, Debug)]
pub(super) struct UdpSocketTask(mpsc::UnboundedSender<Box<PendingUdpQuery>>);

impl UdpSocketTask {
    /// Opens a socket to a target; each query waits for `timeout` after it was sent for the last time.
    pub(super) fn open(
        target: &Target,
        path: Arc<Mutex<PathState>>,
        timeout: Duration,
    ) -> Result<Self, Failure> {
        let socket = connect(target)?;
        let (sender, receiver) = mpsc::unbounded_channel();
        let driver = SocketDriver {
            socket,
            path,
            timeout,
            queue: VecDeque::new(),
            in_flight: HashMap::new(),
            window_use: 0,
            send_buffer_full: false,
            scratch: Scratch::default(),
        };
        tokio::spawn(driver.run(receiver));
        Ok(Self(sender))
    }

    /// Whether the socket still takes queries.
    pub(super) fn is_open(&self) -> bool {
        !self.0.is_closed()
    }

    /// Sends a query; returns it if the socket is closed.
    pub(super) fn send(&self, query: Box<PendingUdpQuery>) -> Result<(), Box<PendingUdpQuery>> {
        self.0.send(query).map_err(|mpsc::error::SendError(query)| query)
    }
}

/// Opens a connected socket, which takes datagrams from the target alone, and reports ICMP errors.
pub(in crate::net) fn connect(target: &Target) -> Result<UdpSocket, Failure> {
    let is_unsupported = |error: &io::Error| error.raw_os_error() == Some(ADDRESS_FAMILY_UNSUPPORTED);
    let local = local_address(target)?;
    let socket = std::net::UdpSocket::bind(local).map_err(|error| {
        if is_unsupported(&error) { Failure::FamilyUnusable } else { bind_failure(&error, local) }
    })?;
    // No packet is sent here: what fails is the route from this host.
    socket.connect(target.address).map_err(|error| match error.kind() {
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::NetworkUnreachable => Failure::FamilyUnusable,
        _ if is_unsupported(&error) => Failure::FamilyUnusable,
        _ => connect_failure(&error, target.address),
    })?;
    let asynchronous = socket.set_nonblocking(true).and_then(|()| UdpSocket::from_std(socket));
    asynchronous.map_err(|error| socket_failure(&error))
}

/// Drives a socket until it closes.
struct SocketDriver {
    socket: UdpSocket,
    path: Arc<Mutex<PathState>>,
    timeout: Duration,
    /// Queries to be sent, for the first time or again.
    queue: VecDeque<Box<PendingUdpQuery>>,
    /// Sent queries, by id.
    in_flight: HashMap<u16, Box<PendingUdpQuery>>,
    /// How many of those count against the window.
    window_use: usize,
    send_buffer_full: bool,
    scratch: Scratch,
}

impl SocketDriver {
    async fn run(mut self, mut receiver: mpsc::UnboundedReceiver<Box<PendingUdpQuery>>) {
        let mut received = Vec::new();
        let mut is_open = true;
        while is_open || !self.is_idle() {
            self.send();
            let is_idle = self.is_idle();
            let deadline = self.next_deadline();
            tokio::select! {
                count = receiver.recv_many(&mut received, batch::MAX_LEN), if is_open => {
                    is_open = count > 0;
                    self.queue.extend(received.drain(..));
                }
                ready = self.socket.readable(), if !is_idle => self.read_datagrams(ready),
                _ = self.socket.writable(), if self.send_buffer_full => self.send_buffer_full = false,
                () = tokio::time::sleep_until(deadline.into()) => {
                    if is_idle {
                        // Queries from now on go to another socket.
                        receiver.close();
                    }
                    self.expire();
                }
            }
        }
    }

    fn is_idle(&self) -> bool {
        self.in_flight.is_empty() && self.queue.is_empty()
    }

    fn next_deadline(&self) -> Instant {
        let deadlines = self.in_flight.values().map(|query| query.deadline());
        deadlines.min().unwrap_or_else(|| Instant::now() + IDLE_TIMEOUT)
    }

    fn path(&self) -> MutexGuard<'_, PathState> {
        self.path.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends queries of the queue until the window or the send buffer is full.
    fn send(&mut self) {
        let window = self.path().window;
        while !self.send_buffer_full {
            let mut batch: VecDeque<Box<PendingUdpQuery>> = VecDeque::new();
            while batch.len() < batch::MAX_LEN && window.admits(self.window_use + batch.len()) {
                // Only one query with an id can be in flight; another one waits.
                let is_id_free = |query: &mut Box<PendingUdpQuery>| {
                    let id = query.id();
                    !self.in_flight.contains_key(&id) && batch.iter().all(|other| other.id() != id)
                };
                let Some(query) = self.queue.pop_front_if(is_id_free) else { break };
                batch.push_back(query);
            }
            if batch.is_empty() {
                return;
            }
            self.send_batch(batch);
        }
    }

    fn send_batch(&mut self, mut batch: VecDeque<Box<PendingUdpQuery>>) {
        batch.make_contiguous().sort_by_key(|query| query.wire().len());
        let messages: Vec<&[u8]> = batch.iter().map(|query| query.wire()).collect();
        let sent = match batch::send(&self.socket, &messages) {
            Ok(sent) => sent,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) => return self.fail_all(batch, &socket_failure(&error)),
        };
        self.send_buffer_full = sent < batch.len();
        let wait = self.path().rtt.retry_timeout(self.timeout / FIRST_RETRY_DIVISOR);
        let now = Instant::now();
        let mut batch = batch.into_iter();
        for mut query in batch.by_ref().take(sent) {
            query.mark_sent(now, wait, self.timeout);
            self.window_use += usize::from(query.occupies_window());
            self.in_flight.insert(query.id(), query);
        }
        batch.rev().for_each(|unsent| self.queue.push_front(unsent));
    }

    /// Fails a batch and all queries in flight: an error of the socket concerns the path, and may come with
    /// a later call than the one that it belongs to.
    fn fail_all(&mut self, batch: VecDeque<Box<PendingUdpQuery>>, failure: &Failure) {
        for mut query in batch.into_iter().chain(self.in_flight.drain().map(|(_, query)| query)) {
            query.fail(failure.clone());
        }
        self.window_use = 0;
    }

    /// Reads the datagrams that have arrived, and hands each to the query with its id.
    fn read_datagrams(&mut self, ready: io::Result<()>) {
        let Self { socket, in_flight, path, window_use, timeout, scratch, .. } = self;
        let received = ready.and_then(|()| {
            let now = Instant::now();
            let mut path = path.lock().unwrap_or_else(PoisonError::into_inner);
            let had_sample = path.rtt.has_sample();
            let received = batch::receive(socket, |message| {
                let id = message.first_chunk().map(|&id| u16::from_be_bytes(id));
                let Some(Entry::Occupied(mut entry)) = id.map(|id| in_flight.entry(id)) else {
                    // It is from the server, with the id of no query: the failure of all of them if no response comes.
                    for query in in_flight.values_mut() {
                        query.accept(message, now, scratch);
                    }
                    return;
                };
                let occupied_window = entry.get().occupies_window();
                if entry.get_mut().accept(message, now, scratch) {
                    let answered = entry.remove();
                    *window_use -= usize::from(occupied_window);
                    path.window.on_response();
                    answered.rtt_sample(now).inspect(|rtt| path.rtt.record(*rtt));
                }
            });
            if !had_sample && path.rtt.has_sample() {
                let wait = path.rtt.retry_timeout(*timeout / FIRST_RETRY_DIVISOR);
                for query in in_flight.values_mut() {
                    query.shorten_wait(now, wait);
                }
            }
            received
        });
        match received {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => self.fail_all(VecDeque::new(), &socket_failure(&error)),
        }
    }

    /// Queues or drops the queries whose deadline has passed.
    fn expire(&mut self) {
        let now = Instant::now();
        let expired = self.in_flight.extract_if(|_, query| query.deadline() <= now);
        let expired: VecDeque<Box<PendingUdpQuery>> = expired.map(|(_, query)| query).collect();
        for mut query in expired {
            self.window_use -= usize::from(query.occupies_window());
            match query.on_timeout() {
                TimeoutAction::Resend => {
                    self.path().on_loss(now);
                    self.queue.push_front(query);
                }
                TimeoutAction::Drop => self.path().reset(),
            }
        }
    }
}
