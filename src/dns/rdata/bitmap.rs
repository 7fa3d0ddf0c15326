//! Bitmaps of types (RFC 4034 section 4.1.2) and of ports (RFC 1035 section 3.4.2).

use std::collections::BTreeSet;

use super::parse::{parse_type, parse_type_or_number};
use super::{mnemonic, services};
use crate::dns::rtype::Rtype;
use crate::dns::zonefile::error::Expected;
use crate::dns::zonefile::token::{TokenError, Tokens};

const PORT: Expected =
    Expected::new("a port", "the number of the port, or the name of a service below port 1024");
const NXT_TYPE: Expected = Expected::new("a type below 128", "a type from 1 to 127; NXT has no others");

/// Prints the types of a bitmap; `None` if it is malformed.
pub(super) fn types_to_text(octets: &[u8]) -> Option<String> {
    let types: Vec<String> = types(octets)?.iter().map(Rtype::to_string).collect();
    Some(types.join(" "))
}

/// Parses the types of a bitmap, in ascending order; `None` if it is malformed.
pub fn types(octets: &[u8]) -> Option<Vec<Rtype>> {
    let mut types = Vec::new();
    let mut rest = octets;
    let mut before = None;
    while let Some((&[window, length], tail)) = rest.split_first_chunk::<2>() {
        let (bitmap, next) = tail.split_at_checked(length.into())?;
        // Windows out of order, or zeros at the end, would be printed like another bitmap.
        bitmap.last().filter(|&&last| last != 0 && bitmap.len() <= 32)?;
        if before.replace(window).is_some_and(|before| before >= window) {
            return None;
        }
        types.extend(set_bits(bitmap).map(|bit| Rtype(u16::from(window) << 8 | bit)));
        rest = next;
    }
    rest.is_empty().then_some(types)
}

/// Prints the types of the bitmap of NXT; `None` if it is malformed.
pub(super) fn nxt_types_to_text(octets: &[u8]) -> Option<String> {
    let is_valid = octets.len() <= 16
        && octets.first().is_none_or(|first| first & 0x80 == 0)
        && octets.last() != Some(&0);
    let types = set_bits(octets).map(|bit| Rtype(bit).to_string());
    is_valid.then(|| types.collect::<Vec<_>>().join(" "))
}

/// Parses the remaining tokens as types below 128, and appends their bitmap for NXT.
pub(super) fn nxt_types_from_tokens(tokens: &mut Tokens<'_>, out: &mut Vec<u8>) -> Result<(), TokenError> {
    let mut types = BTreeSet::new();
    while let Some(token) = tokens.take() {
        let number = parse_type_or_number(token)?;
        if !(1..128).contains(&number) {
            return Err(token.invalid(NXT_TYPE));
        }
        types.insert(number);
    }
    out.extend(bitmap(&types));
    Ok(())
}

/// Parses the remaining tokens as types, and appends their bitmap.
pub(super) fn types_from_tokens(tokens: &mut Tokens<'_>, out: &mut Vec<u8>) -> Result<(), TokenError> {
    let mut types = BTreeSet::new();
    while let Some(token) = tokens.take() {
        types.insert(Rtype(parse_type(token)?));
    }
    push_types(out, &Vec::from_iter(types));
    Ok(())
}

/// Appends the bitmap of types in ascending order.
pub fn push_types(out: &mut Vec<u8>, types: &[Rtype]) {
    for window in types.chunk_by(|one, other| one.0 >> 8 == other.0 >> 8) {
        let mut bits = [0_u8; 32];
        let mut length = 0_u8;
        for [_, low] in window.iter().map(|rtype| rtype.0.to_be_bytes()) {
            if let Some(octet) = bits.get_mut(usize::from(low / 8)) {
                *octet |= 0x80 >> (low % 8);
            }
            length = low / 8 + 1;
        }
        let number = window.first().map_or(0, |first| first.0.to_be_bytes()[0]);
        out.extend_from_slice(&[number, length]);
        out.extend_from_slice(bits.get(..usize::from(length)).unwrap_or_default());
    }
}

/// Prints the ports of a bitmap; `None` if it is malformed.
pub(super) fn ports_to_text(octets: &[u8]) -> Option<String> {
    if octets.last() == Some(&0) || octets.len() > 8192 {
        return None;
    }
    Some(set_bits(octets).map(|port| port.to_string()).collect::<Vec<_>>().join(" "))
}

/// Parses the remaining tokens as ports, and appends their bitmap.
pub(super) fn ports_from_tokens(tokens: &mut Tokens<'_>, out: &mut Vec<u8>) -> Result<(), TokenError> {
    let mut ports = BTreeSet::new();
    while let Some(token) = tokens.take() {
        let named = token.text().and_then(|name| mnemonic::find(services::SERVICES, &name));
        ports.insert(named.map_or_else(|| token.parse::<u16>(PORT), Ok)?);
    }
    out.extend(bitmap(&ports));
    Ok(())
}

/// The numbers of the bits that are set; the highest bit of the first octet is number 0.
pub(in crate::dns) fn set_bits(bitmap: &[u8]) -> impl Iterator<Item = u16> {
    let set = |octet: u8| (0..8_u16).filter(move |bit| octet & 0x80 >> bit != 0);
    (0_u16..).zip(bitmap).flat_map(move |(index, &octet)| set(octet).map(move |bit| index << 3 | bit))
}

fn bitmap(bits: &BTreeSet<u16>) -> Vec<u8> {
    let length = bits.last().map_or(0, |&last| usize::from(last / 8) + 1);
    let mut bitmap = vec![0; length];
    for &bit in bits {
        if let Some(octet) = bitmap.get_mut(usize::from(bit / 8)) {
            *octet |= 0x80 >> (bit % 8);
        }
    }
    bitmap
}
