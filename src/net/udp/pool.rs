//! The sockets and connections in use, by endpoint: one of each at a time, replaced by count and age.
//!
//! A new source port from time to time makes forging harder (RFC 5452 section 4.5), and costs next to
//! nothing when thousands of queries share it.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::pending::PendingUdpQuery;
use super::socket::{PathState, UdpSocketTask};
use crate::net::health::Health;
use crate::net::tcp::shared::{PendingQuery, TcpConnection};
use crate::observe::{Failure, Transport};
use crate::plan::Target;

/// The most queries from one shared source port.
const MAX_QUERIES_PER_PORT: u32 = 1024;

/// How long one source port is shared.
const MAX_PORT_AGE: Duration = Duration::from_secs(10);

/// The number of endpoints below which none is forgotten.
const MIN_PRUNED_LEN: usize = 4096;

/// The source port of a query, and the connection if it goes over TCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourcePort {
    /// Shared with other queries.
    Shared,
    /// Used by this query alone, so that a load balancer may send it to another instance.
    Fresh,
}

/// One transport to an address, from a source address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Endpoint {
    address: SocketAddr,
    source: Option<IpAddr>,
    transport: Transport,
}

impl Endpoint {
    fn new(target: &Target, transport: Transport) -> Self {
        Self { address: target.address, source: target.source, transport }
    }
}

/// All sockets and shared connections of a client.
#[derive(Debug, Default)]
pub(in crate::net) struct SocketPool {
    sockets: Mutex<EndpointMap<UdpEndpoint>>,
    connections: Mutex<EndpointMap<TcpConnection>>,
}

impl SocketPool {
    /// Sends a query over UDP.
    pub(in crate::net) fn send_udp(
        &self,
        target: &Target,
        port: SourcePort,
        timeout: Duration,
        query: Box<PendingUdpQuery>,
    ) -> Result<(), Failure> {
        self.with_udp_endpoint(target, |endpoint| endpoint.send(target, port, timeout, query))
    }

    /// The health of a target's address, as seen from its source.
    pub(in crate::net) fn health(&self, target: &Target) -> Arc<Health> {
        self.with_udp_endpoint(target, |endpoint| Arc::clone(&endpoint.health))
    }

    fn with_udp_endpoint<T>(&self, target: &Target, work: impl FnOnce(&mut UdpEndpoint) -> T) -> T {
        let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        sockets.prune(UdpEndpoint::is_in_use);
        work(sockets.endpoints.entry(Endpoint::new(target, Transport::Udp)).or_default())
    }

    /// Sends a query over the shared connection to a target.
    pub(in crate::net) fn send_tcp(&self, target: &Target, timeout: Duration, query: PendingQuery) {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        connections.prune(TcpConnection::is_open);
        let endpoint = Endpoint::new(target, Transport::Tcp);
        let query = match connections.endpoints.get(&endpoint) {
            Some(connection) => match connection.send(query) {
                Ok(()) => return,
                Err(query) => query,
            },
            None => query,
        };
        let connection = TcpConnection::open(target, timeout);
        let sent = connection.send(query);
        debug_assert!(sent.is_ok(), "a connection is open at first");
        connections.endpoints.insert(endpoint, connection);
    }
}

/// What is kept for each endpoint.
#[derive(Debug)]
struct EndpointMap<T> {
    endpoints: HashMap<Endpoint, T>,
    /// The length at which it is pruned next.
    prune_at: usize,
}

impl<T> Default for EndpointMap<T> {
    fn default() -> Self {
        Self { endpoints: HashMap::new(), prune_at: MIN_PRUNED_LEN }
    }
}

impl<T> EndpointMap<T> {
    /// Forgets the endpoints that are not in use, if there are many.
    fn prune(&mut self, is_in_use: impl Fn(&T) -> bool) {
        if self.endpoints.len() >= self.prune_at {
            self.endpoints.retain(|_, endpoint| is_in_use(endpoint));
            self.prune_at = (2 * self.endpoints.len()).max(MIN_PRUNED_LEN);
        }
    }
}

/// What all UDP queries to an endpoint share.
#[derive(Debug, Default)]
struct UdpEndpoint {
    path: Arc<Mutex<PathState>>,
    socket: Option<SharedSocket>,
    health: Arc<Health>,
}

impl UdpEndpoint {
    fn send(
        &mut self,
        target: &Target,
        port: SourcePort,
        timeout: Duration,
        query: Box<PendingUdpQuery>,
    ) -> Result<(), Failure> {
        let query = match (port, &mut self.socket) {
            (SourcePort::Shared, Some(shared)) if shared.takes_queries() => {
                shared.queries += 1;
                match shared.socket.send(query) {
                    Ok(()) => return Ok(()),
                    Err(query) => query,
                }
            }
            _ => query,
        };
        let socket = UdpSocketTask::open(target, Arc::clone(&self.path), timeout)?;
        let sent = socket.send(query);
        debug_assert!(sent.is_ok(), "a socket is open at first");
        if port == SourcePort::Shared {
            self.socket = Some(SharedSocket { socket, queries: 1, opened: Instant::now() });
        }
        Ok(())
    }

    fn is_in_use(&self) -> bool {
        self.health.is_down() || self.socket.as_ref().is_some_and(|shared| shared.socket.is_open())
    }
}

/// A socket that queries share, until it has sent many or is old.
#[derive(Debug)]
struct SharedSocket {
    socket: UdpSocketTask,
    queries: u32,
    opened: Instant,
}

impl SharedSocket {
    fn takes_queries(&self) -> bool {
        self.queries < MAX_QUERIES_PER_PORT && self.opened.elapsed() < MAX_PORT_AGE && self.socket.is_open()
    }
}
