//! A zone transfer as a state machine (RFC 5936): messages in, records out, no sockets.
//!
//! A transfer cannot fool it: only a stream that opens and closes with the same SOA is a copy. All
//! else is a [`XfrError`], never a difference.

use super::response::{MOST_EMPTY, NoAnswer, answers};
use crate::dns::malformed::Malformed;
use crate::dns::message::{Question, rcode_name};
use crate::dns::name::is_within;
use crate::dns::rtype::Rtype;
use crate::dns::serial::Serial;
use crate::dns::soa::Soa;
use crate::dns::tsig::TsigError;
use crate::dns::wire::{CLASS_IN, MessageReader, Record, Scratch};

/// Why a stream of messages is not a copy of the zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XfrError {
    /// A message cannot be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A message is no answer to our question.
    #[error("a message answers another question")]
    Mismatched,
    /// The server answered with an error.
    #[error("the server answered {}", rcode_name(*.0))]
    Rcode(u16),
    /// The first record is not the zone's SOA, or there is no record (RFC 5936 section 2.2).
    #[error("the transfer does not begin with the SOA of the zone")]
    NoOpeningSoa,
    /// The stream ended before the closing SOA.
    #[error("the connection was closed after {0} records, before the closing SOA")]
    Incomplete(u64),
    /// The closing SOA is not the opening one: the zone changed under the transfer.
    #[error("it began with serial {opened} and ended with serial {closed}")]
    Changed {
        /// The serial of the first record.
        opened: Serial,
        /// The serial of the last record.
        closed: Serial,
    },
    /// Message after message without a record.
    #[error("more than {MOST_EMPTY} messages in a row without a record")]
    Empty,
    /// A message is not signed as it should be.
    #[error(transparent)]
    Tsig(#[from] TsigError),
    /// More records than allowed.
    #[error("more than {0} records")]
    TooManyRecords(u64),
}

impl From<NoAnswer> for XfrError {
    fn from(why: NoAnswer) -> Self {
        match why {
            NoAnswer::Malformed(malformed) => Self::Malformed(malformed),
            NoAnswer::Mismatched => Self::Mismatched,
            NoAnswer::Rcode(rcode) => Self::Rcode(rcode),
        }
    }
}

/// Whether the closing SOA has been seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxfrProgress {
    /// More messages have to come.
    Incomplete,
    /// The copy is whole.
    Complete,
}

/// A transfer that is being read.
#[derive(Debug)]
pub struct AxfrReader {
    question: Question,
    most_records: u64,
    /// Lent to whoever reads a message.
    scratch: Option<Box<Scratch>>,
    opening: Option<(Soa, u32)>,
    progress: AxfrProgress,
    records: u64,
    dropped: u64,
    /// Messages without a record since the last one that had any.
    empty: u32,
    /// Whether the last owner is in the zone.
    within: bool,
}

impl AxfrReader {
    /// Awaits the answer to `question`, of no more than `most_records` records.
    pub fn new(question: Question, most_records: u64) -> Self {
        Self {
            question,
            most_records,
            scratch: None,
            opening: None,
            progress: AxfrProgress::Incomplete,
            records: 0,
            dropped: 0,
            empty: 0,
            within: false,
        }
    }

    /// Reads one message and gives each record of the zone but its SOA to `record`.
    pub fn read_message(
        &mut self,
        octets: &[u8],
        mut record: impl FnMut(&Record<'_>),
    ) -> Result<AxfrProgress, XfrError> {
        let mut scratch = self.scratch.take().unwrap_or_default();
        let read = self.records_of(octets, &mut scratch, &mut record);
        self.scratch = Some(scratch);
        read.map(|()| self.progress)
    }

    fn records_of(
        &mut self,
        octets: &[u8],
        scratch: &mut Scratch,
        sink: &mut impl FnMut(&Record<'_>),
    ) -> Result<(), XfrError> {
        let mut walk = MessageReader::new(octets)?;
        let answers = answers(&mut walk, &self.question, scratch)?;
        if answers == 0 && self.opening.is_none() {
            return Err(XfrError::NoOpeningSoa);
        }
        self.empty = if answers == 0 { self.empty + 1 } else { 0 };
        if self.empty > MOST_EMPTY {
            return Err(XfrError::Empty);
        }
        // Who repeats the question's owner is at the apex.
        self.within = true;
        for _ in 0..answers {
            let record = walk.record(scratch)?;
            if !walk.repeats_owner() {
                self.within = is_within(record.owner, self.question.qname.as_wire());
            }
            self.take(&record, sink)?;
        }
        Ok(())
    }

    fn take(&mut self, record: &Record<'_>, sink: &mut impl FnMut(&Record<'_>)) -> Result<(), XfrError> {
        if self.progress == AxfrProgress::Complete {
            self.dropped += 1;
            return Ok(());
        }
        if record.class != CLASS_IN {
            return Err(Malformed::NotClassIn.into());
        }
        if record.rtype == Rtype::SOA && record.owner == self.question.qname.as_wire() {
            return self.soa(record);
        }
        if self.opening.is_none() {
            return Err(XfrError::NoOpeningSoa);
        }
        if !self.within {
            self.dropped += 1;
            // Records that count for nothing still count against the limit.
            return self.within_limit();
        }
        self.records += 1;
        self.within_limit()?;
        sink(record);
        Ok(())
    }

    fn soa(&mut self, record: &Record<'_>) -> Result<(), XfrError> {
        let soa = Soa::from_rdata(record.rdata).ok_or(Malformed::Rdata)?;
        match &self.opening {
            None => {
                self.records += 1;
                self.opening = Some((soa, record.ttl));
                Ok(())
            }
            // RFC 5936 section 2.2: the transfer ends with the SOA it began with. Another one means
            // that the zone changed under the transfer, and the copy is torn.
            Some((opening, _)) if *opening != soa => {
                Err(XfrError::Changed { opened: opening.serial, closed: soa.serial })
            }
            Some(_) => {
                self.progress = AxfrProgress::Complete;
                Ok(())
            }
        }
    }

    fn within_limit(&self) -> Result<(), XfrError> {
        if self.records.saturating_add(self.dropped) > self.most_records {
            return Err(XfrError::TooManyRecords(self.most_records));
        }
        Ok(())
    }

    /// Ends the transfer when the server has closed the connection, or the copy is whole.
    pub fn end(self) -> Result<ZoneSummary, XfrError> {
        match (self.opening, self.progress) {
            (Some((soa, ttl)), AxfrProgress::Complete) => {
                Ok(ZoneSummary { soa, soa_ttl: ttl, records: self.records, dropped: self.dropped })
            }
            _ => Err(XfrError::Incomplete(self.records)),
        }
    }
}

/// What a whole transfer says beside its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneSummary {
    /// The SOA that opened and closed it.
    pub soa: Soa,
    /// The TTL of that SOA.
    pub soa_ttl: u32,
    /// Records of the zone, the SOA counted once.
    pub records: u64,
    /// Records left out: not of this zone, or after the closing SOA.
    pub dropped: u64,
}

#[cfg(test)]
mod tests;
