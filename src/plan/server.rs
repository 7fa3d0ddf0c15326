//! A server as people write it: `[NAME=]HOST[:PORT][,key=KEYNAME][,source=ADDRESS][,hidden]`.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use super::reading::ReadBy;
use super::typed::{TypedNameError, parse_name};
use crate::dns::Name;
use crate::dns::name::NameError;

/// The default port of DNS.
const DNS_PORT: u16 = 53;

/// The host of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// An address.
    Address(IpAddr),
    /// A link-local address, and the name or the index of the interface that it is behind (RFC 4007 section 11).
    Scoped(Ipv6Addr, String),
    /// A name: all its addresses.
    Name(Name),
}

impl Host {
    /// Returns the address, unless the host is a name.
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Address(address) => Some(*address),
            Self::Scoped(address, _) => Some((*address).into()),
            Self::Name(_) => None,
        }
    }
}

/// The TSIG key that signs queries to a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum KeyChoice {
    /// The default key, if there is one.
    #[default]
    Default,
    /// No key.
    Unsigned,
    /// The key of this name.
    Named(Name),
}

/// The value of `key=` that turns signing off.
pub const NO_KEY: &str = "none";

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
    /// The TSIG key that signs queries to it.
    pub key: KeyChoice,
    /// Whether no user asks it.
    pub is_hidden: bool,
    /// How its records are read, if the configuration of the server says so.
    pub by: Option<ReadBy>,
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
        reason: TypedNameError,
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
    #[error("`{}` is not an address to ask from; write it without a port, as in 192.0.2.1", .0.escape_debug())]
    Source(String),
    /// A resolver is not an address.
    #[error("`{}` is not an address; write ADDRESS or ADDRESS:PORT, as in 192.0.2.53:5353", .0.escape_debug())]
    NotAnAddress(String),
    /// A setting after a comma is unknown.
    #[error("`{}` is not a setting of a server; known are key=KEYNAME, key=none, source=ADDRESS and hidden", .0.escape_debug())]
    UnknownSetting(String),
}

impl Server {
    /// A server with a name, at `HOST` or `HOST:PORT`.
    pub fn at(name: &str, address: &str) -> Result<Self, ParseServerError> {
        let (host, port) = parse_host_and_port(address)?;
        Ok(Self {
            name: name.to_owned(),
            host,
            port,
            source: None,
            key: KeyChoice::Default,
            is_hidden: false,
            by: None,
        })
    }

    /// Whether another server is the same one, asked in the same way.
    pub(super) fn is_same_place(&self, other: &Self) -> bool {
        let place = |it: &Self| (it.host.clone(), it.port, it.source, it.key.clone());
        place(self) == place(other)
    }

    /// A server that is known by its host name alone.
    pub fn at_name(host: &Name) -> Self {
        Self {
            name: host.without_final_dot(),
            host: Host::Name(host.clone()),
            port: DNS_PORT,
            source: None,
            key: KeyChoice::Default,
            is_hidden: false,
            by: None,
        }
    }
}

impl FromStr for Server {
    type Err = ParseServerError;

    fn from_str(text: &str) -> Result<Self, ParseServerError> {
        let mut parts = text.split(',');
        let server = parts.next().unwrap_or_default();
        let (mut source, mut key, mut is_hidden) = (None, KeyChoice::Default, false);
        for setting in parts {
            match setting.split_once('=') {
                Some(("source", address)) => {
                    source = Some(parse_source(address)?);
                }
                Some(("key", NO_KEY)) => key = KeyChoice::Unsigned,
                Some(("key", name)) => {
                    let reason = |reason| ParseServerError::KeyName { name: name.to_owned(), reason };
                    key = KeyChoice::Named(name.parse().map_err(reason)?);
                }
                None if setting == "hidden" => is_hidden = true,
                _ => return Err(ParseServerError::UnknownSetting(setting.to_owned())),
            }
        }
        let (name, address) = match server.split_once('=') {
            // A URL may have one too.
            Some((name, _)) if name.contains("://") => (None, server),
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
            Host::Scoped(address, interface) => format!("{address}%{interface}"),
            Host::Name(name) => name.without_final_dot(),
        };
        Ok(Self { name: name.map_or(written, str::to_owned), host, port, source, key, is_hidden, by: None })
    }
}

/// Parses an address to ask from.
pub fn parse_source(text: &str) -> Result<IpAddr, ParseServerError> {
    text.parse().map_err(|_| ParseServerError::Source(text.to_owned()))
}

/// Parses an IPv6 address with the interface behind `%`.
fn parse_scoped(text: &str) -> Option<Host> {
    let (address, interface) = text.split_once('%')?;
    let is_name = !interface.is_empty()
        && interface.chars().all(|character| character.is_ascii_graphic() && !"/%[]".contains(character));
    let address = address.parse().ok().filter(|_| is_name)?;
    Some(Host::Scoped(address, interface.to_owned()))
}

