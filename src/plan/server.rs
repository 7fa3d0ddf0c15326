//! A server as people write it: `[NAME=][tls://]HOST[:PORT][,key=KEYNAME][,source=ADDRESS][,hidden]`, and behind
//! `tls://` the settings that begin with `tls-`. In these, `\,` is a comma, as in names of zone files.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use super::reading::ReadBy;
use super::status::StatusChannel;
use super::tls::{ParseTlsError, TlsSetter, TlsSettings, TlsSettingsBuilder};
use super::typed::{TypedNameError, parse_name};
use crate::dns::Name;
use crate::dns::name::NameError;

/// The default port of DNS.
pub const DNS_PORT: u16 = 53;

/// The port of DNS over TLS (RFC 7858 section 3.1).
pub const TLS_PORT: u16 = 853;

/// A comma that separates no settings.
const ESCAPED_COMMA: &str = r"\,";

/// What begins the address of a server that is asked over TLS.
pub(super) const TLS_SCHEME: &str = "tls://";

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
    /// How it is asked over TLS; `None`: over UDP and TCP.
    pub tls: Option<TlsSettings>,
    /// Where it is asked what it says of its own zones, if the configuration says so.
    pub status: Option<Arc<StatusChannel>>,
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
    #[error("`{}` is not a setting of a server; known are key=KEYNAME, key=none, source=ADDRESS and hidden, and behind tls://HOST tls-name=NAME, tls-ca=FILE, tls-pin=PIN, tls-cert=FILE and tls-key=FILE", .0.escape_debug())]
    UnknownSetting(String),
    /// What follows the path of a file is not a setting.
    #[error("`{}` is not a setting of a server; if it is part of a path, write the comma before it as `\\,`", .0.escape_debug())]
    CommaInPath(String),
    /// A setting of TLS belongs to a server that is not asked over TLS.
    #[error("`{}` is a setting of TLS, and `{}` is not asked over TLS; write tls://{}", setting.escape_debug(), address.escape_debug(), address.escape_debug())]
    NotTls {
        /// The setting as written.
        setting: String,
        /// The address as written.
        address: String,
    },
    /// The address has `tls:` without slashes.
    #[error("`tls:{}` lacks two slashes; write tls://{}", .0.escape_debug(), .0.escape_debug())]
    TlsWithoutSlashes(String),
    /// A setting of TLS is wrong.
    #[error(transparent)]
    Tls(#[from] ParseTlsError),
}

impl Server {
    /// A server with a name, at `HOST` or `HOST:PORT`; over TLS if it has settings of TLS, or begins with `tls://`.
    pub fn at(name: &str, address: &str, tls: Option<TlsSettings>) -> Result<Self, ParseServerError> {
        let over_tls = strip_scheme(address);
        let tls = tls.or_else(|| over_tls.map(|_| TlsSettings::default()));
        let (host, port) = parse_host_and_port(over_tls.unwrap_or(address), default_port(tls.is_some()))?;
        Ok(Self { tls, ..Self::new(name.to_owned(), host, port) })
    }

    /// A server that is known by its host name alone.
    pub fn at_name(host: &Name) -> Self {
        Self::new(host.without_final_dot(), Host::Name(host.clone()), DNS_PORT)
    }

    /// Whether nothing but a name was written, which may be that of a server of the configuration.
    pub fn is_only_a_name(&self) -> bool {
        self.name.parse::<Self>().is_ok_and(|bare| bare == *self)
    }

    /// Whether another server is the same one, asked in the same way.
    pub(super) fn is_same_place(&self, other: &Self) -> bool {
        let place = |it: &Self| (it.host.clone(), it.port, it.source, it.key.clone(), it.tls.clone());
        place(self) == place(other)
    }

    fn new(name: String, host: Host, port: u16) -> Self {
        Self {
            name,
            host,
            port,
            source: None,
            key: KeyChoice::Default,
            is_hidden: false,
            by: None,
            tls: None,
            status: None,
        }
    }
}

impl FromStr for Server {
    type Err = ParseServerError;

