//! A peer on loopback that stalls: its datagrams and its connections follow a script of their own.
//!
//! It serves every zone that it is asked for, with the records of [`Nameserver::zone`](super::Nameserver::zone) and
//! serial 7.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nix::sys::socket::{setsockopt, sockopt::TcpMaxSeg};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use zoneprobe::observe::Transport;
use zoneprobe::testserver::{Authority, Query, Zone};

use super::nameserver::{RUNTIME, zone_text};

/// What it does about a datagram: the messages that it sends back.
type OverUdp = dyn Fn(&Datagram<'_>) -> Vec<Vec<u8>> + Send + Sync;

/// A datagram that it received.
pub(crate) struct Datagram<'m> {
    /// How many came before.
    pub(crate) nth: u64,
    /// The message.
    pub(crate) message: &'m [u8],
}

/// What it does with connections.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OverTcp {
    /// Refuses them.
    Closed,
    /// Accepts them and reads nothing; its buffers and segments are small.
    NeverReading,
    /// Reads a byte of each query every 200 ms, and answers rightly in the end.
    ReadingSlowly,
    /// Reads queries and answers none.
    NeverAnswering,
    /// Sends one byte of each response a second.
    Dripping,
    /// Resets the connection within a response, after so many bytes of it.
    ResettingAfter(usize),
    /// Closes the connection within a response: the first label of the name, such as `b20`, has the number of bytes
    /// that are missing from its end.
    ClosingBeforeEnd,
    /// Resets the connection within a response, so many bytes before its end.
    ResettingBeforeEnd,
    /// Sends frames with another id without an end, after the first query.
    Junk,
    /// Answers each query with these bytes, and closes the connection.
    Bytes(&'static [u8]),
    /// Collects queries for a moment and answers the last one first.
    Reordering,
}

/// A peer that runs until it is dropped.
pub(crate) struct Peer {
    address: SocketAddr,
    sent: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Datagram<'_> {
    /// The right response.
    pub(crate) fn response(&self) -> Vec<u8> {
        respond(self.message, Transport::Udp).swap_remove(0)
    }
}

impl Peer {
    /// Starts it on a free port.
    pub(crate) fn start(
        over_udp: impl Fn(&Datagram<'_>) -> Vec<Vec<u8>> + Send + Sync + 'static,
        over_tcp: OverTcp,
    ) -> Self {
        RUNTIME.block_on(async {
            let (listener, udp) = bind().await;
            let address = udp.local_addr().unwrap();
            let sent = Arc::new(AtomicU64::new(0));
            let counter = Arc::clone(&sent);
            let task = tokio::spawn(async move {
                tokio::join!(serve_udp(udp, &over_udp), serve_tcp(listener, over_tcp, counter));
            });
            Self { address, sent, task }
        })
    }

    /// Starts one that answers rightly over UDP.
    pub(crate) fn honest_over_udp(over_tcp: OverTcp) -> Self {
        Self::start(|datagram| vec![datagram.response()], over_tcp)
    }

    /// Starts one that is silent over UDP.
    pub(crate) fn silent_over_udp(over_tcp: OverTcp) -> Self {
        Self::start(|_| Vec::new(), over_tcp)
    }

    /// The address that it listens on.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The bytes of junk that it has sent.
    pub(crate) fn junk_sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Binds a port for TCP and UDP.
async fn bind() -> (TcpSocket, UdpSocket) {
    for _ in 0..64 {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        if let Ok(udp) = UdpSocket::bind(socket.local_addr().unwrap()).await {
            return (socket, udp);
        }
    }
    panic!("loopback has a free port");
}

async fn serve_udp(socket: UdpSocket, over_udp: &OverUdp) {
    let mut buffer = [0; 2048];
    for nth in 0.. {
        let Ok((length, client)) = socket.recv_from(&mut buffer).await else { continue };
        for response in over_udp(&Datagram { nth, message: &buffer[..length] }) {
            let _ = socket.send_to(&response, client).await;
        }
    }
}

async fn serve_tcp(socket: TcpSocket, over_tcp: OverTcp, sent: Arc<AtomicU64>) {
    if matches!(over_tcp, OverTcp::Closed) {
        return std::future::pending().await;
    }
    if matches!(over_tcp, OverTcp::NeverReading | OverTcp::ReadingSlowly) {
        socket.set_recv_buffer_size(1).unwrap();
        setsockopt(&socket, TcpMaxSeg, &536).unwrap();
    }
    let listener: TcpListener = socket.listen(1024).unwrap();
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        while connections.try_join_next().is_some() {}
        let sent = Arc::clone(&sent);
        // How a connection ends is for the client to see.
        connections.spawn(async move { drop(serve_connection(stream, over_tcp, &sent).await) });
    }
}

async fn serve_connection(mut stream: TcpStream, over_tcp: OverTcp, sent: &AtomicU64) -> io::Result<()> {
    stream.set_nodelay(true)?;
    if matches!(over_tcp, OverTcp::NeverReading) {
        return std::future::pending().await;
    }
    loop {
        let query = match over_tcp {
            OverTcp::ReadingSlowly => read_message_slowly(&mut stream).await?,
            _ => read_message(&mut stream).await?,
        };
        let messages = respond(&query, Transport::Tcp);
        let response: Vec<u8> = messages.iter().flat_map(|message| frame(message)).collect();
        match over_tcp {
            OverTcp::Closed | OverTcp::NeverReading | OverTcp::NeverAnswering => {}
            OverTcp::ReadingSlowly => stream.write_all(&response).await?,
            OverTcp::Dripping => drip(&mut stream, response).await?,
            OverTcp::ResettingAfter(count) => return reset(stream, &response[..count]).await,
            OverTcp::ResettingBeforeEnd => return reset(stream, without_end(&response, &query)).await,
            OverTcp::ClosingBeforeEnd => {
                stream.write_all(without_end(&response, &query)).await?;
                return stream.shutdown().await;
            }
            OverTcp::Bytes(bytes) => {
                stream.write_all(bytes).await?;
                return stream.shutdown().await;
            }
            OverTcp::Junk => junk(&mut stream, &query, sent).await?,
            OverTcp::Reordering => reorder(&mut stream, query).await?,
        }
    }
}

/// Resets the connection after these bytes.
async fn reset(mut stream: TcpStream, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes).await?;
    // The bytes arrive before the reset.
    sleep(Duration::from_millis(20)).await;
    stream.set_zero_linger()
}

