//! Reads a message from front to back, record by record.

use super::header::{HEADER_LEN, Header};
use super::names::{NAME_BUF_LEN, NameBuf, NameDecompressor};
use super::record::Record;
use crate::dns::malformed::Malformed;
use crate::dns::name::MAX_LABEL;
use crate::dns::rdata;
use crate::dns::rtype::Rtype;

/// Buffers that are reused for every record and message.
#[derive(Debug)]
pub struct Scratch {
    /// The previous owner name, which the next record often repeats.
    owner: NameBuf,
    names: NameDecompressor,
    rdata: Vec<u8>,
}

impl Default for Scratch {
    fn default() -> Self {
        Self { owner: [0; NAME_BUF_LEN], names: NameDecompressor::default(), rdata: Vec::with_capacity(1024) }
    }
}

/// A question as received: QNAME in canonical form, QTYPE and QCLASS.
pub type WireQuestion<'s> = (&'s [u8], Rtype, u16);

/// Reads a message from front to back.
#[derive(Clone, Debug)]
pub struct MessageReader<'m> {
    octets: &'m [u8],
    at: usize,
    header: Header,
    previous: PreviousOwner,
}

/// The offsets of the previous owner name in the message.
#[derive(Clone, Copy, Debug, Default)]
struct PreviousOwner {
    offset: usize,
    /// The target of its pointer, where the name is nothing but a pointer.
    target: usize,
    /// Its length in canonical form; 0 before the first record.
    length: usize,
    /// Whether the record before it had the same owner name.
    repeated: bool,
}

impl<'m> MessageReader<'m> {
    /// Starts with the header of a message.
    pub fn new(octets: &'m [u8]) -> Result<Self, Malformed> {
        let (fields, _) = octets.get(..HEADER_LEN).ok_or(Malformed::UnexpectedEnd)?.as_chunks::<2>();
        let &[id, flags, questions, answers, authorities, additionals] = fields else {
            return Err(Malformed::UnexpectedEnd);
        };
        let counts = [questions, answers, authorities, additionals].map(u16::from_be_bytes);
        let header = Header { id: u16::from_be_bytes(id), flags: u16::from_be_bytes(flags), counts };
        Ok(Self { octets, at: HEADER_LEN, header, previous: PreviousOwner::default() })
    }

    /// Returns the header.
    pub fn header(&self) -> Header {
        self.header
    }

