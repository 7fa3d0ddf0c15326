//! Who serves a zone, and where: look-ups through a resolver.
//!
//! In: a zone, and the servers its user named, if any. Out: a [`Plan`]. It asks resolvers only, never
//! the servers themselves, and a name that cannot be found is a [`LookupError`] of the plan and no error.

mod cache;
mod finder;

use std::net::IpAddr;

use futures_util::future::join_all;

pub use cache::Found;
pub use finder::{Families, Finder, ResolverError};

use crate::dns::Name;
use crate::plan::{
    ComparisonRules, Host, LookupError, NameServer, Plan, Role, Server, ServerSelection, Target,
};

impl Finder {
    /// Plans a round for a zone: at the given servers, or at its NS set if none were given.
    pub async fn plan(&self, zone: Name, given: &ServerSelection, rules: ComparisonRules) -> Plan {
        let mut plan =
            Plan { zone, targets: Vec::new(), name_servers: None, lookup_errors: Vec::new(), rules };
        if given.servers.is_empty() {
            Box::pin(self.look_up(&mut plan, given)).await;
            return plan;
        }
        let addresses = join_all(given.servers.iter().map(|(_, server)| self.at(server))).await;
        for ((role, server), addresses) in given.servers.iter().zip(addresses) {
            add(&mut plan, *role, server, given, &addresses);
        }
        if plan.targets.is_empty() && plan.lookup_errors.is_empty() {
            let reason = "every address given is of the family that is left out".to_owned();
            plan.lookup_errors.push(LookupError::NoServers { reason });
        }
        plan
    }

    /// Adds the members of the zone's NS set.
    async fn look_up(&self, plan: &mut Plan, given: &ServerSelection) {
        let Found { answer: names, trouble } = self.name_servers(&plan.zone).await;
        plan.lookup_errors.extend(trouble.map(|reason| LookupError::NoServers { reason }));
        if names.is_empty() {
            return;
        }
        let servers: Vec<Server> = names.iter().map(Server::at_name).collect();
        let addresses = join_all(servers.iter().map(|server| self.at(server))).await;
        for (server, addresses) in servers.iter().zip(&addresses) {
            add(plan, Role::Secondary, server, given, addresses);
        }
        let located = names.into_iter().zip(addresses);
        let located = located.map(|(name, found)| NameServer { name, addresses: found.answer });
        plan.name_servers = Some(located.collect());
    }

    /// Returns the addresses of a server that are of interest.
    async fn at(&self, server: &Server) -> Found<Vec<IpAddr>> {
        match &server.host {
            Host::Address(address) => {
                let answer = self.families.admits(*address).then_some(*address).into_iter().collect();
                Found { answer, trouble: None }
            }
            Host::Name(name) => Box::pin(self.addresses(name)).await,
        }
    }

    /// Returns all addresses of a primary that the SOA names; none if it has none.
    pub async fn primary_targets(&self, name: &Name, given: &ServerSelection) -> Vec<Target> {
        let addresses = self.addresses(name).await.answer;
        targets(Role::Primary, &Server::at_name(name), given, &addresses)
    }

    /// Returns the addresses of each name; none for those that have none.
    pub async fn name_server_addresses(&self, names: Vec<Name>) -> Vec<NameServer> {
        let locate = async |name: Name| {
            let addresses = self.addresses(&name).await.answer;
            NameServer { name, addresses }
        };
        join_all(names.into_iter().map(locate)).await
    }
}

/// Adds all addresses of a server, and the trouble there was to find them.
fn add(plan: &mut Plan, role: Role, server: &Server, given: &ServerSelection, found: &Found<Vec<IpAddr>>) {
    plan.targets.extend(targets(role, server, given, &found.answer));
    if let (Host::Name(host), Some(reason)) = (&server.host, &found.trouble) {
        let (server, host, reason) = (server.name.clone(), host.clone(), reason.clone());
        plan.lookup_errors.push(LookupError::NoAddress { server, host, role, reason });
    }
}

/// Returns all addresses of a server, each as a target.
fn targets(role: Role, server: &Server, given: &ServerSelection, addresses: &[IpAddr]) -> Vec<Target> {
    let host = match &server.host {
        Host::Address(_) => None,
        Host::Name(name) => Some(name.clone()),
    };
    let target = |address: &IpAddr| Target {
        server: server.name.clone(),
        address: (*address, server.port).into(),
        source: server.source.or(given.source),
        role,
        key: given.key(server),
        host: host.clone(),
    };
    addresses.iter().map(target).collect()
}
