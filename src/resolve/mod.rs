//! The servers of a zone and their addresses, through a resolver.
//!
//! In: a zone, and the servers that its user selected, if any. Out: a [`Plan`]. It queries resolvers only,
//! never the servers themselves; a name that cannot be found is a [`LookupError`] in the plan and no error.

mod cache;
mod finder;
mod found;
mod interface;
mod parent;

use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::join_all;
use tokio::time::timeout_at;

pub use cache::Lookup;
pub use finder::{Families, Finder, ResolverError};
pub use found::Found;
pub use interface::interface_index;

use self::found::MAX_NAME_SERVERS;
use crate::dns::Name;
use crate::plan::{
    ComparisonRules, Host, LookupError, NameServer, Plan, Role, Server, ServerSelection, Target, Unasked,
    UnaskedReason,
};

impl Finder {
    /// Plans a check of a zone: at the selected servers, or at its NS set if none is selected.
    pub async fn plan(&self, zone: Name, selection: &ServerSelection, rules: ComparisonRules) -> Plan {
        self.plan_until(None, zone, selection, rules).await
    }

    /// Plans a check like [`Finder::plan`]; a lookup that lasts until then fails.
    pub async fn plan_until(
        &self,
        until: Option<Instant>,
        zone: Name,
        selection: &ServerSelection,
        rules: ComparisonRules,
    ) -> Plan {
        let mut plan = Plan::new(zone, rules);
        if selection.servers.is_empty() {
            Box::pin(self.add_ns_set(&mut plan, selection, until)).await;
            return plan;
        }
        let servers = selection.servers.iter().map(|(_, server)| server);
        let addresses = join_all(servers.map(|server| self.server_addresses(server, until))).await;
        for ((role, server), addresses) in selection.servers.iter().zip(addresses) {
            self.add_server(&mut plan, (*role, server), selection, &addresses);
        }
        if plan.targets.is_empty() && plan.lookup_errors.is_empty() {
            let reason = "every selected address is of the excluded family".to_owned();
            plan.lookup_errors.push(LookupError::NoServers { reason });
        }
        plan
    }

    /// Adds the servers of the zone's NS set.
    async fn add_ns_set(&self, plan: &mut Plan, selection: &ServerSelection, until: Option<Instant>) {
        let Lookup { answer: found, error, .. } = within(until, self.name_servers(&plan.zone)).await;
        plan.lookup_errors.extend(error.map(|reason| LookupError::NoServers { reason }));
        if found.left_out > 0 {
            let (used, count) = (found.used.len(), found.count());
            plan.lookup_errors.push(LookupError::TooManyServers { used, count });
        }
        let names = found.used;
        if names.is_empty() {
            return;
        }
        let servers: Vec<Server> = names.iter().map(Server::at_name).collect();
        let addresses = join_all(servers.iter().map(|server| self.server_addresses(server, until))).await;
        for (server, addresses) in servers.iter().zip(&addresses) {
            self.add_server(plan, (Role::Secondary, server), selection, addresses);
        }
        let name_servers = names.into_iter().zip(addresses);
        let name_servers =
            name_servers.map(|(name, lookup)| NameServer { name, addresses: lookup.answer.used });
        plan.name_servers = Some(name_servers.collect());
    }

    /// Looks up the addresses of a server.
    async fn server_addresses(&self, server: &Server, until: Option<Instant>) -> Lookup<Found<IpAddr>> {
        if let Host::Name(name) = &server.host {
            return Box::pin(within(until, self.addresses(name))).await;
        }
        let used = server.host.address().filter(|address| self.families.admits(*address));
        let answer = Found { used: used.into_iter().collect(), left_out: 0 };
        Lookup { answer, error: None, is_negative: false }
    }

