//! What lookups find, within limits: no response makes a check query any number of servers.

use std::net::IpAddr;

use crate::dns::Name;

/// The maximum number of names of an NS set that are used: five times those of the root zone.
pub(super) const MAX_NAME_SERVERS: usize = 64;

/// The maximum number of addresses of a host that are used.
pub(super) const MAX_ADDRESSES: usize = 16;

/// What a lookup found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<T> {
    /// What is used of it.
    pub used: Vec<T>,
    /// How many more there are.
    pub left_out: usize,
}

impl<T> Default for Found<T> {
    fn default() -> Self {
        Self { used: Vec::new(), left_out: 0 }
    }
}

impl<T> Found<T> {
    /// The number of all that was found.
    pub(super) fn count(&self) -> usize {
        self.used.len() + self.left_out
    }
}

impl Found<Name> {
    /// Makes a sorted NS set; the first names are used.
    pub(super) fn name_servers(mut names: Vec<Name>) -> Self {
        names.sort_by_cached_key(Name::to_string);
        names.dedup();
        let left_out = names.len().saturating_sub(MAX_NAME_SERVERS);
        names.truncate(MAX_NAME_SERVERS);
        Self { used: names, left_out }
    }
}

impl Found<IpAddr> {
    /// Makes a sorted list of addresses, IPv4 first; where there are too many, half of each family are used.
    pub(super) fn addresses(mut addresses: Vec<IpAddr>) -> Self {
        addresses.sort_unstable();
        addresses.dedup();
        let count = addresses.len();
        let (mut v4, mut v6): (Vec<IpAddr>, Vec<IpAddr>) = addresses.into_iter().partition(IpAddr::is_ipv4);
        v4.truncate(MAX_ADDRESSES - v6.len().min(MAX_ADDRESSES / 2));
        v6.truncate(MAX_ADDRESSES - v4.len());
        v4.append(&mut v6);
        Self { left_out: count - v4.len(), used: v4 }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    /// The numbers of IPv4 and IPv6 addresses that are used of so many, and of those that are left out.
    fn used(v4: u16, v6: u16) -> (usize, usize, usize) {
        let v4 = (0..v4).map(|number| Ipv4Addr::from(0x0a00_0000 + u32::from(number)).into());
        let v6 = (0..v6).map(|number| Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, number).into());
        let found = Found::<IpAddr>::addresses(v6.chain(v4.clone()).chain(v4).collect());
        let count = found.used.iter().filter(|address| address.is_ipv4()).count();
        (count, found.used.len() - count, found.left_out)
    }

    #[test]
    fn sixteen_addresses_are_used_and_no_family_keeps_the_other_out() {
        assert_eq!(used(2, 3), (2, 3, 0));
        assert_eq!(used(16, 0), (16, 0, 0));
        assert_eq!(used(500, 0), (16, 0, 484));
        assert_eq!(used(0, 500), (0, 16, 484));
        assert_eq!(used(500, 1), (15, 1, 485));
        assert_eq!(used(1, 500), (1, 15, 485));
        assert_eq!(used(250, 250), (8, 8, 484));
    }

    #[test]
    fn sixty_four_names_are_used_whatever_their_order() {
        let name = |number: u32| format!("ns{number:04}.example").parse::<Name>().unwrap();
        let found = Found::name_servers((0..1000).rev().chain(0..1000).map(name).collect());
        assert_eq!((found.used.len(), found.left_out, found.count()), (64, 936, 1000));
        assert_eq!((&found.used[0], &found.used[63]), (&name(0), &name(63)));
    }
}
