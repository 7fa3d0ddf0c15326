//! What changed between two versions of a zone (RFC 1995), as a state machine: messages in, a [`ChangedRrsets`]
//! out, no sockets.
//!
//! It takes nothing but a whole chain of changes, from the version that was asked for to the one that the
//! server has. All else is [`IxfrError`], and tells nothing.

use std::collections::BTreeSet;

use super::response::{MOST_EMPTY, NoAnswer, answers};
use crate::dns::malformed::Malformed;
use crate::dns::message::{OptRecord, Question, rcode_name};
use crate::dns::name::is_within;
use crate::dns::rtype::Rtype;
use crate::dns::serial::Serial;
use crate::dns::soa::Soa;
use crate::dns::wire::{CLASS_IN, MessageReader, Record, Scratch};

/// The most RRsets of a delta.
const MOST_RRSETS: usize = 10_000;

/// The most records of a delta: an RRset that changes often comes again and again.
const MOST_RECORDS: u32 = 200_000;

/// Returns the message that asks what has changed since the version of this SOA.
///
/// RFC 1995 section 3: that SOA stands in the authority section.
pub fn query(question: &Question, since: &Soa) -> Vec<u8> {
    let mut wire = question.to_wire(OptRecord::Omitted);
    if let Some(authorities) = wire.get_mut(8..10) {
        authorities.copy_from_slice(&1_u16.to_be_bytes());
    }
    wire.extend_from_slice(question.qname.as_wire());
    let rdata = since.to_rdata();
    let length = u16::try_from(rdata.len()).expect("two names and five numbers are short");
    // Between class and length there is a TTL of 0.
    for word in [Rtype::SOA.0, CLASS_IN, 0, 0, length] {
        wire.extend_from_slice(&word.to_be_bytes());
    }
    wire.extend_from_slice(&rdata);
    wire
}

/// The RRsets that changed from one version of a zone to another, whether or not they changed back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedRrsets {
    /// The version it begins with.
    pub from: Serial,
    /// The version it ends with.
    pub to: Serial,
    rrsets: BTreeSet<Rrset>,
}

/// The canonical owner of an RRset, its type, and of signatures the type that they cover.
type Rrset = (Box<[u8]>, Rtype, u16);

impl ChangedRrsets {
    /// Begins with a delta in which nothing but the SOA changed.
    pub fn new(from: Serial, to: Serial) -> Self {
        Self { from, to, rrsets: BTreeSet::new() }
    }

    /// Takes in an RRset: its canonical owner, its type, and of signatures the type that they cover, else 0.
    pub fn touch(&mut self, owner: &[u8], rtype: Rtype, covered: u16) {
        self.rrsets.insert((owner.into(), rtype, covered));
    }

    /// Returns whether an RRset is in it.
    pub fn touches(&self, owner: &[u8], rtype: Rtype, covered: u16) -> bool {
        self.rrsets.contains(&(owner.into(), rtype, covered))
    }
}

/// Why an answer is no delta.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IxfrError {
    /// A message cannot be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A message is no answer to our question.
    #[error("a message answers another question")]
    Mismatched,
    /// The server answered with an error.
    #[error("the server answered {}", rcode_name(*.0))]
    Rcode(u16),
    /// The server has nothing newer than what was asked about, and answers with its SOA alone.
    #[error("the server has nothing newer")]
    UpToDate,
    /// The server answered with the whole zone.
    #[error("the server answered with the whole zone")]
    WholeZone,
    /// The stream ended before the closing SOA.
    #[error("the connection was closed before the closing SOA")]
    Incomplete,
    /// The SOAs are no chain from the version that was asked about to the server's.
    #[error("the changes do not follow one another")]
    Inconsistent,
    /// More than is kept of a delta, or more messages without a record than any server sends.
    #[error("the answer is too large")]
    TooLarge,
}

impl From<NoAnswer> for IxfrError {
    fn from(why: NoAnswer) -> Self {
        match why {
            NoAnswer::Malformed(malformed) => Self::Malformed(malformed),
            NoAnswer::Mismatched => Self::Mismatched,
            NoAnswer::Rcode(rcode) => Self::Rcode(rcode),
        }
    }
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The SOA of the server's version.
    Opening,
    /// The SOA of the version that was asked about.
    Begin,
    /// What was deleted from this version, and the SOA of the next one.
    Deleted(Serial),
    /// What was added in this version, and the SOA that it is left with, or the closing one.
    Added(Serial),
    /// Nothing.
    End,
}

