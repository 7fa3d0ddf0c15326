//! An incremental zone transfer (RFC 1995) as a state machine: messages in, records and [`ChangedRrsets`] out, no
//! sockets.
//!
//! Only an unbroken chain of difference sequences counts, from the serial of the query to the serial of the
//! server. Everything else is an [`IxfrError`]. Whether the chain tells the truth is for others to decide, from the
//! records that it deletes and adds.
//!
//! ```text
//!                  +---------+
//!                  | Opening |
//!                  +---------+
//!                       | SOA of the server
//!                       v
//!              +-----------------+   end of a message, and the SOA is not newer: UpToDate
//!              | FirstDifference |   record, or the same SOA again: WholeZone
//!              +-----------------+
//!                       | SOA with the serial of the query
//!                       v
//!                 +-----------+
//!            +--->| Deletions |   records are noted and passed on
//!            |    +-----------+
//!   SOA with |          | SOA with a newer serial
//!   the same |          v
//!   serial   |    +-----------+
//!            +----| Additions |   records are noted and passed on
//!                 +-----------+
//!                       | SOA of the server, when its serial is reached
//!                       v
//!                  +----------+
//!                  | Complete |
//!                  +----------+
//! ```
//!
//! A record or SOA without an arrow is `Inconsistent`. In each state, a message that cannot be parsed ends
//! the transfer with `Malformed`, a message for another query with `Mismatched`, an error of the server with
//! `Rcode`, one that is truncated with `Truncated`, and too many records or messages without any with `TooLarge`. [`IxfrResponse::end`] yields the
//! [`ChangedRrsets`] in state Complete, and `Incomplete` in any other.

use std::collections::BTreeSet;

use super::response::{MAX_EMPTY_MESSAGES, ResponseError, answer_count};
use crate::dns::malformed::Malformed;
use crate::dns::message::{OptRecord, Question, rcode_name};
use crate::dns::mismatch::Mismatch;
use crate::dns::name::is_within;
use crate::dns::rtype::Rtype;
use crate::dns::serial::Serial;
use crate::dns::soa::Soa;
use crate::dns::wire::{CLASS_IN, MessageReader, Record, Scratch};

/// The maximum number of RRsets that a response may change.
const MAX_RRSETS: usize = 10_000;

/// The maximum number of difference sequences of a response.
const MAX_VERSIONS: u32 = 10_000;

/// The maximum number of records of a response: an RRset that changes often is in it many times.
const MAX_RECORDS: u32 = 200_000;

/// Encodes the query for the changes since the serial of this SOA.
///
/// RFC 1995 section 3: the authority section has that SOA.
pub fn query(question: &Question, since: &Soa) -> Vec<u8> {
    let mut wire = question.to_wire(OptRecord::Omitted);
    if let Some(authorities) = wire.get_mut(8..10) {
        authorities.copy_from_slice(&1_u16.to_be_bytes());
    }
    wire.extend_from_slice(question.qname.as_wire());
    let rdata = since.to_rdata();
    let length = u16::try_from(rdata.len()).expect("two names and five numbers are short");
    // Between class and length is the TTL, which is 0.
    for field in [Rtype::SOA.0, CLASS_IN, 0, 0, length] {
        wire.extend_from_slice(&field.to_be_bytes());
    }
    wire.extend_from_slice(&rdata);
    wire
}

/// The RRsets that changed from one serial of a zone to another, including those that changed back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedRrsets {
    /// The serial before the changes.
    pub from: Serial,
    /// The serial after the changes.
    pub to: Serial,
    rrsets: BTreeSet<RrsetKey>,
}

/// Canonical owner name and type of an RRset, and the covered type if they are RRSIG records.
type RrsetKey = (Box<[u8]>, Rtype, u16);

impl ChangedRrsets {
    /// Starts with a change of nothing but the SOA.
    pub fn new(from: Serial, to: Serial) -> Self {
        Self { from, to, rrsets: BTreeSet::new() }
    }

    /// Adds an RRset: canonical owner name, type, and the covered type if it is RRSIG, else 0.
    pub fn insert(&mut self, owner: &[u8], rtype: Rtype, covered: u16) {
        self.rrsets.insert((owner.into(), rtype, covered));
    }

