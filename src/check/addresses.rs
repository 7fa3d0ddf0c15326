//! The addresses that a server of a zone has for name servers in it: they are its own records.

use std::net::IpAddr;

use futures_util::future::join_all;

use super::gather::{Gatherer, wait_for_turn};
use crate::dns::name::is_within;
use crate::dns::{Name, Rtype};
use crate::observe::address;
use crate::plan::{NameServer, Target};

/// The most names whose addresses are asked for.
const MAX_NAMES: usize = 64;

/// What a server says of the addresses of a name.
pub(super) struct OwnAddresses {
    /// Those in its authoritative answers, sorted.
    pub(super) addresses: Vec<IpAddr>,
    /// Whether it answered for both families with authority.
    pub(super) is_whole: bool,
}

impl Gatherer<'_> {
    /// Adds the addresses of name servers in the zone, as a server of the zone has them.
    pub(super) async fn add_glue(&self, servers: &mut [NameServer], target: &Target, zone: &Name) {
        let in_zone = |server: &&mut NameServer| is_within(server.name.as_wire(), zone.as_wire());
        let look_up = async |(number, server): (u32, &mut NameServer)| {
            server.addresses = self.own_addresses(target, &server.name, number).await.addresses;
        };
        let servers = servers.iter_mut().filter(in_zone).take(MAX_NAMES);
        join_all((0..).step_by(2).zip(servers).map(look_up)).await;
    }

    /// Asks a server for the addresses of a name, by two queries of which the first has this number.
    pub(super) async fn own_addresses(&self, target: &Target, name: &Name, number: u32) -> OwnAddresses {
        let query = async |number: u32, rtype: Rtype| {
            wait_for_turn(number).await;
            let answer = self.checker.client.rrset(target, name, rtype).await.ok()?;
            let addresses = answer.records.iter().filter_map(|(_, rdata)| address(rtype, rdata));
            answer.authoritative.then(|| addresses.collect::<Vec<IpAddr>>())
        };
        let (v4, v6) = tokio::join!(query(number, Rtype::A), query(number + 1, Rtype::AAAA));
        let is_whole = v4.is_some() && v6.is_some();
        let mut addresses: Vec<IpAddr> = [v4, v6].into_iter().flatten().flatten().collect();
        addresses.sort_unstable();
        addresses.dedup();
        OwnAddresses { addresses, is_whole }
    }
}
