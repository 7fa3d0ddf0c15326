//! Parses RDATA from the tokens of a zone file.

use std::net::{Ipv4Addr, Ipv6Addr};

use data_encoding::{BASE32HEX_NOPAD, BASE64, HEXLOWER_PERMISSIVE};

use super::canonical::canonicalise;
use super::field::{Field, fields};
use super::{apl, bitmap, location, mnemonic, svcparams};
use crate::dns::rtype::Rtype;
use crate::dns::wire::NameDecompressor;
use crate::dns::zonefile::error::{Expected, ZoneFileErrorKind};
use crate::dns::zonefile::token::{Token, TokenError, Tokens};

/// The maximum length of RDATA in octets.
const MAX_RDATA: usize = u16::MAX as usize;

pub(super) const IPV4: Expected =
    Expected::new("an IPv4 address", "four numbers from 0 to 255, as in 192.0.2.1");
pub(super) const IPV6: Expected = Expected::new("an IPv6 address", "an address as in 2001:db8::1");
const LOCATOR: Expected =
    Expected::new("a locator", "four groups of four hexadecimal digits, as in 2001:db8:1140:1000");
const EUI48: Expected = Expected::new("an EUI-48", "six octets in hexadecimal, as in 00-00-5e-00-53-2a");
const EUI64: Expected =
    Expected::new("an EUI-64", "eight octets in hexadecimal, as in 00-00-5e-ef-10-00-00-2a");
const TIME: Expected =
    Expected::new("a time", "YYYYMMDDHHmmSS in UTC, from 1970 to 2106, or seconds since 1970");
const TYPE: Expected = Expected::new("an RR type", "a mnemonic, or TYPE1 to TYPE65535");
const TAG: Expected = Expected::new("a tag", "letters and digits, as in issue");
const SALT: Expected =
    Expected::new("a salt", "hexadecimal digits, two for each of up to 255 octets, or `-`");
const HASH: Expected = Expected::new("a hash", "base32 with the digits 0-9 and A-V, without `=`");
const HEX: Expected = Expected::new("hexadecimal", "two digits from 0-9 and a-f for each octet");
const BASE64_TEXT: Expected =
    Expected::new("base64", "letters, digits, `+` and `/`, with any `=` at the end");
const NSAP: Expected = Expected::new("an NSAP address", "hexadecimal behind `0x`, as in 0x47.0005.80");
const NO_GATEWAY: Expected = Expected::new("the gateway of type 0", "`.`, or another gateway type");
const GATEWAY_TYPE: Expected =
    Expected::new("a gateway type", "0 for none, 1 for IPv4, 2 for IPv6, 3 for a name");
const BIT: Expected = Expected::new("0 or 1", "0 or 1");

/// Parses all remaining tokens as RDATA of a type, and appends it in canonical form.
pub(in crate::dns) fn from_tokens(
    rtype: Rtype,
    tokens: &mut Tokens<'_>,
    origin: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), TokenError> {
    let first = tokens.peek();
    if let Some(token) = first.filter(|token| token.is("\\#")) {
        tokens.take();
        return generic(rtype, token, tokens, out);
    }
    let Some(fields) = fields(rtype).filter(|fields| !fields.contains(&Field::Opaque)) else {
        return Err(match first {
            Some(token) => token.error(ZoneFileErrorKind::UnknownFormat(rtype)),
            None => tokens.missing("the data"),
        });
    };
    let mut parser = RdataParser { tokens, origin, out };
    for field in fields {
        parser.field(*field)?;
    }
    let is_too_long = parser.out.len() > MAX_RDATA;
    match (tokens.take(), first) {
        (Some(token), _) => {
            Err(token.error(ZoneFileErrorKind::ExtraToken { token: token.printable(), rtype }))
        }
        (None, Some(first)) if is_too_long => Err(first.error(ZoneFileErrorKind::RdataTooLong)),
        (None, _) => Ok(()),
    }
}

