//! Names as people type them: what is no name of a zone or a host, and how it is written instead.

use std::net::{IpAddr, SocketAddr};

use crate::dns::Name;
use crate::dns::name::NameError;

/// Characters that a typed name has only by mistake; a name that does hold one is written with `\`.
const MISTAKEN: &[char] = &[
    '#', '@', ':', ';', ',', '"', '\'', '(', ')', '<', '>', '[', ']', '{', '}', '?', '=', '&', '|', '$', '`',
    '%',
];

/// Why a typed text is not a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TypedNameError {
    /// It is empty, or nothing but white space.
    #[error("it is empty")]
    Empty,
    /// It has white space inside.
    #[error("it has white space inside; write one name")]
    WhiteSpace,
    /// It is a URL; the host in it.
    #[error("it is a URL; write {}", .0.escape_debug())]
    Url(String),
    /// It is a list with commas.
    #[error("it is a list; write each name by itself, as in `{}`", .0.escape_debug())]
    List(String),
    /// It is an address with something around it; the address as it is written.
    #[error("write `{0}`")]
    DecoratedAddress(String),
    /// It is an address, where a zone is needed.
    #[error("it is an address, and not a zone; addresses belong behind --primary and --secondary")]
    Address,
    /// It has nothing but numbers, as an address with a mistake.
    #[error("no name is nothing but numbers: an IPv4 address has four numbers from 0 to 255")]
    Numeric,
    /// It ends with a slash.
    #[error("it ends with `/`; write `{}`", .0.escape_debug())]
    Slash(String),
    /// It has a character that no name has.
    #[error("`{0}` is not part of a name; if this one has it, write `\\{0}`")]
    Mistaken(char),
    /// It cannot be parsed as a name.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// Parses the name of a zone, with or without the final dot.
pub fn parse_zone(text: &str) -> Result<Name, TypedNameError> {
    if text.parse::<IpAddr>().is_ok() {
        return Err(TypedNameError::Address);
    }
    parse_name(text)
}

/// Parses the name of a zone or a host.
pub(super) fn parse_name(text: &str) -> Result<Name, TypedNameError> {
    if text.trim().is_empty() {
        return Err(TypedNameError::Empty);
    }
    if let Some((_, rest)) = text.split_once("://") {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = host.rsplit('@').next().unwrap_or_default();
        return Err(TypedNameError::Url(host.to_owned()));
    }
    if text.contains(char::is_whitespace) {
        return Err(TypedNameError::WhiteSpace);
    }
    if let Some((first, _)) = text.split_once(',') {
        return Err(TypedNameError::List(first.to_owned()));
    }
    if let Some(address) = decorated_address(text) {
        return Err(TypedNameError::DecoratedAddress(address));
    }
    if let Some(rest) = text.strip_suffix('/') {
        return Err(TypedNameError::Slash(rest.to_owned()));
    }
    if let Some(mistaken) = mistaken(text) {
        return Err(TypedNameError::Mistaken(mistaken));
    }
    let labels = || text.strip_suffix('.').unwrap_or(text).split('.');
    let is_number = |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit());
    if labels().count() > 1 && labels().all(is_number) {
        return Err(TypedNameError::Numeric);
    }
    Ok(text.parse()?)
}

/// Returns how an address is written that has a port behind `#` or `@`, an `@` in front as for dig, or the name of a
/// protocol.
fn decorated_address(text: &str) -> Option<String> {
    let rest = text.strip_prefix('@').unwrap_or(text);
    let protocols = ["tls:", "tcp:", "udp:", "dns:", "https:", "http:"];
    let bare = protocols.iter().find_map(|protocol| rest.strip_prefix(protocol)).unwrap_or(rest);
    let (host, port) = match bare.split_once(['#', '@']) {
        Some((host, port)) => (host, Some(port)),
        None => (bare, None),
    };
    let is_decorated = bare.len() != text.len() || port.is_some();
    let inside = host.trim_start_matches('[').trim_end_matches(']');
    let address = match inside.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) if port.is_some() => format!("[{address}]"),
        Ok(address) => address.to_string(),
        // An address with a port behind a colon.
        Err(_) if host.parse::<SocketAddr>().is_ok() => host.to_owned(),
        Err(_) => return None,
    };
    if !is_decorated {
        return None;
    }
    match port {
        Some(port) if port.parse::<u16>().is_ok_and(|port| port != 0) => Some(format!("{address}:{port}")),
        Some(_) => Some(format!("{address}:PORT")),
        None => Some(address),
    }
}

/// Returns the first character that a name has only by mistake, unless a backslash is in front of it.
fn mistaken(text: &str) -> Option<char> {
    let mut is_escaped = false;
    text.chars().find(|character| {
        let is_mistaken = !is_escaped && MISTAKEN.contains(character);
        is_escaped = !is_escaped && *character == '\\';
        is_mistaken
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_zones_are_taken_as_they_are() {
        for text in [
            "example.com",
            "Example.COM.",
            ".",
            "com",
            "2026",
            "_msdcs.example.com",
            "0/25.2.0.192.in-addr.arpa",
            "0-25.2.0.192.in-addr.arpa.",
            "8.b.d.0.1.0.0.2.ip6.arpa",
            "*.example.com",
            "a\\@b.example.com",
            "a\\032b.example.com",
            "192.0.2.1.example.com",
        ] {
            assert_eq!(parse_zone(text), Ok(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn what_is_no_zone_is_refused_with_the_right_form() {
        for (text, message) in [
            ("", "it is empty"),
            ("  ", "it is empty"),
            ("127.0.0.1#53", "write `127.0.0.1:53`"),
            ("127.0.0.1@53", "write `127.0.0.1:53`"),
            ("@127.0.0.1", "write `127.0.0.1`"),
            ("@::1", "write `::1`"),
            ("::1#5301", "write `[::1]:5301`"),
            ("[::1]@53", "write `[::1]:53`"),
            ("127.0.0.1#dns", "write `127.0.0.1:PORT`"),
            ("tls:127.0.0.1:853", "write `127.0.0.1:853`"),
            ("tls:127.0.0.1", "write `127.0.0.1`"),
            ("http://example.com/", "it is a URL; write example.com"),
            ("https://user@example.com:8443/x", "it is a URL; write example.com:8443"),
            ("example.net,example.org", "it is a list; write each name by itself, as in `example.net`"),
            ("example.net example.org", "it has white space inside; write one name"),
            ("example.com/", "it ends with `/`; write `example.com`"),
            ("{example.com}", "`{` is not part of a name; if this one has it, write `\\{`"),
            ("hostmaster@example.com", "`@` is not part of a name; if this one has it, write `\\@`"),
            ("example.com:53", "`:` is not part of a name; if this one has it, write `\\:`"),
            (
                "192.0.2.1",
                "it is an address, and not a zone; addresses belong behind --primary and --secondary",
            ),
            ("::1", "it is an address, and not a zone; addresses belong behind --primary and --secondary"),
            ("192.0.2", "no name is nothing but numbers: an IPv4 address has four numbers from 0 to 255"),
            ("192.0.2.256", "no name is nothing but numbers: an IPv4 address has four numbers from 0 to 255"),
            ("a..b", "a label is empty"),
        ] {
            assert_eq!(parse_zone(text).unwrap_err().to_string(), message, "{text}");
        }
    }
}
