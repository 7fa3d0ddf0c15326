//! A name server that has every zone `z0.test`, `z1.test` and so on, and stores none of them.
//!
//! Real servers need gigabytes for a million zones. This one makes each response from the query alone, in one thread,
//! at two addresses. All zones have the same seven records; those of which it has news, a later serial and another record.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use zoneprobe::dns::Rtype;
use zoneprobe::dns::wire::HEADER_LEN;

/// Of so many zones, one has news.
pub(crate) const ZONES_PER_NEWS: u32 = 1000;

/// A pointer to the zone, which is the name in the question.
const ZONE: [u8; 2] = [0xC0, 0x0C];

/// An OPT record that allows responses of 1232 bytes.
const OPT: [u8; 11] = [0, 0, 41, 0x04, 0xD0, 0, 0, 0, 0, 0, 0];

/// The server, which ends with the program.
pub(crate) struct Responder {
    pub(crate) addresses: [SocketAddr; 2],
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    has_news: AtomicBool,
    queries: AtomicU64,
    transfers: AtomicU64,
}

impl Responder {
    /// Starts it at two addresses.
    pub(crate) fn start() -> Self {
        let bound = [1, 2].map(|last| bind(Ipv4Addr::new(127, 0, 0, last)));
        let addresses = [0, 1].map(|index| bound[index].0.local_addr().expect("it is bound"));
        let state = Arc::<State>::default();
        let served = Arc::clone(&state);
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("an event loop can be made").block_on(serve(bound, served));
        });
        Self { addresses, state }
    }

    /// Publishes news of one zone in a thousand.
    pub(crate) fn publish(&self) {
        self.state.has_news.store(true, Ordering::Relaxed);
    }

    /// The number of transfers that were asked for.
    pub(crate) fn transfers(&self) -> u64 {
        self.state.transfers.load(Ordering::Relaxed)
    }

    /// The number of queries, transfers among them.
    pub(crate) fn queries(&self) -> u64 {
        self.state.queries.load(Ordering::Relaxed)
    }
}

/// Binds a port for both transports.
fn bind(address: Ipv4Addr) -> (std::net::TcpListener, std::net::UdpSocket) {
    let listener = std::net::TcpListener::bind((address, 0)).expect("a port is free");
    let bound = listener.local_addr().expect("it is bound");
    let socket = std::net::UdpSocket::bind(bound).expect("the port is free");
    listener.set_nonblocking(true).and_then(|()| socket.set_nonblocking(true)).expect("sockets can wait");
    (listener, socket)
}

async fn serve(bound: [(std::net::TcpListener, std::net::UdpSocket); 2], state: Arc<State>) {
    for (listener, socket) in bound {
        let listener = TcpListener::from_std(listener).expect("the event loop takes it");
        let socket = UdpSocket::from_std(socket).expect("the event loop takes it");
        tokio::spawn(respond_to_datagrams(socket, Arc::clone(&state)));
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            loop {
                // A connection that is gone already is no concern of the others.
                let Ok((connection, _)) = listener.accept().await else { continue };
                tokio::spawn(respond_on(connection, Arc::clone(&state)));
            }
        });
    }
    std::future::pending::<()>().await;
}

async fn respond_to_datagrams(socket: UdpSocket, state: Arc<State>) {
    let mut message = [0; 4096];
    loop {
        let Ok((length, client)) = socket.recv_from(&mut message).await else { continue };
        if let Some(response) = state.response(&message[..length]) {
            // The client may be gone.
            let _ = socket.send_to(&response, client).await;
        }
    }
}

/// Responds to the queries of a connection until the client closes it.
async fn respond_on(mut connection: TcpStream, state: Arc<State>) -> io::Result<()> {
    loop {
        let mut message = vec![0; connection.read_u16().await?.into()];
        connection.read_exact(&mut message).await?;
        let Some(response) = state.response(&message) else { return Ok(()) };
        let length = u16::try_from(response.len()).map_err(io::Error::other)?.to_be_bytes();
        connection.write_all(&[length.as_slice(), &response].concat()).await?;
    }
}

impl State {
    /// The response to a query; `None` if it is none.
    fn response(&self, query: &[u8]) -> Option<Vec<u8>> {
        self.queries.fetch_add(1, Ordering::Relaxed);
        let labels = query.get(HEADER_LEN..)?;
        let first = labels.get(1..=usize::from(*labels.first()?))?;
        let name = labels.iter().position(|byte| *byte == 0)? + 1;
        let question = HEADER_LEN + name + 4;
        let rtype = query.get(question - 4..question - 2)?;
        let rtype = Rtype(u16::from_be_bytes([rtype[0], rtype[1]]));
        let number = std::str::from_utf8(first).ok()?.strip_prefix(['z', 'Z'])?.parse::<u32>().ok()?;
        let is_news = number.is_multiple_of(ZONES_PER_NEWS) && self.has_news.load(Ordering::Relaxed);
        let serial = if is_news { 2 } else { 1 };
        let records = match rtype {
            Rtype::SOA => vec![soa(serial)],
            Rtype::NS => name_servers(),
            Rtype::AXFR | Rtype::IXFR => {
                self.transfers.fetch_add(1, Ordering::Relaxed);
                transfer(serial)
            }
            _ => Vec::new(),
        };
        let has_options = query.get(HEADER_LEN - 1)? == &1;
        let mut response = query.get(..question)?.to_vec();
        // A response with authority, and a question.
        response[2..HEADER_LEN].copy_from_slice(&[
            0x84,
            0,
            0,
            1,
            0,
            u8::try_from(records.len()).ok()?,
            0,
            0,
            0,
            u8::from(has_options),
        ]);
        response.extend(records.concat());
        if has_options {
            response.extend(OPT);
        }
        Some(response)
    }
}

/// All records, as a transfer has them.
fn transfer(serial: u8) -> Vec<Vec<u8>> {
    let mut records = vec![soa(serial)];
    records.extend(name_servers());
    for (label, last) in [(&b"ns1"[..], 1), (b"ns2", 2), (b"www", 2 + serial)] {
        records.push(record(&below_zone(label), Rtype::A, &[192, 0, 2, last]));
    }
    records.push(soa(serial));
    records
}

fn soa(serial: u8) -> Vec<u8> {
    let [refresh, retry, expire, minimum] = [3600_u32, 600, 86400, 300].map(u32::to_be_bytes);
    let numbers = [[0, 0, 0, serial], refresh, retry, expire, minimum].concat();
    record(&ZONE, Rtype::SOA, &[below_zone(b"ns1"), below_zone(b"host"), numbers].concat())
}

fn name_servers() -> Vec<Vec<u8>> {
    [b"ns1", b"ns2"].map(|label| record(&ZONE, Rtype::NS, &below_zone(label))).to_vec()
}

/// A name with one label more than the zone.
fn below_zone(label: &[u8]) -> Vec<u8> {
    let length = u8::try_from(label.len()).expect("a label is short");
    [&[length], label, &ZONE].concat()
}

fn record(owner: &[u8], rtype: Rtype, rdata: &[u8]) -> Vec<u8> {
    let length = u16::try_from(rdata.len()).expect("the data is short").to_be_bytes();
    let class_and_ttl = [0, 1, 0, 0, 1, 44];
    [owner, &rtype.0.to_be_bytes(), &class_and_ttl, &length, rdata].concat()
}
