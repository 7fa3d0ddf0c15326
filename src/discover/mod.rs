//! Who serves a zone, and where: look-ups through a resolver.
//!
//! In: a zone, and the servers its user named, if any. Out: a [`Plan`]. It asks resolvers only, never
//! the servers themselves, and a name that cannot be found is a [`Trouble`] of the plan and no error.

mod finder;

pub use finder::{Families, Finder, ResolverError};

use crate::dns::Name;
use crate::plan::{Host, NameServer, Plan, Role, Rules, Server, Target, Trouble};

/// The servers that a user named.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Each server with its role, the primaries first.
    pub servers: Vec<(Role, Server)>,
    /// Where to ask from, unless the server says otherwise.
    pub source: Option<std::net::IpAddr>,
}

impl Finder {
    /// Plans a round for a zone: at the given servers, or at its NS set if none were given.
    pub async fn plan(&self, zone: Name, given: &Given, rules: Rules) -> Plan {
        let mut plan = Plan { zone, targets: Vec::new(), name_servers: None, troubles: Vec::new(), rules };
        if given.servers.is_empty() {
            self.look_up(&mut plan, given).await;
        }
        for (role, server) in &given.servers {
            let source = server.source.or(given.source);
            match &server.host {
                Host::Address(address) if self.families.admits(*address) => plan.targets.push(Target {
                    server: server.name.clone(),
                    address: (*address, server.port).into(),
                    source,
                    role: *role,
                    host: None,
                }),
                Host::Address(_) => {}
                Host::Name(name) => {
                    self.add(&mut plan, Named { name, server, role: *role, source }).await;
                }
            }
        }
        plan
    }

    /// Adds the members of the zone's NS set.
    async fn look_up(&self, plan: &mut Plan, given: &Given) {
        let names = match self.name_servers(&plan.zone).await {
            Ok(names) => names,
            Err(reason) => {
                plan.troubles.push(Trouble::NoServers { reason });
                return;
            }
        };
        let mut name_servers = Vec::with_capacity(names.len());
        for name in names {
            let server = Server::at(&name);
            let named = Named { name: &name, server: &server, role: Role::Secondary, source: given.source };
            let addresses = self.add(plan, named).await;
            name_servers.push(NameServer { name, addresses });
        }
        plan.name_servers = Some(name_servers);
    }

    /// Adds all addresses of a server, or the trouble that it has none.
    async fn add(&self, plan: &mut Plan, named: Named<'_>) -> Vec<std::net::IpAddr> {
        let found = self.addresses(named.name).await;
        let addresses = match found {
            Ok(addresses) => addresses,
            Err(reason) => {
                plan.troubles.push(Trouble::NoAddress { server: named.server.name.clone(), reason });
                return Vec::new();
            }
        };
        plan.targets.extend(addresses.iter().map(|address| Target {
            server: named.server.name.clone(),
            address: (*address, named.server.port).into(),
            source: named.source,
            role: named.role,
            host: Some(named.name.clone()),
        }));
        addresses
    }

    /// Returns the addresses of each name; none for those that have none.
    pub async fn locate(&self, names: Vec<Name>) -> Vec<NameServer> {
        let mut located = Vec::with_capacity(names.len());
        for name in names {
            let addresses = self.addresses(&name).await.unwrap_or_default();
            located.push(NameServer { name, addresses });
        }
        located
    }
}

/// A server that is known by name.
struct Named<'a> {
    name: &'a Name,
    server: &'a Server,
    role: Role,
    source: Option<std::net::IpAddr>,
}
