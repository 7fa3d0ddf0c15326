//! A copy by zone transfer (RFC 5936).
//!
//! One task drains the socket and does nothing else, for some servers hang up on a reader that pauses
//! for half a second; a thread beside it walks the records. Between them stands a queue of bounded size.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::{Instant, timeout, timeout_at};

use crate::ask::{Asker, Sent, now, tcp};
use crate::digest::Digest;
use crate::dns::message::{Question, WithEdns};
use crate::dns::tsig::Verifier;
use crate::dns::xfr::{Fault, Progress, Transfer, Whole};
use crate::dns::{Name, Rtype};
use crate::observe::{Copy, Failure, Reading, Span};
use crate::plan::Target;

/// Octets of a chunk: several messages of the largest size.
const CHUNK: usize = 256 * 1024;

/// Chunks of one transfer: one is filled, one is walked, the others wait for either.
const CHUNKS: usize = 8;

/// A transfer that brings less than this in the idle time is dropped.
const LEAST_PROGRESS: usize = 1024;

/// What one transfer may cost.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The most octets.
    pub octets: u64,
    /// The most records.
    pub records: u64,
    /// How long it may go on without a kibibyte of progress.
    pub idle: Duration,
}

/// Reads copies, each within bounds.
#[derive(Debug)]
pub struct Reader {
    /// Connects, within the limits of all questions.
    pub asker: Arc<Asker>,
    /// What one transfer may cost.
    pub bounds: Bounds,
}

/// How the draining of a socket ended.
#[derive(Debug)]
struct Drained {
    octets: u64,
    /// Why we stopped, if it was our doing.
    stopped: Option<Failure>,
}

impl Reader {
    /// Reads the whole copy of an address; of a large one, the records in `wanted` are kept.
    pub async fn read(
        &self,
        target: &Target,
        zone: &Name,
        digest: Digest,
        started: std::time::Instant,
    ) -> Reading {
        let _permit = self.asker.limits.transfer(target.address).await;
        let asked = started.elapsed();
        let copy = self.transfer(target, zone, digest).await;
        let span = Span { asked, answered: started.elapsed() };
        let copy = copy.map(|copy| Copy { duration: span.answered.saturating_sub(asked), ..copy });
        let records = copy.as_ref().map(|copy| copy.whole.records);
        tracing::debug!(%zone, server = %target.address, ?records, "read a copy");
        Reading { span, copy }
    }

    async fn transfer(&self, target: &Target, zone: &Name, digest: Digest) -> Result<Copy, Failure> {
        let question = Question { id: rand::random(), zone: zone.clone(), rtype: Rtype::AXFR };
        let sent = Sent::new(&question, WithEdns::No, target, |_| {})?;
        let asked = timeout(self.asker.timeout, tcp::ask(target, &sent)).await;
        let mut stream = asked.unwrap_or(Err(Failure::Timeout))?;
        let (queue, chunks) = mpsc::channel(CHUNKS);
        let (emptied, empty) = mpsc::channel(CHUNKS);
        let transfer = Transfer::new(question, self.bounds.records);
        let verifier = sent.verifier;
        let walker = spawn_blocking(move || walk(transfer, verifier, digest, Queue { chunks, emptied }));
        let Drained { octets, stopped } = self.drain(&mut stream, queue, Empty { empty, made: 0 }).await;
        // Whatever ended the draining, the thread has seen all there is, and says what it was.
        let walked = match walker.await.map_err(JoinError::try_into_panic) {
            Ok(walked) => walked,
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            // The thread never began, for the program is about to end; so is this task.
            Err(Err(_)) => std::future::pending().await,
        };
        match (walked, stopped) {
            (Ok((whole, digest)), _) => Ok(Copy { whole, digest, octets, duration: Duration::ZERO }),
            (Err(Fault::Torn(_)), Some(stopped)) => Err(stopped),
            (Err(fault), _) => Err(fault.into()),
        }
    }

    /// Moves whole messages from the socket to the thread until one of them has had enough.
    async fn drain(&self, stream: &mut TcpStream, queue: mpsc::Sender<Chunk>, mut empty: Empty) -> Drained {
        let mut chunk = Chunk::new();
        let mut octets = 0;
        let mut progress = Progressing { since: 0, deadline: Instant::now() + self.bounds.idle };
        loop {
            let read = tokio::select! {
                () = queue.closed() => return Drained { octets, stopped: None },
                read = timeout_at(progress.deadline, stream.read(chunk.room())) => read,
            };
            let read = match read {
                Ok(Ok(0) | Err(_)) => return Drained { octets, stopped: None },
                Ok(Ok(read)) => read,
                Err(_) => return Drained { octets, stopped: Some(self.stalled(&progress)) },
            };
            octets += read as u64;
            if octets > self.bounds.octets {
                let limit = Failure::LimitExceeded(format!("more than {} octets", self.bounds.octets));
                return Drained { octets, stopped: Some(limit) };
            }
            progress.made(read, self.bounds.idle);
            chunk.filled += read;
            let whole = whole_frames(chunk.octets());
            if whole > 0 {
                // The thread hangs up when it has seen the closing SOA, or a fault.
                let Some(mut next) = empty.next().await else { return Drained { octets, stopped: None } };
                next.fill(chunk.octets().get(whole..).unwrap_or_default());
                chunk.filled = whole;
                if queue.send(std::mem::replace(&mut chunk, next)).await.is_err() {
                    return Drained { octets, stopped: None };
                }
            }
        }
    }

