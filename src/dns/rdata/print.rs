//! Prints RDATA as zone-file text.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use data_encoding::{BASE32HEX_NOPAD, BASE64, HEXLOWER, HEXUPPER};

use super::field::{Field, fields, gateway_type, has_no_key, is_tag, number_len};
use super::{apl, atma, bitmap, location, svcparams, time};
use crate::dns::escape;
use crate::dns::name::{self, Name};
use crate::dns::rtype::Rtype;

/// Prints canonical RDATA as zone-file text. Different RDATA of a type never has the same text.
///
/// RDATA of an unknown type, or not of the form of its type, is printed as RFC 3597 section 5 says.
pub fn to_text(rtype: Rtype, rdata: &[u8]) -> String {
    let known = fields(rtype).filter(|_| !rdata.is_empty());
    known.and_then(|fields| by_fields(fields, rdata)).unwrap_or_else(|| to_generic_text(rdata))
}

/// Prints RDATA in hexadecimal, which is read as RDATA of any type (RFC 3597 section 5).
pub fn to_generic_text(rdata: &[u8]) -> String {
    match rdata {
        [] => "\\# 0".to_owned(),
        some => format!("\\# {} {}", some.len(), HEXLOWER.encode(some)),
    }
}

fn by_fields(fields: &[Field], rdata: &[u8]) -> Option<String> {
    let mut printer = RdataPrinter { rdata, rest: rdata, out: String::new() };
    for field in fields {
        if !printer.out.is_empty() && !printer.out.ends_with(' ') {
            printer.out.push(' ');
        }
        printer.field(*field)?;
    }
    if !printer.rest.is_empty() {
        return None;
    }
    let length = printer.out.trim_end().len();
    printer.out.truncate(length);
    Some(printer.out)
}

/// Prints RDATA field by field; each method returns `None` if the RDATA does not have the form of its type.
struct RdataPrinter<'a> {
    rdata: &'a [u8],
    rest: &'a [u8],
    out: String,
}

impl<'a> RdataPrinter<'a> {
    fn field(&mut self, field: Field) -> Option<()> {
        if let Some(octets) = number_len(field) {
            return self.number(octets);
        }
        match field {
            Field::Relay => {
                let relay = *self.take(1)?.first()?;
                self.push(format_args!("{} {}", relay >> 7, relay & 0x7f))
            }
            Field::Eui48 => self.groups(6, 1, "-"),
            Field::Eui64 => self.groups(8, 1, "-"),
            Field::Locator => self.groups(8, 2, ":"),
            Field::Location => {
                let text = location::to_text(self.take(16)?)?;
                self.push(text)
            }
            Field::Ipv4 => {
                let address: [u8; 4] = self.take(4)?.try_into().ok()?;
                self.push(Ipv4Addr::from(address))
            }
            Field::Ipv6 => {
                let address: [u8; 16] = self.take(16)?.try_into().ok()?;
                self.push(Ipv6Addr::from(address))
            }
            Field::Timestamp => {
                let seconds = u32::from_be_bytes(self.take(4)?.try_into().ok()?);
                self.push(time::to_text(seconds))
            }
            Field::Type => {
                let number = u16::from_be_bytes(self.take(2)?.try_into().ok()?);
                self.push(Rtype(number))
            }
            Field::Name => self.name(),
            Field::OptionalString if self.rest.is_empty() => Some(()),
            Field::String | Field::OptionalString => self.string(),
            Field::Tag => self.tag(),
            Field::Salt => match self.counted()? {
                [] => self.push('-'),
                salt => self.push(HEXUPPER.encode(salt)),
            },
            Field::Hash => {
                let hash = self.counted().filter(|hash| !hash.is_empty())?;
                self.push(BASE32HEX_NOPAD.encode(hash).to_ascii_lowercase())
            }
            Field::Gateway | Field::RelayAddress => self.gateway(),
            Field::A6 => self.a6(),
            Field::HostIdentity => self.host_identity(),
            _ => self.whole_rest(field),
        }
    }

    /// Prints a field that ends where the RDATA ends.
    fn whole_rest(&mut self, field: Field) -> Option<()> {
        match field {
            Field::Strings
            | Field::Names
            | Field::TypeBitmap
            | Field::NxtBitmap
            | Field::SvcParams
            | Field::AddressPrefixes
            | Field::PortBitmap
            | Field::Atma => self.repeated(field),
            Field::QuotedRest => {
                escape::push_quoted(&mut self.out, std::mem::take(&mut self.rest));
                Some(())
            }
            _ => self.encoded(field),
        }
    }

    fn string(&mut self) -> Option<()> {
        let string = self.counted()?;
        escape::push_quoted(&mut self.out, string);
        Some(())
    }

    fn tag(&mut self) -> Option<()> {
        let tag = self.counted()?;
        self.push(is_tag(tag).then(|| escape::text(tag))?)
    }

    /// Prints all remaining octets in the encoding of the field.
    fn encoded(&mut self, field: Field) -> Option<()> {
        let rest = std::mem::take(&mut self.rest);
        match field {
            Field::Key if has_no_key(self.rdata) => rest.is_empty().then_some(()),
            Field::DashedBase64 if rest.is_empty() => self.push('-'),
            Field::Digest(lengths) if rest.is_empty() && lengths.may_be_empty(self.rdata) => Some(()),
            // The parser would miss the token of an empty field.
            Field::Nsap | Field::Hex | Field::Digest(_) | Field::Base64 | Field::Key if rest.is_empty() => {
                None
            }
            Field::Nsap => self.push(format_args!("0x{}", HEXLOWER.encode(rest))),
            Field::Hex | Field::Digest(_) => self.push(HEXUPPER.encode(rest)),
            _ => self.push(BASE64.encode(rest)),
        }
    }

