//! The TSIG record at the end of a message (RFC 8945 section 4.2).

use super::algorithm::Algorithm;
use super::error::TsigRecordError;
use super::key::TsigKey;
use super::mac::HmacContext;
use crate::dns::rtype::Rtype;
use crate::dns::wire::{HEADER_LEN, MessageReader, Record, Scratch};

/// Class ANY (RFC 1035 section 3.2.5).
const CLASS_ANY: u16 = 255;

/// The maximum length of a message in octets.
const MAX_MESSAGE: usize = 65_535;

/// TSIG error: the signature does not verify (RFC 8945 section 3).
pub(crate) const BADSIG: u16 = 16;
/// TSIG error: the key is not known.
pub(crate) const BADKEY: u16 = 17;
/// TSIG error: the time of signing is too far from the time at the server.
pub(crate) const BADTIME: u16 = 18;
/// TSIG error: the signature is too short.
pub(crate) const BADTRUNC: u16 = 22;

/// The TSIG variables that differ from message to message (RFC 8945 section 4.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TsigVariables<'m> {
    /// The time of signing, in seconds since 1970; 48 bits of it are sent.
    pub(crate) time: u64,
    /// The seconds by which the clock of the other side may differ.
    pub(crate) fudge: u16,
    /// The error in the signature of the query.
    pub(crate) error: u16,
    /// The time at the server, in a response with BADTIME.
    pub(crate) other: &'m [u8],
}

impl TsigVariables<'_> {
    /// Adds the TSIG variables to an HMAC.
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

    /// Adds the TSIG timers alone to an HMAC (RFC 8945 section 4.3.3.1).
    pub(super) fn digest_timers_into(&self, hmac: &mut HmacContext) {
        hmac.update(&self.time_octets());
        hmac.update(&self.fudge.to_be_bytes());
    }

    fn time_octets(&self) -> [u8; 6] {
        let [_, _, octets @ ..] = self.time.to_be_bytes();
        octets
    }

    /// Whether a time is within the fudge of the time of signing (RFC 8945 section 5.2.3).
    pub(crate) fn is_near(&self, now: u64) -> bool {
        self.time.abs_diff(now) <= u64::from(self.fudge)
    }
}

/// A TSIG record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tsig<'m> {
    /// The name of the key, in canonical wire format.
    pub(crate) key: &'m [u8],
    /// The name of the algorithm, in wire format.
    pub(crate) algorithm: &'m [u8],
    /// The time of signing, the fudge and the error.
    pub(crate) variables: TsigVariables<'m>,
    /// The MAC.
    pub(crate) mac: &'m [u8],
    /// The id that the message had when it was signed.
    pub(crate) original_id: u16,
}

/// Finds the TSIG record of a message; returns its offset and the record.
pub(crate) fn find<'m>(
    octets: &'m [u8],
    scratch: &'m mut Scratch,
) -> Result<Option<(usize, Tsig<'m>)>, TsigRecordError> {
    let mut reader = MessageReader::new(octets)?;
    reader.skip_questions()?;
    let [_, answers, authorities, additionals] = reader.header().counts.map(u32::from);
    for _ in 1..answers + authorities + additionals {
        // RFC 8945 section 5.1: no TSIG record "in any position other than the last record in the
        // Additional Section", and no second one.
        if reader.skip_record()? == Rtype::TSIG {
            return Err(TsigRecordError::Misplaced);
        }
    }
    let start = reader.offset();
    if answers + authorities + additionals == 0 || reader.clone().skip_record()? != Rtype::TSIG {
        return Ok(None);
    }
    if additionals == 0 {
        return Err(TsigRecordError::Misplaced);
    }
    let record = reader.record(scratch)?;
    if reader.offset() != octets.len() {
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

    /// Whether the record names this key.
    pub(crate) fn is_of(&self, key: &TsigKey) -> bool {
        self.key == key.name().as_wire()
    }

    /// Whether the record names this algorithm.
    pub(crate) fn is_by(&self, algorithm: Algorithm) -> bool {
        // No length octet is a letter.
        self.algorithm.eq_ignore_ascii_case(algorithm.as_wire())
    }

    /// Adds the message to an HMAC as it was signed: with its original id, and without this record.
    pub(crate) fn digest_message_into(&self, octets: &[u8], start: usize, hmac: &mut HmacContext) {
        let additionals = octets.get(10..HEADER_LEN).and_then(|count| count.first_chunk()).copied();
        let additionals = u16::from_be_bytes(additionals.unwrap_or_default()).saturating_sub(1);
        hmac.update(&self.original_id.to_be_bytes());
        hmac.update(octets.get(2..10).unwrap_or_default());
        hmac.update(&additionals.to_be_bytes());
        hmac.update(octets.get(HEADER_LEN..start).unwrap_or_default());
    }

    /// Appends the record to a message.
    pub(crate) fn append(&self, message: &mut Vec<u8>) -> Result<(), TsigRecordError> {
        let rdata_len = self.algorithm.len() + 16 + self.mac.len() + self.variables.other.len();
        let fits = message.len() + self.key.len() + 10 + rdata_len <= MAX_MESSAGE;
        let count = message.get_mut(10..HEADER_LEN).and_then(|count| count.first_chunk_mut::<2>());
        let raised = count.as_ref().and_then(|count| u16::from_be_bytes(**count).checked_add(1));
        let (Some(count), Some(raised), true) = (count, raised, fits) else {
            return Err(TsigRecordError::NoRoom);
        };
        *count = raised.to_be_bytes();
        message.extend_from_slice(self.key);
        for field in
            [Rtype::TSIG.0, CLASS_ANY, 0, 0, u16::try_from(rdata_len).map_err(|_| TsigRecordError::NoRoom)?]
        {
            message.extend_from_slice(&field.to_be_bytes());
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

/// Decodes a time of 48 bits.
pub(super) fn seconds(octets: [u8; 6]) -> u64 {
    octets.iter().fold(0, |seconds, octet| seconds << 8 | u64::from(*octet))
}

/// The length of a field; MACs and times are short.
fn length(octets: &[u8]) -> u16 {
    u16::try_from(octets.len()).unwrap_or(u16::MAX)
}

/// Splits off a name. RFC 8945 section 4.2: the name of the algorithm is not compressed.
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

/// Splits off a field behind its length, which has two octets.
fn split_counted(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&length, rest) = octets.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(length)))
}
