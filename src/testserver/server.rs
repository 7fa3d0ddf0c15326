//! The sockets: receives queries, and does what the script says about each.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use super::query::Query;
use crate::observe::Transport;

/// The most connections, and the most datagrams, that are served at once.
const MAX_CONCURRENT: usize = 256;

/// The most queries that the log keeps.
const MAX_LOG_LINES: usize = 1000;

/// How long a connection may stay open without a query.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// The pause after an error of a socket, so that a lasting one does not keep a processor busy.
const ERROR_PAUSE: Duration = Duration::from_millis(10);

/// How many ports are tried until one is free for both UDP and TCP.
const MAX_PORT_ATTEMPTS: u32 = 64;

/// A query that the server has received.
#[derive(Clone, Debug)]
pub struct IncomingQuery {
    /// The message.
    pub message: Vec<u8>,
    /// The parsed message, if it is a query.
    pub query: Option<Query>,
    /// The transport that it came over.
    pub transport: Transport,
    /// The address of the client.
    pub peer: SocketAddr,
    /// How many queries the server received before.
    pub nth: u64,
}

impl IncomingQuery {
    /// Whether it asks for a transfer.
    pub fn is_transfer(&self) -> bool {
        self.query.as_ref().is_some_and(Query::is_transfer)
    }
}

/// One thing that a script does about a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send a message: as a datagram, or on the connection with its length in front.
    Send(Vec<u8>),
    /// Send bytes without a length in front.
    Raw(Vec<u8>),
    /// Send a message again and again until the client closes the connection; over UDP, once.
    Flood(Vec<u8>),
    /// Wait.
    Wait(Duration),
    /// Close the connection.
    Close,
    /// Reset the connection.
    Reset,
}

/// A server on one port of a loopback address; it stops when it is dropped.
#[derive(Debug)]
pub struct TestServer {
    address: SocketAddr,
    log: Arc<Mutex<QueryLog>>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct QueryLog {
    received: u64,
    lines: VecDeque<String>,
}

/// The state that all tasks of one server share.
struct ServerState<H> {
    handler: H,
    log: Arc<Mutex<QueryLog>>,
}

impl TestServer {
    /// Starts on a free port, over UDP and TCP; `handler` returns what to do about each query.
    pub async fn start<H>(ip: IpAddr, handler: H) -> io::Result<Self>
    where
        H: Fn(&IncomingQuery) -> Vec<Action> + Send + Sync + 'static,
    {
        for _ in 1..MAX_PORT_ATTEMPTS {
            let listener = TcpListener::bind((ip, 0)).await?;
            if let Ok(socket) = UdpSocket::bind(listener.local_addr()?).await {
                return Self::run(socket, TcpPort::Listening(listener), handler);
            }
        }
        Err(io::ErrorKind::AddrInUse.into())
    }

    /// Starts on a free port, over UDP only; TCP connections are refused.
    pub async fn start_without_tcp<H>(ip: IpAddr, handler: H) -> io::Result<Self>
    where
        H: Fn(&IncomingQuery) -> Vec<Action> + Send + Sync + 'static,
    {
        for _ in 1..MAX_PORT_ATTEMPTS {
            let socket = UdpSocket::bind((ip, 0)).await?;
            let port = if ip.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
            if port.bind(socket.local_addr()?).is_ok() {
                return Self::run(socket, TcpPort::Refusing(port), handler);
            }
        }
        Err(io::ErrorKind::AddrInUse.into())
    }