    fn from_str(text: &str) -> Result<Self, ParseServerError> {
        let mut parts = split_settings(text);
        let (name, address) = split_name(parts.next().unwrap_or_default())?;
        let mut server = Self::at(name.unwrap_or_default(), address, None)?;
        if name.is_none() {
            server.name = match &server.host {
                Host::Address(address) => address.to_string(),
                Host::Scoped(address, interface) => format!("{address}%{interface}"),
                Host::Name(name) => name.without_final_dot(),
            };
        }
        let mut tls = TlsSettingsBuilder::default();
        let mut follows_path = false;
        for setting in parts {
            match setting.split_once('=') {
                Some(("source", address)) => server.source = Some(parse_source(address)?),
                Some(("key", NO_KEY)) => server.key = KeyChoice::Unsigned,
                Some(("key", name)) => {
                    let reason = |reason| ParseServerError::KeyName { name: name.to_owned(), reason };
                    server.key = KeyChoice::Named(name.parse().map_err(reason)?);
                }
                None if setting == "hidden" => server.is_hidden = true,
                Some((key, value)) if let Some(set) = tls_setting(key) => {
                    if server.tls.is_none() {
                        let (setting, address) = (setting.to_owned(), address.to_owned());
                        return Err(ParseServerError::NotTls { setting, address });
                    }
                    set(&mut tls, &value.replace(ESCAPED_COMMA, ","))?;
                }
                _ if follows_path => return Err(ParseServerError::CommaInPath(setting.to_owned())),
                _ => return Err(ParseServerError::UnknownSetting(setting.to_owned())),
            }
            follows_path = ["tls-ca=", "tls-cert=", "tls-key="].iter().any(|file| setting.starts_with(file));
        }
        let tls = tls.build()?;
        Ok(Self { tls: server.tls.map(|_| tls), ..server })
    }
}

/// Splits a server at its commas, other than those that are escaped.
fn split_settings(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let is_separator = |at: &usize| !text.get(..*at).is_some_and(|before| before.ends_with('\\'));
        let Some(at) = text.match_indices(',').map(|(at, _)| at).find(is_separator) else {
            return Some(text);
        };
        let (setting, behind) = text.split_at(at);
        rest = behind.get(1..);
        Some(setting)
    })
}

/// Splits the name off a server: `NAME=ADDRESS`.
pub(super) fn split_name(server: &str) -> Result<(Option<&str>, &str), ParseServerError> {
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
    Ok((name, address))
}

/// Returns what takes the value of a setting of TLS.
fn tls_setting(key: &str) -> Option<TlsSetter> {
    Some(match key {
        "tls-name" => TlsSettingsBuilder::name,
        "tls-ca" => TlsSettingsBuilder::ca,
        "tls-pin" => TlsSettingsBuilder::pin,
        "tls-cert" => TlsSettingsBuilder::certificate,
        "tls-key" => TlsSettingsBuilder::key,
        _ => return None,
    })
}

/// Takes `tls://` off the address of a server.
fn strip_scheme(address: &str) -> Option<&str> {
    let (scheme, rest) = address.split_at_checked(TLS_SCHEME.len())?;
    scheme.eq_ignore_ascii_case(TLS_SCHEME).then_some(rest)
}

