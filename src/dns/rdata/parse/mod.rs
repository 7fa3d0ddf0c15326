//! RDATA from the words of a master file.

use std::net::{Ipv4Addr, Ipv6Addr};

use data_encoding::{BASE32HEX_NOPAD, BASE64, HEXLOWER_PERMISSIVE};

use super::canonical::canonicalise;
use super::field::{Field, fields};
use super::{apl, bitmap, location, mnemonic, svcparams};
use crate::dns::rtype::Rtype;
use crate::dns::wire::NameDecompressor;
use crate::dns::zonefile::error::{Fault, What};
use crate::dns::zonefile::token::{Word, Words, Wrong};

/// The most octets of RDATA.
const MOST: usize = u16::MAX as usize;

pub(super) const IPV4: What = What::new("an IPv4 address", "four numbers from 0 to 255, as in 192.0.2.1");
pub(super) const IPV6: What = What::new("an IPv6 address", "one as in 2001:db8::1");
const LOCATOR: What =
    What::new("a locator", "four groups of four hexadecimal digits, as in 2001:db8:1140:1000");
const EUI48: What = What::new("an EUI-48", "six octets in hexadecimal, as in 00-00-5e-00-53-2a");
const EUI64: What = What::new("an EUI-64", "eight octets in hexadecimal, as in 00-00-5e-ef-10-00-00-2a");
const TIME: What = What::new("a time", "YYYYMMDDHHmmSS in UTC, from 1970 to 2106, or seconds since 1970");
const TYPE: What = What::new("an RR type", "a mnemonic, or TYPE1 to TYPE65535");
const TAG: What = What::new("a tag", "letters and digits, as in issue");
const SALT: What = What::new("a salt", "hexadecimal digits, two for each of up to 255 octets, or `-`");
const HASH: What = What::new("a hash", "base32 with the digits 0-9 and A-V, without `=`");
const HEX: What = What::new("hexadecimal", "two digits from 0-9 and a-f for each octet");
const BASE64_TEXT: What = What::new("base64", "letters, digits, `+` and `/`, with any `=` at the end");
const NSAP: What = What::new("an OSI address", "hexadecimal behind `0x`, as in 0x47.0005.80");
const NO_GATEWAY: What = What::new("what stands for no gateway", "`.`, or another number for its kind");
const KIND: What = What::new("a kind of gateway", "0 for none, 1 for IPv4, 2 for IPv6, 3 for a name");
const BIT: What = What::new("0 or 1", "0 or 1");

/// Appends the RDATA of a type in canonical form, from all words that are left.
pub(in crate::dns) fn from_words(
    rtype: Rtype,
    words: &mut Words<'_>,
    origin: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), Wrong> {
    let first = words.peek();
    if let Some(word) = first.filter(|word| word.is("\\#")) {
        words.take();
        return generic(rtype, word, words, out);
    }
    let Some(fields) = fields(rtype).filter(|fields| !fields.contains(&Field::Opaque)) else {
        return Err(match first {
            Some(word) => word.wrong(Fault::NoForm(rtype)),
            None => words.ends("the data"),
        });
    };
    let mut reading = Reading { words, origin, out };
    for field in fields {
        reading.field(*field)?;
    }
    let long = reading.out.len() > MOST;
    match (words.take(), first) {
        (Some(word), _) => Err(word.wrong(Fault::TooMuch { word: word.shown(), rtype })),
        (None, Some(first)) if long => Err(first.wrong(Fault::LongData)),
        (None, _) => Ok(()),
    }
}

/// `\# LENGTH HEX` (RFC 3597 section 5), of types that are known too.
fn generic(rtype: Rtype, mark: Word<'_>, words: &mut Words<'_>, out: &mut Vec<u8>) -> Result<(), Wrong> {
    let length = words.expect("the number of octets")?;
    let promised = length.number(u16::MAX.into())? as usize;
    let mut octets = Vec::with_capacity(promised);
    hex(words, &mut octets)?;
    if octets.len() != promised {
        return Err(length.wrong(Fault::Length { promised, written: octets.len() }));
    }
    canonicalise(rtype, &octets, 0..octets.len(), &mut NameDecompressor::default(), out)
        .map_err(|_| mark.wrong(Fault::Form(rtype)))
}

