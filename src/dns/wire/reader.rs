//! Reads a message record by record.

use super::header::{HEADER_LEN, Header};
use super::names::{NameBuf, NameDecompressor, ROOM};
use super::record::Record;
use crate::dns::malformed::Malformed;
use crate::dns::name::MAX_LABEL;
use crate::dns::rdata;
use crate::dns::rtype::Rtype;

/// Room that is used again for every record.
#[derive(Debug)]
pub struct Scratch {
    /// The last owner name, which the next record often has too.
    owner: NameBuf,
    names: NameDecompressor,
    rdata: Vec<u8>,
}

impl Default for Scratch {
    fn default() -> Self {
        Self { owner: [0; ROOM], names: NameDecompressor::default(), rdata: Vec::with_capacity(1024) }
    }
}

/// The question of a message: its name in canonical form, type and class.
pub type Asked<'s> = (&'s [u8], Rtype, u16);

/// A message that is read from front to back.
#[derive(Clone, Debug)]
pub struct MessageReader<'m> {
    octets: &'m [u8],
    at: usize,
    header: Header,
    last: LastOwner,
}

/// Where the last owner name stands in the message: at its place, and where its pointer points, if it
/// is nothing but a pointer.
#[derive(Clone, Copy, Debug, Default)]
struct LastOwner {
    at: usize,
    target: usize,
    /// Octets in canonical form; none before the first.
    length: usize,
    /// Whether the name before it was the same.
    repeated: bool,
}

impl<'m> MessageReader<'m> {
    /// Starts at the front of a message.
    pub fn new(octets: &'m [u8]) -> Result<Self, Malformed> {
        let (words, _) = octets.get(..HEADER_LEN).ok_or(Malformed::Short)?.as_chunks::<2>();
        let &[id, flags, questions, answers, authorities, additionals] = words else {
            return Err(Malformed::Short);
        };
        let counts = [questions, answers, authorities, additionals].map(u16::from_be_bytes);
        let header = Header { id: u16::from_be_bytes(id), flags: u16::from_be_bytes(flags), counts };
        Ok(Self { octets, at: HEADER_LEN, header, last: LastOwner::default() })
    }

    /// Returns the fixed part.
    pub fn header(&self) -> Header {
        self.header
    }

    /// Reads the question, if there is one: its name (folded), type and class.
    pub fn question<'s>(&mut self, scratch: &'s mut Scratch) -> Result<Option<Asked<'s>>, Malformed> {
        match self.header.counts {
            [0, ..] => Ok(None),
            [1, ..] => {
                let length = self.owner(scratch)?;
                let rtype = Rtype(self.u16()?);
                let class = self.u16()?;
                Ok(Some((scratch.owner.get(..length).ok_or(Malformed::LongName)?, rtype, class)))
            }
            [many, ..] => Err(Malformed::Questions(many)),
        }
    }

    /// Reads the next record; the caller counts them by the header.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a record handed over in memory costs a tenth of reading it")]
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
        let rdata = if rdata::holds_names(rtype) {
            rdata::canonicalise(rtype, self.octets, start..self.at, &mut scratch.names, &mut scratch.rdata)?;
            scratch.rdata.as_slice()
        } else {
            raw
        };
        let owner = scratch.owner.get(..length).ok_or(Malformed::LongName)?;
        Ok(Record { owner, rtype, class, ttl, rdata })
    }

    /// Returns whether the last record is known to have the owner of the one before; it may have it and
    /// not be known to.
    pub(crate) fn repeats_owner(&self) -> bool {
        self.last.repeated
    }

    /// Returns where the part begins that is read next.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Passes over the question section, whatever it holds.
    pub(crate) fn pass_questions(&mut self) -> Result<(), Malformed> {
        let [questions, ..] = self.header.counts;
        for _ in 0..questions {
            self.pass_name()?;
            self.take(4)?;
        }
        Ok(())
    }

    /// Passes over the next record, its names unread; returns its type.
    pub(crate) fn pass_record(&mut self) -> Result<Rtype, Malformed> {
        self.pass_name()?;
        let &[high, low, .., rdlength_high, rdlength_low] = self.take(10)? else {
            return Err(Malformed::Short);
        };
        self.take(usize::from(u16::from_be_bytes([rdlength_high, rdlength_low])))?;
        Ok(Rtype(u16::from_be_bytes([high, low])))
    }

    fn pass_name(&mut self) -> Result<(), Malformed> {
        loop {
            let &[length] = self.take(1)? else { return Err(Malformed::Short) };
            match usize::from(length) {
                0 => return Ok(()),
                label if label <= MAX_LABEL => self.take(label)?,
                pointer if pointer >= 0xc0 => return self.take(1).map(|_| ()),
                _ => return Err(Malformed::Label),
            };
        }
    }

    /// Reads an owner name. Servers write that of the record before as a pointer to it, or to what it
    /// pointed to: then it is in the scratch already.
    fn owner(&mut self, scratch: &mut Scratch) -> Result<usize, Malformed> {
        let target = self.pointer();
        let repeats = |target| target == self.last.at || target == self.last.target;
        if self.last.length > 0 && target.is_some_and(repeats) {
            self.at += 2;
            self.last.repeated = true;
            return Ok(self.last.length);
        }
        if self.last.length == 0 {
            scratch.names.ends.forget();
        }
        let (length, next) = scratch.names.ends.expand(self.octets, self.at, &mut scratch.owner)?;
        self.last = LastOwner { at: self.at, target: target.unwrap_or(self.at), length, repeated: false };
        self.at = next;
        Ok(length)
    }

    /// Returns where the name that comes next points to, if it begins with a pointer.
    fn pointer(&self) -> Option<usize> {
        let &[high, low] = self.octets.get(self.at..)?.first_chunk()?;
        (high >= 0xc0).then_some(usize::from(high & 0x3f) << 8 | usize::from(low))
    }

    fn take(&mut self, count: usize) -> Result<&'m [u8], Malformed> {
        let end = self.at + count;
        let taken = self.octets.get(self.at..end).ok_or(Malformed::Short)?;
        self.at = end;
        Ok(taken)
    }

    /// Takes so many octets as an array.
    fn chunk<const N: usize>(&mut self) -> Result<&'m [u8; N], Malformed> {
        let taken = self.octets.get(self.at..).and_then(<[u8]>::first_chunk).ok_or(Malformed::Short)?;
        self.at += N;
        Ok(taken)
    }

    fn u16(&mut self) -> Result<u16, Malformed> {
        self.chunk().copied().map(u16::from_be_bytes)
    }
}
