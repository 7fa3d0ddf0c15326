//! One connected socket with a port of its own, and the questions under way on it.
//!
//! A task owns both: it sends what the window of the address admits, in batches, sends again what was
//! not answered in time, and ends when nobody can ask any more and nothing is under way.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use super::batch;
use super::pending::{Due, Pending};
use crate::dns::wire::Scratch;
use crate::net::rtt::RttEstimator;
use crate::net::window::Window;
use crate::net::{failure, local};
use crate::observe::Failure;
use crate::plan::Target;

/// How long a socket without questions is kept.
const IDLE: Duration = Duration::from_secs(3);

/// EAFNOSUPPORT, which has no [`io::ErrorKind`] of its own.
const ADDRESS_FAMILY_UNSUPPORTED: i32 = if cfg!(target_os = "linux") { 97 } else { 47 };

/// What is known of the way to an address, whatever the socket.
#[derive(Debug, Default)]
pub(crate) struct PathState {
    window: Window,
    rtt: RttEstimator,
}

impl PathState {
    /// Takes in that a question was not answered in time. Who has never answered is not overrun by
    /// questions, but away, and is not asked less for it.
    fn lost(&mut self, now: Instant) {
        if self.rtt.has_sample() {
            self.window.on_loss(now);
        }
    }

    /// Takes in that a question was given up: whoever stopped answering may answer otherwise from now on.
    fn gave_up(&mut self) {
        *self = Self::default();
    }
}

/// Where questions for one socket are handed in.
#[derive(Clone, Debug)]
pub(crate) struct UdpSocketTask(mpsc::UnboundedSender<Box<Pending>>);

impl UdpSocketTask {
    /// Opens a socket to a target; each question waits for `timeout` after it was sent for the last time.
    pub(crate) fn open(
        target: &Target,
        way: Arc<Mutex<PathState>>,
        timeout: Duration,
    ) -> Result<Self, Failure> {
        let socket = connect(target)?;
        let (sender, receiver) = mpsc::unbounded_channel();
        let driver = Driver {
            socket,
            way,
            timeout,
            backlog: VecDeque::new(),
            flying: HashMap::new(),
            under_way: 0,
            full: false,
            scratch: Scratch::default(),
        };
        tokio::spawn(driver.run(receiver));
        Ok(Self(sender))
    }

    /// Returns whether questions can be handed in.
    pub(crate) fn is_open(&self) -> bool {
        !self.0.is_closed()
    }

    /// Hands a question in; gives it back if the socket is closed.
    pub(crate) fn ask(&self, pending: Box<Pending>) -> Result<(), Box<Pending>> {
        self.0.send(pending).map_err(|mpsc::error::SendError(pending)| pending)
    }
}

/// A connected socket takes datagrams from the asked address alone, and hears of ICMP errors.
fn connect(target: &Target) -> Result<UdpSocket, Failure> {
    // Nothing leaves this host here: what fails is the way out of it.
    let unusable = |error: &io::Error| match (error.kind(), error.raw_os_error()) {
        (io::ErrorKind::AddrNotAvailable | io::ErrorKind::NetworkUnreachable, _)
        | (_, Some(ADDRESS_FAMILY_UNSUPPORTED)) => Failure::FamilyUnusable,
        _ => failure(error),
    };
    let local = local(target)?;
    let open = || {
        let socket = std::net::UdpSocket::bind(local)?;
        socket.connect(target.address)?;
        socket.set_nonblocking(true)?;
        UdpSocket::from_std(socket)
    };
    open().map_err(|error| unusable(&error))
}

struct Driver {
    socket: UdpSocket,
    way: Arc<Mutex<PathState>>,
    timeout: Duration,
    /// Handed in and not yet sent, or to be sent again.
    backlog: VecDeque<Box<Pending>>,
    /// Sent queries, by id.
    flying: HashMap<u16, Box<Pending>>,
    /// How many of those count for the window.
    under_way: usize,
    /// Whether the system took no more.
    full: bool,
    scratch: Scratch,
}

impl Driver {
    async fn run(mut self, mut questions: mpsc::UnboundedReceiver<Box<Pending>>) {
        let mut handed_in = Vec::new();
        let mut open = true;
        while open || !self.is_idle() {
            self.send();
            let idle = self.is_idle();
            let due = self.next_due();
            tokio::select! {
                count = questions.recv_many(&mut handed_in, batch::batch()), if open => {
                    open = count > 0;
                    self.backlog.extend(handed_in.drain(..));
                }
                ready = self.socket.readable(), if !idle => self.receive(ready),
                _ = self.socket.writable(), if self.full => self.full = false,
                () = tokio::time::sleep_until(due.into()) => {
                    if idle {
                        // Whoever has a question from now on opens another socket.
                        questions.close();
                    }
                    self.expire();
                }
            }
        }
    }

