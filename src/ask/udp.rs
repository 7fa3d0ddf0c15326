//! Questions in datagrams: sent up to three times, from a socket and a port of their own, with an id
//! and a spelling of their own.

use std::io;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

use super::{Sent, failure, local};
use crate::dns::message::{Answer, Question, WithEdns, repeats_spelling, spell};
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

/// An answer, and whether it can be believed.
#[derive(Debug)]
pub(super) struct OverUdp {
    pub(super) answer: Answer,
    /// Whether the answer repeats the question letter by letter, as one that was forged would not.
    pub(super) repeats_spelling: bool,
}

/// Asks once, in up to three datagrams.
pub(super) async fn exchange(
    timeout: Duration,
    target: &Target,
    question: &Question,
    with_edns: WithEdns,
) -> Result<OverUdp, Failure> {
    let socket = connect(target).await?;
    let mut sent = Sent::new(question, with_edns, target, |wire| spell(wire, rand::random()))?;
    let begun = Instant::now();
    let mut heard = Heard { failure: Failure::Timeout, misspelled: None, buffer: vec![0; ROOM] };
    let mut nexts = SENDS[1..].iter();
    loop {
        socket.send(&sent.wire).await.map_err(|error| failure(&error))?;
        let next = nexts.next();
        let wait = next.map_or_else(|| patience(timeout) + timeout, |part| timeout.mul_f64(*part));
        match timeout_at(begun + wait, heard.answer(&socket, &mut sent, question)).await {
            Ok(answer) => return answer.map(|answer| OverUdp { answer, repeats_spelling: true }),
            Err(_) => {
                if let Some(answer) = heard.misspelled {
                    return Ok(OverUdp { answer, repeats_spelling: false });
                }
                // What is wrong with a signature is not mended by asking again.
                if next.is_none() || matches!(heard.failure, Failure::Tsig(_)) {
                    return Err(heard.failure);
                }
            }
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
    /// An answer that does not repeat the spelling; a better one may still come.
    misspelled: Option<Answer>,
    buffer: Vec<u8>,
}

impl Heard {
    /// Waits for the answer; what is not one only says why there was none in the end.
    async fn answer(
        &mut self,
        socket: &UdpSocket,
        sent: &mut Sent,
        question: &Question,
    ) -> Result<Answer, Failure> {
        loop {
            let length = socket.recv(&mut self.buffer).await.map_err(|error| failure(&error))?;
            let message = self.buffer.get(..length).unwrap_or_default();
            match Answer::read(message, question) {
                Ok(Some(answer)) if repeats_spelling(&sent.wire, message) => {
                    // Whatever was cut is asked for again over TCP, and not used.
                    if answer.header.is_truncated() {
                        return Ok(answer);
                    }
                    match sent.verify(message) {
                        Ok(()) => return Ok(answer),
                        Err(failure) => self.failure = failure,
                    }
                }
                Ok(Some(answer)) if sent.verifier.is_none() => self.misspelled = Some(answer),
                // What is signed repeats the question as it was signed.
                Ok(Some(_) | None) => self.failure = Failure::Mismatched,
                Err(malformed) => self.failure = Failure::Malformed(malformed.to_string()),
            }
        }
    }
}