/// Parses `HOST`, `HOST:PORT`, a bare IPv6 address, or `[IPV6]:PORT`.
fn parse_host_and_port(text: &str) -> Result<(Host, u16), ParseServerError> {
    if text.is_empty() {
        return Err(ParseServerError::NoHost);
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok((Host::Address(address), DNS_PORT));
    }
    if let Some(host) = parse_scoped(text) {
        return Ok((host, DNS_PORT));
    }
    let typed = |reason| ParseServerError::Host { host: text.to_owned(), reason };
    if text.starts_with('[') {
        let brackets = || ParseServerError::Brackets(text.to_owned());
        let (inside, port) = text.get(1..).and_then(|rest| rest.split_once(']')).ok_or_else(brackets)?;
        let host = match inside.parse::<Ipv6Addr>() {
            Ok(address) => Host::Address(address.into()),
            Err(_) => parse_scoped(inside).ok_or_else(brackets)?,
        };
        let port = match port.strip_prefix(':') {
            Some(port) => parse_port(port)?,
            None if port.is_empty() => DNS_PORT,
            None => return Err(brackets()),
        };
        return Ok((host, port));
    }
    let (host, port) = match text.rsplit_once(':') {
        // `http://…` and `tls:…:853` have a colon that is before no port.
        Some((host, _)) if host.contains(':') || text.contains("://") => {
            return Err(typed(parse_name(text).err().unwrap_or(TypedNameError::Mistaken(':'))));
        }
        Some((host, port)) => (host, parse_port(port)?),
        None => (text, DNS_PORT),
    };
    if host.is_empty() {
        return Err(ParseServerError::NoHost);
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok((Host::Address(address), port));
    }
    Ok((Host::Name(parse_name(host).map_err(typed)?), port))
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
            (Host::Name(_) | Host::Scoped(..), _) => Err(ParseServerError::NotAnAddress(text.to_owned())),
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
        assert_eq!(key, KeyChoice::Named("xfr".parse().unwrap()));
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
            (
                "192.0.2.1,source=me",
                "`me` is not an address to ask from; write it without a port, as in 192.0.2.1",
            ),
            (
                "192.0.2.1,kee=x",
                "`kee=x` is not a setting of a server; known are key=KEYNAME, key=none, source=ADDRESS and hidden",
            ),
            ("192.0.2.1,key=a..b", "`a..b` is not the name of a key: a label is empty"),
        ] {
            assert_eq!(text.parse::<Server>().unwrap_err().to_string(), message, "{text}");
        }
    }

    #[test]
    fn a_server_may_be_unsigned_hidden_and_behind_an_interface() {
        let parse = |text: &str| text.parse::<Server>().unwrap();
        assert_eq!(parse("192.0.2.1,key=none").key, KeyChoice::Unsigned);
        assert_eq!(parse("192.0.2.1").key, KeyChoice::Default);
        assert!(parse("ns0=192.0.2.1,hidden,key=xfr").is_hidden);
        assert!(!parse("ns0=192.0.2.1").is_hidden);
        for (text, interface, port) in [
            ("fe80::1%eth0", "eth0", 53),
            ("[fe80::1%eth0]", "eth0", 53),
            ("[fe80::1%eth0.100]:5301", "eth0.100", 5301),
            ("fe80::1%2", "2", 53),
        ] {
            let server = parse(text);
            assert_eq!(server.host, Host::Scoped("fe80::1".parse().unwrap(), interface.to_owned()), "{text}");
            assert_eq!((server.name, server.port), (format!("fe80::1%{interface}"), port));
        }
        for text in ["fe80::1%", "[fe80::1%]:53", "192.0.2.1%eth0", "fe80::1%a/b", "%eth0"] {
            assert!(text.parse::<Server>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_server_is_refused_with_the_right_form() {
        for (text, part) in [
            ("127.0.0.1#53", "write `127.0.0.1:53`"),
            ("127.0.0.1@53", "write `127.0.0.1:53`"),
            ("ns1=127.0.0.1@53", "write `127.0.0.1:53`"),
            ("@127.0.0.1", "write `127.0.0.1`"),
            ("::1#53", "write `[::1]:53`"),
            ("tls:127.0.0.1:853", "write `127.0.0.1:853`"),
            ("tls://127.0.0.1", "it is a URL; write 127.0.0.1"),
            ("http://example.com/", "it is a URL; write example.com"),
            ("http://example.com/?a=b", "it is a URL; write example.com"),
            ("192.0.2.1 192.0.2.2", "it has white space inside"),
            (" ", "it is empty"),
            ("example.net,example.org", "`example.org` is not a setting of a server"),
            ("192.0.2.1:99999", "`99999` is not a port from 1 to 65535"),
            ("[::1]:0", "`0` is not a port from 1 to 65535"),
            ("192.0.2.256", "an IPv4 address has four numbers"),
            ("1:2:3", "`:` is not part of a name"),
        ] {
            let message = text.parse::<Server>().unwrap_err().to_string();
            assert!(message.contains(part), "{text}: {message}");
        }
        for text in ["127.0.0.1#53", "localhost", "http://127.0.0.1", ""] {
            assert!(text.parse::<Resolver>().is_err(), "{text}");
        }
        for text in ["127.0.0.1#53", "127.0.0.1:53", "localhost", ""] {
            let message = parse_source(text).unwrap_err().to_string();
            assert!(message.contains("write it without a port"), "{message}");
        }
    }
}