    /// Reads the question, if the message has one.
    pub fn question<'s>(&mut self, scratch: &'s mut Scratch) -> Result<Option<WireQuestion<'s>>, Malformed> {
        match self.header.counts {
            [0, ..] => Ok(None),
            [1, ..] => {
                let length = self.owner(scratch)?;
                let qtype = Rtype(self.u16()?);
                let qclass = self.u16()?;
                Ok(Some((scratch.owner.get(..length).ok_or(Malformed::LongName)?, qtype, qclass)))
            }
            [many, ..] => Err(Malformed::TooManyQuestions(many)),
        }
    }

    /// Reads the next record; the caller takes their number from the header.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "returning a record in memory costs a tenth of reading it")]
    pub fn record<'s>(&mut self, scratch: &'s mut Scratch) -> Result<Record<'s>, Malformed>
    where
        'm: 's,
    {
        let length = self.owner(scratch)?;
        let &[t0, t1, c0, c1, ref ttl @ .., l0, l1] = self.chunk::<10>()?;
        let [rtype, class, rdlength] = [[t0, t1], [c0, c1], [l0, l1]].map(u16::from_be_bytes);
        let (rtype, ttl) = (Rtype(rtype), u32::from_be_bytes(*ttl));
        let start = self.at;
        let raw = self.take(usize::from(rdlength))?;
        let (rdata, signed) = if rdata::holds_names(rtype) {
            rdata::canonicalise(rtype, self.octets, start..self.at, &mut scratch.names, &mut scratch.rdata)?;
            let rdata = scratch.rdata.as_slice();
            // Where the lengths differ, names were compressed that must not be.
            let is_as_written = rdata::is_signed_as_written(rtype) && rdata.len() == raw.len();
            (rdata, if is_as_written { raw } else { rdata })
        } else {
            (raw, raw)
        };
        let owner = scratch.owner.get(..length).ok_or(Malformed::LongName)?;
        Ok(Record { owner, rtype, class, ttl, rdata, signed })
    }

    /// Whether the last record surely has the owner name of the record before it.
    ///
    /// `false` if the names differ, or if they have not been compared.
    pub(crate) fn repeats_owner(&self) -> bool {
        self.previous.repeated
    }

    /// The offset in the message at which the next entry begins.
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// Skips the question section, however many questions it holds.
    pub(crate) fn skip_questions(&mut self) -> Result<(), Malformed> {
        let [questions, ..] = self.header.counts;
        for _ in 0..questions {
            self.skip_name()?;
            self.take(4)?;
        }
        Ok(())
    }

    /// Skips the next record without reading its names; returns its type.
    pub(crate) fn skip_record(&mut self) -> Result<Rtype, Malformed> {
        self.skip_name()?;
        let &[high, low, .., rdlength_high, rdlength_low] = self.take(10)? else {
            return Err(Malformed::UnexpectedEnd);
        };
        self.take(usize::from(u16::from_be_bytes([rdlength_high, rdlength_low])))?;
        Ok(Rtype(u16::from_be_bytes([high, low])))
    }

    fn skip_name(&mut self) -> Result<(), Malformed> {
        loop {
            let &[length] = self.take(1)? else { return Err(Malformed::UnexpectedEnd) };
            match usize::from(length) {
                0 => return Ok(()),
                label if label <= MAX_LABEL => self.take(label)?,
                pointer if pointer >= 0xc0 => return self.take(1).map(|_| ()),
                _ => return Err(Malformed::LabelType),
            };
        }
    }

    /// Reads an owner name, unless it repeats the previous one: servers write that as a pointer to it, or
    /// to the target of its pointer. Then the scratch buffer holds it already.
    fn owner(&mut self, scratch: &mut Scratch) -> Result<usize, Malformed> {
        let target = self.pointer();
        let repeats = |target| target == self.previous.offset || target == self.previous.target;
        if self.previous.length > 0 && target.is_some_and(repeats) {
            self.at += 2;
            self.previous.repeated = true;
            return Ok(self.previous.length);
        }
        if self.previous.length == 0 {
            scratch.names.suffixes.clear();
        }
        let (length, next) = scratch.names.suffixes.expand(self.octets, self.at, &mut scratch.owner)?;
        self.previous =
            PreviousOwner { offset: self.at, target: target.unwrap_or(self.at), length, repeated: false };
        self.at = next;
        Ok(length)
    }

    /// Returns the target of the compression pointer that comes next, if one does.
    fn pointer(&self) -> Option<usize> {
        let &[high, low] = self.octets.get(self.at..)?.first_chunk()?;
        (high >= 0xc0).then_some(usize::from(high & 0x3f) << 8 | usize::from(low))
    }

    fn take(&mut self, count: usize) -> Result<&'m [u8], Malformed> {
        let end = self.at + count;
        let taken = self.octets.get(self.at..end).ok_or(Malformed::UnexpectedEnd)?;
        self.at = end;
        Ok(taken)
    }

    /// Takes the next `N` octets.
    fn chunk<const N: usize>(&mut self) -> Result<&'m [u8; N], Malformed> {
        let taken =
            self.octets.get(self.at..).and_then(<[u8]>::first_chunk).ok_or(Malformed::UnexpectedEnd)?;
        self.at += N;
        Ok(taken)
    }

    fn u16(&mut self) -> Result<u16, Malformed> {
        self.chunk().copied().map(u16::from_be_bytes)
    }
}