/// RDATA on its way from words to canonical form.
struct Reading<'r, 't> {
    words: &'r mut Words<'t>,
    origin: &'r [u8],
    out: &'r mut Vec<u8>,
}

impl<'t> Reading<'_, 't> {
    fn field(&mut self, field: Field) -> Result<(), Wrong> {
        match field {
            Field::U8 => self.u8("a number"),
            Field::U16 => self.u16("a number"),
            Field::U32 | Field::Ttl | Field::Time => self.u32(field),
            Field::Algorithm | Field::Scheme | Field::Certificate => self.mnemonic(field),
            Field::Ipv4 | Field::Ipv6 | Field::Locator | Field::Eui48 | Field::Eui64 => self.address(field),
            Field::Location => location::from_words(self.words, self.out),
            Field::Type => {
                let number = type_of(self.words.expect("a type")?)?;
                self.put(&number.to_be_bytes());
                Ok(())
            }
            Field::Name => self.name("a name"),
            Field::String => self.words.expect("a string")?.string(self.out),
            Field::Tag => {
                let word = self.words.expect("a tag")?;
                let plain = |text: &&str| text.bytes().all(|octet| octet.is_ascii_alphanumeric());
                word.plain().filter(plain).ok_or_else(|| word.not(TAG))?;
                word.string(self.out)
            }
            Field::Salt | Field::Hash => self.hashing(field),
            Field::Relay => self.relay(),
            Field::Gateway => self.gateway(),
            Field::HostIdentity => self.host_identity(),
            Field::Strings
            | Field::Names
            | Field::Types
            | Field::Parameters
            | Field::Prefixes
            | Field::Ports => self.repeated(field),
            Field::Nsap => self.nsap(),
            Field::Hex => {
                self.words.peek().ok_or_else(|| self.words.ends("hexadecimal digits"))?;
                hex(self.words, self.out)
            }
            Field::Base64 => {
                self.words.peek().ok_or_else(|| self.words.ends("base64"))?;
                self.base64()
            }
            Field::Key => self.base64(),
            Field::Text => self.words.expect("a string")?.unescape(self.out),
            Field::Opaque => Ok(()),
        }
    }

    fn put(&mut self, octets: &[u8]) {
        self.out.extend_from_slice(octets);
    }

    fn u8(&mut self, what: &'static str) -> Result<(), Wrong> {
        let number = self.words.expect(what)?.number(u8::MAX.into())?;
        self.put(number.to_be_bytes().get(3..).unwrap_or_default());
        Ok(())
    }

    fn u16(&mut self, what: &'static str) -> Result<(), Wrong> {
        let number = self.words.expect(what)?.number(u16::MAX.into())?;
        self.put(number.to_be_bytes().get(2..).unwrap_or_default());
        Ok(())
    }

    fn u32(&mut self, field: Field) -> Result<(), Wrong> {
        let word = self.words.expect(if field == Field::U32 { "a number" } else { "a time" })?;
        let number = match field {
            Field::Ttl => word.seconds(u32::MAX)?,
            Field::Time => word.plain().and_then(time).ok_or_else(|| word.not(TIME))?,
            _ => word.number(u32::MAX)?,
        };
        self.put(&number.to_be_bytes());
        Ok(())
    }

    /// RFC 8777 section 4.3: a bit and a number, in one octet.
    fn relay(&mut self) -> Result<(), Wrong> {
        let bit = self.words.expect("whether to look for a relay, 0 or 1")?;
        let looks = bit.number(0xff)?;
        let kind = self.words.expect("the kind of the relay")?;
        match (looks, kind.number(0xff)?) {
            (0 | 1, number @ 0..=0x7f) => {
                self.put(&[u8::try_from(looks << 7 | number).unwrap_or(0)]);
                Ok(())
            }
            (0 | 1, _) => Err(kind.not(KIND)),
            _ => Err(bit.not(BIT)),
        }
    }

    fn name(&mut self, what: &'static str) -> Result<(), Wrong> {
        self.words.expect(what)?.name(self.origin, self.out)
    }

    fn mnemonic(&mut self, field: Field) -> Result<(), Wrong> {
        let known = self.words.peek().and_then(|word| mnemonic::number(field, word.plain()?));
        match (known, field) {
            (Some(number), Field::Certificate) => {
                self.words.take();
                self.put(&number.to_be_bytes());
                Ok(())
            }
            (Some(number), _) => {
                self.words.take();
                self.put(number.to_be_bytes().get(1..).unwrap_or_default());
                Ok(())
            }
            (None, Field::Certificate) => self.u16("a number"),
            (None, _) => self.u8("a number"),
        }
    }

    fn address(&mut self, field: Field) -> Result<(), Wrong> {
        let word = self.words.expect("an address")?;
        match field {
            Field::Ipv4 => {
                self.put(&word.parse::<Ipv4Addr>(IPV4)?.octets());
                Ok(())
            }
            Field::Ipv6 => {
                self.put(&word.parse::<Ipv6Addr>(IPV6)?.octets());
                Ok(())
            }
            Field::Locator => self.groups(word, (4, 4, ':'), LOCATOR),
            Field::Eui48 => self.groups(word, (6, 2, '-'), EUI48),
            _ => self.groups(word, (8, 2, '-'), EUI64),
        }
    }

    /// So many groups of hexadecimal digits, with a mark between them.
    fn groups(
        &mut self,
        word: Word<'t>,
        (count, digits, mark): (usize, usize, char),
        what: What,
    ) -> Result<(), Wrong> {
        let text = word.plain().ok_or_else(|| word.not(what))?;
        let mut octets = Vec::new();
        for group in text.split(mark) {
            let padded = format!("{group:0>digits$}");
            let whole = !group.is_empty() && padded.len() == digits;
            let decoded = HEXLOWER_PERMISSIVE.decode(padded.as_bytes()).ok().filter(|_| whole);
            octets.extend(decoded.ok_or_else(|| word.not(what))?);
        }
        if octets.len() * 2 != count * digits {
            return Err(word.not(what));
        }
        self.put(&octets);
        Ok(())
    }

    fn hashing(&mut self, field: Field) -> Result<(), Wrong> {
        let (word, what) = match field {
            Field::Salt => (self.words.expect("the salt")?, SALT),
            _ => (self.words.expect("the next hash")?, HASH),
        };
        let upper = word.octets.to_ascii_uppercase();
        let octets = match field {
            Field::Salt if word.octets == b"-" => Some(Vec::new()),
            Field::Salt => HEXLOWER_PERMISSIVE.decode(word.octets).ok(),
            _ => BASE32HEX_NOPAD.decode(&upper).ok(),
        };
        let octets = octets.ok_or_else(|| word.not(what))?;
        let length = u8::try_from(octets.len()).map_err(|_| word.not(what))?;
        self.put(&[length]);
        self.put(&octets);
        Ok(())
    }

    fn gateway(&mut self) -> Result<(), Wrong> {
        match self.out.get(1).map(|kind| kind & 0x7f) {
            Some(0) => {
                let word = self.words.expect("the gateway")?;
                if word.octets == b"." { Ok(()) } else { Err(word.not(NO_GATEWAY)) }
            }
            Some(1) => self.address(Field::Ipv4),
            Some(2) => self.address(Field::Ipv6),
            Some(3) => self.name("the gateway"),
            _ => {
                let word = self.words.expect("the gateway")?;
                Err(word.not(KIND))
            }
        }
    }

    /// RFC 8005 section 6: algorithm, host identity tag, public key.
    fn host_identity(&mut self) -> Result<(), Wrong> {
        let algorithm = self.words.expect("the algorithm")?.number(u8::MAX.into())?;
        let word = self.words.expect("the host identity tag")?;
        let tag = HEXLOWER_PERMISSIVE.decode(word.octets).map_err(|_| word.not(HEX))?;
        let tag_length = u8::try_from(tag.len()).map_err(|_| word.not(HEX))?;
        let word = self.words.expect("the public key")?;
        let key = BASE64.decode(word.octets).map_err(|_| word.not(BASE64_TEXT))?;
        let key_length = u16::try_from(key.len()).map_err(|_| word.not(BASE64_TEXT))?;
        self.put(&[tag_length, u8::try_from(algorithm).unwrap_or(0)]);
        self.put(&key_length.to_be_bytes());
        self.put(&tag);
        self.put(&key);
        Ok(())
    }

    fn repeated(&mut self, field: Field) -> Result<(), Wrong> {
        match field {
            Field::Types => return bitmap::types_from_words(self.words, self.out),
            Field::Ports => return bitmap::ports_from_words(self.words, self.out),
            Field::Prefixes => return apl::from_words(self.words, self.out),
            Field::Parameters => return svcparams::from_words(self.words, self.out),
            Field::Names => {}
            _ => self.field(Field::String)?,
        }
        while self.words.peek().is_some() {
            match field {
                Field::Names => self.name("a name")?,
                _ => self.field(Field::String)?,
            }
        }
        Ok(())
    }

    /// RFC 1706 section 5: dots mean nothing.
    fn nsap(&mut self) -> Result<(), Wrong> {
        let word = self.words.expect("an OSI address")?;
        let digits = word.octets.strip_prefix(b"0x").or_else(|| word.octets.strip_prefix(b"0X"));
        let digits: Vec<u8> =
            digits.unwrap_or_default().iter().copied().filter(|&octet| octet != b'.').collect();
        let octets = HEXLOWER_PERMISSIVE.decode(&digits).ok().filter(|octets| !octets.is_empty());
        self.put(&octets.ok_or_else(|| word.not(NSAP))?);
        Ok(())
    }

    /// The words that are left, taken together.
    fn base64(&mut self) -> Result<(), Wrong> {
        let Some(first) = self.words.peek() else { return Ok(()) };
        let mut text = Vec::new();
        while let Some(word) = self.words.take() {
            text.extend_from_slice(word.octets);
        }
        self.put(&BASE64.decode(&text).map_err(|_| first.not(BASE64_TEXT))?);
        Ok(())
    }
}