fn default_port(over_tls: bool) -> u16 {
    if over_tls { TLS_PORT } else { DNS_PORT }
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
fn parse_host_and_port(text: &str, default_port: u16) -> Result<(Host, u16), ParseServerError> {
    if text.is_empty() {
        return Err(ParseServerError::NoHost);
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok((Host::Address(address), default_port));
    }
    if let Some(host) = parse_scoped(text) {
        return Ok((host, default_port));
    }
    if let Some(rest) = text.strip_prefix("tls:").filter(|rest| !rest.starts_with('/')) {
        return Err(ParseServerError::TlsWithoutSlashes(rest.to_owned()));
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
            None if port.is_empty() => default_port,
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
        None => (text, default_port),
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
        match parse_host_and_port(text, DNS_PORT)? {
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
                "`kee=x` is not a setting of a server; known are key=KEYNAME, key=none, source=ADDRESS and hidden, \
                 and behind tls://HOST tls-name=NAME, tls-ca=FILE, tls-pin=PIN, tls-cert=FILE and tls-key=FILE",
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
    fn a_server_is_asked_over_tls_if_its_address_says_so() {
        const PIN: &str = "d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM=";
        let parse = |text: &str| text.parse::<Server>().unwrap();
        assert_eq!(parse("192.0.2.1:853").tls, None);
        for (text, name, port) in [
            ("tls://192.0.2.1", "192.0.2.1", 853),
            ("TLS://192.0.2.1:8853", "192.0.2.1", 8853),
            ("ns1=tls://[2001:db8::1]", "ns1", 853),
            ("ns1=tls://2001:db8::1", "ns1", 853),
            ("tls://fe80::1%eth0", "fe80::1%eth0", 853),
            ("tls://NS1.example.com.:53", "ns1.example.com", 53),
        ] {
            let server = parse(text);
            assert_eq!((server.name.as_str(), server.port), (name, port), "{text}");
            assert_eq!(server.tls, Some(TlsSettings::default()), "{text}");
        }
        let text = format!(
            "ns1=tls://192.0.2.1,tls-name=NS1.test,tls-ca=ca.pem,tls-pin={PIN},tls-pin={PIN},tls-cert=c=1.pem,\
             tls-key=k.pem,key=xfr,hidden"
        );
        let server = parse(&text);
        let tls = server.tls.unwrap();
        assert_eq!((tls.name.as_deref(), tls.ca.as_deref()), (Some("ns1.test"), Some("ca.pem")));
        assert_eq!(tls.pins, [PIN.parse().unwrap(), PIN.parse().unwrap()]);
        let identity = tls.identity.unwrap();
        assert_eq!((identity.certificate.as_str(), identity.key.as_str()), ("c=1.pem", "k.pem"));
        assert_eq!((server.key, server.is_hidden), (KeyChoice::Named("xfr".parse().unwrap()), true));
        let tls = parse(r"tls://192.0.2.1,tls-ca=/a\,b\c.pem,tls-cert=\,,tls-key=k\,\,\,hidden,hidden")
            .tls
            .unwrap();
        assert_eq!(tls.ca.as_deref(), Some(r"/a,b\c.pem"));
        let identity = tls.identity.unwrap();
        assert_eq!((identity.certificate.as_str(), identity.key.as_str()), (",", "k,,,hidden"));
        let at = |address: &str, tls: Option<TlsSettings>| Server::at("ns1", address, tls).unwrap();
        assert_eq!(at("tls://192.0.2.1", None).port, 853);
        assert_eq!(at("192.0.2.1", Some(TlsSettings::default())), at("tls://192.0.2.1:853", None));
        assert_eq!((at("192.0.2.1", None).port, at("192.0.2.1", None).tls), (53, None));
    }

    #[test]
    fn what_is_no_server_is_refused_with_the_right_form() {
        for (text, part) in [
            ("127.0.0.1#53", "write `127.0.0.1:53`"),
            ("127.0.0.1@53", "write `127.0.0.1:53`"),
            ("ns1=127.0.0.1@53", "write `127.0.0.1:53`"),
            ("@127.0.0.1", "write `127.0.0.1`"),
            ("::1#53", "write `[::1]:53`"),
            ("tls:127.0.0.1:853", "write tls://127.0.0.1:853"),
            ("https://127.0.0.1", "it is a URL; write 127.0.0.1"),
            ("tls://127.0.0.1/", "it ends with `/`; write `127.0.0.1`"),
            ("tls://ns1=127.0.0.1", "`=` is not part of a name"),
            ("tls://", "no host is given"),
            ("tls://tls://127.0.0.1", "it is a URL; write 127.0.0.1"),
            ("192.0.2.1,tls-name=ns1.test", "is not asked over TLS; write tls://192.0.2.1"),
            ("ns1=192.0.2.1:853,tls-ca=ca.pem", "is not asked over TLS; write tls://192.0.2.1:853"),
            ("tls://192.0.2.1,tls-ca=", "tls-ca names no file"),
            (
                "tls://192.0.2.1,tls-ca=/a,b.pem",
                r"`b.pem` is not a setting of a server; if it is part of a path",
            ),
            ("tls://192.0.2.1,tls-cert=a,b=c.pem,tls-key=k", r"write the comma before it as `\,`"),
            ("tls://192.0.2.1,tls-cert=c.pem", "tls-cert needs tls-key"),
            ("tls://192.0.2.1,tls-key=k.pem", "tls-key needs tls-cert"),
            ("tls://192.0.2.1,tls-pin=x", "`x` is not a pin"),
            ("tls://192.0.2.1,tls-name=a b", "`a b` is not a name or an address"),
            ("tls://192.0.2.1,tls-host=a", "tls-name=NAME"),
            ("tls://192.0.2.1,tls", "tls-name=NAME"),
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