/// An answer that is being read.
#[derive(Debug)]
pub struct IxfrResponse {
    question: Question,
    since: Serial,
    opening: Option<Soa>,
    place: Place,
    delta: ChangedRrsets,
    /// Lent to whoever reads a message.
    scratch: Option<Box<Scratch>>,
    records: u32,
    /// Messages without a record since the last one that had any.
    empty: u32,
}

impl IxfrResponse {
    /// Awaits the answer to `question`, which asked what has changed since a version.
    pub fn new(question: Question, since: Serial) -> Self {
        Self {
            question,
            since,
            opening: None,
            place: Place::Opening,
            delta: ChangedRrsets::new(since, since),
            scratch: None,
            records: 0,
            empty: 0,
        }
    }

    /// Reads one message; returns whether the delta is whole.
    pub fn read_message(&mut self, octets: &[u8]) -> Result<bool, IxfrError> {
        let mut scratch = self.scratch.take().unwrap_or_default();
        let read = self.records_of(octets, &mut scratch);
        self.scratch = Some(scratch);
        read.map(|()| self.place == Place::End)
    }

    fn records_of(&mut self, octets: &[u8], scratch: &mut Scratch) -> Result<(), IxfrError> {
        let mut walk = MessageReader::new(octets)?;
        let answers = answers(&mut walk, &self.question, scratch)?;
        self.empty = if answers == 0 { self.empty + 1 } else { 0 };
        if self.empty > MOST_EMPTY {
            return Err(IxfrError::TooLarge);
        }
        for _ in 0..answers {
            let record = walk.record(scratch)?;
            self.take(&record)?;
        }
        self.is_up_to_date()
    }

    fn take(&mut self, record: &Record<'_>) -> Result<(), IxfrError> {
        self.records += 1;
        if self.records > MOST_RECORDS {
            return Err(IxfrError::TooLarge);
        }
        if record.class != CLASS_IN {
            return Err(Malformed::NotClassIn.into());
        }
        if record.rtype == Rtype::SOA && record.owner == self.question.qname.as_wire() {
            return self.soa(Soa::from_rdata(record.rdata).ok_or(Malformed::Rdata)?);
        }
        match self.place {
            Place::Opening | Place::End => Err(IxfrError::Inconsistent),
            Place::Begin => Err(IxfrError::WholeZone),
            Place::Deleted(_) | Place::Added(_) => self.touch(record),
        }
    }

    fn touch(&mut self, record: &Record<'_>) -> Result<(), IxfrError> {
        // What is not of the zone is of no copy of it.
        if !is_within(record.owner, self.question.qname.as_wire()) {
            return Ok(());
        }
        self.delta.touch(record.owner, record.rtype, record.covered());
        if self.delta.rrsets.len() > MOST_RRSETS { Err(IxfrError::TooLarge) } else { Ok(()) }
    }

    fn soa(&mut self, soa: Soa) -> Result<(), IxfrError> {
        let Some(opening) = &self.opening else {
            self.delta.to = soa.serial;
            self.opening = Some(soa);
            self.place = Place::Begin;
            return Ok(());
        };
        self.place = match self.place {
            Place::Begin if soa.serial == self.since && soa.serial != opening.serial => {
                Place::Deleted(soa.serial)
            }
            // A zone of nothing but its SOA, in whole.
            Place::Begin if soa == *opening => return Err(IxfrError::WholeZone),
            Place::Deleted(before) if soa.serial.is_newer_than(before) => Place::Added(soa.serial),
            Place::Added(reached) if reached == opening.serial && soa == *opening => Place::End,
            Place::Added(reached) if reached != opening.serial && soa.serial == reached => {
                Place::Deleted(reached)
            }
            _ => return Err(IxfrError::Inconsistent),
        };
        Ok(())
    }

    /// Tells a lone SOA that is all there is from one that others follow: PowerDNS sends the opening SOA of
    /// a whole zone in a message of its own.
    fn is_up_to_date(&self) -> Result<(), IxfrError> {
        match &self.opening {
            Some(opening) if self.place == Place::Begin && !opening.serial.is_newer_than(self.since) => {
                Err(IxfrError::UpToDate)
            }
            _ => Ok(()),
        }
    }

    /// Ends the answer when the server has closed the connection, or the delta is whole.
    pub fn end(self) -> Result<ChangedRrsets, IxfrError> {
        if self.place == Place::End { Ok(self.delta) } else { Err(IxfrError::Incomplete) }
    }
}

#[cfg(test)]
mod tests;
