//! The resolvers whose caches are looked into, as people write them: `[NAME=]ADDRESS[:PORT]`.

use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;

use super::server::{ParseServerError, Resolver, split_name};

/// The resolvers whose caches are asked for what servers answer wrongly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheSettings {
    /// The resolvers, each address once.
    pub resolvers: Vec<CacheResolver>,
    /// Whether they may look up what they do not have.
    pub lookup: CacheLookup,
}

impl CacheSettings {
    /// The settings for these resolvers; `None` if there are none.
    pub fn of(resolvers: &[CacheResolver], lookup: CacheLookup) -> Option<Arc<Self>> {
        let mut once: Vec<CacheResolver> = Vec::new();
        for resolver in resolvers {
            if once.iter().all(|known| known.address != resolver.address) {
                once.push(resolver.clone());
            }
        }
        (!once.is_empty()).then(|| Arc::new(Self { resolvers: once, lookup }))
    }
}

/// Whether a resolver may look up what it does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CacheLookup {
    /// It is asked for what it has (RD clear).
    #[default]
    Never,
    /// It answers as it answers its users (RD set), and keeps what it looks up for that.
    Allowed,
}

/// A resolver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheResolver {
    /// Its name in reports: the name before `=`, else its address.
    pub name: String,
    /// Its address and port.
    pub address: SocketAddr,
}

impl FromStr for CacheResolver {
    type Err = ParseServerError;

    fn from_str(text: &str) -> Result<Self, ParseServerError> {
        let (name, address) = split_name(text)?;
        let Resolver(address) = address.parse()?;
        Ok(Self { name: name.map_or_else(|| address.ip().to_string(), str::to_owned), address })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resolver_is_an_address_and_may_have_a_name_and_a_port() {
        for (text, name, address) in [
            ("192.0.2.53", "192.0.2.53", "192.0.2.53:53"),
            ("192.0.2.53:5353", "192.0.2.53", "192.0.2.53:5353"),
            ("2001:db8::53", "2001:db8::53", "[2001:db8::53]:53"),
            ("office=[2001:db8::53]:5353", "office", "[2001:db8::53]:5353"),
        ] {
            let address = address.parse().unwrap();
            assert_eq!(text.parse(), Ok(CacheResolver { name: name.to_owned(), address }), "{text}");
        }
        for text in ["", "resolver.example", "=192.0.2.53", "a\u{1b}=192.0.2.53", "192.0.2.53,key=x", "a="] {
            assert!(text.parse::<CacheResolver>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_resolver_that_is_given_twice_is_asked_once() {
        let resolvers = ["a=192.0.2.53", "192.0.2.54", "b=192.0.2.53:53"].map(|it| it.parse().unwrap());
        let settings = CacheSettings::of(&resolvers, CacheLookup::Allowed).unwrap();
        assert_eq!(settings.resolvers, resolvers[..2]);
        assert_eq!(CacheSettings::of(&[], CacheLookup::Allowed), None);
    }
}
