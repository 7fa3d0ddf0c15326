//! Looks at the delegation of a zone: asks the servers of the parent, a server of the zone, and those in between, to
//! which the parent delegates the zone.

use std::net::{IpAddr, SocketAddr};

use futures_util::future::join_all;

use super::gather::{Gatherer, wait_for_turn};
use crate::dns::dnssec::{Dnskey, Ds};
use crate::dns::message::NOERROR;
use crate::dns::name::is_within;
use crate::dns::whole::{QueryKind, WholeMessage};
use crate::dns::{Name, Rtype};
use crate::judge::{DelegationQuery, Evidence, Responses};
use crate::net::{QueryOptions, SingleQuery, SourcePort};
use crate::observe::{
    ChildSide, DelegatedServer, DelegationSighting, Failure, NoReferral, ParentServer, Referral, Transport,
    delegated_names, ds_records, sorted,
};
use crate::plan::{DNS_PORT, Server, Target, TargetId};
use crate::resolve::Families;

/// The most name servers of the parent's NS set that are asked for the zone: the root zone has 13.
const MAX_SERVERS: usize = 16;

/// The most addresses of each of them that are asked.
const MAX_ADDRESSES: usize = 4;

/// The most name servers in the zone whose addresses are asked for.
const MAX_NAMES: u32 = 32;