/// Parses `\# LENGTH HEX` (RFC 3597 section 5), which known types may have too.
fn generic(
    rtype: Rtype,
    mark: Token<'_>,
    tokens: &mut Tokens<'_>,
    out: &mut Vec<u8>,
) -> Result<(), TokenError> {
    let length = tokens.required("the number of octets")?;
    let declared = length.number(u16::MAX.into())? as usize;
    let mut octets = Vec::with_capacity(declared);
    hex(tokens, &mut octets)?;
    if octets.len() != declared {
        return Err(length.error(ZoneFileErrorKind::LengthMismatch { declared, found: octets.len() }));
    }
    canonicalise(rtype, &octets, 0..octets.len(), &mut NameDecompressor::default(), out)
        .map_err(|_| mark.error(ZoneFileErrorKind::InvalidRdata(rtype)))
}

/// Parses RDATA field by field.
struct RdataParser<'r, 't> {
    tokens: &'r mut Tokens<'t>,
    origin: &'r [u8],
    out: &'r mut Vec<u8>,
}

impl<'t> RdataParser<'_, 't> {
    fn field(&mut self, field: Field) -> Result<(), TokenError> {
        match field {
            Field::U8 => self.u8("a number"),
            Field::U16 => self.u16("a number"),
            Field::U32 | Field::Ttl | Field::Timestamp => self.u32(field),
            Field::Algorithm | Field::Scheme | Field::Certificate => self.mnemonic(field),
            Field::Ipv4 | Field::Ipv6 | Field::Locator | Field::Eui48 | Field::Eui64 => self.address(field),
            Field::Location => location::from_tokens(self.tokens, self.out),
            Field::Type => {
                let number = parse_type(self.tokens.required("a type")?)?;
                self.put(&number.to_be_bytes());
                Ok(())
            }
            Field::Name => self.name("a name"),
            Field::String => self.tokens.required("a string")?.string(self.out),
            Field::Tag => {
                let token = self.tokens.required("a tag")?;
                let plain = |text: &&str| text.bytes().all(|octet| octet.is_ascii_alphanumeric());
                token.plain().filter(plain).ok_or_else(|| token.invalid(TAG))?;
                token.string(self.out)
            }
            Field::Salt | Field::Hash => self.salt_or_hash(field),
            Field::Relay => self.relay(),
            Field::Gateway => self.gateway(),
            Field::HostIdentity => self.host_identity(),
            Field::Strings
            | Field::Names
            | Field::TypeBitmap
            | Field::SvcParams
            | Field::AddressPrefixes
            | Field::PortBitmap => self.repeated(field),
            Field::Nsap => self.nsap(),
            Field::Hex => {
                self.tokens.peek().ok_or_else(|| self.tokens.missing("hexadecimal digits"))?;
                hex(self.tokens, self.out)
            }
            Field::Base64 => {
                self.tokens.peek().ok_or_else(|| self.tokens.missing("base64"))?;
                self.base64()
            }
            Field::OptionalBase64 => self.base64(),
            Field::QuotedRest => self.tokens.required("a string")?.unescape(self.out),
            Field::Opaque => Ok(()),
        }
    }

    fn put(&mut self, octets: &[u8]) {
        self.out.extend_from_slice(octets);
    }

    fn u8(&mut self, expected: &'static str) -> Result<(), TokenError> {
        let number = self.tokens.required(expected)?.number(u8::MAX.into())?;
        self.put(number.to_be_bytes().get(3..).unwrap_or_default());
        Ok(())
    }

    fn u16(&mut self, expected: &'static str) -> Result<(), TokenError> {
        let number = self.tokens.required(expected)?.number(u16::MAX.into())?;
        self.put(number.to_be_bytes().get(2..).unwrap_or_default());
        Ok(())
    }

    fn u32(&mut self, field: Field) -> Result<(), TokenError> {
        let token = self.tokens.required(if field == Field::U32 { "a number" } else { "a time" })?;
        let number = match field {
            Field::Ttl => token.seconds(u32::MAX)?,
            Field::Timestamp => token.plain().and_then(timestamp).ok_or_else(|| token.invalid(TIME))?,
            _ => token.number(u32::MAX)?,
        };
        self.put(&number.to_be_bytes());
        Ok(())
    }

    /// RFC 8777 section 4.3: the discovery bit and the relay type, in one octet.
    fn relay(&mut self) -> Result<(), TokenError> {
        let bit = self.tokens.required("the discovery bit, 0 or 1")?;
        let discovery = bit.number(0xff)?;
        let relay_type = self.tokens.required("the relay type")?;
        match (discovery, relay_type.number(0xff)?) {
            (0 | 1, number @ 0..=0x7f) => {
                self.put(&[u8::try_from(discovery << 7 | number).unwrap_or(0)]);
                Ok(())
            }
            (0 | 1, _) => Err(relay_type.invalid(GATEWAY_TYPE)),
            _ => Err(bit.invalid(BIT)),
        }
    }

    fn name(&mut self, expected: &'static str) -> Result<(), TokenError> {
        self.tokens.required(expected)?.name(self.origin, self.out)
    }

    fn mnemonic(&mut self, field: Field) -> Result<(), TokenError> {
        let known = self.tokens.peek().and_then(|token| mnemonic::number(field, token.plain()?));
        match (known, field) {
            (Some(number), Field::Certificate) => {
                self.tokens.take();
                self.put(&number.to_be_bytes());
                Ok(())
            }
            (Some(number), _) => {
                self.tokens.take();
                self.put(number.to_be_bytes().get(1..).unwrap_or_default());
                Ok(())
            }
            (None, Field::Certificate) => self.u16("a number"),
            (None, _) => self.u8("a number"),
        }
    }

    fn address(&mut self, field: Field) -> Result<(), TokenError> {
        let token = self.tokens.required("an address")?;
        match field {
            Field::Ipv4 => {
                self.put(&token.parse::<Ipv4Addr>(IPV4)?.octets());
                Ok(())
            }
            Field::Ipv6 => {
                self.put(&token.parse::<Ipv6Addr>(IPV6)?.octets());
                Ok(())
            }
            Field::Locator => self.groups(token, (4, 4, ':'), LOCATOR),
            Field::Eui48 => self.groups(token, (6, 2, '-'), EUI48),
            _ => self.groups(token, (8, 2, '-'), EUI64),
        }
    }

    /// Parses groups of hexadecimal digits, with a separator between them.
    fn groups(
        &mut self,
        token: Token<'t>,
        (count, digits, separator): (usize, usize, char),
        expected: Expected,
    ) -> Result<(), TokenError> {
        let text = token.plain().ok_or_else(|| token.invalid(expected))?;
        let mut octets = Vec::new();
        for group in text.split(separator) {
            let padded = format!("{group:0>digits$}");
            let is_full = !group.is_empty() && padded.len() == digits;
            let decoded = HEXLOWER_PERMISSIVE.decode(padded.as_bytes()).ok().filter(|_| is_full);
            octets.extend(decoded.ok_or_else(|| token.invalid(expected))?);
        }
        if octets.len() * 2 != count * digits {
            return Err(token.invalid(expected));
        }
        self.put(&octets);
        Ok(())
    }

    fn salt_or_hash(&mut self, field: Field) -> Result<(), TokenError> {
        let (token, expected) = match field {
            Field::Salt => (self.tokens.required("the salt")?, SALT),
            _ => (self.tokens.required("the next hash")?, HASH),
        };
        let upper = token.octets.to_ascii_uppercase();
        let octets = match field {
            Field::Salt if token.octets == b"-" => Some(Vec::new()),
            Field::Salt => HEXLOWER_PERMISSIVE.decode(token.octets).ok(),
            _ => BASE32HEX_NOPAD.decode(&upper).ok(),
        };
        let octets = octets.ok_or_else(|| token.invalid(expected))?;
        let length = u8::try_from(octets.len()).map_err(|_| token.invalid(expected))?;
        self.put(&[length]);
        self.put(&octets);
        Ok(())
    }

    fn gateway(&mut self) -> Result<(), TokenError> {
        match self.out.get(1).map(|gateway_type| gateway_type & 0x7f) {
            Some(0) => {
                let token = self.tokens.required("the gateway")?;
                if token.octets == b"." { Ok(()) } else { Err(token.invalid(NO_GATEWAY)) }
            }
            Some(1) => self.address(Field::Ipv4),
            Some(2) => self.address(Field::Ipv6),
            Some(3) => self.name("the gateway"),
            _ => {
                let token = self.tokens.required("the gateway")?;
                Err(token.invalid(GATEWAY_TYPE))
            }
        }
    }

    /// RFC 8005 section 6: public key algorithm, host identity tag, public key.
    fn host_identity(&mut self) -> Result<(), TokenError> {
        let algorithm = self.tokens.required("the algorithm")?.number(u8::MAX.into())?;
        let token = self.tokens.required("the host identity tag")?;
        let tag = HEXLOWER_PERMISSIVE.decode(token.octets).map_err(|_| token.invalid(HEX))?;
        let tag_length = u8::try_from(tag.len()).map_err(|_| token.invalid(HEX))?;
        let token = self.tokens.required("the public key")?;
        let key = BASE64.decode(token.octets).map_err(|_| token.invalid(BASE64_TEXT))?;
        let key_length = u16::try_from(key.len()).map_err(|_| token.invalid(BASE64_TEXT))?;
        self.put(&[tag_length, u8::try_from(algorithm).unwrap_or(0)]);
        self.put(&key_length.to_be_bytes());
        self.put(&tag);
        self.put(&key);
        Ok(())
    }

    fn repeated(&mut self, field: Field) -> Result<(), TokenError> {
        match field {
            Field::TypeBitmap => return bitmap::types_from_tokens(self.tokens, self.out),
            Field::PortBitmap => return bitmap::ports_from_tokens(self.tokens, self.out),
            Field::AddressPrefixes => return apl::from_tokens(self.tokens, self.out),
            Field::SvcParams => return svcparams::from_tokens(self.tokens, self.out),
            Field::Names => {}
            _ => self.field(Field::String)?,
        }
        while self.tokens.peek().is_some() {
            match field {
                Field::Names => self.name("a name")?,
                _ => self.field(Field::String)?,
            }
        }
        Ok(())
    }

    /// RFC 1706 section 5: dots have no meaning.
    fn nsap(&mut self) -> Result<(), TokenError> {
        let token = self.tokens.required("an NSAP address")?;
        let digits = token.octets.strip_prefix(b"0x").or_else(|| token.octets.strip_prefix(b"0X"));
        let digits: Vec<u8> =
            digits.unwrap_or_default().iter().copied().filter(|&octet| octet != b'.').collect();
        let octets = HEXLOWER_PERMISSIVE.decode(&digits).ok().filter(|octets| !octets.is_empty());
        self.put(&octets.ok_or_else(|| token.invalid(NSAP))?);
        Ok(())
    }

    /// Parses the remaining tokens as one text in base64.
    fn base64(&mut self) -> Result<(), TokenError> {
        let Some(first) = self.tokens.peek() else { return Ok(()) };
        let mut text = Vec::new();
        while let Some(token) = self.tokens.take() {
            text.extend_from_slice(token.octets);
        }
        self.put(&BASE64.decode(&text).map_err(|_| first.invalid(BASE64_TEXT))?);
        Ok(())
    }
}

/// Parses the remaining tokens as one text in hexadecimal.
fn hex(tokens: &mut Tokens<'_>, out: &mut Vec<u8>) -> Result<(), TokenError> {
    let Some(first) = tokens.peek() else { return Ok(()) };
    let mut text = Vec::new();
    while let Some(token) = tokens.take() {
        text.extend_from_slice(token.octets);
    }
    out.extend(HEXLOWER_PERMISSIVE.decode(&text).map_err(|_| first.invalid(HEX))?);
    Ok(())
}

/// Parses an RR type. In RDATA it may be TYPE0, which no record has.
pub(super) fn parse_type(token: Token<'_>) -> Result<u16, TokenError> {
    let Some(text) = token.plain() else { return Err(token.invalid(TYPE)) };
    if text.eq_ignore_ascii_case("TYPE0") {
        return Ok(0);
    }
    text.parse::<Rtype>().map(|rtype| rtype.0).map_err(|_| token.invalid(TYPE))
}

/// Parses `YYYYMMDDHHmmSS` in UTC, or seconds since 1970 (RFC 4034 section 3.2).
fn timestamp(text: &str) -> Option<u32> {
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
