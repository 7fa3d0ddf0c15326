//! Parses RDATA from the tokens of a zone file.

mod expected;
mod generic;

use std::net::{Ipv4Addr, Ipv6Addr};

use data_encoding::{BASE32HEX_NOPAD, BASE64, HEXLOWER_PERMISSIVE};

pub(super) use expected::{IPV4, IPV6};

use expected::{
    ATMA, BASE64_TEXT, BIT, EUI48, EUI64, GATEWAY_TYPE, HASH, HEX, LOCATOR, NO_GATEWAY, NSAP, PREFIX_LEN,
    SALT, TAG, TIME, TYPE,
};
use generic::hex;

use super::canonical::is_signed_as_written;
use super::field::{Field, fields, gateway_type, has_no_key, is_tag, name, number_len};
use super::{apl, atma, bitmap, location, mnemonic, svcparams, time};
use crate::dns::rtype::Rtype;
use crate::dns::zonefile::error::{Expected, ZoneFileErrorKind};
use crate::dns::zonefile::token::{Token, TokenError, Tokens};

/// The maximum length of RDATA in octets.
const MAX_RDATA: usize = u16::MAX as usize;

/// Parses all remaining tokens as RDATA of a type, and appends it in the form that is signed: with names in lower case
/// unless [`is_signed_as_written`].
pub(in crate::dns) fn from_tokens(
    rtype: Rtype,
    tokens: &mut Tokens<'_>,
    origin: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), TokenError> {
    let first = tokens.peek();
    if let Some(mark) = first.filter(|token| token.is("\\#") && generic::begins(rtype, tokens)) {
        tokens.take();
        return generic::from_tokens(rtype, mark, tokens, out);
    }
    let Some(fields) = fields(rtype) else {
        return Err(match first {
            Some(token) => token.error(ZoneFileErrorKind::UnknownFormat(rtype)),
            None => tokens.missing("the data"),
        });
    };
    let mut parser = RdataParser { keeps_case: is_signed_as_written(rtype), tokens, origin, out };
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

/// Parses RDATA field by field.
struct RdataParser<'r, 't> {
    /// Whether names keep their case.
    keeps_case: bool,
    tokens: &'r mut Tokens<'t>,
    origin: &'r [u8],
    out: &'r mut Vec<u8>,
}

impl<'t> RdataParser<'_, 't> {
    fn field(&mut self, field: Field) -> Result<(), TokenError> {
        if let Some(octets) = number_len(field) {
            return self.number(field, octets);
        }
        match field {
            Field::Timestamp => {
                let token = self.tokens.required("a time")?;
                let seconds = parse_time(token).ok_or_else(|| token.invalid(TIME))?;
                self.put(&seconds.to_be_bytes());
                Ok(())
            }
            Field::Ipv4 | Field::Ipv6 | Field::Locator | Field::Eui48 | Field::Eui64 => self.address(field),
            Field::Location => location::from_tokens(self.tokens, self.out),
            Field::Type => {
                let number = parse_type_or_number(self.tokens.required("a type")?)?;
                self.put(&number.to_be_bytes());
                Ok(())
            }
            Field::Name => self.name("a name"),
            Field::String => self.tokens.required("a string")?.string(self.out),
            Field::Tag => {
                let token = self.tokens.required("a tag")?;
                if is_tag(&token.unescaped()) { token.string(self.out) } else { Err(token.invalid(TAG)) }
            }
            Field::Salt | Field::Hash => self.salt_or_hash(field),
            Field::Relay => self.relay(),
            Field::Gateway | Field::RelayAddress => self.gateway(),
            Field::A6 => self.a6(),
            Field::HostIdentity => self.host_identity(),
            _ => self.whole_rest(field),
        }
    }

    /// Parses a field that takes the remaining tokens.
    fn whole_rest(&mut self, field: Field) -> Result<(), TokenError> {
        match field {
            Field::Nsap => self.nsap(),
            Field::Atma => {
                let token = self.tokens.required("an ATM address")?;
                let octets = token.text().and_then(|text| atma::from_text(&text));
                let octets = octets.ok_or_else(|| token.invalid(ATMA))?;
                self.put(&octets);
                Ok(())
            }
            Field::Hex | Field::Digest(_) => {
                let (first, begin) = (self.tokens.peek(), self.out.len());
                let may_be_empty = matches!(field, Field::Digest(lengths) if lengths.may_be_empty(self.out));
                hex(self.tokens, self.out)?;
                match first {
                    _ if may_be_empty || self.out.len() > begin => Ok(()),
                    Some(first) => Err(first.invalid(HEX)),
                    None => Err(self.tokens.missing("hexadecimal digits")),
                }
            }
            Field::Key if has_no_key(self.out) => Ok(()),
            Field::DashedBase64 if self.tokens.peek().is_some_and(|token| token.is("-")) => {
                self.tokens.take();
                Ok(())
            }
            Field::Base64 | Field::Key | Field::DashedBase64 => {
                let first = self.tokens.peek().ok_or_else(|| self.tokens.missing("base64"))?;
                let begin = self.out.len();
                self.base64()?;
                if self.out.len() > begin { Ok(()) } else { Err(first.invalid(BASE64_TEXT)) }
            }
            Field::OptionalBase64 => self.base64(),
            Field::QuotedRest => self.tokens.required("a string")?.unescape(self.out),
            _ => self.repeated(field),
        }
    }

    fn put(&mut self, octets: &[u8]) {
        self.out.extend_from_slice(octets);
    }

    /// Parses a number of this many octets, or what stands for one in the field.
    fn number(&mut self, field: Field, octets: usize) -> Result<(), TokenError> {
        let token = self.tokens.required(name(field))?;
        let known = token.text().and_then(|text| mnemonic::number(field, &text));
        let number = match (known, octets) {
            (Some(number), _) => number.into(),
            (None, 1) => token.number(u8::MAX.into())?,
            (None, 2) => token.number(u16::MAX.into())?,
            _ if field == Field::Ttl => token.seconds(u32::MAX)?,
            _ => token.number(u32::MAX)?,
        };
        self.put(number.to_be_bytes().get(4 - octets..).unwrap_or_default());
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
        let token = self.tokens.required(expected)?;
        if self.keeps_case {
            token.name_as_written(self.origin, self.out)
        } else {
            token.name(self.origin, self.out)
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
        let text = token.text().ok_or_else(|| token.invalid(expected))?;
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
        let text = token.unescaped();
        let upper = text.to_ascii_uppercase();
        let octets = match field {
            Field::Salt if *text == *b"-" => Some(Vec::new()),
            Field::Salt => HEXLOWER_PERMISSIVE.decode(&text).ok(),
            _ => BASE32HEX_NOPAD.decode(&upper).ok().filter(|hash| !hash.is_empty()),
        };
        let octets = octets.ok_or_else(|| token.invalid(expected))?;
        let length = u8::try_from(octets.len()).map_err(|_| token.invalid(expected))?;
        self.put(&[length]);
        self.put(&octets);
        Ok(())
    }

    fn gateway(&mut self) -> Result<(), TokenError> {
        match gateway_type(self.out) {
            Some(0) => {
                let token = self.tokens.required("the gateway")?;
                if *token.unescaped() == *b"." { Ok(()) } else { Err(token.invalid(NO_GATEWAY)) }
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

    /// RFC 2874 section 3.1.1: the length of the prefix, the suffix as an address, the name of the prefix.
    fn a6(&mut self) -> Result<(), TokenError> {
        let token = self.tokens.required("the length of the prefix")?;
        let prefix_len = token.number(u8::MAX.into())?;
        let octets = usize::try_from(prefix_len / 8).ok().filter(|_| prefix_len <= 128);
        let octets = octets.ok_or_else(|| token.invalid(PREFIX_LEN))?;
        self.put(prefix_len.to_be_bytes().get(3..).unwrap_or_default());
        if octets < 16 {
            let mut address = self.tokens.required("the address")?.parse::<Ipv6Addr>(IPV6)?.octets();
            if let Some(first) = address.get_mut(octets) {
                *first &= 0xff >> (prefix_len % 8);
            }
            self.put(address.get(octets..).unwrap_or_default());
        }
        if prefix_len == 0 { Ok(()) } else { self.name("the name of the prefix") }
    }

    /// RFC 8005 section 6: public key algorithm, host identity tag, public key.
    fn host_identity(&mut self) -> Result<(), TokenError> {
        let algorithm = self.tokens.required("the algorithm")?.number(u8::MAX.into())?;
        let token = self.tokens.required("the host identity tag")?;
        let tag = HEXLOWER_PERMISSIVE.decode(&token.unescaped()).ok().filter(|tag| !tag.is_empty());
        let tag = tag.ok_or_else(|| token.invalid(HEX))?;
        let tag_length = u8::try_from(tag.len()).map_err(|_| token.invalid(HEX))?;
        let token = self.tokens.required("the public key")?;
        let key = BASE64.decode(&token.unescaped()).ok().filter(|key| !key.is_empty());
        let key = key.ok_or_else(|| token.invalid(BASE64_TEXT))?;
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
            Field::NxtBitmap => return bitmap::nxt_types_from_tokens(self.tokens, self.out),
            Field::PortBitmap => return bitmap::ports_from_tokens(self.tokens, self.out),
            Field::AddressPrefixes => return apl::from_tokens(self.tokens, self.out),
            Field::SvcParams => return svcparams::from_tokens(self.tokens, self.out),
            Field::OptionalString if self.tokens.peek().is_none() => return Ok(()),
            Field::OptionalString => return self.field(Field::String),
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
        let text = token.unescaped();
        let digits = text.strip_prefix(b"0x").or_else(|| text.strip_prefix(b"0X"));
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
            text.extend_from_slice(&token.unescaped());
        }
        // The decoder takes several texts with `=` at the end of each for one.
        let padding = text.iter().position(|octet| *octet == b'=').unwrap_or(text.len());
        let is_one_text = text.len() - padding <= 2;
        let octets = BASE64.decode(&text).ok().filter(|_| is_one_text);
        self.put(&octets.ok_or_else(|| first.invalid(BASE64_TEXT))?);
        Ok(())
    }
}

/// Parses a time as in signatures (RFC 4034 section 3.2).
pub(in crate::dns) fn parse_time(token: Token<'_>) -> Option<u32> {
    token.text().and_then(|text| time::from_text(&text))
}

/// Parses an RR type, as BIND does where the list of NSEC is not meant: it may be a plain number.
pub(super) fn parse_type_or_number(token: Token<'_>) -> Result<u16, TokenError> {
    token.text().and_then(|text| text.parse().ok()).map_or_else(|| parse_type(token), Ok)
}

/// Parses an RR type. In RDATA it may be TYPE0, which no record has.
pub(super) fn parse_type(token: Token<'_>) -> Result<u16, TokenError> {
    let Some(text) = token.text() else { return Err(token.invalid(TYPE)) };
    if text.eq_ignore_ascii_case("TYPE0") {
        return Ok(0);
    }
    text.parse::<Rtype>().map(|rtype| rtype.0).map_err(|_| token.invalid(TYPE))
}

#[cfg(test)]
mod tests;
