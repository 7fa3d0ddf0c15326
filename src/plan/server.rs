//! A server as people write it: `[NAME=]HOST[:PORT][,key=KEYNAME][,source=ADDRESS]`.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use crate::dns::Name;
use crate::dns::name::NameError;

/// The default port of DNS.
const DNS_PORT: u16 = 53;

/// The host of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// An address.
    Address(IpAddr),
    /// A name: all its addresses.
    Name(Name),
}

/// A server that a user named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its name in reports: the name before `=`, else the host.
    pub name: String,
    /// Its host.
    pub host: Host,
    /// The port.
    pub port: u16,
    /// The source address of queries to it.
    pub source: Option<IpAddr>,
    /// The name of the TSIG key that signs queries to it.
    pub key: Option<Name>,
}

/// Why a text is not a server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseServerError {
    /// The host is missing.
    #[error("no host is given; write [NAME=]HOST[:PORT]")]
    NoHost,
    /// The name before `=` is empty or holds control characters.
    #[error("the name before `=` must be printable text")]
    Name,
    /// There is more than one `=`.
    #[error("`{}` has more than one `=`; write [NAME=]HOST[:PORT], without `=` in either", .0.escape_debug())]
    TwoNames(String),
    /// The port is not a number from 1 to 65535.
    #[error("`{}` is not a port from 1 to 65535", .0.escape_debug())]
    Port(String),
    /// The host is neither an address nor a name.
    #[error("`{}` is neither an address nor a host name: {reason}", host.escape_debug())]
    Host {
        /// The host as written.
        host: String,
        /// Why it is not a name.
        reason: NameError,
    },
    /// The part in brackets is not an IPv6 address.
    #[error("`{}` is not an IPv6 address in brackets, with or without a port", .0.escape_debug())]
    Brackets(String),
    /// The value of `key=` is not a name.
    #[error("`{}` is not the name of a key: {reason}", name.escape_debug())]
    KeyName {
        /// The name as written.
        name: String,
        /// Why it is not a name.
        reason: NameError,
    },
    /// The value of `source=` is not an address.
    #[error("`{}` is not an address to ask from", .0.escape_debug())]
    Source(String),
    /// A resolver is not an address.
    #[error("`{}` is not an address, with or without a port", .0.escape_debug())]
    NotAnAddress(String),
    /// A setting after a comma is unknown.
    #[error("`{}` is not a setting of a server; known are key=KEYNAME and source=ADDRESS", .0.escape_debug())]
    UnknownSetting(String),
}

impl Server {
    /// A server with a name, at `HOST` or `HOST:PORT`.
    pub fn at(name: &str, address: &str) -> Result<Self, ParseServerError> {
        let (host, port) = parse_host_and_port(address)?;
        Ok(Self { name: name.to_owned(), host, port, source: None, key: None })
    }

    /// A server that is known by its host name alone.
    pub fn at_name(host: &Name) -> Self {
        Self {
            name: host.without_final_dot(),
            host: Host::Name(host.clone()),
            port: DNS_PORT,
            source: None,
            key: None,
        }
    }
}

impl FromStr for Server {
    type Err = ParseServerError;

    fn from_str(text: &str) -> Result<Self, ParseServerError> {
        let mut parts = text.split(',');
        let server = parts.next().unwrap_or_default();
        let (mut source, mut key) = (None, None);
        for setting in parts {
            match setting.split_once('=') {
                Some(("source", address)) => {
                    let parsed = address.parse().map_err(|_| ParseServerError::Source(address.to_owned()))?;
                    source = Some(parsed);
                }
                Some(("key", name)) => {
                    let reason = |reason| ParseServerError::KeyName { name: name.to_owned(), reason };
                    key = Some(name.parse().map_err(reason)?);
                }
                _ => return Err(ParseServerError::UnknownSetting(setting.to_owned())),
            }
        }
        let (name, address) = match server.split_once('=') {
            Some((_, rest)) if rest.contains('=') => {
                return Err(ParseServerError::TwoNames(server.to_owned()));
            }
            Some((name, address)) => (Some(name), address),
            None => (None, server),
        };
        if name.is_some_and(|name| name.is_empty() || name.chars().any(char::is_control)) {
            return Err(ParseServerError::Name);
        }
        let (host, port) = parse_host_and_port(address)?;
        let written = match &host {
            Host::Address(address) => address.to_string(),
            Host::Name(name) => name.without_final_dot(),
        };
        Ok(Self { name: name.map_or(written, str::to_owned), host, port, source, key })
    }
}

