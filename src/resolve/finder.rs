//! Lookups of NS sets and addresses through hickory-resolver.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hickory_resolver::config::{LookupIpStrategy, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name as HickoryName, RData, RecordType};
use hickory_resolver::{ResolverBuilder, TokioResolver};
use tokio::sync::OnceCell;

use super::cache::{Lookup, LookupCache, LookupFailure};
use super::found::Found;
use crate::dns::Name;
use crate::dns::dnssec::Ds;
use crate::dns::message::rcode_name;

/// How long a lookup waits for the response of a resolver.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The most DS records of a zone that are used.
const MAX_DS_RECORDS: usize = 64;

/// The address families in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Families {
    /// IPv4 and IPv6.
    Both,
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
}

impl Families {
    /// Whether an address is of a family in use.
    pub fn admits(self, address: IpAddr) -> bool {
        match self {
            Self::Both => true,
            Self::V4 => address.is_ipv4(),
            Self::V6 => address.is_ipv6(),
        }
    }
}

/// The resolver of this system is not known.
#[derive(Debug, thiserror::Error)]
#[error("cannot read which resolver this system uses")]
pub struct ResolverError(#[from] NetError);

/// Finds the servers of zones through a resolver, which is set up when it is first needed.
#[derive(Debug)]
pub struct Finder {
    /// The address families in use; addresses of others are left out.
    pub families: Families,
    address: Option<SocketAddr>,
    resolver: OnceCell<TokioResolver>,
    name_servers: Arc<LookupCache<Found<Name>>>,
    addresses: Arc<LookupCache<Found<IpAddr>>>,
    ds: Arc<LookupCache<Option<Vec<Ds>>>>,
}

impl Finder {
    /// Makes a finder that uses the resolver at `address`, or that of the system.
    pub fn new(families: Families, address: Option<SocketAddr>) -> Self {
        let (name_servers, addresses) = (Arc::new(LookupCache::new()), Arc::new(LookupCache::new()));
        let ds = Arc::new(LookupCache::new());
        Self { families, address, resolver: OnceCell::new(), name_servers, addresses, ds }
    }

    /// Makes a finder with the same resolver and cache, and sockets of its own.
    pub fn fork(&self) -> Self {
        let (name_servers, addresses) = (Arc::clone(&self.name_servers), Arc::clone(&self.addresses));
        let ds = Arc::clone(&self.ds);
        Self { name_servers, addresses, ds, ..Self::new(self.families, self.address) }
    }

    /// Looks up the names of a zone's NS set, sorted.
    pub async fn name_servers(&self, zone: &Name) -> Lookup<Found<Name>> {
        self.name_servers.look_up_or_cached(zone, Instant::now(), self.look_up_name_servers(zone)).await
    }

    /// Looks up the addresses of a host, IPv4 first.
    pub async fn addresses(&self, host: &Name) -> Lookup<Found<IpAddr>> {
        self.addresses.look_up_or_cached(host, Instant::now(), self.look_up_addresses(host)).await
    }

    /// Looks up the DS records of a zone, of which its parent has none if the list is empty.
    ///
    /// While the resolver fails, its earlier answer counts. The error says why nothing is known.
    pub async fn ds_records(&self, zone: &Name) -> Result<Vec<Ds>, String> {
        if *zone == Name::root() {
            return Err("the root zone has no parent".to_owned());
        }
        let lookup = self.ds.look_up_or_cached(zone, Instant::now(), self.look_up_ds(zone)).await;
        lookup.answer.ok_or_else(|| lookup.error.unwrap_or_default())
    }

    async fn look_up_ds(&self, zone: &Name) -> Result<Option<Vec<Ds>>, LookupFailure> {
        let lookup = match self.resolver().await?.lookup(to_hickory(zone), RecordType::DS).await {
            Ok(lookup) => lookup,
            Err(error) => match lookup_failure(&error, "DS record") {
                LookupFailure::Negative(_) => return Ok(Some(Vec::new())),
                failed @ LookupFailure::Failed(_) => return Err(failed),
            },
        };
        let records = lookup.answers().iter().filter_map(|record| match &record.data {
            RData::Unknown { code: RecordType::DS, rdata } => Ds::from_rdata(&rdata.anything),
            _ => None,
        });
        Ok(Some(records.take(MAX_DS_RECORDS).collect()))
    }

    async fn look_up_name_servers(&self, zone: &Name) -> Result<Found<Name>, LookupFailure> {
        let lookup = self.resolver().await?.lookup(to_hickory(zone), RecordType::NS).await;
        let lookup = lookup.map_err(|error| lookup_failure(&error, "NS record"))?;
        let names = lookup.answers().iter().filter_map(|record| match &record.data {
            RData::NS(name) => from_hickory(&name.0),
            _ => None,
        });
        let found = Found::name_servers(names.collect());
        if found.used.is_empty() {
            return Err(LookupFailure::Negative("it has no NS records".to_owned()));
        }
        Ok(found)
    }

    async fn look_up_addresses(&self, host: &Name) -> Result<Found<IpAddr>, LookupFailure> {
        let lookup = self
            .resolver()
            .await?
            .lookup_ip(to_hickory(host))
            .await
            .map_err(|error| lookup_failure(&error, self.address_noun()))?;
        let admitted = lookup.iter().filter(|address| self.families.admits(*address));
        let found = Found::addresses(admitted.collect());
        if found.used.is_empty() {
            return Err(LookupFailure::Negative(format!("it has no {}", self.address_noun())));
        }
        Ok(found)
    }

    /// What a host has if it can be queried.
    fn address_noun(&self) -> &'static str {
        match self.families {
            Families::Both => "address",
            Families::V4 => "IPv4 address",
            Families::V6 => "IPv6 address",
        }
    }

    async fn resolver(&self) -> Result<&TokioResolver, LookupFailure> {
        let resolver = self.resolver.get_or_try_init(async || self.build()).await;
        resolver.map_err(|error| LookupFailure::Failed(with_source(&error)))
    }

    fn build(&self) -> Result<TokioResolver, ResolverError> {
        let mut builder = match self.address {
            Some(address) => builder_at(address),
            None => TokioResolver::builder_tokio()?,
        };
        let options: &mut ResolverOpts = builder.options_mut();
        options.timeout = TIMEOUT;
        options.attempts = 1;
        options.ip_strategy = match self.families {
            Families::Both => LookupIpStrategy::Ipv4AndIpv6,
            Families::V4 => LookupIpStrategy::Ipv4Only,
            Families::V6 => LookupIpStrategy::Ipv6Only,
        };
        Ok(builder.build()?)
    }
}

