//! The NS set of a zone as it is kept between checks.

use std::net::IpAddr;

use crate::dns::Name;
use crate::plan::NameServer;

/// An NS set as bytes: 20 for a name server without addresses, where each [`NameServer`] takes 90.
#[derive(Debug)]
pub(super) struct PackedNameServers(Box<[u8]>);

impl PackedNameServers {
    /// Packs an NS set; `None` if it cannot be packed, which does not happen to an NS set.
    pub(super) fn pack(servers: &[NameServer]) -> Option<Self> {
        let parts: Vec<(&Name, &[IpAddr])> =
            servers.iter().map(|NameServer { name, addresses }| (name, addresses.as_slice())).collect();
        let bytes = postcard::to_allocvec(&parts).ok()?;
        Some(Self(bytes.into()))
    }

    /// Returns the NS set as it was packed.
    pub(super) fn unpack(&self) -> Vec<NameServer> {
        let parts: Vec<(Name, Vec<IpAddr>)> = postcard::from_bytes(&self.0).unwrap_or_default();
        parts.into_iter().map(|(name, addresses)| NameServer { name, addresses }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ns_set_is_unpacked_as_it_was() {
        let servers = [
            NameServer { name: "ns1.example".parse().unwrap(), addresses: Vec::new() },
            NameServer {
                name: "ns2.example".parse().unwrap(),
                addresses: vec!["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()],
            },
        ];
        assert_eq!(PackedNameServers::pack(&servers).unwrap().unpack(), servers);
        assert!(PackedNameServers::pack(&servers[..1]).unwrap().0.len() <= 20);
    }
}
