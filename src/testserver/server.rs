//! The sockets: asks the script what to do at each question, and does it.

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

/// Connections, and datagrams being answered, at once.
const MOST_AT_ONCE: usize = 256;

/// Questions kept in the log.
const MOST_LOGGED: usize = 1000;

/// How long a connection may stay open without a question.
const IDLE: Duration = Duration::from_secs(30);

/// A pause after an error of the system, so that a lasting one does not eat a processor.
const PAUSE: Duration = Duration::from_millis(10);

/// Tries to find a port that is free for both UDP and TCP.
const PORT_TRIES: u32 = 64;

/// A question to a responder.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The message.
    pub octets: Vec<u8>,
    /// What it asks, if it can be read.
    pub query: Option<Query>,
    /// How it came.
    pub transport: Transport,
    /// Who asks.
    pub peer: SocketAddr,
    /// How many questions came before.
    pub nth: u64,
}

impl Asked {
    /// Returns whether a whole zone is asked for.
    pub fn is_transfer(&self) -> bool {
        self.query.as_ref().is_some_and(Query::is_transfer)
    }
}

/// One thing to do at a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Send a message: a datagram, or with its length in front.
    Send(Vec<u8>),
    /// Send octets as they are, without a length in front.
    Raw(Vec<u8>),
    /// Send a message again and again until the client goes away; over UDP, once.
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
pub struct Responder {
    address: SocketAddr,
    log: Arc<Mutex<Log>>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Log {
    questions: u64,
    lines: VecDeque<String>,
}

/// What all tasks of one responder share.
struct Shared<H> {
    handler: H,
    log: Arc<Mutex<Log>>,
}

impl Responder {
    /// Starts on a free port, over UDP and TCP; `handler` says what to do at each question.
    pub async fn start<H>(ip: IpAddr, handler: H) -> io::Result<Self>
    where
        H: Fn(&Asked) -> Vec<Act> + Send + Sync + 'static,
    {
        for _ in 1..PORT_TRIES {
            let listener = TcpListener::bind((ip, 0)).await?;
            if let Ok(socket) = UdpSocket::bind(listener.local_addr()?).await {
                return Self::run(socket, Tcp::Listening(listener), handler);
            }
        }
        Err(io::ErrorKind::AddrInUse.into())
    }

    /// Starts on a free port, over UDP alone; TCP connections are refused.
    pub async fn start_without_tcp<H>(ip: IpAddr, handler: H) -> io::Result<Self>
    where
        H: Fn(&Asked) -> Vec<Act> + Send + Sync + 'static,
    {
        for _ in 1..PORT_TRIES {
            let socket = UdpSocket::bind((ip, 0)).await?;
            let port = if ip.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
            if port.bind(socket.local_addr()?).is_ok() {
                return Self::run(socket, Tcp::Refused(port), handler);
            }
        }
        Err(io::ErrorKind::AddrInUse.into())
    }

    fn run<H>(socket: UdpSocket, tcp: Tcp, handler: H) -> io::Result<Self>
    where
        H: Fn(&Asked) -> Vec<Act> + Send + Sync + 'static,
    {
        let address = socket.local_addr()?;
        let log = Arc::new(Mutex::new(Log::default()));
        let shared = Arc::new(Shared { handler, log: Arc::clone(&log) });
        // Everything runs inside this one task, so that ending it ends everything.
        let task = tokio::spawn(async move {
            match tcp {
                Tcp::Listening(listener) => {
                    tokio::join!(datagrams(socket, Arc::clone(&shared)), connections(listener, shared));
                }
                Tcp::Refused(port) => {
                    datagrams(socket, shared).await;
                    drop(port);
                }
            }
        });
        Ok(Self { address, log, task })
    }

