//! RDATA as zone-file text.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::{Duration, UNIX_EPOCH};

use data_encoding::{BASE32HEX_NOPAD, BASE64, HEXLOWER, HEXUPPER};

use super::field::{Field, fields};
use super::{apl, bitmap, location, svcparams};
use crate::dns::escape;
use crate::dns::name::{self, Name};
use crate::dns::rtype::Rtype;

/// Returns canonical RDATA as zone-file text; different RDATA never gives the same text.
///
/// RDATA of an unknown type, or not as its type promises, is written as RFC 3597 section 5 says.
pub fn to_text(rtype: Rtype, rdata: &[u8]) -> String {
    let known = fields(rtype).filter(|_| !rdata.is_empty());
    known.and_then(|fields| by_fields(fields, rdata)).unwrap_or_else(|| generic(rdata))
}

fn generic(rdata: &[u8]) -> String {
    match rdata {
        [] => "\\# 0".to_owned(),
        some => format!("\\# {} {}", some.len(), HEXLOWER.encode(some)),
    }
}

fn by_fields(fields: &[Field], rdata: &[u8]) -> Option<String> {
    let mut writing = Writing { rdata, rest: rdata, out: String::new() };
    for field in fields {
        if !writing.out.is_empty() && !writing.out.ends_with(' ') {
            writing.out.push(' ');
        }
        writing.field(*field)?;
    }
    if !writing.rest.is_empty() {
        return None;
    }
    let length = writing.out.trim_end().len();
    writing.out.truncate(length);
    Some(writing.out)
}

/// RDATA on its way to text; `None` from any step means "not of this form".
struct Writing<'a> {
    rdata: &'a [u8],
    rest: &'a [u8],
    out: String,
}

impl<'a> Writing<'a> {
    fn field(&mut self, field: Field) -> Option<()> {
        match field {
            Field::U8 | Field::Algorithm | Field::Scheme => self.number(1),
            Field::U16 | Field::Certificate => self.number(2),
            Field::U32 | Field::Ttl => self.number(4),
            Field::Relay => {
                let relay = *self.take(1)?.first()?;
                self.show(format_args!("{} {}", relay >> 7, relay & 0x7f))
            }
            Field::Eui48 => self.groups(6, 1, "-"),
            Field::Eui64 => self.groups(8, 1, "-"),
            Field::Locator => self.groups(8, 2, ":"),
            Field::Location => {
                let text = location::to_text(self.take(16)?)?;
                self.show(text)
            }
            Field::Ipv4 => {
                let address: [u8; 4] = self.take(4)?.try_into().ok()?;
                self.show(Ipv4Addr::from(address))
            }
            Field::Ipv6 => {
                let address: [u8; 16] = self.take(16)?.try_into().ok()?;
                self.show(Ipv6Addr::from(address))
            }
            Field::Time => {
                let seconds = u32::from_be_bytes(self.take(4)?.try_into().ok()?);
                self.show(compact_time(seconds))
            }
            Field::Type => {
                let number = u16::from_be_bytes(self.take(2)?.try_into().ok()?);
                self.show(Rtype(number))
            }
            Field::Name => self.name(),
            Field::String => {
                let string = self.prefixed()?;
                escape::push_quoted(&mut self.out, string);
                Some(())
            }
            Field::Tag => {
                let tag = self.prefixed()?;
                let plain = !tag.is_empty() && tag.iter().all(u8::is_ascii_alphanumeric);
                self.show(plain.then(|| escape::text(tag))?)
            }
            Field::Salt => match self.prefixed()? {
                [] => self.show('-'),
                salt => self.show(HEXUPPER.encode(salt)),
            },
            Field::Hash => {
                let hash = self.prefixed().filter(|hash| !hash.is_empty())?;
                self.show(BASE32HEX_NOPAD.encode(hash).to_ascii_lowercase())
            }
            Field::Gateway => self.gateway(),
            Field::HostIdentity => self.host_identity(),
            Field::Strings
            | Field::Names
            | Field::Types
            | Field::Parameters
            | Field::Prefixes
            | Field::Ports => self.repeated(field),
            Field::Nsap | Field::Hex | Field::Base64 | Field::Key | Field::Opaque => self.encoded(field),
            Field::Text => {
                escape::push_quoted(&mut self.out, std::mem::take(&mut self.rest));
                Some(())
            }
        }
    }

    /// All octets that are left, in their encoding.
    fn encoded(&mut self, field: Field) -> Option<()> {
        let rest = std::mem::take(&mut self.rest);
        match field {
            // With nothing in its place the text would end where more is expected.
            Field::Hex | Field::Base64 if rest.is_empty() => None,
            Field::Nsap => self.show(format_args!("0x{}", HEXLOWER.encode(rest))),
            Field::Hex => self.show(HEXUPPER.encode(rest)),
            Field::Base64 | Field::Key => self.show(BASE64.encode(rest)),
            _ => None,
        }
    }

    fn repeated(&mut self, field: Field) -> Option<()> {
        let whole = match field {
            Field::Types => bitmap::types_to_text,
            Field::Ports => bitmap::ports_to_text,
            Field::Prefixes => apl::to_text,
            Field::Parameters => svcparams::to_text,
            _ => return self.each(field),
        };
        let rest = std::mem::take(&mut self.rest);
        self.show(whole(rest)?)
    }

