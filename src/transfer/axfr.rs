//! A whole copy by AXFR (RFC 5936).
//!
//! The event loop connects and sends the query; a thread then reads the connection and walks what it has
//! read, in one buffer that stays in the cache of its core. Some servers hang up on a client that pauses for
//! half a second; walking what one read brings takes milliseconds.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use super::TransferClient;
use super::sink::{Extras, Sink, SunkCopy, Wanted};
use super::sorted::{RecordSorter, SortedRrsets};
use crate::blocking;
use crate::digest::Digest;
use crate::dns::catalog::{Catalog, CatalogFault, CatalogReader};
use crate::dns::message::{OptRecord, Question};
use crate::dns::xfr::axfr::{AxfrProgress, AxfrReader, XfrError};
use crate::dns::{Name, Rtype, Serial, duration_text};
use crate::net::{BlockingStream, QueryOptions, Received, SignedQuery, SourcePort, is_tls_alert};
use crate::observe::{Copy, CopyAttempt, Failure, TimeSpan, TlsFailure, Transport};
use crate::plan::Target;

/// The buffer that messages are read into: several messages of the largest size.
const BUFFER_LEN: usize = 256 * 1024;

/// The most bytes of TLS in a row that hold no byte of a message: several records of the largest size.
const MAX_PARTIAL_BYTES: usize = 128 * 1024;

/// The least number of bytes that a server must send in each idle timeout.
const MIN_PROGRESS: usize = 1024;

/// How long a server may go on after the closing SOA before the transfer counts as ended.
const LINGER: Duration = Duration::from_millis(500);

/// The most bytes that are read behind the closing SOA.
const MAX_LINGER_BYTES: usize = 1024 * 1024;

/// How a copy is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CopyOptions {
    /// What is done after the end of a transfer.
    pub after_end: AfterEnd,
    /// Whether a ZONEMD may come after other records than those of the apex, as in a copy that was read before: then all
    /// records are sorted from the first one on.
    pub expects_zonemd: bool,
}

/// What is done once the closing SOA was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AfterEnd {
    /// The connection is closed; what has arrived already is looked at.
    #[default]
    Close,
    /// More is waited for, for a moment: before a server is accused, its transfer must really have ended.
    Linger,
}

impl TransferClient {
    /// Transfers the whole copy of an address into `digest`.
    pub async fn axfr(
        &self,
        target: &Target,
        zone: &Name,
        (digest, options): (Digest, CopyOptions),
        started: Instant,
    ) -> CopyAttempt {
        self.attempt(target, zone, (Wanted::digest(digest), options), started).await.0
    }

    /// Transfers the whole copy of an address into `digest` and `sorter`; gives its RRsets if it gives the copy.
    pub async fn axfr_sorted(
        &self,
        target: &Target,
        zone: &Name,
        (digest, sorter, options): (Digest, RecordSorter, CopyOptions),
        started: Instant,
    ) -> (CopyAttempt, Option<SortedRrsets>) {
        let wanted = Wanted::sorted(digest, sorter);
        let (attempt, extras) = self.attempt(target, zone, (wanted, options), started).await;
        (attempt, extras.sorted)
    }

    /// Transfers the whole copy of an address into `digest`, and reads it as a catalog; gives what it lists if it gives
    /// the copy.
    pub async fn axfr_catalog(
        &self,
        target: &Target,
        zone: &Name,
        (digest, catalog): (Digest, CatalogReader),
        started: Instant,
    ) -> (CopyAttempt, Option<Result<Catalog, CatalogFault>>) {
        let wanted = Wanted::catalog(digest, catalog);
        let (attempt, extras) = self.attempt(target, zone, (wanted, CopyOptions::default()), started).await;
        (attempt, extras.catalog)
    }

    async fn attempt(
        &self,
        target: &Target,
        zone: &Name,
        what: (Wanted, CopyOptions),
        started: Instant,
    ) -> (CopyAttempt, Extras) {
        let permit = self.client.limiter.acquire_transfer(target.address).await;
        let start = started.elapsed();
        let transferred = Box::pin(self.transfer(target, zone, what)).await;
        let span = TimeSpan { start, end: started.elapsed() };
        // Another transfer may begin before the serial is asked for.
        drop(permit);
        let (copy, extras) = match transferred {
            Ok(SunkCopy { copy, extras }) => {
                (Ok(Copy { duration: span.end.saturating_sub(start), ..copy }), extras)
            }
            Err(broken) => {
                let failure = Box::pin(self.explain(target, zone, broken)).await;
                (Err(failure), Extras::default())
            }
        };
        self.client.record_transfer(target, Rtype::AXFR, copy.as_ref().map(|_| ()));
        let records = copy.as_ref().map(|copy| copy.summary.records);
        tracing::debug!(%zone, server = %target.address, ?records, "AXFR finished");
        (CopyAttempt { span, copy }, extras)
    }

