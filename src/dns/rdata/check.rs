//! Checks octets against the fields of their type: what `\#` says must be RDATA of a known type too.

use super::defect::RdataDefect;
use super::field::{DigestLengths, Field, fields, fixed_len, gateway_type, has_no_key, is_tag, name};
use super::{apl, atma, bitmap, location, svcparams};
use crate::dns::name::Name;
use crate::dns::rtype::Rtype;

/// The hash algorithm SHA-1 of NSEC3 (RFC 5155 section 11), and the length of its hashes.
const SHA1: u8 = 1;
const SHA1_LEN: usize = 20;

/// Checks RDATA; that of unknown types is never wrong.
pub(super) fn check(rtype: Rtype, rdata: &[u8]) -> Result<(), RdataDefect> {
    let Some(fields) = fields(rtype) else { return Ok(()) };
    let mut checker = RdataChecker { rdata, rest: rdata };
    fields.iter().try_for_each(|field| checker.field(*field))?;
    match checker.rest.len() {
        0 => Ok(()),
        surplus => Err(RdataDefect::Surplus(surplus)),
    }
}

/// Checks RDATA field by field.
struct RdataChecker<'a> {
    rdata: &'a [u8],
    rest: &'a [u8],
}

impl<'a> RdataChecker<'a> {
    fn field(&mut self, field: Field) -> Result<(), RdataDefect> {
        if let Some(length) = fixed_len(field) {
            let octets = self.take(length, field)?;
            return require(field != Field::Location || location::is_valid(octets), field);
        }
        match field {
            Field::Name => self.name(field),
            Field::Names => {
                while !self.rest.is_empty() {
                    self.name(field)?;
                }
                Ok(())
            }
            Field::String | Field::Salt => self.counted(field).map(|_| ()),
            Field::OptionalString if self.rest.is_empty() => Ok(()),
            Field::OptionalString => self.counted(field).map(|_| ()),
            Field::Strings => {
                self.counted(field)?;
                while !self.rest.is_empty() {
                    self.counted(field)?;
                }
                Ok(())
            }
            Field::Tag => {
                let tag = self.counted(field)?;
                require(is_tag(tag), field)
            }
            Field::Hash => {
                let hash = self.counted(field)?;
                let is_sha1 = self.rdata.first() == Some(&SHA1);
                require(!hash.is_empty() && (!is_sha1 || hash.len() == SHA1_LEN), field)
            }
            Field::Gateway | Field::RelayAddress => self.gateway(field),
            Field::A6 => self.a6(),
            Field::HostIdentity => self.host_identity(),
            _ => {
                let rest = std::mem::take(&mut self.rest);
                self.whole_rest(field, rest)
            }
        }
    }

    /// Checks a field that ends where the RDATA ends.
    fn whole_rest(&self, field: Field, rest: &[u8]) -> Result<(), RdataDefect> {
        let is_valid = match field {
            Field::TypeBitmap => bitmap::types_to_text(rest).is_some(),
            Field::NxtBitmap => bitmap::nxt_types_to_text(rest).is_some(),
            Field::PortBitmap => bitmap::ports_to_text(rest).is_some(),
            Field::SvcParams => svcparams::is_valid(rest),
            Field::AddressPrefixes => apl::is_valid(rest),
            Field::Atma => atma::to_text(rest).is_some(),
            Field::Digest(lengths) => return self.digest(lengths, rest),
            Field::Key if has_no_key(self.rdata) => rest.is_empty(),
            Field::Key | Field::Nsap | Field::Hex | Field::Base64 if rest.is_empty() => {
                return Err(RdataDefect::Truncated(name(field)));
            }
            // Fields of any octets.
            _ => true,
        };
        require(is_valid, field)
    }

    fn digest(&self, lengths: DigestLengths, digest: &[u8]) -> Result<(), RdataDefect> {
        let digest_type = self.rdata.iter().rev().nth(digest.len());
        match lengths.known.iter().find(|(number, _)| Some(number) == digest_type) {
            Some(&(_, expected)) if expected != digest.len() => {
                Err(RdataDefect::DigestLength { found: digest.len(), expected })
            }
            None if digest.len() < lengths.min => Err(RdataDefect::Truncated("the digest")),
            _ => Ok(()),
        }
    }

    fn take(&mut self, count: usize, field: Field) -> Result<&'a [u8], RdataDefect> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(RdataDefect::Truncated(name(field)))?;
        self.rest = rest;
        Ok(taken)
    }

    fn counted(&mut self, field: Field) -> Result<&'a [u8], RdataDefect> {
        let length = self.take(1, field)?.first().copied().unwrap_or_default();
        self.take(length.into(), field)
    }

    /// Checks a name without compression, which has no meaning outside of a message (RFC 3597 section 4).
    fn name(&mut self, field: Field) -> Result<(), RdataDefect> {
        let begin = self.rest;
        loop {
            match self.take(1, field)? {
                [0] => break,
                &[length @ ..=63] => self.take(length.into(), field)?,
                _ => return Err(RdataDefect::Malformed(name(field))),
            };
        }
        let wire = begin.get(..begin.len() - self.rest.len()).unwrap_or_default();
        require(Name::from_wire(wire).is_some(), field)
    }

    fn gateway(&mut self, field: Field) -> Result<(), RdataDefect> {
        match (gateway_type(self.rdata).unwrap_or_default(), field) {
            (0, _) => Ok(()),
            (1, _) => self.take(4, field).map(|_| ()),
            (2, _) => self.take(16, field).map(|_| ()),
            (3, _) => self.name(field),
            // RFC 8777 section 4.2.4: other types of relays may be defined.
            (_, Field::RelayAddress) => {
                self.rest = &[];
                Ok(())
            }
            _ => Err(RdataDefect::Malformed("the type of the gateway")),
        }
    }

    /// RFC 2874 section 3.1.
    fn a6(&mut self) -> Result<(), RdataDefect> {
        let prefix_len = self.take(1, Field::A6)?.first().copied().unwrap_or_default();
        if prefix_len > 128 {
            return Err(RdataDefect::Malformed("the length of the prefix"));
        }
        let suffix = self.take(16 - usize::from(prefix_len / 8), Field::A6)?;
        let prefix_bits = !(0xff_u8 >> (prefix_len % 8));
        require(suffix.first().is_none_or(|first| first & prefix_bits == 0), Field::A6)?;
        if prefix_len == 0 { Ok(()) } else { self.name(Field::Name) }
    }

    /// RFC 8005 section 5: neither the tag nor the key is empty.
    fn host_identity(&mut self) -> Result<(), RdataDefect> {
        let field = Field::HostIdentity;
        let &[hit, _, high, low] = self.take(4, field)? else {
            return Err(RdataDefect::Truncated(name(field)));
        };
        let key = usize::from(u16::from_be_bytes([high, low]));
        require(hit > 0 && key > 0, field)?;
        self.take(usize::from(hit) + key, field).map(|_| ())
    }
}

fn require(is_valid: bool, field: Field) -> Result<(), RdataDefect> {
    if is_valid { Ok(()) } else { Err(RdataDefect::Malformed(name(field))) }
}