impl Gatherer<'_> {
    /// Looks at the delegation of the zone once.
    pub(super) async fn ask_delegation(
        &self,
        evidence: &Evidence,
        query: DelegationQuery,
    ) -> DelegationSighting {
        let looking = Box::pin(self.look_at_delegation(evidence, query));
        let seen = self.limit.of_step().within(looking).await;
        let late = || DelegationSighting {
            parents: Err("the time for this check was over".to_owned()),
            child: None,
            name_servers: Vec::new(),
            is_confirmed: true,
        };
        seen.unwrap_or_else(late)
    }

    async fn look_at_delegation(&self, evidence: &Evidence, query: DelegationQuery) -> DelegationSighting {
        let zone = &evidence.plan.zone;
        let target = query.child.and_then(|id| evidence.plan.target(id));
        let child = async { Some(self.ask_child(target?, zone).await) };
        let (parents, mut child) = tokio::join!(self.ask_parents(evidence, query.transport), child);
        let delegated = delegated_names(parents.as_deref().unwrap_or_default());
        if let Some((side, target)) = child.as_mut().zip(target) {
            let names = side.names.iter().flatten().chain(delegated.iter().map(|(name, _)| name));
            side.addresses = self.addresses_in_zone(target, zone, sorted(names.cloned())).await;
        }
        let own = child.as_ref().map(|child| child.addresses.as_slice()).unwrap_or_default();
        let ask = |(name, glue)| self.ask_delegated(evidence, name, glue, own);
        let name_servers = join_all(delegated.into_iter().take(MAX_SERVERS).map(ask)).await;
        DelegationSighting { parents, child, name_servers, is_confirmed: query.transport == Transport::Tcp }
    }

    /// Asks servers of the parent: those that the user named, or some that are looked up.
    async fn ask_parents(
        &self,
        evidence: &Evidence,
        transport: Transport,
    ) -> Result<Vec<ParentServer>, String> {
        let zone = &evidence.plan.zone;
        let rules = evidence.plan.rules.delegation.as_ref();
        let given: &[Server] = rules.map(|rules| rules.parents.as_ref()).unwrap_or_default();
        let mut targets = self.checker.finder.parent_targets(zone, given, self.servers).await?;
        if given.is_empty() {
            for target in &mut targets {
                match known_target(evidence, target.address.ip()) {
                    Some((_, known)) => (target.address, target.tls) = (known.address, known.tls.clone()),
                    // It is other people's.
                    None => self.checker.client.limiter.be_polite_to(target.address),
                }
            }
        }
        let mut parents =
            join_all(targets.iter().map(|target| self.ask_parent(target, zone, transport))).await;
        parents.retain(|parent| parent.referral != Err(NoReferral::Failed(Failure::FamilyUnusable)));
        if parents.is_empty() {
            return Err("this host has no route to any server of the parent".to_owned());
        }
        Ok(parents)
    }

    async fn ask_parent(&self, target: &Target, zone: &Name, transport: Transport) -> ParentServer {
        let ask = async |qtype: Rtype| {
            let query = SingleQuery { qname: zone.clone(), qtype, kind: QueryKind::Iterative, dnssec: true };
            self.ask_single(target, &query, transport).await
        };
        let (ns, ds) = tokio::join!(ask(Rtype::NS), ask(Rtype::DS));
        let referral = ns.map_err(NoReferral::Failed);
        let referral = referral.and_then(|(message, transport)| Referral::of(&message, zone, transport));
        tracing::debug!(%zone, parent = %target.address, ?referral, "delegation asked for");
        ParentServer {
            server: target.server.clone(),
            address: target.address,
            referral,
            ds: ds.ok().and_then(|(message, _)| ds_records(&message, zone)),
        }
    }

    /// Sends a query over UDP, or over TCP first if that is wanted.
    async fn ask_single(
        &self,
        target: &Target,
        query: &SingleQuery,
        transport: Transport,
    ) -> Result<(WholeMessage, Transport), Failure> {
        let client = &self.checker.client;
        if transport != Transport::Udp {
            let over_tcp = client.single_over(transport, target, query).await;
            if over_tcp.is_ok() {
                return over_tcp;
            }
        }
        client.single(target, query).await
    }

    /// Asks a server of the zone what the parent should have of it.
    async fn ask_child(&self, target: &Target, zone: &Name) -> ChildSide {
        let client = &self.checker.client;
        let rrset = async |rtype: Rtype| {
            let answer = client.rrset(target, zone, rtype).await.ok()?;
            let is_known = answer.authoritative && answer.rcode == NOERROR;
            is_known.then(|| answer.records.into_iter().map(|(_, rdata)| rdata).collect::<Vec<Vec<u8>>>())
        };
        let (names, keys, cds, cdnskey) = tokio::join!(
            client.name_servers(target, zone),
            rrset(Rtype::DNSKEY),
            rrset(Rtype::CDS),
            rrset(Rtype::CDNSKEY),
        );
        let keys_of =
            |rdata: Vec<Vec<u8>>| rdata.iter().filter_map(|rdata| Dnskey::from_rdata(rdata)).collect();
        ChildSide {
            server: target.server.clone(),
            address: target.address,
            names: Some(sorted(names.into_iter())).filter(|names| !names.is_empty()),
            addresses: Vec::new(),
            keys: keys.map(keys_of),
            cds: cds.iter().flatten().filter_map(|rdata| Ds::from_rdata(rdata)).collect(),
            cdnskey: cdnskey.map(keys_of).unwrap_or_default(),
        }
    }

    /// Asks a server of the zone for the addresses of the names in the zone.
    async fn addresses_in_zone(
        &self,
        target: &Target,
        zone: &Name,
        names: Vec<Name>,
    ) -> Vec<(Name, Vec<IpAddr>)> {
        let names = names.into_iter().filter(|name| is_within(name.as_wire(), zone.as_wire()));
        let ask = async |(number, name): (u32, Name)| {
            let own = self.own_addresses(target, &name, 2 * number).await;
            own.is_whole.then_some((name, own.addresses))
        };
        join_all((0..MAX_NAMES).zip(names).map(ask)).await.into_iter().flatten().collect()
    }

    /// Asks a name server to which the parent delegates the zone, at its glue if there is any.
    async fn ask_delegated(
        &self,
        evidence: &Evidence,
        name: Name,
        glue: Vec<IpAddr>,
        own: &[(Name, Vec<IpAddr>)],
    ) -> DelegatedServer {
        let finder = &self.checker.finder;
        let (mut addresses, mut absent) = (glue, None);
        if addresses.is_empty() {
            match own.iter().find(|(owner, _)| *owner == name) {
                Some((_, own)) => addresses.clone_from(own),
                None if is_within(name.as_wire(), evidence.plan.zone.as_wire()) => {}
                None => {
                    let lookup = finder.addresses(&name).await;
                    addresses = lookup.answer.used;
                    // It may have addresses of a family that is left out.
                    absent = lookup.error.filter(|_| lookup.is_negative && finder.families == Families::Both);
                }
            }
        }
        addresses.retain(|address| finder.families.admits(*address));
        let asked = addresses.into_iter().take(MAX_ADDRESSES);
        let asked =
            asked.enumerate().map(|(number, address)| self.ask_address(evidence, &name, (number, address)));
        let asked = join_all(asked).await;
        let addresses =
            asked.into_iter().filter(|(_, outcome)| *outcome != Err(Failure::FamilyUnusable)).collect();
        DelegatedServer { name, addresses, absent }
    }

    /// Whether the zone is served at an address of a name server: as this check has seen it, or by a query of its own.
    async fn ask_address(
        &self,
        evidence: &Evidence,
        name: &Name,
        (number, address): (usize, IpAddr),
    ) -> (SocketAddr, Result<(), Failure>) {
        if let Some((id, known)) = known_target(evidence, address) {
            let responses = evidence.of(id).responses(id);
            let has_soa = responses.is_some_and(|responses| responses.soa().is_some());
            let failure = responses.and_then(Responses::failure).cloned().unwrap_or(Failure::Timeout);
            return (known.address, if has_soa { Ok(()) } else { Err(failure) });
        }
        let target = Target {
            source: self.servers.source,
            host: Some(name.clone()),
            ..Target::at(name.without_final_dot(), SocketAddr::new(address, DNS_PORT))
        };
        wait_for_turn(u32::try_from(number).unwrap_or(u32::MAX)).await;
        let options = QueryOptions { transport: Transport::Udp, source_port: SourcePort::Fresh };
        let observation = self.checker.client.soa(&target, &evidence.plan.zone, options, self.started).await;
        (target.address, observation.failure().map_or(Ok(()), |failure| Err(failure.clone())))
    }
}

/// Returns the server of this check that is at an address: at the port for everybody, or at the one that its user gives,
/// by which this host reaches it. Of several, one that answers with authority.
fn known_target(evidence: &Evidence, address: IpAddr) -> Option<(TargetId, &Target)> {
    let answers =
        |id: TargetId| evidence.of(id).responses(id).is_some_and(|responses| responses.soa().is_some());
    let at_address = evidence.plan.iter().filter(|(_, target)| target.address.ip() == address);
    at_address.max_by_key(|(id, target)| (target.address.port() == DNS_PORT, answers(*id)))
}
