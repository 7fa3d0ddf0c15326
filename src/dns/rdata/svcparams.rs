//! The parameters of SVCB and HTTPS (RFC 9460 section 2.1).

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use data_encoding::BASE64;

use super::parse::{IPV4, IPV6};
use crate::dns::escape;
use crate::dns::zonefile::error::{Expected, ZoneFileErrorKind};
use crate::dns::zonefile::token::{Token, TokenError, Tokens};

/// The names of the keys, by number (IANA "DNS SVCB Service Parameter Keys").
const KEYS: [&str; 10] = [
    "mandatory",
    "alpn",
    "no-default-alpn",
    "port",
    "ipv4hint",
    "ech",
    "ipv6hint",
    "dohpath",
    "ohttp",
    "tls-supported-groups",
];

/// The key whose value lists the keys that a client must know.
const MANDATORY: u16 = 0;

const KEY: Expected = Expected::new("a parameter", "KEY=VALUE, where KEY has a name or is key0 to key65535");
const LIST: Expected = Expected::new("a list of keys", "names of parameters with commas between them");
const MANDATORY_KEYS: Expected = Expected::new(
    "a list of other keys in the record",
    "each key once, and give the record a parameter for each",
);
const ALPN: Expected =
    Expected::new("a list of protocols", "names of 1 to 255 octets with commas between them");
const NO_VALUE: Expected = Expected::new("a parameter without a value", "it without `=`");
const PORT: Expected = Expected::new("a port", "a number from 0 to 65535");
const ECH: Expected = Expected::new("base64", "letters, digits, `+` and `/`, with any `=` at the end");
const PATH: Expected = Expected::new("a path", "a template of a path, as in /dns-query{?dns}");
const GROUPS: Expected =
    Expected::new("a list of groups", "numbers from 0 to 65535 with commas between them");

/// Prints the parameters; `None` if they are malformed.
pub(super) fn to_text(octets: &[u8]) -> Option<String> {
    let items: Vec<_> = parameters(octets)?.iter().map(|(key, value)| parameter_text(*key, value)).collect();
    Some(items.join(" "))
}

/// Whether octets are parameters in order, each with a value of its form (RFC 9460 section 2.2).
pub(super) fn is_valid(octets: &[u8]) -> bool {
    let Some(parameters) = parameters(octets) else { return false };
    let keys: Vec<u16> = parameters.iter().map(|(key, _)| *key).collect();
    parameters.iter().all(|&(key, value)| {
        is_value_valid(key, value) && (key != MANDATORY || are_keys_present(value, &keys))
    })
}

/// Splits parameters into keys and values; `None` if one is cut short, or the keys are not in ascending order.
fn parameters(octets: &[u8]) -> Option<Vec<(u16, &[u8])>> {
    let mut parameters: Vec<(u16, &[u8])> = Vec::new();
    let mut rest = octets;
    while let Some((&[high, low, length_high, length_low], tail)) = rest.split_first_chunk::<4>() {
        let (key, length) = (u16::from_be_bytes([high, low]), u16::from_be_bytes([length_high, length_low]));
        let (value, next) = tail.split_at_checked(length.into())?;
        parameters.push((key, value));
        rest = next;
    }
    // Parameters out of order would be printed like others in order.
    let is_sorted = parameters.is_sorted_by(|(one, _), (other, _)| one < other);
    (rest.is_empty() && is_sorted).then_some(parameters)
}

/// Whether the value of a parameter has the form that its key requires.
fn is_value_valid(key: u16, value: &[u8]) -> bool {
    match key {
        MANDATORY => {
            let (listed, rest) = value.as_chunks::<2>();
            rest.is_empty() && !listed.is_empty() && listed.is_sorted_by(|one, other| one < other)
        }
        1 => is_alpn(value),
        2 | 8 => value.is_empty(),
        3 => value.len() == 2,
        4 => !value.is_empty() && value.len().is_multiple_of(4),
        6 => !value.is_empty() && value.len().is_multiple_of(16),
        9 => !value.is_empty() && value.len().is_multiple_of(2),
        _ => true,
    }
}