    async fn transfer(
        &self,
        target: &Target,
        zone: &Name,
        (wanted, options): (Wanted, CopyOptions),
    ) -> Result<SunkCopy, BrokenTransfer> {
        let question = Question { id: rand::random(), qname: zone.clone(), qtype: Rtype::AXFR };
        let query = SignedQuery::new(question.to_wire(OptRecord::Omitted), target)?;
        let stream = self.client.open(target, &query).await?.into_blocking()?;
        // If this future is dropped, so is the connection, and the thread ends.
        let _close = stream.close_on_drop();
        let reader = AxfrReader::new(question, self.limits.max_records);
        let sink = Sink::new(zone, wanted, self.limits, options.expects_zonemd);
        let walker = AxfrWalker { reader, query, sink };
        let connection = TransferConnection::new(stream, self.limits.idle_timeout);
        blocking::run(move || walker.walk(connection, options.after_end)).await
    }

    /// Returns why a transfer failed: the server may have ended it because it has a newer version now.
    async fn explain(&self, target: &Target, zone: &Name, broken: BrokenTransfer) -> Failure {
        let BrokenTransfer { failure, serial } = broken;
        let Some(was) = serial.filter(|_| failure.is_early_end()) else { return failure };
        let options = QueryOptions { transport: Transport::Tcp, source_port: SourcePort::Shared };
        let observation = self.client.soa(target, zone, options, Instant::now()).await;
        match observation.soa() {
            Some(now) => failure.with_serial_after(was, now.serial),
            None => failure,
        }
    }
}

/// Why a transfer brought no copy.
struct BrokenTransfer {
    failure: Failure,
    /// The serial with which it began, if it did.
    serial: Option<Serial>,
}

impl<F: Into<Failure>> From<F> for BrokenTransfer {
    fn from(failure: F) -> Self {
        Self { failure: failure.into(), serial: None }
    }
}

/// A connection that a copy is read from.
struct TransferConnection {
    stream: BlockingStream,
    idle_timeout: Duration,
    /// Whether any byte of a message has come.
    is_answered: bool,
    /// The bytes of TLS since the last byte of a message.
    partial: usize,
    /// The bytes since the last kibibyte was complete.
    since_progress: usize,
    /// When the next kibibyte must be complete, if a byte of it has come.
    deadline: Instant,
    /// The read timeout of the stream, if it was set.
    read_timeout: Option<Duration>,
}

impl TransferConnection {
    fn new(stream: BlockingStream, idle_timeout: Duration) -> Self {
        let deadline = Instant::now() + idle_timeout;
        Self {
            stream,
            idle_timeout,
            is_answered: false,
            partial: 0,
            since_progress: 0,
            deadline,
            read_timeout: None,
        }
    }

    /// Waits for bytes and reads them; returns 0 when the connection has ended.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Failure> {
        loop {
            self.set_read_timeout()?;
            match self.stream.read(buffer) {
                Ok(Received::Bytes(read)) => {
                    self.is_answered |= read > 0;
                    self.partial = 0;
                    self.count(read);
                    return Ok(read);
                }
                Ok(Received::Partial(received)) => self.count_partial(received)?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Err(self.stalled()),
                Err(error) => return closed(&error),
            }
        }
    }

    /// Sets the read timeout of the stream, unless it is set already.
    fn set_read_timeout(&mut self) -> Result<(), Failure> {
        let timeout = match self.since_progress {
            0 => self.idle_timeout,
            _ => self.deadline.saturating_duration_since(Instant::now()),
        };
        if self.read_timeout != Some(timeout) {
            // A timeout of zero is an error: a socket would take it for none.
            self.stream.set_read_timeout(timeout).map_err(|_| self.stalled())?;
            self.read_timeout = Some(timeout);
        }
        Ok(())
    }

    /// Waits for bytes until a moment; returns 0 when none came, or the connection has ended.
    fn read_until(&mut self, buffer: &mut [u8], deadline: Instant) -> usize {
        let mut partial = 0;
        while partial <= MAX_PARTIAL_BYTES {
            let left = deadline.saturating_duration_since(Instant::now());
            // A timeout of zero is an error, and nothing is read then.
            let timed = self.stream.set_read_timeout(left);
            match timed.and_then(|()| self.stream.read(buffer)) {
                Ok(Received::Bytes(read)) => return read,
                Ok(Received::Partial(received)) => partial += received,
                Err(_) => return 0,
            }
        }
        0
    }

    /// Counts bytes that complete no message. Only a hostile server sends many of them.
    fn count_partial(&mut self, received: usize) -> Result<(), Failure> {
        self.partial += received;
        if self.partial > MAX_PARTIAL_BYTES {
            let what = format!("{} bytes over TLS without a byte of a message", self.partial);
            return Err(Failure::LimitExceeded(what));
        }
        self.count(received);
        Ok(())
    }

    fn count(&mut self, read: usize) {
        self.since_progress += read;
        if self.since_progress >= MIN_PROGRESS {
            self.since_progress = 0;
            self.deadline = Instant::now() + self.idle_timeout;
        }
    }

    fn stalled(&self) -> Failure {
        match self.since_progress {
            bytes if bytes == 0 || !self.is_answered => Failure::Timeout,
            bytes => Failure::Stalled(format!(
                "{bytes} bytes in {}, which is less than a kibibyte",
                duration_text(self.idle_timeout)
            )),
        }
    }
}