/// The words that are left, taken together.
fn hex(words: &mut Words<'_>, out: &mut Vec<u8>) -> Result<(), Wrong> {
    let Some(first) = words.peek() else { return Ok(()) };
    let mut text = Vec::new();
    while let Some(word) = words.take() {
        text.extend_from_slice(word.octets);
    }
    out.extend(HEXLOWER_PERMISSIVE.decode(&text).map_err(|_| first.not(HEX))?);
    Ok(())
}

/// Returns the number of a type; in RDATA it may be 0, which no record has.
pub(super) fn type_of(word: Word<'_>) -> Result<u16, Wrong> {
    let Some(text) = word.plain() else { return Err(word.not(TYPE)) };
    if text.eq_ignore_ascii_case("TYPE0") {
        return Ok(0);
    }
    text.parse::<Rtype>().map(|rtype| rtype.0).map_err(|_| word.not(TYPE))
}

/// Reads `YYYYMMDDHHmmSS` in UTC, or seconds since 1970 (RFC 4034 section 3.2).
fn time(text: &str) -> Option<u32> {
    if !text.bytes().all(|octet| octet.is_ascii_digit()) {
        return None;
    }
    if text.len() != 14 {
        return text.parse().ok();
    }
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let rfc3339 = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(8, 10),
        part(10, 12),
        part(12, 14)
    );
    let time = humantime::parse_rfc3339(&rfc3339).ok()?;
    u32::try_from(time.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs()).ok()
}

#[cfg(test)]
mod tests;