    fn stalled(&self, progress: &Progressing) -> Failure {
        match progress.since {
            0 => Failure::Timeout,
            trickle => Failure::LimitExceeded(format!(
                "{trickle} octets in {}, which is less than a kibibyte",
                humantime::format_duration(self.bounds.idle)
            )),
        }
    }
}

/// Whether a transfer gets on.
struct Progressing {
    /// Octets since the last kibibyte was whole.
    since: usize,
    deadline: Instant,
}

impl Progressing {
    fn made(&mut self, octets: usize, idle: Duration) {
        self.since += octets;
        if self.since >= LEAST_PROGRESS {
            *self = Self { since: 0, deadline: Instant::now() + idle };
        }
    }
}

/// A piece of memory that is filled from the socket, walked, and filled again.
struct Chunk {
    octets: Box<[u8]>,
    filled: usize,
}

impl Chunk {
    fn new() -> Self {
        Self { octets: vec![0; CHUNK].into_boxed_slice(), filled: 0 }
    }

    fn octets(&self) -> &[u8] {
        self.octets.get(..self.filled).unwrap_or_default()
    }

    /// Returns what is not filled yet; what is left of a message never fills a chunk.
    fn room(&mut self) -> &mut [u8] {
        self.octets.get_mut(self.filled..).unwrap_or_default()
    }

    /// Begins anew with the front of a message.
    fn fill(&mut self, octets: &[u8]) {
        if let Some(front) = self.octets.get_mut(..octets.len()) {
            front.copy_from_slice(octets);
        }
        self.filled = octets.len();
    }
}

/// The chunks that can be filled.
struct Empty {
    empty: mpsc::Receiver<Chunk>,
    /// How many were made beside the first.
    made: usize,
}

impl Empty {
    /// Returns a chunk to fill, once there is one; nothing if nobody walks chunks any more.
    async fn next(&mut self) -> Option<Chunk> {
        if let Ok(chunk) = self.empty.try_recv() {
            return Some(chunk);
        }
        if self.made + 1 < CHUNKS {
            self.made += 1;
            return Some(Chunk::new());
        }
        self.empty.recv().await
    }
}

/// The chunks that can be walked, and where they go after that.
struct Queue {
    chunks: mpsc::Receiver<Chunk>,
    emptied: mpsc::Sender<Chunk>,
}

/// Returns the octets of all whole messages at the front, the lengths before them included.
fn whole_frames(octets: &[u8]) -> usize {
    let mut whole = 0;
    while let Some((_, next)) = split_frame(octets.get(whole..).unwrap_or_default()) {
        whole = octets.len() - next.len();
    }
    whole
}

/// Splits the first message off (RFC 1035 section 4.2.2).
fn split_frame(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&length, rest) = octets.split_first_chunk::<2>()?;
    rest.split_at_checked(u16::from_be_bytes(length).into())
}

/// Walks the records of all messages until the copy is whole or a fault is found.
fn walk(
    mut transfer: Transfer,
    mut verifier: Option<Box<Verifier>>,
    mut digest: Digest,
    mut queue: Queue,
) -> Result<(Whole, Digest), Fault> {
    while let Some(chunk) = queue.chunks.blocking_recv() {
        let mut rest = chunk.octets();
        while let Some((message, next)) = split_frame(rest) {
            if let Some(verifier) = &mut verifier {
                verifier.message(message, now())?;
            }
            if transfer.message(message, |record| digest.add(record))? == Progress::Whole {
                verifier.as_ref().map_or(Ok(()), |verifier| verifier.finish())?;
                return Ok((transfer.end()?, digest));
            }
            rest = next;
        }
        // There is room for all chunks, unless nobody fills them any more.
        drop(queue.emptied.try_send(chunk));
    }
    Ok((transfer.end()?, digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_messages_are_handed_on() {
        assert_eq!(whole_frames(&[]), 0);
        assert_eq!(whole_frames(&[0]), 0);
        assert_eq!(whole_frames(&[0, 2, 7]), 0);
        assert_eq!(whole_frames(&[0, 2, 7, 7, 0, 0, 0, 1]), 6);
    }
}