    /// Returns where it answers.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns what was asked, one line for each question, the last thousand of them.
    pub fn asked(&self) -> Vec<String> {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.lines.iter().cloned().collect()
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

enum Tcp {
    Listening(TcpListener),
    /// Bound, so that nobody else gets the port, and deaf.
    Refused(TcpSocket),
}

impl<H: Fn(&Asked) -> Vec<Act>> Shared<H> {
    /// Takes note of a question.
    fn note(&self, octets: Vec<u8>, transport: Transport, peer: SocketAddr) -> Asked {
        let query = Query::read(&octets);
        let what = query.as_ref().map_or_else(|| "what cannot be read".to_owned(), Query::to_text);
        let how = match transport {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
        };
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let nth = log.questions;
        log.questions += 1;
        if log.lines.len() >= MOST_LOGGED {
            log.lines.pop_front();
        }
        log.lines.push_back(format!("{how} from {peer}: {what}"));
        drop(log);
        Asked { octets, query, transport, peer, nth }
    }
}

async fn datagrams<H>(socket: UdpSocket, shared: Arc<Shared<H>>)
where
    H: Fn(&Asked) -> Vec<Act> + Send + Sync + 'static,
{
    let socket = Arc::new(socket);
    let mut answers = JoinSet::new();
    let mut buffer = vec![0; usize::from(u16::MAX)];
    loop {
        let Ok((length, peer)) = socket.recv_from(&mut buffer).await else {
            sleep(PAUSE).await;
            continue;
        };
        while answers.try_join_next().is_some() {}
        if answers.len() >= MOST_AT_ONCE {
            continue;
        }
        let octets = buffer.get(..length).unwrap_or_default().to_vec();
        let asked = shared.note(octets, Transport::Udp, peer);
        let (socket, shared) = (Arc::clone(&socket), Arc::clone(&shared));
        answers.spawn(async move {
            for act in (shared.handler)(&asked) {
                match act {
                    // That a client is gone is no concern of a server's.
                    Act::Send(octets) | Act::Raw(octets) | Act::Flood(octets) => {
                        let _ = socket.send_to(&octets, peer).await;
                    }
                    Act::Wait(time) => sleep(time).await,
                    Act::Close | Act::Reset => return,
                }
            }
        });
    }
}

async fn connections<H>(listener: TcpListener, shared: Arc<Shared<H>>)
where
    H: Fn(&Asked) -> Vec<Act> + Send + Sync + 'static,
{
    let mut open = JoinSet::new();
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            sleep(PAUSE).await;
            continue;
        };
        while open.try_join_next().is_some() {}
        if open.len() >= MOST_AT_ONCE {
            continue;
        }
        let shared = Arc::clone(&shared);
        open.spawn(async move {
            // However a connection ends, there is nobody to tell.
            let _ = connection(stream, peer, &shared).await;
        });
    }
}

async fn connection<H>(mut stream: TcpStream, peer: SocketAddr, shared: &Shared<H>) -> io::Result<()>
where
    H: Fn(&Asked) -> Vec<Act> + Send + Sync + 'static,
{
    stream.set_nodelay(true)?;
    loop {
        let length = timeout(IDLE, stream.read_u16()).await??;
        let mut octets = vec![0; usize::from(length)];
        timeout(IDLE, stream.read_exact(&mut octets)).await??;
        let asked = shared.note(octets, Transport::Tcp, peer);
        for act in (shared.handler)(&asked) {
            match act {
                Act::Send(octets) => stream.write_all(&framed(&octets)?).await?,
                Act::Raw(octets) => stream.write_all(&octets).await?,
                Act::Flood(octets) => flood(&mut stream, &framed(&octets)?).await?,
                Act::Wait(time) => sleep(time).await,
                Act::Close => return stream.shutdown().await,
                Act::Reset => return stream.set_zero_linger(),
            }
        }
    }
}

async fn flood(stream: &mut TcpStream, framed: &[u8]) -> io::Result<()> {
    loop {
        stream.write_all(framed).await?;
    }
}

/// Returns a message with its length in front (RFC 1035 section 4.2.2).
fn framed(octets: &[u8]) -> io::Result<Vec<u8>> {
    let length = u16::try_from(octets.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    Ok([&length.to_be_bytes(), octets].concat())
}