/// Parses `HOST`, `HOST:PORT`, a bare IPv6 address, or `[IPV6]:PORT`.
fn parse_host_and_port(text: &str) -> Result<(Host, u16), ParseServerError> {
    if text.is_empty() {
        return Err(ParseServerError::NoHost);
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok((Host::Address(address), DNS_PORT));
    }
    if text.starts_with('[') {
        let brackets = || ParseServerError::Brackets(text.to_owned());
        let (inside, port) = text.get(1..).and_then(|rest| rest.split_once(']')).ok_or_else(brackets)?;
        let address: Ipv6Addr = inside.parse().map_err(|_| brackets())?;
        let port = match port.strip_prefix(':') {
            Some(port) => parse_port(port)?,
            None if port.is_empty() => DNS_PORT,
            None => return Err(brackets()),
        };
        return Ok((Host::Address(address.into()), port));
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, parse_port(port)?),
        None => (text, DNS_PORT),
    };
    if host.is_empty() {
        return Err(ParseServerError::NoHost);
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok((Host::Address(address), port));
    }
    let name = host.parse().map_err(|reason| ParseServerError::Host { host: host.to_owned(), reason })?;
    Ok((Host::Name(name), port))
}

fn parse_port(text: &str) -> Result<u16, ParseServerError> {
    text.parse().ok().filter(|&port| port != 0).ok_or_else(|| ParseServerError::Port(text.to_owned()))
}

/// A resolver as people write it: `ADDRESS` or `ADDRESS:PORT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolver(pub SocketAddr);

impl FromStr for Resolver {
    type Err = ParseServerError;

    fn from_str(text: &str) -> Result<Self, ParseServerError> {
        match parse_host_and_port(text)? {
            (Host::Address(address), port) => Ok(Self(SocketAddr::new(address, port))),
            (Host::Name(_), _) => Err(ParseServerError::NotAnAddress(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Host {
        Host::Address(text.parse().unwrap())
    }

    #[test]
    fn a_server_is_parsed_in_every_form() {
        for (text, name, host, port) in [
            ("192.0.2.1", "192.0.2.1", address("192.0.2.1"), 53),
            ("192.0.2.1:5301", "192.0.2.1", address("192.0.2.1"), 5301),
            ("2001:db8::1", "2001:db8::1", address("2001:db8::1"), 53),
            ("[2001:db8::1]", "2001:db8::1", address("2001:db8::1"), 53),
            ("ns1=[2001:db8::1]:53", "ns1", address("2001:db8::1"), 53),
            (
                "NS1.Example.com.:5353",
                "ns1.example.com",
                Host::Name("ns1.example.com".parse().unwrap()),
                5353,
            ),
        ] {
            let server: Server = text.parse().unwrap();
            assert_eq!((server.name.as_str(), server.host, server.port), (name, host, port), "{text}");
        }
        let key = "ns1=192.0.2.1,key=Xfr".parse::<Server>().unwrap().key;
        assert_eq!(key, Some("xfr".parse().unwrap()));
        let from = "ns1=192.0.2.1,source=192.0.2.9".parse::<Server>().unwrap().source;
        assert_eq!(from, Some("192.0.2.9".parse().unwrap()));
    }

    #[test]
    fn parse_errors_name_the_part_that_is_wrong() {
        for (text, message) in [
            ("", "no host is given; write [NAME=]HOST[:PORT]"),
            ("ns1=", "no host is given; write [NAME=]HOST[:PORT]"),
            ("=192.0.2.1", "the name before `=` must be printable text"),
            (
                "ns1=ns2=192.0.2.1",
                "`ns1=ns2=192.0.2.1` has more than one `=`; write [NAME=]HOST[:PORT], without `=` in either",
            ),
            ("192.0.2.1:0", "`0` is not a port from 1 to 65535"),
            ("192.0.2.1:dns", "`dns` is not a port from 1 to 65535"),
            ("[::1", "`[::1` is not an IPv6 address in brackets, with or without a port"),
            ("[::1]x", "`[::1]x` is not an IPv6 address in brackets, with or without a port"),
            ("a..b", "`a..b` is neither an address nor a host name: a label is empty"),
            ("192.0.2.1,source=me", "`me` is not an address to ask from"),
            (
                "192.0.2.1,kee=x",
                "`kee=x` is not a setting of a server; known are key=KEYNAME and source=ADDRESS",
            ),
            ("192.0.2.1,key=a..b", "`a..b` is not the name of a key: a label is empty"),
        ] {
            assert_eq!(text.parse::<Server>().unwrap_err().to_string(), message, "{text}");
        }
    }
}