    /// Adds all addresses of a server to the plan, the error of their lookup, and what is not queried.
    fn add_server(
        &self,
        plan: &mut Plan,
        (role, server): (Role, &Server),
        selection: &ServerSelection,
        lookup: &Lookup<Found<IpAddr>>,
    ) {
        let found = &lookup.answer;
        for target in targets(role, server, selection, &found.used) {
            match target {
                // Two lines of a user may lead to one address.
                Ok(target) if plan.targets.contains(&target) => {}
                Ok(target) => plan.targets.push(target),
                Err(reason) => plan.unasked.push(unasked(role, server, selection, reason)),
            }
        }
        if let Some(address) = server.host.address().filter(|address| !self.families.admits(*address)) {
            let reason = UnaskedReason::FamilyExcluded(SocketAddr::new(address, server.port));
            plan.unasked.push(unasked(role, server, selection, reason));
        }
        let Host::Name(host) = &server.host else { return };
        if found.left_out > 0 {
            let (used, count) = (found.used.len(), found.count());
            let (server, host) = (server.name.clone(), host.clone());
            plan.lookup_errors.push(LookupError::TooManyAddresses { server, host, used, count });
        }
        let Some(reason) = &lookup.error else { return };
        if found.used.is_empty() {
            let is_member = selection.servers.is_empty();
            let reason = reason.clone();
            let reason = if is_member {
                UnaskedReason::MemberWithoutAddress { reason }
            } else {
                UnaskedReason::NoAddress { host: host.clone(), reason }
            };
            plan.unasked.push(unasked(role, server, selection, reason));
        }
        let (server, host, reason) = (server.name.clone(), host.clone(), reason.clone());
        plan.lookup_errors.push(LookupError::NoAddress { server, host, role, reason });
    }

    /// Looks up the primary named in the SOA; returns its addresses as targets.
    pub async fn primary_targets(&self, mname: &Name, selection: &ServerSelection) -> Vec<Target> {
        let addresses = self.addresses(mname).await.answer.used;
        targets(Role::Primary, &Server::at_name(mname), selection, &addresses)
            .filter_map(Result::ok)
            .collect()
    }

    /// Looks up the addresses of each name, as far as there are not too many.
    pub async fn name_server_addresses(&self, names: Vec<Name>) -> Vec<NameServer> {
        let look_up = async |(index, name): (usize, Name)| {
            let addresses = match index {
                0..MAX_NAME_SERVERS => self.addresses(&name).await.answer.used,
                MAX_NAME_SERVERS.. => Vec::new(),
            };
            NameServer { name, addresses }
        };
        join_all(names.into_iter().enumerate().map(look_up)).await
    }
}

/// Returns a server that is not queried.
fn unasked(role: Role, server: &Server, selection: &ServerSelection, reason: UnaskedReason) -> Unasked {
    Unasked { server: server.name.clone(), role, key: selection.key(server), reason }
}

/// Awaits a lookup; one that lasts until then fails.
async fn within<T: Default>(until: Option<Instant>, lookup: impl Future<Output = Lookup<T>>) -> Lookup<T> {
    let Some(until) = until else { return lookup.await };
    let failed = |_| Lookup {
        answer: T::default(),
        error: Some("the resolver did not answer in time".to_owned()),
        is_negative: false,
    };
    timeout_at(until.into(), lookup).await.unwrap_or_else(failed)
}

/// Returns the addresses of a server as targets.
fn targets(
    role: Role,
    server: &Server,
    selection: &ServerSelection,
    addresses: &[IpAddr],
) -> impl Iterator<Item = Result<Target, UnaskedReason>> {
    let host = match &server.host {
        Host::Address(_) | Host::Scoped(..) => None,
        Host::Name(name) => Some(name.clone()),
    };
    let (source, key) = (server.source.or(selection.source), selection.key(server));
    let tls = server.tls.clone().map(Arc::new);
    let target = move |address: &IpAddr| {
        Ok(Target {
            server: server.name.clone(),
            address: socket_address(server, *address)?,
            source,
            role,
            key: key.clone(),
            host: host.clone(),
            is_hidden: server.is_hidden,
            by: server.by,
            tls: tls.clone(),
            status: server.status.clone(),
        })
    };
    addresses.iter().map(target)
}

/// Returns an address with the port of a server, and with the interface that a link-local one is behind.
fn socket_address(server: &Server, address: IpAddr) -> Result<SocketAddr, UnaskedReason> {
    match (&server.host, address) {
        (Host::Scoped(_, interface), IpAddr::V6(v6)) => match interface_index(interface) {
            Some(index) => Ok(SocketAddrV6::new(v6, server.port, 0, index).into()),
            None => Err(UnaskedReason::NoInterface { address, interface: interface.clone() }),
        },
        _ => Ok(SocketAddr::new(address, server.port)),
    }
}
