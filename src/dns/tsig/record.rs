//! The TSIG record: found at the end of a message, and put there (RFC 8945 section 4.2).

use super::algorithm::Algorithm;
use super::error::TsigRecordError;
use super::key::TsigKey;
use super::mac::HmacContext;
use crate::dns::rtype::Rtype;
use crate::dns::wire::{HEADER_LEN, MessageReader, Record, Scratch};

/// Class ANY (RFC 1035 section 3.2.5).
const CLASS_ANY: u16 = 255;

/// The most octets of a message.
const MOST_OCTETS: usize = 65_535;

/// TSIG error: the signature does not verify (RFC 8945 section 3).
pub(crate) const BADSIG: u16 = 16;
/// TSIG error: the key is not known.
pub(crate) const BADKEY: u16 = 17;
/// TSIG error: the time is too far off.
pub(crate) const BADTIME: u16 = 18;
/// TSIG error: the signature is too short.
pub(crate) const BADTRUNC: u16 = 22;

/// What a signature says of its making.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TsigVariables<'m> {
    /// When, in seconds since 1970; 48 bits of it are sent.
    pub(crate) time: u64,
    /// By how many seconds the reader's clock may differ.
    pub(crate) fudge: u16,
    /// What is wrong with the question's signature.
    pub(crate) error: u16,
    /// The server's time, in an answer that says BADTIME.
    pub(crate) other: &'m [u8],
}

impl TsigVariables<'_> {
    /// Takes in the TSIG variables (RFC 8945 section 4.3.3).
    pub(crate) fn digest_into(&self, key: &TsigKey, hmac: &mut HmacContext) {
        hmac.update(key.name().as_wire());
        hmac.update(&CLASS_ANY.to_be_bytes());
        hmac.update(&[0; 4]);
        hmac.update(key.algorithm().as_wire());
        self.digest_timers_into(hmac);
        hmac.update(&self.error.to_be_bytes());
        hmac.update(&length(self.other).to_be_bytes());
        hmac.update(self.other);
    }

    /// Takes in the TSIG timers alone (RFC 8945 section 4.3.3.1).
    pub(super) fn digest_timers_into(&self, hmac: &mut HmacContext) {
        hmac.update(&self.time_octets());
        hmac.update(&self.fudge.to_be_bytes());
    }

    fn time_octets(&self) -> [u8; 6] {
        let [_, _, octets @ ..] = self.time.to_be_bytes();
        octets
    }

    /// Returns whether a clock is within the fudge of the time of signing (RFC 8945 section 5.2.3).
    pub(crate) fn is_near(&self, now: u64) -> bool {
        self.time.abs_diff(now) <= u64::from(self.fudge)
    }
}

/// A TSIG record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tsig<'m> {
    /// The name of the key, in canonical wire form.
    pub(crate) key: &'m [u8],
    /// The name of the algorithm, in wire form.
    pub(crate) algorithm: &'m [u8],
    /// What it says of its making.
    pub(crate) variables: TsigVariables<'m>,
    /// The signature.
    pub(crate) mac: &'m [u8],
    /// The id of the message when it was signed.
    pub(crate) original_id: u16,
}

/// Finds the TSIG record of a message, and the octet at which it begins.
pub(crate) fn find<'m>(
    octets: &'m [u8],
    scratch: &'m mut Scratch,
) -> Result<Option<(usize, Tsig<'m>)>, TsigRecordError> {
    let mut walk = MessageReader::new(octets)?;
    walk.skip_questions()?;
    let [_, answers, authorities, additionals] = walk.header().counts.map(u32::from);
    for _ in 1..answers + authorities + additionals {
        // RFC 8945 section 5.1: no TSIG record "in any position other than the last record in the
        // Additional Section", and no second one.
        if walk.skip_record()? == Rtype::TSIG {
            return Err(TsigRecordError::Misplaced);
        }
    }
    let start = walk.offset();
    if answers + authorities + additionals == 0 || walk.clone().skip_record()? != Rtype::TSIG {
        return Ok(None);
    }
    if additionals == 0 {
        return Err(TsigRecordError::Misplaced);
    }
    let record = walk.record(scratch)?;
    if walk.offset() != octets.len() {
        return Err(TsigRecordError::Trailing);
    }
    Tsig::read(&record).map(|tsig| Some((start, tsig)))
}

impl<'m> Tsig<'m> {
    fn read(record: &Record<'m>) -> Result<Self, TsigRecordError> {
        if record.class != CLASS_ANY || record.ttl != 0 {
            return Err(TsigRecordError::ClassOrTtl);
        }
        Self::read_rdata(record.owner, record.rdata).ok_or(TsigRecordError::Rdata)
    }