    /// Returns the owner name and the type of each RRset that changed, signatures apart.
    pub fn rrsets(&self) -> impl Iterator<Item = (&[u8], Rtype)> {
        let unsigned = self.rrsets.iter().filter(|(_, rtype, _)| *rtype != Rtype::RRSIG);
        unsigned.map(|(owner, rtype, _)| (owner.as_ref(), *rtype))
    }

    /// Whether the RRset changed.
    pub fn contains(&self, owner: &[u8], rtype: Rtype, covered: u16) -> bool {
        self.rrsets.contains(&(owner.into(), rtype, covered))
    }
}

/// Why a response yields no changes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IxfrError {
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
    /// The server has no newer serial, and answered with its SOA alone.
    #[error("the server has no newer serial")]
    UpToDate,
    /// The server answered with the whole zone.
    #[error("the server answered with the whole zone")]
    WholeZone,
    /// The connection was closed before the closing SOA.
    #[error("the connection was closed before the closing SOA")]
    Incomplete,
    /// The SOAs are no chain from the serial of the query to the serial of the server.
    #[error("the changes do not follow one another")]
    Inconsistent,
    /// The response has more records, RRsets or versions than are kept, or too many messages without a record.
    #[error("the response is too large")]
    TooLarge,
}

impl From<ResponseError> for IxfrError {
    fn from(error: ResponseError) -> Self {
        match error {
            ResponseError::Malformed(malformed) => Self::Malformed(malformed),
            ResponseError::Mismatched(mismatch) => Self::Mismatched(mismatch),
            ResponseError::Rcode(rcode) => Self::Rcode(rcode),
            ResponseError::Truncated => Self::Truncated,
        }
    }
}

/// A part of a difference sequence.
#[derive(Clone, Copy, Debug)]
pub enum Change<'r> {
    /// The newer version does not have this record.
    Deleted(&'r Record<'r>),
    /// The newer version has this record.
    Added(&'r Record<'r>),
    /// The changes up to the version with this serial are complete.
    Reached(Serial),
}

/// What is awaited next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IxfrState {
    /// The SOA of the server.
    Opening,
    /// The SOA with the serial of the query, which begins the first difference sequence.
    FirstDifference,
    /// The records deleted from this serial, and the SOA of the next serial.
    Deletions(Serial),
    /// The records added in this serial, and the SOA of the next difference sequence, or the closing SOA.
    Additions(Serial),
    /// Nothing: the closing SOA was received.
    Complete,
}

/// Reads the messages of a response.
#[derive(Debug)]
pub struct IxfrResponse {
    question: Question,
    since: Serial,
    opening: Option<Soa>,
    state: IxfrState,
    changed: ChangedRrsets,
    /// Taken while a message is read.
    scratch: Option<Box<Scratch>>,
    records: u32,
    versions: u32,
    /// The messages without a record since the last one with any.
    empty_messages: u32,
}

impl IxfrResponse {
    /// Starts to read the response to `question`, the query for the changes since a serial.
    pub fn new(question: Question, since: Serial) -> Self {
        Self {
            question,
            since,
            opening: None,
            state: IxfrState::Opening,
            changed: ChangedRrsets::new(since, since),
            scratch: None,
            records: 0,
            versions: 0,
            empty_messages: 0,
        }
    }

