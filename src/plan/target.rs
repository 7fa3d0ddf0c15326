//! The addresses to check.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::reading::ReadBy;
use super::server::TLS_SCHEME;
use super::status::StatusChannel;
use super::tls::TlsSettings;
use crate::dns::Name;
use crate::dns::tsig::TsigKey;

/// The role of a server in the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The zone is edited here.
    Primary,
    /// It takes the zone unsigned, signs it, and numbers the versions by itself.
    Signer,
    /// It gets the zone by transfer.
    Secondary,
}

/// One address of one server: the unit that is queried and judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The name of the server in reports.
    pub server: String,
    /// The address and port.
    pub address: SocketAddr,
    /// The source address of queries to it, unless the system chooses one.
    pub source: Option<IpAddr>,
    /// The role of the server.
    pub role: Role,
    /// The TSIG key that signs queries to it.
    pub key: Option<TsigKey>,
    /// The host name of the server, if it is known by one.
    pub host: Option<Name>,
    /// Whether the user says that no user asks it.
    pub is_hidden: bool,
    /// How its records are read, if the configuration of the server says so.
    pub by: Option<ReadBy>,
    /// How it is asked over TLS; `None`: over UDP and TCP.
    pub tls: Option<Arc<TlsSettings>>,
    /// Where the server is asked what it says of its own zones, if the configuration says so.
    pub status: Option<Arc<StatusChannel>>,
}

impl Target {
    /// A secondary with a name, at an address, which is asked over UDP and TCP, without a key.
    pub fn at(server: impl Into<String>, address: SocketAddr) -> Self {
        Self {
            server: server.into(),
            address,
            source: None,
            role: Role::Secondary,
            key: None,
            host: None,
            is_hidden: false,
            by: None,
            tls: None,
            status: None,
        }
    }

    /// Returns the identity of the address as text. It outlives the plan: histories are keyed by it.
    ///
    /// The key is part of it, since another key may select another view of the zone, and so is TLS: what answers at a
    /// port over TLS may be another server than the one that answers without. The other settings of TLS only say whom to
    /// trust.
    pub fn id(&self) -> String {
        let scheme = self.tls.as_ref().map_or("", |_| TLS_SCHEME);
        let key = self.key.as_ref().map(|key| format!(",key={}", key.name().without_final_dot()));
        format!("{scheme}{}{}", self.address, key.unwrap_or_default())
    }

    /// The name or address that its certificate must have, if it is asked over TLS.
    pub fn tls_name(&self) -> Option<String> {
        let tls = self.tls.as_ref()?;
        let host = || self.host.as_ref().map(Name::without_final_dot);
        Some(tls.name.clone().or_else(host).unwrap_or_else(|| self.address.ip().to_string()))
    }

    /// Whether another target is the same address, asked in the same way: the server may have two names.
    pub fn is_same_address(&self, other: &Self) -> bool {
        (self.address, self.source, &self.key, &self.tls)
            == (other.address, other.source, &other.key, &other.tls)
    }

    /// Whether this is an address of a member of the NS set, by name or by address.
    pub fn is_at(&self, server: &NameServer) -> bool {
        let named = |name: &Name| *name == server.name;
        self.host.as_ref().is_some_and(named)
            || self.server.parse::<Name>().is_ok_and(|name| named(&name))
            || server.addresses.contains(&self.address.ip())
    }
}

/// An address that is not queried, or a host name without an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unasked {
    /// The name of the server in reports.
    pub server: String,
    /// The role of the server.
    pub role: Role,
    /// The TSIG key that would sign queries to it.
    pub key: Option<TsigKey>,
    /// Why it is not queried.
    pub reason: UnaskedReason,
}

impl Unasked {
    /// Returns the address, if the user excluded its family.
    pub fn excluded_address(&self) -> Option<SocketAddr> {
        match self.reason {
            UnaskedReason::FamilyExcluded(address) => Some(address),
            UnaskedReason::NoInterface { .. }
            | UnaskedReason::NoAddress { .. }
            | UnaskedReason::MemberWithoutAddress { .. } => None,
        }
    }
}

/// Why an address is not queried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnaskedReason {
    /// The user excluded its address family.
    FamilyExcluded(SocketAddr),
    /// This host has no such interface, which the address is behind.
    NoInterface {
        /// The address.
        address: IpAddr,
        /// The interface as written.
        interface: String,
    },
    /// The host name of a server that the user named has no address.
    NoAddress {
        /// The host name.
        host: Name,
        /// Why the look-up failed.
        reason: String,
    },
    /// The host name of a member of the NS set has no address.
    MemberWithoutAddress {
        /// Why the look-up failed.
        reason: String,
    },
}

/// A member of the zone's NS set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameServer {
    /// Its name.
    pub name: Name,
    /// Its addresses, if they were looked up.
    pub addresses: Vec<IpAddr>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::tsig::Algorithm;

    #[test]
    fn the_identity_of_an_address_names_its_key_and_tls() {
        let target = |address: &str, key: Option<&str>, tls: Option<TlsSettings>| Target {
            key: key.map(|name| TsigKey::new(name.parse().unwrap(), Algorithm::Sha256, vec![1])),
            tls: tls.map(Arc::new),
            ..Target::at("ns1", address.parse().unwrap())
        };
        let over_tls = TlsSettings::default();
        let with_ca = TlsSettings { ca: Some("ca.pem".to_owned()), ..TlsSettings::default() };
        for (target, id) in [
            (target("[2001:db8::1]:53", None, None), "[2001:db8::1]:53"),
            (target("192.0.2.1:53", Some("transfer"), None), "192.0.2.1:53,key=transfer"),
            (target("192.0.2.1:853", None, None), "192.0.2.1:853"),
            (target("192.0.2.1:853", None, Some(over_tls)), "tls://192.0.2.1:853"),
            (target("192.0.2.1:853", Some("transfer"), Some(with_ca)), "tls://192.0.2.1:853,key=transfer"),
        ] {
            assert_eq!(target.id(), id);
        }
    }
}
