//! A server of the bench: it encodes a zone once and replays the transfer as fast as it is read.
//!
//! Real servers take gigabytes for a zone of ten million records; this takes the octets of one transfer,
//! and sends them from two addresses.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;

use crate::query::{self, HEADER};
use crate::zones::{Copy, Stream, Zone};

/// The argument that makes this program replay.
pub(crate) const MODE: &str = "--replay";

/// Octets written in one go, as soon as there are that many.
const CHUNK: usize = 128 * 1024;

/// Replays `RECORDS ADDRESS…`, a mixed zone of so many records at these addresses, until standard input is closed.
pub(crate) fn serve(arguments: &[String]) {
    let [records, addresses @ ..] = arguments else { panic!("{MODE} RECORDS ADDRESS…") };
    let zone = Zone::Mixed(records.parse().expect("it is a number"));
    let stream = Arc::new(Stream::new(zone, Copy::Good));
    for address in addresses {
        let address: SocketAddr = address.parse().expect("it is an address");
        let listener = TcpListener::bind(address).expect("the port is free");
        let socket = UdpSocket::bind(address).expect("the port is free");
        let replayed = Arc::clone(&stream);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let replayed = Arc::clone(&replayed);
                // Who hangs up has seen enough.
                thread::spawn(move || answer(connection, &replayed));
            }
        });
        let replayed = Arc::clone(&stream);
        thread::spawn(move || answer_datagrams(&socket, &replayed));
    }
    // The bench closes the pipe when it ends, however that comes about.
    let _ = io::stdin().read(&mut [0]);
}

fn answer(mut connection: TcpStream, stream: &Stream) -> io::Result<()> {
    loop {
        let mut length = [0; 2];
        connection.read_exact(&mut length)?;
        let mut query = vec![0; u16::from_be_bytes(length).into()];
        connection.read_exact(&mut query)?;
        let end = HEADER + query::name(&stream.zone).len() + 4;
        if query.get(end - 4..end - 2) == Some(&query::AXFR.to_be_bytes()) {
            replay(&mut connection, stream, &query[..2])?;
        } else {
            let answer = soa_answer(&query, stream);
            let length = u16::try_from(answer.len()).map_err(io::Error::other)?.to_be_bytes();
            connection.write_all(&[length.as_slice(), &answer].concat())?;
        }
    }
}

/// Sends all messages, each with the id of the query.
fn replay(connection: &mut TcpStream, stream: &Stream, id: &[u8]) -> io::Result<()> {
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

fn answer_datagrams(socket: &UdpSocket, stream: &Stream) {
    let mut query = [0; 4096];
    while let Ok((length, from)) = socket.recv_from(&mut query) {
        // Who is gone needs no answer.
        let _ = socket.send_to(&soa_answer(&query[..length], stream), from);
    }
}

/// Answers with the SOA, whatever is asked: header and question as they came, then the record.
fn soa_answer(query: &[u8], stream: &Stream) -> Vec<u8> {
    let question = HEADER + query::name(&stream.zone).len() + 4;
    let first = stream.messages().next().expect("a transfer has messages");
    // The owner is a pointer to the question's name, and all names lie within the record or there.
    let length = u16::from_be_bytes([first[question + 10], first[question + 11]]);
    let record = &first[question..question + 12 + usize::from(length)];
    let mut answer = query.get(..question).unwrap_or_default().to_vec();
    let header = [0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0];
    for (to, from) in answer.iter_mut().skip(2).zip(header) {
        *to = from;
    }
    answer.extend_from_slice(record);
    answer
}

/// The replaying server as a child process, which ends with this value.
pub(crate) struct Replayer {
    child: Child,
    pub(crate) addresses: [SocketAddr; 2],
}

impl Replayer {
    /// Starts it, and returns when it answers.
    pub(crate) fn start(zone: Zone, addresses: [SocketAddr; 2]) -> Self {
        let Zone::Mixed(records) = zone else { panic!("mixed zones are replayed") };
        let own = std::env::current_exe().expect("a program knows where it is");
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
        // It ends by itself when its standard input is closed, should this fail.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