    /// Reads a message, and passes each record of the zone that it deletes or adds, except the SOA, and each version that
    /// it reaches to `sink`; returns whether the response is complete.
    pub fn read_message(
        &mut self,
        octets: &[u8],
        mut sink: impl FnMut(Change<'_>),
    ) -> Result<bool, IxfrError> {
        let mut scratch = self.scratch.take().unwrap_or_default();
        let read = self.read_records(octets, &mut scratch, &mut sink);
        self.scratch = Some(scratch);
        read.map(|()| self.state == IxfrState::Complete)
    }

    fn read_records(
        &mut self,
        octets: &[u8],
        scratch: &mut Scratch,
        sink: &mut impl FnMut(Change<'_>),
    ) -> Result<(), IxfrError> {
        let mut reader = MessageReader::new(octets)?;
        let answer_count = answer_count(&mut reader, &self.question, scratch)?;
        self.empty_messages = if answer_count == 0 { self.empty_messages + 1 } else { 0 };
        if self.empty_messages > MAX_EMPTY_MESSAGES {
            return Err(IxfrError::TooLarge);
        }
        for _ in 0..answer_count {
            let record = reader.record(scratch)?;
            self.read_record(&record, sink)?;
        }
        self.check_up_to_date()
    }

    fn read_record(
        &mut self,
        record: &Record<'_>,
        sink: &mut impl FnMut(Change<'_>),
    ) -> Result<(), IxfrError> {
        self.records += 1;
        if self.records > MAX_RECORDS {
            return Err(IxfrError::TooLarge);
        }
        if record.class != CLASS_IN {
            return Err(Malformed::NotClassIn.into());
        }
        if record.rtype == Rtype::SOA && record.owner == self.question.qname.as_wire() {
            return self.read_soa(Soa::from_rdata(record.rdata).ok_or(Malformed::Rdata)?, sink);
        }
        match self.state {
            IxfrState::Opening | IxfrState::Complete => Err(IxfrError::Inconsistent),
            IxfrState::FirstDifference => Err(IxfrError::WholeZone),
            IxfrState::Deletions(_) => self.note(record, Change::Deleted(record), sink),
            IxfrState::Additions(_) => self.note(record, Change::Added(record), sink),
        }
    }

    fn note(
        &mut self,
        record: &Record<'_>,
        change: Change<'_>,
        sink: &mut impl FnMut(Change<'_>),
    ) -> Result<(), IxfrError> {
        // Records of other zones are in no copy of this one.
        if !is_within(record.owner, self.question.qname.as_wire()) {
            return Ok(());
        }
        sink(change);
        self.changed.insert(record.owner, record.rtype, record.covered());
        if self.changed.rrsets.len() > MAX_RRSETS { Err(IxfrError::TooLarge) } else { Ok(()) }
    }

    fn read_soa(&mut self, soa: Soa, sink: &mut impl FnMut(Change<'_>)) -> Result<(), IxfrError> {
        let Some(opening) = &self.opening else {
            self.changed.to = soa.serial;
            self.opening = Some(soa);
            self.state = IxfrState::FirstDifference;
            return Ok(());
        };
        self.state = match self.state {
            IxfrState::FirstDifference if soa.serial == self.since && soa.serial != opening.serial => {
                IxfrState::Deletions(soa.serial)
            }
            // The whole zone has no record but its SOA.
            IxfrState::FirstDifference if soa == *opening => return Err(IxfrError::WholeZone),
            IxfrState::Deletions(before) if soa.serial.is_newer_than(before) => {
                IxfrState::Additions(soa.serial)
            }
            IxfrState::Additions(reached) if reached == opening.serial && soa == *opening => {
                IxfrState::Complete
            }
            IxfrState::Additions(reached) if reached != opening.serial && soa.serial == reached => {
                IxfrState::Deletions(reached)
            }
            _ => return Err(IxfrError::Inconsistent),
        };
        match self.state {
            IxfrState::Deletions(reached) if reached != self.since => self.reach(reached, sink),
            IxfrState::Complete => self.reach(self.changed.to, sink),
            _ => Ok(()),
        }
    }

    fn reach(&mut self, serial: Serial, sink: &mut impl FnMut(Change<'_>)) -> Result<(), IxfrError> {
        self.versions += 1;
        sink(Change::Reached(serial));
        if self.versions > MAX_VERSIONS { Err(IxfrError::TooLarge) } else { Ok(()) }
    }

    /// Fails if the response is a lone SOA that is not newer. A newer one may be the opening SOA of the whole
    /// zone, which PowerDNS sends in a message of its own.
    fn check_up_to_date(&self) -> Result<(), IxfrError> {
        match &self.opening {
            Some(opening)
                if self.state == IxfrState::FirstDifference && !opening.serial.is_newer_than(self.since) =>
            {
                Err(IxfrError::UpToDate)
            }
            _ => Ok(()),
        }
    }

    /// Ends the response, when it is complete or the server has closed the connection.
    pub fn end(self) -> Result<ChangedRrsets, IxfrError> {
        if self.state == IxfrState::Complete { Ok(self.changed) } else { Err(IxfrError::Incomplete) }
    }
}

#[cfg(test)]
mod tests;
