//! A full zone transfer (RFC 5936) as a state machine: messages in, records out, no sockets.
//!
//! Only a transfer that opens and closes with the same SOA, and holds no record of the zone behind that, is complete.
//! Everything else is an [`XfrError`], and never mistaken for a difference between copies.
//!
//! ```text
//!                 +---------+
//!                 | Opening |   nothing received
//!                 +---------+
//!                      |   any other record, or a message without records: NoOpeningSoa
//!                      | SOA of the zone
//!                      v
//!                 +---------+
//!            +--->| Records |   records of the zone are passed on, others are dropped
//!   record   |    +---------+
//!            +------+  |   another SOA of the zone, as the last record of a message: Changed
//!                      |   another SOA of the zone, with records of the zone behind it: RecordsAfterEnd
//!                      |   more than `max_records`: TooManyRecords
//!                      |   too many messages without records: TooManyEmptyMessages
//!                      | the same SOA again
//!                      v
//!                +----------+
//!                | Complete |   a record of the zone: RecordsAfterEnd; others are dropped
//!                +----------+
//! ```
//!
//! In each state, a message that cannot be parsed ends the transfer with `Malformed`, a message for another
//! query with `Mismatched`, an error of the server with `Rcode`, one that is truncated with `Truncated`.
//! [`AxfrReader::end`] yields the [`CopySummary`] in state Complete, and `Incomplete` in any other.

use super::response::{MAX_EMPTY_MESSAGES, ResponseError, answer_count};
use crate::dns::malformed::Malformed;
use crate::dns::message::{Question, rcode_name};
use crate::dns::mismatch::Mismatch;
use crate::dns::name::is_within;
use crate::dns::rtype::Rtype;
use crate::dns::serial::Serial;
use crate::dns::soa::Soa;
use crate::dns::tsig::TsigError;
use crate::dns::wire::{CLASS_IN, MessageReader, Record, Scratch};

/// Why a transfer is not a complete copy of the zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XfrError {
    /// A message cannot be parsed.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A message responds to another query.
    #[error(transparent)]
    Mismatched(Mismatch),
    /// The server answered with an RCODE other than NOERROR.
    #[error("the server answered {}", rcode_name(*.0))]
    Rcode(u16),
    /// A message lacks records (TC).
    #[error("a message is truncated")]
    Truncated,
    /// The first record is not the SOA of the zone, or the first message has no record (RFC 5936 section 2.2).
    #[error("the transfer does not begin with the SOA of the zone")]
    NoOpeningSoa,
    /// The connection was closed before the closing SOA, after this many records.
    #[error("the connection was closed after {0} records, before the closing SOA")]
    Incomplete(u64),
    /// The closing SOA is not the opening SOA: the zone changed during the transfer.
    #[error("the transfer began with serial {opened} and ended with serial {closed}")]
    Changed {
        /// The serial of the opening SOA.
        opened: Serial,
        /// The serial of the closing SOA.
        closed: Serial,
    },
    /// A record of the zone follows a SOA that could close the transfer. Servers refuse such a transfer: where
    /// the zone ends cannot be known.
    #[error("records of the zone follow the SOA that closes it")]
    RecordsAfterEnd,
    /// Too many messages in a row have no record.
    #[error("more than {MAX_EMPTY_MESSAGES} messages in a row without a record")]
    TooManyEmptyMessages,
    /// A signature is missing or does not verify.
    #[error(transparent)]
    Tsig(#[from] TsigError),
    /// The transfer has more records than allowed.
    #[error("more than {0} records")]
    TooManyRecords(u64),
}

impl From<ResponseError> for XfrError {
    fn from(error: ResponseError) -> Self {
        match error {
            ResponseError::Malformed(malformed) => Self::Malformed(malformed),
            ResponseError::Mismatched(mismatch) => Self::Mismatched(mismatch),
            ResponseError::Rcode(rcode) => Self::Rcode(rcode),
            ResponseError::Truncated => Self::Truncated,
        }
    }
}

/// Whether the closing SOA has been received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxfrProgress {
    /// More messages are to come.
    Incomplete,
    /// The transfer is complete.
    Complete,
}

/// Reads the messages of a transfer.
#[derive(Debug)]
pub struct AxfrReader {
    question: Question,
    max_records: u64,
    /// Taken while a message is read.
    scratch: Option<Box<Scratch>>,
    opening: Option<(Soa, u32)>,
    progress: AxfrProgress,
    /// The serial of another SOA than the opening one, if that came last.
    other_soa: Option<Serial>,
    records: u64,
    dropped: u64,
    /// The messages without a record since the last one with any.
    empty_messages: u32,
    /// Whether the last owner name is within the zone.
    is_within: bool,
}

impl AxfrReader {
    /// Starts to read the response to `question`, of at most `max_records` records.
    pub fn new(question: Question, max_records: u64) -> Self {
        Self {
            question,
            max_records,
            scratch: None,
            opening: None,
            progress: AxfrProgress::Incomplete,
            other_soa: None,
            records: 0,
            dropped: 0,
            empty_messages: 0,
            is_within: false,
        }
    }

