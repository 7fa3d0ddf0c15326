//! A server that encodes a zone once and replays the transfer as fast as it is read.
//!
//! Real servers need gigabytes for a zone of ten million records. This one needs the size of one transfer, and
//! sends it from two addresses.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;

use zoneprobe::dns::Rtype;
use zoneprobe::dns::wire::HEADER_LEN;

use crate::query;
use crate::zones::{GeneratedZone, TransferStream, Variant};

/// The first argument that makes this program replay.
pub(crate) const MODE: &str = "--replay";

/// The size of a write in bytes, at least.
const CHUNK: usize = 128 * 1024;

/// Replays `RECORDS ADDRESS…`, a mixed zone of so many records at these addresses, until standard input is closed.
pub(crate) fn serve(arguments: &[String]) {
    let [records, addresses @ ..] = arguments else { panic!("{MODE} RECORDS ADDRESS…") };
    let zone = GeneratedZone::Mixed(records.parse().expect("it is a number"));
    let stream = Arc::new(TransferStream::new(zone, Variant::Good));
    for address in addresses {
        let address: SocketAddr = address.parse().expect("it is an address");
        let listener = TcpListener::bind(address).expect("the port is free");
        let socket = UdpSocket::bind(address).expect("the port is free");
        let replayed = Arc::clone(&stream);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let replayed = Arc::clone(&replayed);
                // An error means that the client closed the connection.
                thread::spawn(move || respond(connection, &replayed));
            }
        });
        let replayed = Arc::clone(&stream);
        thread::spawn(move || respond_to_datagrams(&socket, &replayed));
    }
    // The parent's end of the pipe is closed when it ends, in whatever way.
    let _ = io::stdin().read(&mut [0]);
}

fn respond(mut connection: TcpStream, stream: &TransferStream) -> io::Result<()> {
    loop {
        let mut length = [0; 2];
        connection.read_exact(&mut length)?;
        let mut message = vec![0; u16::from_be_bytes(length).into()];
        connection.read_exact(&mut message)?;
        let end = HEADER_LEN + query::name(&stream.zone).len() + 4;
        if message.get(end - 4..end - 2) == Some(&Rtype::AXFR.0.to_be_bytes()) {
            replay(&mut connection, stream, &message[..2])?;
        } else {
            let response = soa_response(&message, stream);
            let length = u16::try_from(response.len()).map_err(io::Error::other)?.to_be_bytes();
            connection.write_all(&[length.as_slice(), &response].concat())?;
        }
    }
}

/// Sends all messages with the ID of the query.
fn replay(connection: &mut TcpStream, stream: &TransferStream, id: &[u8]) -> io::Result<()> {
    let mut chunk = Vec::with_capacity(CHUNK + 65_537);
    for message in stream.messages() {
        let length = u16::try_from(message.len()).map_err(io::Error::other)?;
        chunk.extend_from_slice(&length.to_be_bytes());
        chunk.extend_from_slice(id);
        chunk.extend_from_slice(&message[2..]);
        if chunk.len() >= CHUNK {
            connection.write_all(&chunk)?;
            chunk.clear();
        }
    }
    connection.write_all(&chunk)
}

fn respond_to_datagrams(socket: &UdpSocket, stream: &TransferStream) {
    let mut message = [0; 4096];
    while let Ok((length, client)) = socket.recv_from(&mut message) {
        // The client may be gone.
        let _ = socket.send_to(&soa_response(&message[..length], stream), client);
    }
}

/// The response to any query: its header and question, then the SOA.
fn soa_response(message: &[u8], stream: &TransferStream) -> Vec<u8> {
    let question = HEADER_LEN + query::name(&stream.zone).len() + 4;
    let first = stream.messages().next().expect("a transfer has messages");
    // The owner name is a pointer to the question, and all other names point there or into the record.
    let length = u16::from_be_bytes([first[question + 10], first[question + 11]]);
    let record = &first[question..question + 12 + usize::from(length)];
    let mut response = message.get(..question).unwrap_or_default().to_vec();
    let header = [0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0];
    for (to, from) in response.iter_mut().skip(2).zip(header) {
        *to = from;
    }
    response.extend_from_slice(record);
    response
}

/// The replaying server as a child process, which runs until it is dropped.
pub(crate) struct Replayer {
    child: Child,
    pub(crate) addresses: [SocketAddr; 2],
}

impl Replayer {
    /// Starts it and waits until it responds.
    pub(crate) fn start(zone: GeneratedZone, addresses: [SocketAddr; 2]) -> Self {
        let GeneratedZone::Mixed(records) = zone else { panic!("mixed zones are replayed") };
        let own = std::env::current_exe().expect("the path of this program is known");
        let mut command = Command::new(own);
        command.args([MODE, &records.to_string()]).args(addresses.map(|address| address.to_string()));
        let child = command.stdin(Stdio::piped()).spawn().expect("this program can be run");
        for address in addresses {
            while !query::is_served(&zone.name(), address) {
                thread::sleep(std::time::Duration::from_millis(50));
            }
        }
        Self { child, addresses }
    }
}

impl Drop for Replayer {
    fn drop(&mut self) {
        // If this fails, it ends when its standard input is closed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