    fn each(&mut self, field: Field) -> Option<()> {
        while !self.rest.is_empty() {
            match field {
                Field::Names => self.name()?,
                _ => self.field(Field::String)?,
            }
            if !self.rest.is_empty() {
                self.out.push(' ');
            }
        }
        Some(())
    }

    /// So many octets in hexadecimal, with a mark between groups of some.
    fn groups(&mut self, octets: usize, size: usize, mark: &str) -> Option<()> {
        let groups: Vec<String> =
            self.take(octets)?.chunks(size).map(|group| HEXLOWER.encode(group)).collect();
        self.show(groups.join(mark))
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn prefixed(&mut self) -> Option<&'a [u8]> {
        let length = usize::from(*self.rest.first()?);
        self.take(1 + length)?.get(1..)
    }

    fn number(&mut self, octets: usize) -> Option<()> {
        let number = self.take(octets)?.iter().fold(0_u32, |sum, &octet| sum << 8 | u32::from(octet));
        self.show(number)
    }

    fn show(&mut self, shown: impl std::fmt::Display) -> Option<()> {
        write!(self.out, "{shown}").ok()
    }

    fn name(&mut self) -> Option<()> {
        let mut end = 0;
        loop {
            let length = usize::from(*self.rest.get(end)?);
            end += 1 + length;
            if length == 0 {
                break;
            }
        }
        let wire = self.take(end)?;
        let text = Name::from_wire(wire).map(|_| name::display(wire))?;
        self.out.push_str(&text);
        Some(())
    }

    fn gateway(&mut self) -> Option<()> {
        match self.rdata.get(1)? & 0x7f {
            0 => self.show('.'),
            1 => self.field(Field::Ipv4),
            2 => self.field(Field::Ipv6),
            3 => self.name(),
            _ => None,
        }
    }

    /// RFC 8005 section 6: algorithm, host identity tag, public key.
    fn host_identity(&mut self) -> Option<()> {
        let &[hit, algorithm, high, low] = self.take(4)? else { return None };
        let tag = self.take(usize::from(hit))?;
        let key = self.take(usize::from(u16::from_be_bytes([high, low])))?;
        self.show(format_args!("{algorithm} {} {}", HEXUPPER.encode(tag), BASE64.encode(key)))
    }
}

/// `YYYYMMDDHHmmSS` in UTC (RFC 4034 section 3.2).
fn compact_time(seconds: u32) -> String {
    let time = UNIX_EPOCH + Duration::from_secs(seconds.into());
    humantime::format_rfc3339_seconds(time).to_string().chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(rtype: &str, rdata: &[u8]) -> String {
        to_text(rtype.parse().unwrap(), rdata)
    }

    #[test]
    fn common_types_read_as_in_a_zone_file() {
        assert_eq!(shown("A", &[192, 0, 2, 1]), "192.0.2.1");
        assert_eq!(shown("AAAA", &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]), "2001:db8::1");
        assert_eq!(shown("MX", b"\0\x0a\x04mail\x07example\0"), "10 mail.example.");
        assert_eq!(shown("TXT", b"\x03a\"b\x01\x1b"), r#""a\"b" "\027""#);
        assert_eq!(shown("CAA", b"\0\x05issueca.example"), r#"0 issue "ca.example""#);
        assert_eq!(shown("NSEC", b"\x01b\0\0\x06\x40\x01\0\0\0\x03"), "b. A MX RRSIG NSEC");
        assert_eq!(shown("NSEC3PARAM", &[1, 0, 0, 0, 0]), "1 0 0 -");
        assert_eq!(shown("HTTPS", b"\0\x01\0\0\x01\0\x03\x02h2\0\x03\0\x02\x01\xbb"), "1 . alpn=h2 port=443");
        assert_eq!(shown("SVCB", b"\0\x01\0\xff\0\0\x01\x1b"), r#"1 . key65280="\027""#);
        assert_eq!(
            shown("RRSIG", b"\0\x01\x0d\x02\0\0\x0e\x10\x67\x40\x00\x00\x67\x30\0\0\x12\x34\0\xff\xff"),
            "A 13 2 3600 20241122035232 20241110003616 4660 . //8="
        );
        assert_eq!(shown("IPSECKEY", b"\x0a\x03\x02\x02gw\0\x01"), "10 3 2 gw. AQ==");
    }

    #[test]
    fn what_is_not_as_its_type_promises_is_shown_whole() {
        assert_eq!(shown("A", &[1, 2, 3]), r"\# 3 010203");
        assert_eq!(shown("TYPE65280", &[]), r"\# 0");
        assert_eq!(shown("APL", &[]), r"\# 0");
        assert_eq!(shown("MX", b"\0\x0a\x3fmail"), r"\# 7 000a3f6d61696c");
        assert_eq!(shown("A", &[1, 2, 3, 4, 5]), r"\# 5 0102030405");
        assert_eq!(shown("NSEC", b"\x01b\0\0\x02\x40\0"), r"\# 7 01620000024000");
    }
}
