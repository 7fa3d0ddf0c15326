//! A relay before a name server, which counts what passes.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// The size of a DNS header.
const HEADER_LEN: usize = 12;

/// How long the server may take for a datagram.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The numbers of the types that are counted.
const SOA: u16 = 6;
const IXFR: u16 = 251;
const AXFR: u16 = 252;

/// What passed: bytes of DNS messages, each with its length where they came over TCP.
#[derive(Debug, Default)]
struct Counters {
    received: AtomicU64,
    soa: AtomicU64,
    ixfr: AtomicU64,
    axfr: AtomicU64,
}

/// What has passed, at some time or since another.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Traffic {
    /// Bytes of responses.
    pub(crate) received: u64,
    /// Queries by type.
    pub(crate) soa: u64,
    pub(crate) ixfr: u64,
    pub(crate) axfr: u64,
}

impl Traffic {
    /// What has passed here and there.
    pub(crate) fn with(self, other: Self) -> Self {
        Self {
            received: self.received + other.received,
            soa: self.soa + other.soa,
            ixfr: self.ixfr + other.ixfr,
            axfr: self.axfr + other.axfr,
        }
    }

    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            received: self.received - before.received,
            soa: self.soa - before.soa,
            ixfr: self.ixfr - before.ixfr,
            axfr: self.axfr - before.axfr,
        }
    }
}

/// A relay that runs until the process ends.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    counters: Arc<Counters>,
}

impl Relay {
    /// Relays from a free port to a server, over UDP and TCP.
    pub(crate) fn start(server: SocketAddr, address: SocketAddr) -> Self {
        let counters = Arc::<Counters>::default();
        let socket = UdpSocket::bind(address).expect("the port is free");
        let listener = TcpListener::bind(address).expect("the port is free");
        let counted = Arc::clone(&counters);
        thread::spawn(move || relay_datagrams(&socket, server, &counted));
        let counted = Arc::clone(&counters);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let counted = Arc::clone(&counted);
                // An error means that one side has closed the connection.
                thread::spawn(move || relay_connection(&client, server, &counted));
            }
        });
        Self { address, counters }
    }

    pub(crate) fn traffic(&self) -> Traffic {
        let Counters { received, soa, ixfr, axfr } = &*self.counters;
        let [received, soa, ixfr, axfr] =
            [received, soa, ixfr, axfr].map(|counter| counter.load(Ordering::Relaxed));
        Traffic { received, soa, ixfr, axfr }
    }
}

impl Counters {
    fn count_query(&self, message: &[u8]) {
        let counter = match qtype(message) {
            Some(SOA) => &self.soa,
            Some(IXFR) => &self.ixfr,
            Some(AXFR) => &self.axfr,
            _ => return,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn count_response(&self, length: usize) {
        self.received.fetch_add(length as u64, Ordering::Relaxed);
    }
}

/// The type of the question.
fn qtype(message: &[u8]) -> Option<u16> {
    let mut at = HEADER_LEN;
    loop {
        match message.get(at)? {
            0 => break,
            &length => at += 1 + usize::from(length),
        }
    }
    Some(u16::from_be_bytes([*message.get(at + 1)?, *message.get(at + 2)?]))
}

/// Relays one datagram after the other.
fn relay_datagrams(socket: &UdpSocket, server: SocketAddr, counters: &Counters) {
    let mut buffer = vec![0; 65_535];
    while let Ok((length, client)) = socket.recv_from(&mut buffer) {
        counters.count_query(&buffer[..length]);
        // A query that gets no response is lost.
        if let Ok(response) = ask(server, &buffer[..length]) {
            counters.count_response(response.len());
            let _ = socket.send_to(&response, client);
        }
    }
}

/// Sends a query from a port of its own, and returns the response.
fn ask(server: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_read_timeout(Some(TIMEOUT))?;
    socket.connect(server)?;
    socket.send(query)?;
    let mut response = vec![0; 65_535];
    let length = socket.recv(&mut response)?;
    response.truncate(length);
    Ok(response)
}

fn relay_connection(client: &TcpStream, server: SocketAddr, counters: &Arc<Counters>) -> io::Result<()> {
    let server = TcpStream::connect(server)?;
    let (mut to_client, mut from_server) = (client.try_clone()?, server.try_clone()?);
    let counted = Arc::clone(counters);
    let responses = thread::spawn(move || -> io::Result<()> {
        let mut buffer = vec![0; 256 * 1024];
        loop {
            let length = from_server.read(&mut buffer)?;
            if length == 0 {
                return to_client.shutdown(Shutdown::Both);
            }
            counted.count_response(length);
            to_client.write_all(&buffer[..length])?;
        }
    });
    let ended = relay_queries(client, &server, counters);
    // The other thread reads the end of the connection then.
    let _ = server.shutdown(Shutdown::Both);
    let _ = responses.join();
    ended
}

fn relay_queries(mut client: &TcpStream, mut server: &TcpStream, counters: &Counters) -> io::Result<()> {
    loop {
        let mut length = [0; 2];
        client.read_exact(&mut length)?;
        let mut message = vec![0; u16::from_be_bytes(length).into()];
        client.read_exact(&mut message)?;
        counters.count_query(&message);
        server.write_all(&[length.as_slice(), &message].concat())?;
    }
}