/// The end of a connection: what was read may be complete, unless TLS says why it ended.
fn closed(error: &std::io::Error) -> Result<usize, Failure> {
    match BlockingStream::failure(error) {
        failure @ Failure::Tls(_) => Err(failure),
        _ => Ok(0),
    }
}

/// Splits the first message off a stream of messages with their lengths in front (RFC 1035 section 4.2.2).
fn split_frame(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(u16::from_be_bytes(length).into())
}

/// Walks the messages of an AXFR, each record into the sink.
struct AxfrWalker {
    reader: AxfrReader,
    query: SignedQuery,
    sink: Sink,
}

impl AxfrWalker {
    /// Reads a copy to its end.
    fn walk(
        mut self,
        mut connection: TransferConnection,
        after_end: AfterEnd,
    ) -> Result<SunkCopy, BrokenTransfer> {
        let read = self.read(&mut connection, after_end);
        let serial = self.reader.opening_soa().map(|(soa, _)| soa.serial);
        let broken = |failure| BrokenTransfer { failure, serial };
        read.map_err(broken)?;
        // Sorting takes its time, in which the server needs no connection.
        drop(connection);
        let summary = self.reader.end().map_err(|error| broken(error.into()))?;
        self.sink.finish(summary).map_err(|error| broken(Failure::from(&error)))
    }

    /// Reads and walks until the copy is complete, a message has an error, or the connection ends.
    fn read(&mut self, connection: &mut TransferConnection, after_end: AfterEnd) -> Result<(), Failure> {
        let mut buffer = vec![0; BUFFER_LEN];
        let (mut filled, mut is_answered) = (0, false);
        let mut progress = AxfrProgress::Incomplete;
        while progress == AxfrProgress::Incomplete {
            // The rest of a message never fills the buffer.
            let read = connection.read(buffer.get_mut(filled..).unwrap_or_default())?;
            if read == 0 {
                break;
            }
            is_answered = true;
            let counted = self.sink.count_bytes(read);
            counted.map_err(|limit| Failure::LimitExceeded(limit.to_string()))?;
            filled += read;
            let is_plain = matches!(connection.stream, BlockingStream::Tcp(_));
            if is_plain && is_tls_alert(buffer.get(..filled).unwrap_or_default()) {
                return Err(TlsFailure::QueriedInClear.into());
            }
            let rest;
            (progress, rest) = self.walk_messages(buffer.get(..filled).unwrap_or_default())?;
            buffer.copy_within(filled - rest..filled, 0);
            filled = rest;
        }
        if progress == AxfrProgress::Complete {
            self.check_end(connection, (buffer, filled), after_end)?;
        }
        // Some servers refuse a transfer in this way.
        if is_answered { Ok(()) } else { Err(Failure::Closed) }
    }

    /// Fails if the server goes on with the zone after the closing SOA.
    fn check_end(
        &mut self,
        connection: &mut TransferConnection,
        (mut buffer, mut filled): (Vec<u8>, usize),
        after_end: AfterEnd,
    ) -> Result<(), XfrError> {
        if after_end == AfterEnd::Linger {
            connection.stream.end_writing();
        }
        let deadline = Instant::now() + LINGER;
        let mut lingered = 0;
        loop {
            let mut rest = buffer.get(..filled).unwrap_or_default();
            while let Some((message, next)) = split_frame(rest) {
                rest = next;
                // Anything else that comes unasked is no part of the transfer, and no fault of it.
                if let Err(error @ XfrError::RecordsAfterEnd) = self.reader.read_message(message, |_| ()) {
                    return Err(error);
                }
            }
            let left = rest.len();
            buffer.copy_within(filled - left..filled, 0);
            filled = left;
            if after_end == AfterEnd::Close || lingered > MAX_LINGER_BYTES {
                return Ok(());
            }
            match connection.read_until(buffer.get_mut(filled..).unwrap_or_default(), deadline) {
                0 => return Ok(()),
                read => {
                    filled += read;
                    lingered += read;
                }
            }
        }
    }

    /// Walks all complete messages; returns how many bytes follow them.
    fn walk_messages(&mut self, bytes: &[u8]) -> Result<(AxfrProgress, usize), XfrError> {
        let mut rest = bytes;
        while let Some((message, next)) = split_frame(rest) {
            self.query.verify(message)?;
            rest = next;
            let progress = self.reader.read_message(message, |record| self.sink.record(record))?;
            self.sink.soa(self.reader.opening_soa());
            if progress == AxfrProgress::Complete {
                self.query.finish()?;
                return Ok((progress, rest.len()));
            }
        }
        Ok((AxfrProgress::Incomplete, rest.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_complete_messages_are_split_off() {
        assert_eq!(split_frame(&[]), None);
        assert_eq!(split_frame(&[0]), None);
        assert_eq!(split_frame(&[0, 2, 7]), None);
        assert_eq!(
            split_frame(&[0, 2, 7, 7, 0, 0, 0, 1]),
            Some(([7, 7].as_slice(), [0, 0, 0, 1].as_slice()))
        );
    }
}