/// Whether a value is a list of protocols, none of which is empty.
fn is_alpn(value: &[u8]) -> bool {
    let mut rest = value;
    while let Some((&length, tail)) = rest.split_first() {
        match tail.split_at_checked(length.into()) {
            Some((_, next)) if length > 0 => rest = next,
            _ => return false,
        }
    }
    !value.is_empty()
}

/// Whether the keys in the value of `mandatory` are there (RFC 9460 section 8).
fn are_keys_present(mandatory: &[u8], keys: &[u16]) -> bool {
    let (listed, _) = mandatory.as_chunks::<2>();
    listed.iter().all(|&key| {
        let key = u16::from_be_bytes(key);
        key != MANDATORY && keys.contains(&key)
    })
}

/// Prints a parameter: a known key by its name (RFC 9460 section 14.3.2), any other with a quoted value.
fn parameter_text(key: u16, value: &[u8]) -> String {
    known_text(key, value).unwrap_or_else(|| {
        let mut text = format!("key{key}");
        if !value.is_empty() {
            text.push('=');
            escape::push_quoted(&mut text, value);
        }
        text
    })
}

/// Prints a parameter of a known form; `None` if the value does not have that form.
fn known_text(key: u16, value: &[u8]) -> Option<String> {
    let list = |items: Vec<String>| (!items.is_empty()).then(|| items.join(","));
    match key {
        1 => {
            let mut ids = Vec::new();
            let mut rest = value;
            while let Some((&length, tail)) = rest.split_first() {
                let (id, next) = tail.split_at_checked(usize::from(length))?;
                let plain = |octet: &u8| octet.is_ascii_alphanumeric() || b"-./_".contains(octet);
                ids.push((!id.is_empty() && id.iter().all(plain)).then(|| escape::text(id))?);
                rest = next;
            }
            Some(format!("alpn={}", list(ids)?))
        }
        2 => value.is_empty().then(|| "no-default-alpn".to_owned()),
        3 => Some(format!("port={}", u16::from_be_bytes(value.try_into().ok()?))),
        4 => {
            let (addresses, []) = value.as_chunks::<4>() else { return None };
            let addresses = addresses.iter().map(|&octets| Ipv4Addr::from(octets).to_string()).collect();
            Some(format!("ipv4hint={}", list(addresses)?))
        }
        5 if !value.is_empty() => Some(format!("ech={}", BASE64.encode(value))),
        6 => {
            let (addresses, []) = value.as_chunks::<16>() else { return None };
            let addresses = addresses.iter().map(|&octets| Ipv6Addr::from(octets).to_string()).collect();
            Some(format!("ipv6hint={}", list(addresses)?))
        }
        _ => None,
    }
}

