//! The form of RFC 3597 section 5, which every type may have: `\# LENGTH HEX`.

use data_encoding::HEXLOWER_PERMISSIVE;

use super::expected::HEX;
use crate::dns::rdata::canonical::{canonicalise, is_signed_as_written};
use crate::dns::rdata::check::check;
use crate::dns::rdata::defect::RdataDefect;
use crate::dns::rdata::field::{Field, fields};
use crate::dns::rtype::Rtype;
use crate::dns::wire::NameDecompressor;
use crate::dns::zonefile::error::ZoneFileErrorKind;
use crate::dns::zonefile::token::{Token, TokenError, Tokens};

/// Whether `\#` begins the form of RFC 3597 section 5. In strings without a length behind it, it is `#`.
pub(super) fn begins(rtype: Rtype, tokens: &Tokens<'_>) -> bool {
    let mut behind = tokens.clone();
    behind.take();
    let length = behind.peek().is_some_and(|token| token.unescaped().iter().all(u8::is_ascii_digit));
    length || fields(rtype) != Some(&[Field::Strings])
}

/// Parses `\# LENGTH HEX` (RFC 3597 section 5). That of a known type must have the form of the type.
pub(super) fn from_tokens(
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
    let invalid = |defect| mark.error(ZoneFileErrorKind::InvalidRdata(rtype, defect));
    check(rtype, &octets).map_err(invalid)?;
    if is_signed_as_written(rtype) {
        out.extend_from_slice(&octets);
        return Ok(());
    }
    canonicalise(rtype, &octets, 0..octets.len(), &mut NameDecompressor::default(), out)
        .map_err(|_| invalid(RdataDefect::Malformed("a name")))
}

/// Parses the remaining tokens as one text in hexadecimal.
pub(super) fn hex(tokens: &mut Tokens<'_>, out: &mut Vec<u8>) -> Result<(), TokenError> {
    let Some(first) = tokens.peek() else { return Ok(()) };
    let mut text = Vec::new();
    while let Some(token) = tokens.take() {
        text.extend_from_slice(&token.unescaped());
    }
    out.extend(HEXLOWER_PERMISSIVE.decode(&text).map_err(|_| first.invalid(HEX))?);
    Ok(())
}
