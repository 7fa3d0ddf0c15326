//! The address prefixes of APL (RFC 3123): `[!]FAMILY:ADDRESS/PREFIX`.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::dns::zonefile::error::Expected;
use crate::dns::zonefile::token::{Token, TokenError, Tokens};

const PREFIX: Expected =
    Expected::new("an address prefix", "[!]1:IPV4/LENGTH or [!]2:IPV6/LENGTH, as in !1:192.0.2.0/24");

/// Prints the prefixes; `None` if they are malformed.
pub(super) fn to_text(octets: &[u8]) -> Option<String> {
    let mut items = Vec::new();
    let mut rest = octets;
    while let Some((&[high, low, prefix, flags], tail)) = rest.split_first_chunk::<4>() {
        let (address, next) = tail.split_at_checked(usize::from(flags & 0x7f))?;
        // RFC 3123 section 4: trailing zeros must be left out.
        if address.last() == Some(&0) {
            return None;
        }
        let negation = if flags & 0x80 == 0 { "" } else { "!" };
        let family = u16::from_be_bytes([high, low]);
        let address = match family {
            1 if prefix <= 32 => Ipv4Addr::from(padded::<4>(address)?).to_string(),
            2 if prefix <= 128 => Ipv6Addr::from(padded::<16>(address)?).to_string(),
            _ => return None,
        };
        items.push(format!("{negation}{family}:{address}/{prefix}"));
        rest = next;
    }
    rest.is_empty().then(|| items.join(" "))
}

/// Whether octets are prefixes. Of those of other families the form is not known.
pub(super) fn is_valid(octets: &[u8]) -> bool {
    let mut rest = octets;
    while let Some((&[high, low, prefix_len, flags], tail)) = rest.split_first_chunk::<4>() {
        let address_len = usize::from(flags & 0x7f);
        let (max_prefix, max_address) = match u16::from_be_bytes([high, low]) {
            1 => (32, 4),
            2 => (128, 16),
            _ => (u8::MAX, usize::MAX),
        };
        let Some((address, next)) = tail.split_at_checked(address_len) else { return false };
        if prefix_len > max_prefix || address_len > max_address || address.last() == Some(&0) {
            return false;
        }
        rest = next;
    }
    rest.is_empty()
}

fn padded<const N: usize>(octets: &[u8]) -> Option<[u8; N]> {
    let mut padded = [0; N];
    padded.get_mut(..octets.len())?.copy_from_slice(octets);
    Some(padded)
}

/// Parses the remaining tokens as address prefixes, and appends them.
pub(super) fn from_tokens(tokens: &mut Tokens<'_>, out: &mut Vec<u8>) -> Result<(), TokenError> {
    while let Some(token) = tokens.take() {
        out.extend(prefix(token).ok_or_else(|| token.invalid(PREFIX))?);
    }
    Ok(())
}

fn prefix(token: Token<'_>) -> Option<Vec<u8>> {
    let text = token.text()?;
    let (negation, text) = text.strip_prefix('!').map_or((0, &*text), |text| (0x80, text));
    let (family, text) = text.split_once(':')?;
    let (address, prefix_len) = text.split_once('/')?;
    let prefix_len: u8 = prefix_len.parse().ok()?;
    let (family, octets, max_len) = match family {
        "1" => (1, address.parse::<Ipv4Addr>().ok()?.octets().to_vec(), 32),
        "2" => (2, address.parse::<Ipv6Addr>().ok()?.octets().to_vec(), 128),
        _ => return None,
    };
    let address_len = octets.iter().rposition(|&octet| octet != 0).map_or(0, |last| last + 1);
    let front = [0, family, prefix_len, negation | u8::try_from(address_len).ok()?];
    (prefix_len <= max_len).then(|| [&front, octets.get(..address_len).unwrap_or_default()].concat())
}