/// Parses the remaining tokens as parameters, and appends them in the order of their keys.
pub(super) fn from_tokens(tokens: &mut Tokens<'_>, out: &mut Vec<u8>) -> Result<(), TokenError> {
    let mut parameters: BTreeMap<u16, Vec<u8>> = BTreeMap::new();
    let mut mandatory = None;
    while let Some(token) = tokens.take() {
        let split = token.octets.iter().position(|&octet| octet == b'=');
        let name = token.octets.get(..split.unwrap_or(token.octets.len())).unwrap_or_default();
        let key = key(name).ok_or_else(|| token.invalid(KEY))?;
        let mut text = split.and_then(|at| token.octets.get(at + 1..)).unwrap_or_default();
        let is_value_next = text.is_empty() && split.is_some();
        if let Some(quoted) = Some(token).filter(|_| is_value_next).and_then(|token| tokens.attached(token)) {
            text = quoted.octets;
        }
        let mut raw = Vec::new();
        token.with(text).unescape(&mut raw)?;
        mandatory = mandatory.or(Some(token).filter(|_| name == b"mandatory"));
        let value = if KEYS.iter().any(|known| known.as_bytes() == name) {
            value(key, &raw, token)?
        } else if name.starts_with(b"key") || is_value_valid(key, &raw) {
            raw
        } else {
            // BIND takes a name in capitals for the number of the key, and its value as it is.
            return Err(token.invalid(KEY));
        };
        u16::try_from(value.len()).map_err(|_| token.error(ZoneFileErrorKind::RdataTooLong))?;
        if parameters.insert(key, value).is_some() {
            return Err(token
                .error(ZoneFileErrorKind::DuplicateParameter(String::from_utf8_lossy(name).into_owned())));
        }
    }
    if let (Some(token), Some(value)) = (mandatory, parameters.get(&MANDATORY)) {
        let keys: Vec<u16> = parameters.keys().copied().collect();
        if !is_value_valid(MANDATORY, value) || !are_keys_present(value, &keys) {
            return Err(token.invalid(MANDATORY_KEYS));
        }
    }
    for (key, value) in parameters {
        out.extend(key.to_be_bytes());
        out.extend(u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
        out.extend(value);
    }
    Ok(())
}

fn key(name: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(name).ok()?;
    let known = KEYS.iter().position(|key| key.eq_ignore_ascii_case(text));
    let known = known.and_then(|number| u16::try_from(number).ok());
    known.or_else(|| {
        let (prefix, number) = text.split_at_checked(3)?;
        let digits = prefix == "key" && number.bytes().all(|octet| octet.is_ascii_digit());
        number.parse().ok().filter(|_| digits)
    })
}

/// Encodes the value of a parameter by its key.
fn value(key: u16, raw: &[u8], token: Token<'_>) -> Result<Vec<u8>, TokenError> {
    let text = std::str::from_utf8(raw).unwrap_or_default();
    let items = || text.split(',');
    match key {
        0 => {
            let mut keys: Vec<u16> = items()
                .map(|item| self::key(item.as_bytes()))
                .collect::<Option<_>>()
                .ok_or_else(|| token.invalid(LIST))?;
            // RFC 9460 section 8: the keys are in ascending order.
            keys.sort_unstable();
            Ok(keys.into_iter().flat_map(u16::to_be_bytes).collect())
        }
        1 => alpn(raw).ok_or_else(|| token.invalid(ALPN)),
        2 | 8 if raw.is_empty() => Ok(Vec::new()),
        2 | 8 => Err(token.invalid(NO_VALUE)),
        3 => text.parse::<u16>().map(|port| port.to_be_bytes().to_vec()).map_err(|_| token.invalid(PORT)),
        4 => {
            let addresses = items().map(|item| item.parse::<Ipv4Addr>().map(|address| address.octets()));
            let addresses: Vec<[u8; 4]> =
                addresses.collect::<Result<_, _>>().map_err(|_| token.invalid(IPV4))?;
            Ok(addresses.concat())
        }
        // Servers read it without a value too.
        5 => {
            let text: Vec<u8> = raw.iter().copied().filter(|octet| *octet != b' ').collect();
            BASE64.decode(&text).map_err(|_| token.invalid(ECH))
        }
        6 => {
            let addresses = items().map(|item| item.parse::<Ipv6Addr>().map(|address| address.octets()));
            let addresses: Vec<[u8; 16]> =
                addresses.collect::<Result<_, _>>().map_err(|_| token.invalid(IPV6))?;
            Ok(addresses.concat())
        }
        9 => {
            let groups = items().map(str::parse::<u16>).collect::<Result<Vec<_>, _>>();
            Ok(groups.map_err(|_| token.invalid(GROUPS))?.into_iter().flat_map(u16::to_be_bytes).collect())
        }
        7 if raw.is_empty() => Err(token.invalid(PATH)),
        _ => Ok(raw.to_vec()),
    }
}

/// Encodes a list of protocols. RFC 9460 appendix A.1: `\,` is a comma within an item, `\\` a backslash.
fn alpn(raw: &[u8]) -> Option<Vec<u8>> {
    let mut items: Vec<Vec<u8>> = vec![Vec::new()];
    let mut octets = raw.iter();
    while let Some(&octet) = octets.next() {
        match octet {
            b',' => items.push(Vec::new()),
            b'\\' => items.last_mut()?.push(*octets.next()?),
            other => items.last_mut()?.push(other),
        }
    }
    let mut value = Vec::new();
    for item in items {
        value.push(u8::try_from(item.len()).ok().filter(|&length| length > 0)?);
        value.extend(item);
    }
    Some(value)
}