    fn is_idle(&self) -> bool {
        self.flying.is_empty() && self.backlog.is_empty()
    }

    fn next_due(&self) -> Instant {
        self.flying.values().map(|pending| pending.due()).min().unwrap_or_else(|| Instant::now() + IDLE)
    }

    fn way(&self) -> MutexGuard<'_, PathState> {
        self.way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what the window admits, unless the system takes no more.
    fn send(&mut self) {
        let window = self.way().window;
        while !self.full {
            let mut batch: VecDeque<Box<Pending>> = VecDeque::new();
            while batch.len() < batch::batch() && window.admits(self.under_way + batch.len()) {
                // Of two questions with one id, the other one waits.
                let is_free = |pending: &mut Box<Pending>| {
                    let id = pending.id();
                    !self.flying.contains_key(&id) && batch.iter().all(|other| other.id() != id)
                };
                let Some(pending) = self.backlog.pop_front_if(is_free) else { break };
                batch.push_back(pending);
            }
            if batch.is_empty() {
                return;
            }
            self.send_batch(batch);
        }
    }

    fn send_batch(&mut self, mut batch: VecDeque<Box<Pending>>) {
        batch.make_contiguous().sort_by_key(|pending| pending.wire().len());
        let messages: Vec<&[u8]> = batch.iter().map(|pending| pending.wire()).collect();
        let sent = match batch::send(&self.socket, &messages) {
            Ok(sent) => sent,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) => return self.fail(batch, &failure(&error)),
        };
        self.full = sent < batch.len();
        let wait = self.way().rtt.retry_timeout(self.timeout / 4);
        let now = Instant::now();
        let mut batch = batch.into_iter();
        for mut pending in batch.by_ref().take(sent) {
            pending.was_sent(now, wait, self.timeout);
            self.under_way += usize::from(pending.is_under_way());
            self.flying.insert(pending.id(), pending);
        }
        batch.rev().for_each(|unsent| self.backlog.push_front(unsent));
    }

    /// Fails what is under way, and a batch: an error of the socket is one of the way, and may be told
    /// at a later call than the one that it belongs to.
    fn fail(&mut self, batch: VecDeque<Box<Pending>>, failure: &Failure) {
        for mut pending in batch.into_iter().chain(self.flying.drain().map(|(_, flying)| flying)) {
            pending.fail(failure.clone());
        }
        self.under_way = 0;
    }

    /// Reads the datagrams that have come.
    fn receive(&mut self, ready: io::Result<()>) {
        let Self { socket, flying, way, under_way, timeout, scratch, .. } = self;
        let received = ready.and_then(|()| {
            let now = Instant::now();
            let mut way = way.lock().unwrap_or_else(PoisonError::into_inner);
            let was_known = way.rtt.has_sample();
            let received = batch::receive(socket, |message| {
                let id = message.first_chunk().map(|&id| u16::from_be_bytes(id));
                let Some(Entry::Occupied(mut entry)) = id.map(|id| flying.entry(id)) else {
                    // From the asked address, and no answer: it says why there may be none.
                    for pending in flying.values_mut() {
                        pending.hear(message, now, scratch);
                    }
                    return;
                };
                let counted = entry.get().is_under_way();
                if entry.get_mut().hear(message, now, scratch) {
                    let answered = entry.remove();
                    *under_way -= usize::from(counted);
                    way.window.on_response();
                    answered.round_trip(now).inspect(|took| way.rtt.record(*took));
                }
            });
            if !was_known && way.rtt.has_sample() {
                let wait = way.rtt.retry_timeout(*timeout / 4);
                for pending in flying.values_mut() {
                    pending.hasten(now, wait);
                }
            }
            received
        });
        match received {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => self.fail(VecDeque::new(), &failure(&error)),
        }
    }

    /// Sends again, or gives up, what was not answered in time.
    fn expire(&mut self) {
        let now = Instant::now();
        let due = self.flying.extract_if(|_, pending| pending.due() <= now);
        let due: VecDeque<Box<Pending>> = due.map(|(_, pending)| pending).collect();
        for mut pending in due {
            self.under_way -= usize::from(pending.is_under_way());
            match pending.comes_due() {
                Due::Send => {
                    self.way().lost(now);
                    self.backlog.push_front(pending);
                }
                Due::Forget => self.way().gave_up(),
            }
        }
    }
}