fn builder_at(address: SocketAddr) -> ResolverBuilder<TokioRuntimeProvider> {
    let mut server = NameServerConfig::udp_and_tcp(address.ip());
    for connection in &mut server.connections {
        connection.port = address.port();
    }
    let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
    TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
}

/// Returns why a lookup for `what` gave no answer.
fn lookup_failure(error: &NetError, what: &str) -> LookupFailure {
    let code = match error {
        NetError::Dns(DnsError::NoRecordsFound(response)) => response.response_code,
        NetError::Dns(DnsError::ResponseCode(code)) => *code,
        NetError::Timeout => return LookupFailure::Failed("the resolver did not answer in time".to_owned()),
        other => return LookupFailure::Failed(format!("the lookup failed: {other}")),
    };
    match code {
        ResponseCode::NoError => LookupFailure::Negative(format!("it has no {what}")),
        ResponseCode::NXDomain => LookupFailure::Negative("the name does not exist (NXDOMAIN)".to_owned()),
        code => LookupFailure::Failed(format!("the resolver answered {}", rcode_name(code.into()))),
    }
}

fn with_source(error: &ResolverError) -> String {
    format!("{error}: {}", error.0)
}

fn to_hickory(name: &Name) -> HickoryName {
    let mut name = HickoryName::from_labels(name.labels()).expect("a name keeps the limits on lengths");
    name.set_fqdn(true);
    name
}

fn from_hickory(name: &HickoryName) -> Option<Name> {
    let mut wire = Vec::new();
    for label in name {
        wire.push(u8::try_from(label.len()).ok()?);
        wire.extend_from_slice(label);
    }
    wire.push(0);
    Name::from_wire(&wire)
}
