//! The servers of the zone above another one.

use futures_util::future::join_all;

use super::finder::Finder;
use super::targets;
use crate::dns::Name;
use crate::plan::{KeyChoice, Role, Server, ServerSelection, Target};

/// How many names up the zone above is looked for. Zones of reverse mapping may be far below it.
const MAX_LEVELS: usize = 20;

/// The most servers of the zone above that are asked.
const MAX_SERVERS: usize = 4;

/// The most addresses of these that are asked.
const MAX_ADDRESSES: usize = 8;

impl Finder {
    /// Returns the addresses of servers of the zone above another one: of those that the user names, or of some that are
    /// looked up. Queries to them are signed only if their user names a key.
    pub async fn parent_targets(
        &self,
        zone: &Name,
        given: &[Server],
        selection: &ServerSelection,
    ) -> Result<Vec<Target>, String> {
        let servers = if given.is_empty() { self.parent_servers(zone).await? } else { given.to_vec() };
        let servers = servers.into_iter().map(without_default_key);
        let look_up = async |server: Server| {
            let lookup = self.server_addresses(&server, None).await;
            let found = targets(Role::Secondary, &server, selection, &lookup.answer.used);
            (found.filter_map(Result::ok).collect::<Vec<Target>>(), lookup.error)
        };
        let (found, errors): (Vec<Vec<Target>>, Vec<Option<String>>) =
            join_all(servers.map(look_up)).await.into_iter().unzip();
        let targets = in_turn(&found);
        match errors.into_iter().flatten().next() {
            Some(reason) if targets.is_empty() => {
                Err(format!("no server of the parent has an address: {reason}"))
            }
            None if targets.is_empty() => {
                Err("no server of the parent has an address that is to be asked".to_owned())
            }
            Some(_) | None => Ok(targets),
        }
    }

    /// Looks up servers of the zone above: the closest name above that has an NS RRset.
    async fn parent_servers(&self, zone: &Name) -> Result<Vec<Server>, String> {
        if *zone == Name::root() {
            return Err("the root zone has no parent".to_owned());
        }
        for above in zone.ancestors().skip(1).take(MAX_LEVELS).filter_map(Name::from_wire) {
            let lookup = self.name_servers(&above).await;
            let mut names = lookup.answer.used;
            if !names.is_empty() {
                // Not all zones ask the same few servers.
                let first =
                    zone.as_wire().iter().map(|&octet| usize::from(octet)).sum::<usize>() % names.len();
                names.rotate_left(first);
                return Ok(names.iter().take(MAX_SERVERS).map(Server::at_name).collect());
            }
            if let Some(reason) = lookup.error.filter(|_| !lookup.is_negative) {
                let above = above.without_final_dot();
                return Err(format!("the servers of the parent were not found: {above}: {reason}"));
            }
        }
        Err("the servers of the parent were not found".to_owned())
    }
}

/// A single key of the user is for the servers of the zone, and nobody else's.
fn without_default_key(server: Server) -> Server {
    match server.key {
        KeyChoice::Default => Server { key: KeyChoice::Unsigned, ..server },
        KeyChoice::Unsigned | KeyChoice::Named(_) => server,
    }
}

/// Takes the first address of each server, then the second ones, as many as are asked.
fn in_turn(servers: &[Vec<Target>]) -> Vec<Target> {
    let longest = servers.iter().map(Vec::len).max().unwrap_or_default();
    let turn = |index: usize| servers.iter().filter_map(move |targets| targets.get(index));
    (0..longest).flat_map(turn).take(MAX_ADDRESSES).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_server_is_asked_at_one_address_before_any_is_at_two() {
        let target = |server: u8, address: u8| {
            Target::at(format!("ns{server}"), ([192, 0, server, address], 53).into())
        };
        let servers =
            vec![(0..9).map(|address| target(0, address)).collect(), vec![target(1, 0)], Vec::new()];
        let asked: Vec<(String, String)> =
            in_turn(&servers).iter().map(|it| (it.server.clone(), it.address.ip().to_string())).collect();
        assert_eq!(asked.len(), MAX_ADDRESSES);
        assert_eq!(
            (asked[0].0.as_str(), asked[1].0.as_str(), asked[2].1.as_str()),
            ("ns0", "ns1", "192.0.0.1")
        );
    }

    #[test]
    fn the_key_of_the_zone_is_not_used_at_the_parent() {
        let key = |text: &str| without_default_key(text.parse().unwrap()).key;
        assert_eq!(key("192.0.2.1"), KeyChoice::Unsigned);
        assert_eq!(key("192.0.2.1,key=parent"), KeyChoice::Named("parent".parse().unwrap()));
    }
}