    fn read_rdata(key: &'m [u8], rdata: &'m [u8]) -> Option<Self> {
        let (algorithm, rest) = split_name(rdata)?;
        let (time, rest) = rest.split_first_chunk()?;
        let (&fudge, rest) = rest.split_first_chunk()?;
        let (mac, rest) = split_counted(rest)?;
        let (&original_id, rest) = rest.split_first_chunk()?;
        let (&error, rest) = rest.split_first_chunk()?;
        let (other, []) = split_counted(rest)? else { return None };
        let variables = TsigVariables {
            time: seconds(*time),
            fudge: u16::from_be_bytes(fudge),
            error: u16::from_be_bytes(error),
            other,
        };
        Some(Self { key, algorithm, variables, mac, original_id: u16::from_be_bytes(original_id) })
    }

    /// Returns whether the key has this name.
    pub(crate) fn is_of(&self, key: &TsigKey) -> bool {
        self.key == key.name().as_wire()
    }

    /// Returns whether it was made with this algorithm.
    pub(crate) fn is_by(&self, algorithm: Algorithm) -> bool {
        // No length of a label is a letter.
        self.algorithm.eq_ignore_ascii_case(algorithm.as_wire())
    }

    /// Takes in the message as it was when it was signed: its id restored and this record left out.
    pub(crate) fn digest_message_into(&self, octets: &[u8], start: usize, hmac: &mut HmacContext) {
        let additionals = octets.get(10..HEADER_LEN).and_then(|count| count.first_chunk()).copied();
        let additionals = u16::from_be_bytes(additionals.unwrap_or_default()).saturating_sub(1);
        hmac.update(&self.original_id.to_be_bytes());
        hmac.update(octets.get(2..10).unwrap_or_default());
        hmac.update(&additionals.to_be_bytes());
        hmac.update(octets.get(HEADER_LEN..start).unwrap_or_default());
    }

    /// Puts it at the end of a message.
    pub(crate) fn append(&self, message: &mut Vec<u8>) -> Result<(), TsigRecordError> {
        let rdata = self.algorithm.len() + 16 + self.mac.len() + self.variables.other.len();
        let room = message.len() + self.key.len() + 10 + rdata <= MOST_OCTETS;
        let count = message.get_mut(10..HEADER_LEN).and_then(|count| count.first_chunk_mut::<2>());
        let raised = count.as_ref().and_then(|count| u16::from_be_bytes(**count).checked_add(1));
        let (Some(count), Some(raised), true) = (count, raised, room) else {
            return Err(TsigRecordError::NoRoom);
        };
        *count = raised.to_be_bytes();
        message.extend_from_slice(self.key);
        for word in
            [Rtype::TSIG.0, CLASS_ANY, 0, 0, u16::try_from(rdata).map_err(|_| TsigRecordError::NoRoom)?]
        {
            message.extend_from_slice(&word.to_be_bytes());
        }
        message.extend_from_slice(self.algorithm);
        message.extend_from_slice(&self.variables.time_octets());
        message.extend_from_slice(&self.variables.fudge.to_be_bytes());
        message.extend_from_slice(&length(self.mac).to_be_bytes());
        message.extend_from_slice(self.mac);
        message.extend_from_slice(&self.original_id.to_be_bytes());
        message.extend_from_slice(&self.variables.error.to_be_bytes());
        message.extend_from_slice(&length(self.variables.other).to_be_bytes());
        message.extend_from_slice(self.variables.other);
        Ok(())
    }
}

/// Returns a time of 48 bits.
pub(super) fn seconds(octets: [u8; 6]) -> u64 {
    octets.iter().fold(0, |seconds, octet| seconds << 8 | u64::from(*octet))
}

/// Returns the length of a field; signatures and server's times are short.
fn length(octets: &[u8]) -> u16 {
    u16::try_from(octets.len()).unwrap_or(u16::MAX)
}

/// Splits a name off; RFC 8945 section 4.2: that of the algorithm is not compressed.
fn split_name(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut at = 0;
    loop {
        match usize::from(*octets.get(at)?) {
            0 => return octets.split_at_checked(at + 1),
            label if label <= crate::dns::name::MAX_LABEL => at += label + 1,
            _ => return None,
        }
    }
}

/// Splits off what has its length in two octets before it.
fn split_counted(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&length, rest) = octets.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(length)))
}
