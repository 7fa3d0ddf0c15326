//! URLs as people write them in a configuration.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use super::typed::{TypedNameError, parse_name};
use crate::dns::Name;

/// What begins every URL that is asked.
const SCHEME: &str = "http://";

/// The port of HTTP (RFC 9110 section 4.2.1).
const HTTP_PORT: u16 = 80;

/// The URL of a server over HTTP: `http://HOST[:PORT][/PATH]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HttpUrl {
    /// The host.
    pub host: UrlHost,
    /// The port.
    pub port: u16,
    /// The path, without the final slash: empty, or it begins with one.
    path: String,
}

/// The host of a URL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum UrlHost {
    /// An address.
    Address(IpAddr),
    /// A name: the first of its addresses that can be connected to.
    Name(Name),
}

impl HttpUrl {
    /// The host and the port, as in the `Host` field of a request.
    pub fn authority(&self) -> String {
        match &self.host {
            UrlHost::Address(address) => SocketAddr::new(*address, self.port).to_string(),
            UrlHost::Name(name) => format!("{}:{}", name.without_final_dot(), self.port),
        }
    }

    /// The path of what is below the URL.
    pub fn below(&self, path: &str) -> String {
        format!("{}/{path}", self.path)
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}{}", self.authority(), self.path)
    }
}

/// Why a text is not a URL that can be used. What may hold a password is not repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseUrlError {
    /// It has a user name or a password.
    #[error("a URL with a user name or a password is not used here")]
    Credentials,
    /// It begins with another scheme than these, or none.
    #[error("the URL does not begin with {0}; no other scheme is used here")]
    Scheme(&'static str),
    /// The host is missing.
    #[error("the URL has no host; write http://HOST:PORT")]
    NoHost,
    /// The host is neither an address nor a name.
    #[error("`{}` is neither an address nor a host name: {reason}", host.escape_debug())]
    Host {
        /// The host as written.
        host: String,
        /// Why it is not a name.
        reason: TypedNameError,
    },
    /// The part in brackets is not an IPv6 address.
    #[error("`{}` is not an IPv6 address in brackets, with or without a port", .0.escape_debug())]
    Brackets(String),
    /// The port is not a number from 1 to 65535.
    #[error("`{}` is not a port from 1 to 65535", .0.escape_debug())]
    Port(String),
    /// It has a query or a fragment, or characters that no URL has.
    #[error("the path of the URL has `?`, `#`, white space or other characters that it cannot have here")]
    Path,
    /// It has two slashes in a row, or a segment that clients resolve before they ask (RFC 3986 section 5.2.4).
    #[error("the path of the URL has an empty segment, `.` or `..`")]
    Segment,
}

impl FromStr for HttpUrl {
    type Err = ParseUrlError;

    fn from_str(text: &str) -> Result<Self, ParseUrlError> {
        if text.contains('@') {
            return Err(ParseUrlError::Credentials);
        }
        let (scheme, rest) = text.split_at_checked(SCHEME.len()).ok_or(ParseUrlError::Scheme(SCHEME))?;
        if !scheme.eq_ignore_ascii_case(SCHEME) {
            return Err(ParseUrlError::Scheme(SCHEME));
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = parse_authority(authority)?;
        let port = port.unwrap_or(HTTP_PORT);
        if !path.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#".contains(&byte)) {
            return Err(ParseUrlError::Path);
        }
        Ok(Self { host, port, path: path.trim_end_matches('/').to_owned() })
    }
}

/// Parses `HOST`, `HOST:PORT`, or an IPv6 address in brackets with or without a port.
pub(super) fn parse_authority(text: &str) -> Result<(UrlHost, Option<u16>), ParseUrlError> {
    if let Some(rest) = text.strip_prefix('[') {
        let brackets = || ParseUrlError::Brackets(text.to_owned());
        let (address, port) = rest.split_once(']').ok_or_else(brackets)?;
        let address: Ipv6Addr = address.parse().map_err(|_| brackets())?;
        let port = match port.strip_prefix(':') {
            Some(port) => Some(parse_port(port)?),
            None if port.is_empty() => None,
            None => return Err(brackets()),
        };
        return Ok((UrlHost::Address(address.into()), port));
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, Some(parse_port(port)?)),
        None => (text, None),
    };
    if host.is_empty() {
        return Err(ParseUrlError::NoHost);
    }
    if let Ok(address) = host.parse() {
        return Ok((UrlHost::Address(address), port));
    }
    let name = parse_name(host).map_err(|reason| ParseUrlError::Host { host: host.to_owned(), reason })?;
    Ok((UrlHost::Name(name), port))
}

fn parse_port(text: &str) -> Result<u16, ParseUrlError> {
    text.parse().ok().filter(|&port| port != 0).ok_or_else(|| ParseUrlError::Port(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_parsed_in_every_form() {
        for (text, written, path) in [
            ("http://127.0.0.1:8053", "http://127.0.0.1:8053", "/json/v1/zones"),
            ("http://127.0.0.1:8053/", "http://127.0.0.1:8053", "/json/v1/zones"),
            ("HTTP://NS1.example.net", "http://ns1.example.net:80", "/json/v1/zones"),
            ("http://[2001:db8::1]:8081/ns1//", "http://[2001:db8::1]:8081/ns1", "/ns1/json/v1/zones"),
        ] {
            let url: HttpUrl = text.parse().unwrap();
            assert_eq!((url.to_string().as_str(), url.below("json/v1/zones").as_str()), (written, path));
        }
    }

    #[test]
    fn no_other_text_is_a_url_and_no_password_is_repeated() {
        for (text, part) in [
            ("127.0.0.1:8053", "does not begin with http://"),
            ("https://127.0.0.1:8053", "does not begin with http://"),
            ("http://", "the URL has no host"),
            ("http://:8053/", "the URL has no host"),
            ("http://127.0.0.1:port/", "`port` is not a port"),
            ("http://a b/", "host name"),
            ("http://ns1/?key=hunter2", "the path of the URL has"),
            ("http://ns1/#a", "the path of the URL has"),
            ("http://ns1/\r\nHost: x", "the path of the URL has"),
            ("http://[fe80::1%eth0]:80/", "is not an IPv6 address in brackets"),
            ("http://[::1]8053/", "is not an IPv6 address in brackets"),
            ("http://::1/", "host name"),
            ("http://admin:hunter2@ns1/", "a user name or a password"),
        ] {
            let error = text.parse::<HttpUrl>().unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains("hunter2"), "{text:?}: {error}");
        }
    }
}