    fn run<H>(socket: UdpSocket, tcp: TcpPort, handler: H) -> io::Result<Self>
    where
        H: Fn(&IncomingQuery) -> Vec<Action> + Send + Sync + 'static,
    {
        let address = socket.local_addr()?;
        let log = Arc::new(Mutex::new(QueryLog::default()));
        let state = Arc::new(ServerState { handler, log: Arc::clone(&log) });
        // Everything runs inside this one task, so that ending it ends everything.
        let task = tokio::spawn(async move {
            match tcp {
                TcpPort::Listening(listener) => {
                    tokio::join!(serve_udp(socket, Arc::clone(&state)), serve_tcp(listener, state));
                }
                TcpPort::Refusing(port) => {
                    serve_udp(socket, state).await;
                    drop(port);
                }
            }
        });
        Ok(Self { address, log, task })
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The last thousand queries that it received, one line each.
    pub fn query_log(&self) -> Vec<String> {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.lines.iter().cloned().collect()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

enum TcpPort {
    Listening(TcpListener),
    /// Bound, so that no other process gets the port, but not listening.
    Refusing(TcpSocket),
}

impl<H: Fn(&IncomingQuery) -> Vec<Action>> ServerState<H> {
    /// Parses a query and adds it to the log.
    fn receive(&self, message: Vec<u8>, transport: Transport, peer: SocketAddr) -> IncomingQuery {
        let query = Query::parse(&message);
        let text = query.as_ref().map_or_else(|| "not a query".to_owned(), Query::to_text);
        let protocol = match transport {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
        };
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let nth = log.received;
        log.received += 1;
        if log.lines.len() >= MAX_LOG_LINES {
            log.lines.pop_front();
        }
        log.lines.push_back(format!("{protocol} from {peer}: {text}"));
        drop(log);
        IncomingQuery { message, query, transport, peer, nth }
    }
}

async fn serve_udp<H>(socket: UdpSocket, state: Arc<ServerState<H>>)
where
    H: Fn(&IncomingQuery) -> Vec<Action> + Send + Sync + 'static,
{
    let socket = Arc::new(socket);
    let mut tasks = JoinSet::new();
    let mut buffer = vec![0; usize::from(u16::MAX)];
    loop {
        let Ok((length, peer)) = socket.recv_from(&mut buffer).await else {
            sleep(ERROR_PAUSE).await;
            continue;
        };
        while tasks.try_join_next().is_some() {}
        if tasks.len() >= MAX_CONCURRENT {
            continue;
        }
        let message = buffer.get(..length).unwrap_or_default().to_vec();
        let query = state.receive(message, Transport::Udp, peer);
        let (socket, state) = (Arc::clone(&socket), Arc::clone(&state));
        tasks.spawn(async move {
            for action in (state.handler)(&query) {
                match action {
                    Action::Send(bytes) | Action::Raw(bytes) | Action::Flood(bytes) => {
                        // A server does not care whether a client still listens.
                        let _ = socket.send_to(&bytes, peer).await;
                    }
                    Action::Wait(time) => sleep(time).await,
                    Action::Close | Action::Reset => return,
                }
            }
        });
    }
}

async fn serve_tcp<H>(listener: TcpListener, state: Arc<ServerState<H>>)
where
    H: Fn(&IncomingQuery) -> Vec<Action> + Send + Sync + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            sleep(ERROR_PAUSE).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        if connections.len() >= MAX_CONCURRENT {
            continue;
        }
        let state = Arc::clone(&state);
        connections.spawn(async move {
            // How a connection ends is for the test to see, at its own end.
            let _ = serve_connection(stream, peer, &state).await;
        });
    }
}

async fn serve_connection<H>(
    mut stream: TcpStream,
    peer: SocketAddr,
    state: &ServerState<H>,
) -> io::Result<()>
where
    H: Fn(&IncomingQuery) -> Vec<Action> + Send + Sync + 'static,
{
    stream.set_nodelay(true)?;
    loop {
        let length = timeout(IDLE_TIMEOUT, stream.read_u16()).await??;
        let mut message = vec![0; usize::from(length)];
        timeout(IDLE_TIMEOUT, stream.read_exact(&mut message)).await??;
        let query = state.receive(message, Transport::Tcp, peer);
        for action in (state.handler)(&query) {
            match action {
                Action::Send(message) => stream.write_all(&frame(&message)?).await?,
                Action::Raw(bytes) => stream.write_all(&bytes).await?,
                Action::Flood(message) => flood(&mut stream, &frame(&message)?).await?,
                Action::Wait(time) => sleep(time).await,
                Action::Close => return stream.shutdown().await,
                Action::Reset => return stream.set_zero_linger(),
            }
        }
    }
}

async fn flood(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    loop {
        stream.write_all(bytes).await?;
    }
}

/// Returns a message with its length in front (RFC 1035 section 4.2.2).
fn frame(message: &[u8]) -> io::Result<Vec<u8>> {
    let length = u16::try_from(message.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    Ok([&length.to_be_bytes(), message].concat())
}
