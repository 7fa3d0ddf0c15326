//! The sockets that are in use: one for each address at a time, replaced by count and age.
//!
//! A new port now and then keeps whoever forges answers guessing (RFC 5452 section 4.5), and costs next
//! to nothing when thousands of questions share it.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::pending::Pending;
use super::socket::{PathState, UdpSocketTask};
use crate::net::dead_server::DeadServer;
use crate::net::tcp::shared::{PendingQuery, TcpConnection};
use crate::observe::Failure;
use crate::plan::Target;

/// The most questions from one port.
const MOST_QUESTIONS: u32 = 1024;

/// How long one port is used.
const MOST_AGE: Duration = Duration::from_secs(10);

/// Addresses that are remembered before those are forgotten of which nothing is under way.
const MOST_ADDRESSES: usize = 4096;

/// Whether a question may share its port with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourcePort {
    /// It may.
    Shared,
    /// It has one of its own, as whoever asks again does.
    Fresh,
}

/// All sockets for questions in datagrams.
#[derive(Debug, Default)]
pub(crate) struct SocketPool(Mutex<Addresses>);

#[derive(Debug, Default)]
struct Addresses {
    known: HashMap<Endpoint, Known>,
    /// How many there may be until it is worth looking which can be forgotten.
    most: usize,
}

/// An address, and where it is asked from.
type Endpoint = (SocketAddr, Option<IpAddr>);

#[derive(Debug, Default)]
struct Known {
    way: Arc<Mutex<PathState>>,
    shared: Option<Shared>,
    line: Option<TcpConnection>,
    silence: Arc<DeadServer>,
}

#[derive(Debug)]
struct Shared {
    lane: UdpSocketTask,
    questions: u32,
    opened: Instant,
}

impl SocketPool {
    fn with_known<T>(&self, target: &Target, work: impl FnOnce(&mut Known) -> T) -> T {
        let mut addresses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if addresses.known.len() >= addresses.most.max(MOST_ADDRESSES) {
            addresses.known.retain(|_, known| known.is_in_use());
            addresses.most = 2 * addresses.known.len();
        }
        work(addresses.known.entry((target.address, target.source)).or_default())
    }

    /// Hands a question in for a socket, and returns how silent the address has been.
    pub(crate) fn ask(
        &self,
        target: &Target,
        port: SourcePort,
        timeout: Duration,
        pending: Box<Pending>,
    ) -> Result<Arc<DeadServer>, Failure> {
        self.with_known(target, |known| {
            let silence = Arc::clone(&known.silence);
            let pending = match (port, &mut known.shared) {
                (SourcePort::Shared, Some(shared)) if shared.is_fresh() => {
                    shared.questions += 1;
                    match shared.lane.ask(pending) {
                        Ok(()) => return Ok(silence),
                        Err(pending) => pending,
                    }
                }
                _ => pending,
            };
            let lane = UdpSocketTask::open(target, Arc::clone(&known.way), timeout)?;
            let handed_in = lane.ask(pending);
            debug_assert!(handed_in.is_ok(), "a lane is open at first");
            if port == SourcePort::Shared {
                known.shared = Some(Shared { lane, questions: 1, opened: Instant::now() });
            }
            Ok(silence)
        })
    }

    /// Returns whether an address has been silent for long.
    pub(crate) fn is_dead(&self, target: &Target) -> bool {
        self.with_known(target, |known| known.silence.is_dead())
    }

    /// Hands a question in for the connection that an address shares.
    pub(crate) fn call(&self, target: &Target, timeout: Duration, call: PendingQuery) {
        self.with_known(target, |known| {
            let call = match &known.line {
                Some(line) => match line.ask(call) {
                    Ok(()) => return,
                    Err(call) => call,
                },
                None => call,
            };
            let opened = TcpConnection::open(target, timeout);
            let handed_in = opened.ask(call);
            debug_assert!(handed_in.is_ok(), "a connection is open at first");
            known.line = Some(opened);
        });
    }
}

impl Known {
    fn is_in_use(&self) -> bool {
        self.shared.as_ref().is_some_and(Shared::is_open)
            || self.line.as_ref().is_some_and(TcpConnection::is_open)
    }
}

impl Shared {
    fn is_fresh(&self) -> bool {
        self.questions < MOST_QUESTIONS && self.opened.elapsed() < MOST_AGE && self.is_open()
    }

    fn is_open(&self) -> bool {
        self.lane.is_open()
    }
}
