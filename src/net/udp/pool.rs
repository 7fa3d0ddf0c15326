//! The sockets and connections in use, by endpoint: one of each at a time, replaced by count and age.
//!
//! A new source port from time to time makes forging harder (RFC 5452 section 4.5), and costs next to
//! nothing when thousands of queries share it.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::pending::PendingUdpQuery;
use super::socket::{PathState, UdpSocketTask};
use crate::net::pruned_map::PrunedMap;
use crate::net::tcp::shared::{PendingQuery, SharedConnection};
use crate::net::tls::TlsClients;
use crate::observe::{Failure, Transport};
use crate::plan::{Target, TlsSettings};

/// The most queries from one shared source port.
const MAX_QUERIES_PER_PORT: u32 = 1024;

/// How long one source port is shared.
const MAX_PORT_AGE: Duration = Duration::from_secs(10);

/// The source port of a query, and the connection if it goes over TCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourcePort {
    /// Shared with other queries.
    Shared,
    /// Used by this query alone, so that a load balancer may send it to another instance.
    Fresh,
}

/// One transport to an address, from a source address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Endpoint {
    address: SocketAddr,
    source: Option<IpAddr>,
    transport: Transport,
    tls: Option<Arc<TlsSettings>>,
}

impl Endpoint {
    fn new(target: &Target, transport: Transport) -> Self {
        Self { address: target.address, source: target.source, transport, tls: target.tls.clone() }
    }
}

/// All sockets and shared connections of a client.
#[derive(Debug, Default)]
pub(in crate::net) struct SocketPool {
    sockets: Mutex<PrunedMap<Endpoint, UdpEndpoint>>,
    connections: Mutex<PrunedMap<Endpoint, SharedConnection>>,
    tls: Arc<TlsClients>,
}

impl SocketPool {
    /// Makes a pool without sockets, whose connections over TLS use these clients.
    pub(in crate::net) fn new(tls: Arc<TlsClients>) -> Self {
        Self { tls, ..Self::default() }
    }

    /// The TLS clients of its connections.
    pub(in crate::net) fn tls(&self) -> &TlsClients {
        &self.tls
    }

    /// Sends a query over UDP.
    pub(in crate::net) fn send_udp(
        &self,
        target: &Target,
        port: SourcePort,
        timeout: Duration,
        query: Box<PendingUdpQuery>,
    ) -> Result<(), Failure> {
        let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        sockets.prune(UdpEndpoint::is_in_use);
        let endpoint = sockets.entries.entry(Endpoint::new(target, Transport::Udp)).or_default();
        endpoint.send(target, port, timeout, query)
    }

    /// Sends a query over the shared connection to a target, which is over TLS if it is asked so.
    pub(in crate::net) fn send_shared(&self, target: &Target, timeout: Duration, query: PendingQuery) {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        connections.prune(SharedConnection::is_open);
        let endpoint = Endpoint::new(target, Transport::Tcp);
        let query = match connections.entries.get(&endpoint) {
            Some(connection) => match connection.send(query) {
                Ok(()) => return,
                Err(query) => query,
            },
            None => query,
        };
        let connection = SharedConnection::open(target, Arc::clone(&self.tls), timeout);
        let sent = connection.send(query);
        debug_assert!(sent.is_ok(), "a connection is open at first");
        connections.entries.insert(endpoint, connection);
    }
}

/// What all UDP queries to an endpoint share.
#[derive(Debug, Default)]
struct UdpEndpoint {
    path: Arc<Mutex<PathState>>,
    socket: Option<SharedSocket>,
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
        self.socket.as_ref().is_some_and(|shared| shared.socket.is_open())
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