    /// Reads a message, and passes each record of the zone except its SOA to `record`.
    pub fn read_message(
        &mut self,
        octets: &[u8],
        mut record: impl FnMut(&Record<'_>),
    ) -> Result<AxfrProgress, XfrError> {
        let mut scratch = self.scratch.take().unwrap_or_default();
        let read = self.read_records(octets, &mut scratch, &mut record);
        self.scratch = Some(scratch);
        read.map(|()| self.progress)
    }

    fn read_records(
        &mut self,
        octets: &[u8],
        scratch: &mut Scratch,
        sink: &mut impl FnMut(&Record<'_>),
    ) -> Result<(), XfrError> {
        let mut reader = MessageReader::new(octets)?;
        let answer_count = answer_count(&mut reader, &self.question, scratch)?;
        if answer_count == 0 && self.opening.is_none() {
            return Err(XfrError::NoOpeningSoa);
        }
        self.empty_messages = if answer_count == 0 { self.empty_messages + 1 } else { 0 };
        if self.empty_messages > MAX_EMPTY_MESSAGES {
            return Err(XfrError::TooManyEmptyMessages);
        }
        // A first owner that repeats the QNAME is the apex.
        self.is_within = true;
        for _ in 0..answer_count {
            let record = reader.record(scratch)?;
            if !reader.repeats_owner() {
                self.is_within = is_within(record.owner, self.question.qname.as_wire());
            }
            self.read_record(&record, sink)?;
        }
        // RFC 5936 section 2.2: the transfer ends with the SOA it began with. Any other SOA means that the zone
        // changed during the transfer, and the copy mixes two versions.
        match (&self.opening, self.other_soa) {
            (Some((opening, _)), Some(closed)) => Err(XfrError::Changed { opened: opening.serial, closed }),
            _ => Ok(()),
        }
    }

    fn read_record(
        &mut self,
        record: &Record<'_>,
        sink: &mut impl FnMut(&Record<'_>),
    ) -> Result<(), XfrError> {
        if self.progress == AxfrProgress::Complete || self.other_soa.is_some() {
            self.dropped += 1;
            return if self.is_within { Err(XfrError::RecordsAfterEnd) } else { self.check_limit() };
        }
        if record.class != CLASS_IN {
            return Err(Malformed::NotClassIn.into());
        }
        if record.rtype == Rtype::SOA && record.owner == self.question.qname.as_wire() {
            return self.read_soa(record);
        }
        if self.opening.is_none() {
            return Err(XfrError::NoOpeningSoa);
        }
        if !self.is_within {
            self.dropped += 1;
            // Dropped records count against the limit too.
            return self.check_limit();
        }
        self.records += 1;
        self.check_limit()?;
        sink(record);
        Ok(())
    }

    fn read_soa(&mut self, record: &Record<'_>) -> Result<(), XfrError> {
        let soa = Soa::from_rdata(record.rdata).ok_or(Malformed::Rdata)?;
        match &self.opening {
            None => {
                self.records += 1;
                self.opening = Some((soa, record.ttl));
                Ok(())
            }
            Some((opening, _)) if *opening != soa => {
                self.other_soa = Some(soa.serial);
                Ok(())
            }
            Some(_) => {
                self.progress = AxfrProgress::Complete;
                Ok(())
            }
        }
    }

    fn check_limit(&self) -> Result<(), XfrError> {
        if self.records.saturating_add(self.dropped) > self.max_records {
            return Err(XfrError::TooManyRecords(self.max_records));
        }
        Ok(())
    }

    /// The opening SOA and its TTL, once it has come.
    pub fn opening_soa(&self) -> Option<(&Soa, u32)> {
        self.opening.as_ref().map(|(soa, ttl)| (soa, *ttl))
    }

    /// Ends the transfer, when it is complete or the server has closed the connection.
    pub fn end(self) -> Result<CopySummary, XfrError> {
        match (self.opening, self.progress) {
            (Some((soa, ttl)), AxfrProgress::Complete) => {
                let (records, dropped) = (self.records, self.dropped);
                Ok(CopySummary { soa, soa_ttl: ttl, records, dropped, unstated_ttls: 0 })
            }
            _ => Err(XfrError::Incomplete(self.records)),
        }
    }
}

/// The SOA of a complete copy, and the numbers of its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopySummary {
    /// The SOA.
    pub soa: Soa,
    /// The TTL of the SOA.
    pub soa_ttl: u32,
    /// The number of records of the zone, with the SOA counted once.
    pub records: u64,
    /// The number of records dropped: not of the zone, or after the closing SOA.
    pub dropped: u64,
    /// The records of a zone file for which it states no TTL.
    pub unstated_ttls: u64,
}

#[cfg(test)]
mod tests;