    fn repeated(&mut self, field: Field) -> Option<()> {
        let print = match field {
            Field::Atma => atma::to_text,
            Field::TypeBitmap => bitmap::types_to_text,
            Field::NxtBitmap => bitmap::nxt_types_to_text,
            Field::PortBitmap => bitmap::ports_to_text,
            Field::AddressPrefixes => apl::to_text,
            Field::SvcParams => svcparams::to_text,
            _ => return self.each(field),
        };
        let rest = std::mem::take(&mut self.rest);
        self.push(print(rest)?)
    }

    fn each(&mut self, field: Field) -> Option<()> {
        while !self.rest.is_empty() {
            match field {
                Field::Names => self.name()?,
                _ => self.string()?,
            }
            if !self.rest.is_empty() {
                self.out.push(' ');
            }
        }
        Some(())
    }

    /// Prints octets in hexadecimal, in groups with a separator between them.
    fn groups(&mut self, octets: usize, group_len: usize, separator: &str) -> Option<()> {
        let groups: Vec<String> =
            self.take(octets)?.chunks(group_len).map(|group| HEXLOWER.encode(group)).collect();
        self.push(groups.join(separator))
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn counted(&mut self) -> Option<&'a [u8]> {
        let length = usize::from(*self.rest.first()?);
        self.take(1 + length)?.get(1..)
    }

    fn number(&mut self, octets: usize) -> Option<()> {
        let number = self.take(octets)?.iter().fold(0_u32, |sum, &octet| sum << 8 | u32::from(octet));
        self.push(number)
    }

    fn push(&mut self, text: impl std::fmt::Display) -> Option<()> {
        write!(self.out, "{text}").ok()
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
        match gateway_type(self.rdata)? {
            0 => self.push('.'),
            1 => self.field(Field::Ipv4),
            2 => self.field(Field::Ipv6),
            3 => self.name(),
            _ => None,
        }
    }

    /// RFC 2874 section 3.1.1: the length of the prefix, the suffix as an address, the name of the prefix.
    fn a6(&mut self) -> Option<()> {
        let prefix_len = *self.take(1)?.first().filter(|prefix_len| **prefix_len <= 128)?;
        let octets = usize::from(prefix_len / 8);
        self.push(prefix_len)?;
        if octets < 16 {
            let suffix = self.take(16 - octets)?;
            // Bits of the prefix would be lost.
            suffix.first().filter(|first| **first & !(0xff >> (prefix_len % 8)) == 0)?;
            let mut address = [0; 16];
            address.get_mut(octets..)?.copy_from_slice(suffix);
            self.push(format_args!(" {}", Ipv6Addr::from(address)))?;
        }
        if prefix_len == 0 {
            return Some(());
        }
        self.out.push(' ');
        self.name()
    }

    /// RFC 8005 section 6: public key algorithm, host identity tag, public key.
    fn host_identity(&mut self) -> Option<()> {
        let &[hit, algorithm, high, low] = self.take(4)? else { return None };
        let tag = self.take(usize::from(hit))?;
        let key = self.take(usize::from(u16::from_be_bytes([high, low])))?;
        // The parser would miss the token of an empty field.
        if tag.is_empty() || key.is_empty() {
            return None;
        }
        self.push(format_args!("{algorithm} {} {}", HEXUPPER.encode(tag), BASE64.encode(key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(rtype: &str, rdata: &[u8]) -> String {
        to_text(rtype.parse().unwrap(), rdata)
    }

    #[test]
    fn common_types_are_printed_as_in_a_zone_file() {
        assert_eq!(print("A", &[192, 0, 2, 1]), "192.0.2.1");
        assert_eq!(print("AAAA", &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]), "2001:db8::1");
        assert_eq!(print("MX", b"\0\x0a\x04mail\x07example\0"), "10 mail.example.");
        assert_eq!(print("TXT", b"\x03a\"b\x01\x1b"), r#""a\"b" "\027""#);
        assert_eq!(print("CAA", b"\0\x05issueca.example"), r#"0 issue "ca.example""#);
        assert_eq!(print("NSEC", b"\x01b\0\0\x06\x40\x01\0\0\0\x03"), "b. A MX RRSIG NSEC");
        assert_eq!(print("NSEC3PARAM", &[1, 0, 0, 0, 0]), "1 0 0 -");
        assert_eq!(print("HTTPS", b"\0\x01\0\0\x01\0\x03\x02h2\0\x03\0\x02\x01\xbb"), "1 . alpn=h2 port=443");
        assert_eq!(print("SVCB", b"\0\x01\0\xff\0\0\x01\x1b"), r#"1 . key65280="\027""#);
        assert_eq!(
            print("RRSIG", b"\0\x01\x0d\x02\0\0\x0e\x10\x67\x40\x00\x00\x67\x30\0\0\x12\x34\0\xff\xff"),
            "A 13 2 3600 20241122035232 20241110003616 4660 . //8="
        );
        assert_eq!(print("IPSECKEY", b"\x0a\x03\x02\x02gw\0\x01"), "10 3 2 gw. AQ==");
    }

    #[test]
    fn rdata_not_of_the_form_of_its_type_is_printed_in_hexadecimal() {
        assert_eq!(print("A", &[1, 2, 3]), r"\# 3 010203");
        assert_eq!(print("TYPE65280", &[]), r"\# 0");
        assert_eq!(print("APL", &[]), r"\# 0");
        assert_eq!(print("MX", b"\0\x0a\x3fmail"), r"\# 7 000a3f6d61696c");
        assert_eq!(print("A", &[1, 2, 3, 4, 5]), r"\# 5 0102030405");
        assert_eq!(print("NSEC", b"\x01b\0\0\x02\x40\0"), r"\# 7 01620000024000");
    }
}
