//! A copy by zone transfer (RFC 5936).
//!
//! The connection is opened and the question sent in the event loop; a thread then reads the socket and
//! walks what it has read, in one piece of memory that stays in the cache of its core. Some servers hang up
//! on a reader that pauses for half a second: what is walked between two reads takes milliseconds.

use std::io::{ErrorKind, Read as _};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpStream as TokioStream;
use tokio::time::timeout;

use crate::blocking;
use crate::digest::Digest;
use crate::dns::message::{OptRecord, Question};
use crate::dns::tsig::Verifier;
use crate::dns::xfr::axfr::{AxfrProgress, AxfrReader, XfrError};
use crate::dns::{Name, Rtype};
use crate::net::tcp::connection;
use crate::net::{Client, SignedQuery, now};
use crate::observe::{Copy, CopyAttempt, Failure, TimeSpan};
use crate::plan::Target;

/// Octets that are read before they are walked: several messages of the largest size.
const BUFFER: usize = 256 * 1024;

/// A transfer that brings less than this in the idle time is dropped.
const LEAST_PROGRESS: usize = 1024;

/// What one transfer may cost.
#[derive(Clone, Copy, Debug)]
pub struct TransferLimits {
    /// The most octets.
    pub max_bytes: u64,
    /// The most records.
    pub max_records: u64,
    /// How long it may go on without a kibibyte of progress.
    pub idle_timeout: Duration,
}

/// Reads copies, each within bounds.
#[derive(Debug)]
pub struct TransferClient {
    /// Connects, within the limits of all questions.
    pub client: Arc<Client>,
    /// What one transfer may cost.
    pub limits: TransferLimits,
}

impl TransferClient {
    /// Reads the whole copy of an address; of a large one, the records in `wanted` are kept.
    pub async fn axfr(&self, target: &Target, zone: &Name, digest: Digest, started: Instant) -> CopyAttempt {
        let _permit = self.client.limiter.acquire_transfer(target.address).await;
        let asked = started.elapsed();
        let copy = self.transfer(target, zone, digest).await;
        let span = TimeSpan { start: asked, end: started.elapsed() };
        let copy = copy.map(|copy| Copy { duration: span.end.saturating_sub(asked), ..copy });
        self.client.record_transfer(target, Rtype::AXFR, copy.as_ref().map(|_| ()));
        let records = copy.as_ref().map(|copy| copy.summary.records);
        tracing::debug!(%zone, server = %target.address, ?records, "read a copy");
        CopyAttempt { span, copy }
    }

    /// Connects and sends a question.
    pub(super) async fn ask(&self, target: &Target, sent: &SignedQuery) -> Result<TokioStream, Failure> {
        let asked = timeout(self.client.timeout, connection::ask(target, sent)).await;
        asked.unwrap_or(Err(Failure::Timeout))
    }

    async fn transfer(&self, target: &Target, zone: &Name, digest: Digest) -> Result<Copy, Failure> {
        let question = Question { id: rand::random(), qname: zone.clone(), qtype: Rtype::AXFR };
        let sent = SignedQuery::new(&question, OptRecord::Omitted, target, |_| {})?;
        let socket = Arc::new(connection::blocking(self.ask(target, &sent).await?)?);
        let _hang_up = HangUp(Arc::clone(&socket));
        let transfer = AxfrReader::new(question, self.limits.max_records);
        let walker = Walker { transfer, verifier: sent.verifier, digest };
        let source = Source::new(socket, self.limits);
        blocking::run(move || walker.walk(source)).await
    }
}

/// Ends the connection, and with it the thread that reads it, when nobody waits for the copy any more.
struct HangUp(Arc<TcpStream>);

impl Drop for HangUp {
    fn drop(&mut self) {
        // What is closed already needs no closing.
        drop(self.0.shutdown(Shutdown::Both));
    }
}

/// The connection that a copy comes over.
struct Source {
    socket: Arc<TcpStream>,
    limits: TransferLimits,
    octets: u64,
    /// Octets since the last kibibyte was whole.
    since: usize,
    /// When the next one has to be whole, if it has begun.
    deadline: Instant,
    /// How long the socket waits for octets, as it was told last.
    patience: Option<Duration>,
}

