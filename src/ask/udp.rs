//! Questions in datagrams: sent up to three times, from a socket and a port of their own.

use std::io;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

use super::{failure, local};
use crate::dns::message::{Answer, Question, WithEdns};
use crate::observe::Failure;
use crate::plan::Target;

/// When a question is sent, in parts of the timeout: at once, after a quarter, after three quarters.
/// The last one has the whole timeout to be answered.
const SENDS: [f64; 3] = [0.0, 0.25, 0.75];

/// Room for an answer; we offer 1,232 octets, and some servers send more.
const ROOM: usize = 4096;

/// EAFNOSUPPORT, which has no [`io::ErrorKind`] of its own.
const ADDRESS_FAMILY_UNSUPPORTED: i32 = if cfg!(target_os = "linux") { 97 } else { 47 };

/// Returns when the second sending has gone unanswered for as long as it waits.
pub(super) fn patience(timeout: Duration) -> Duration {
    timeout.mul_f64(SENDS[2])
}

/// Asks once, in up to three datagrams.
pub(super) async fn exchange(
    timeout: Duration,
    target: &Target,
    question: &Question,
    with_edns: WithEdns,
) -> Result<Answer, Failure> {
    let socket = connect(target).await?;
    let wire = question.to_wire(with_edns);
    let begun = Instant::now();
    let mut heard = Heard { failure: Failure::Timeout, buffer: vec![0; ROOM] };
    let mut nexts = SENDS[1..].iter();
    loop {
        socket.send(&wire).await.map_err(|error| failure(&error))?;
        let next = nexts.next();
        let wait = next.map_or_else(|| patience(timeout) + timeout, |part| timeout.mul_f64(*part));
        match timeout_at(begun + wait, heard.answer(&socket, question)).await {
            Ok(answer) => return answer,
            Err(_) if next.is_some() => {}
            Err(_) => return Err(heard.failure),
        }
    }
}

/// A connected socket takes datagrams from the asked address alone, and hears of ICMP errors.
async fn connect(target: &Target) -> Result<UdpSocket, Failure> {
    // Nothing leaves this host here: what fails is the way out of it.
    let unusable = |error: &io::Error| match (error.kind(), error.raw_os_error()) {
        (io::ErrorKind::AddrNotAvailable | io::ErrorKind::NetworkUnreachable, _)
        | (_, Some(ADDRESS_FAMILY_UNSUPPORTED)) => Failure::FamilyUnusable,
        _ => failure(error),
    };
    let socket = UdpSocket::bind(local(target)?).await.map_err(|error| unusable(&error))?;
    socket.connect(target.address).await.map_err(|error| unusable(&error))?;
    Ok(socket)
}

/// What has come so far that was no answer.
struct Heard {
    failure: Failure,
    buffer: Vec<u8>,
}

impl Heard {
    /// Waits for the answer; what is not one only says why there was none in the end.
    async fn answer(&mut self, socket: &UdpSocket, question: &Question) -> Result<Answer, Failure> {
        loop {
            let length = socket.recv(&mut self.buffer).await.map_err(|error| failure(&error))?;
            match Answer::read(self.buffer.get(..length).unwrap_or_default(), question) {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) => self.failure = Failure::Mismatched,
                Err(malformed) => self.failure = Failure::Malformed(malformed.to_string()),
            }
        }
    }
}