/// The response to a query, without so many bytes of its end as the name in the query says.
fn without_end<'r>(response: &'r [u8], query: &[u8]) -> &'r [u8] {
    &response[..response.len().saturating_sub(first_label_number(query))]
}

async fn drip(stream: &mut TcpStream, response: Vec<u8>) -> io::Result<()> {
    for byte in response {
        stream.write_u8(byte).await?;
        sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}

/// Sends a response to another query again and again.
async fn junk(stream: &mut TcpStream, query: &[u8], sent: &AtomicU64) -> io::Result<()> {
    let mut other = query.to_vec();
    other[0] ^= 0x55;
    let frames = frame(&respond(&other, Transport::Tcp).swap_remove(0)).repeat(100);
    loop {
        stream.write_all(&frames).await?;
        sent.fetch_add(frames.len() as u64, Ordering::Relaxed);
    }
}

async fn reorder(stream: &mut TcpStream, first: Vec<u8>) -> io::Result<()> {
    let mut queries = vec![first];
    while let Ok(query) = timeout(Duration::from_millis(50), read_message(stream)).await {
        queries.push(query?);
    }
    for query in queries.iter().rev() {
        for message in respond(query, Transport::Tcp) {
            stream.write_all(&frame(&message)).await?;
        }
    }
    Ok(())
}

async fn read_message(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut message = vec![0; stream.read_u16().await?.into()];
    stream.read_exact(&mut message).await?;
    Ok(message)
}

async fn read_message_slowly(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut message = vec![0; stream.read_u16().await?.into()];
    for byte in &mut message {
        *byte = stream.read_u8().await?;
        sleep(Duration::from_millis(200)).await;
    }
    Ok(message)
}

fn frame(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).unwrap();
    [length.to_be_bytes().as_slice(), message].concat()
}

/// The messages of the right response.
fn respond(message: &[u8], transport: Transport) -> Vec<Vec<u8>> {
    let query = Query::parse(message).expect("it is a query");
    let zone = Zone::parse(&query.qname.to_string(), &zone_text(7)).unwrap();
    let authority = Authority { zones: vec![zone], ..Authority::default() };
    authority.respond_to(&query, transport)
}

/// The number in the first label of the name in a query, after one letter.
fn first_label_number(query: &[u8]) -> usize {
    let end = 13 + usize::from(query[12]);
    std::str::from_utf8(&query[14..end]).unwrap().parse().unwrap()
}