impl Source {
    fn new(socket: Arc<TcpStream>, limits: TransferLimits) -> Self {
        let deadline = Instant::now() + limits.idle_timeout;
        Self { socket, limits, octets: 0, since: 0, deadline, patience: None }
    }

    /// Waits for octets, and returns how many came; none when the connection has ended.
    fn read(&mut self, room: &mut [u8]) -> Result<usize, Failure> {
        loop {
            self.set_patience()?;
            match self.socket.as_ref().read(room) {
                Ok(read) => return self.count(read).map(|()| read),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Err(self.stalled()),
                Err(_) => return Ok(0),
            }
        }
    }

    /// Tells the socket how long to wait, if that is not what it was told last.
    fn set_patience(&mut self) -> Result<(), Failure> {
        let patience = match self.since {
            0 => self.limits.idle_timeout,
            _ => self.deadline.saturating_duration_since(Instant::now()),
        };
        if self.patience != Some(patience) {
            // No time at all is refused: to a socket it would mean to wait for ever.
            self.socket.set_read_timeout(Some(patience)).map_err(|_| self.stalled())?;
            self.patience = Some(patience);
        }
        Ok(())
    }

    fn count(&mut self, read: usize) -> Result<(), Failure> {
        self.octets += read as u64;
        if self.octets > self.limits.max_bytes {
            return Err(Failure::LimitExceeded(format!("more than {} bytes", self.limits.max_bytes)));
        }
        self.since += read;
        if self.since >= LEAST_PROGRESS {
            self.since = 0;
            self.deadline = Instant::now() + self.limits.idle_timeout;
        }
        Ok(())
    }

    fn stalled(&self) -> Failure {
        match self.since {
            0 => Failure::Timeout,
            trickle => Failure::LimitExceeded(format!(
                "{trickle} bytes in {}, which is less than a kibibyte",
                humantime::format_duration(self.limits.idle_timeout)
            )),
        }
    }
}

/// Splits the first message off (RFC 1035 section 4.2.2).
fn split_frame(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&length, rest) = octets.split_first_chunk::<2>()?;
    rest.split_at_checked(u16::from_be_bytes(length).into())
}

/// Walks the records of a copy.
struct Walker {
    transfer: AxfrReader,
    verifier: Option<Box<Verifier>>,
    digest: Digest,
}

impl Walker {
    /// Reads and walks until the copy is whole, a fault is found, or the connection ends.
    fn walk(mut self, mut source: Source) -> Result<Copy, Failure> {
        let mut buffer = vec![0; BUFFER];
        let mut filled = 0;
        let mut progress = AxfrProgress::Incomplete;
        while progress == AxfrProgress::Incomplete {
            // What is left of a message never fills the buffer.
            let read = source.read(buffer.get_mut(filled..).unwrap_or_default())?;
            if read == 0 {
                break;
            }
            filled += read;
            let left;
            (progress, left) = self.messages(buffer.get(..filled).unwrap_or_default())?;
            buffer.copy_within(filled - left..filled, 0);
            filled = left;
        }
        let whole = self.transfer.end()?;
        Ok(Copy { summary: whole, digest: self.digest, bytes: source.octets, duration: Duration::ZERO })
    }

    /// Walks all whole messages; returns how many octets are left behind them.
    fn messages(&mut self, octets: &[u8]) -> Result<(AxfrProgress, usize), XfrError> {
        let mut rest = octets;
        while let Some((message, next)) = split_frame(rest) {
            if let Some(verifier) = &mut self.verifier {
                verifier.verify(message, now())?;
            }
            rest = next;
            if self.transfer.read_message(message, |record| self.digest.add(record))?
                == AxfrProgress::Complete
            {
                self.verifier.as_ref().map_or(Ok(()), |verifier| verifier.finish())?;
                return Ok((AxfrProgress::Complete, rest.len()));
            }
        }
        Ok((AxfrProgress::Incomplete, rest.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_messages_are_split_off() {
        assert_eq!(split_frame(&[]), None);
        assert_eq!(split_frame(&[0]), None);
        assert_eq!(split_frame(&[0, 2, 7]), None);
        assert_eq!(
            split_frame(&[0, 2, 7, 7, 0, 0, 0, 1]),
            Some(([7, 7].as_slice(), [0, 0, 0, 1].as_slice()))
        );
    }
}
