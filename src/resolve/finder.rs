//! Look-ups of names and addresses through hickory-resolver.

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

use super::cache::{Found, LookupFailure, Memory};
use crate::dns::Name;

/// How long one look-up waits for one answer of a resolver.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Which addresses are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Families {
    /// Both.
    Both,
    /// IPv4 alone.
    V4,
    /// IPv6 alone.
    V6,
}

impl Families {
    /// Returns whether an address is to be asked.
    pub fn admits(self, address: IpAddr) -> bool {
        match self {
            Self::Both => true,
            Self::V4 => address.is_ipv4(),
            Self::V6 => address.is_ipv6(),
        }
    }
}

/// Why no resolver can be asked.
#[derive(Debug, thiserror::Error)]
#[error("cannot read which resolver this system uses")]
pub struct ResolverError(#[from] NetError);

/// Finds servers; the resolver is set up when it is first needed.
#[derive(Debug)]
pub struct Finder {
    /// Which addresses are of interest.
    pub families: Families,
    address: Option<SocketAddr>,
    resolver: OnceCell<TokioResolver>,
    name_servers: Arc<Memory<Vec<Name>>>,
    addresses: Arc<Memory<Vec<IpAddr>>>,
}

impl Finder {
    /// Asks the resolver at `address`, or the system's.
    pub fn new(families: Families, address: Option<SocketAddr>) -> Self {
        let (name_servers, addresses) = (Arc::new(Memory::new()), Arc::new(Memory::new()));
        Self { families, address, resolver: OnceCell::new(), name_servers, addresses }
    }

    /// Returns one that asks the same resolver with sockets of its own, and knows what this one knows.
    pub fn fork(&self) -> Self {
        let (name_servers, addresses) = (Arc::clone(&self.name_servers), Arc::clone(&self.addresses));
        Self { name_servers, addresses, ..Self::new(self.families, self.address) }
    }

    /// Returns the names of a zone's NS set, sorted.
    pub async fn name_servers(&self, zone: &Name) -> Found<Vec<Name>> {
        self.name_servers.or_earlier(zone, Instant::now(), self.look_up_name_servers(zone)).await
    }

    /// Returns all addresses of a host, IPv4 first.
    pub async fn addresses(&self, host: &Name) -> Found<Vec<IpAddr>> {
        self.addresses.or_earlier(host, Instant::now(), self.look_up_addresses(host)).await
    }

    async fn look_up_name_servers(&self, zone: &Name) -> Result<Vec<Name>, LookupFailure> {
        let lookup = self.resolver().await?.lookup(to_hickory(zone), RecordType::NS).await;
        let lookup = lookup.map_err(|error| reason(&error))?;
        let names = lookup.answers().iter().filter_map(|record| match &record.data {
            RData::NS(name) => from_hickory(&name.0),
            _ => None,
        });
        let mut names: Vec<Name> = names.collect();
        names.sort_by_key(Name::to_string);
        names.dedup();
        if names.is_empty() {
            return Err(LookupFailure::Denied("the answer holds no NS record".to_owned()));
        }
        Ok(names)
    }

    async fn look_up_addresses(&self, host: &Name) -> Result<Vec<IpAddr>, LookupFailure> {
        let lookup =
            self.resolver().await?.lookup_ip(to_hickory(host)).await.map_err(|error| reason(&error))?;
        let mut addresses: Vec<IpAddr> =
            lookup.iter().filter(|address| self.families.admits(*address)).collect();
        addresses.sort_unstable();
        addresses.dedup();
        if addresses.is_empty() {
            return Err(LookupFailure::Denied("it has no address".to_owned()));
        }
        Ok(addresses)
    }

    async fn resolver(&self) -> Result<&TokioResolver, LookupFailure> {
        let resolver = self.resolver.get_or_try_init(async || self.build()).await;
        resolver.map_err(|error| LookupFailure::Failed(describe(&error)))
    }

    fn build(&self) -> Result<TokioResolver, ResolverError> {
        let mut builder = match self.address {
            Some(address) => at(address),
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

fn at(address: SocketAddr) -> ResolverBuilder<TokioRuntimeProvider> {
    let mut server = NameServerConfig::udp_and_tcp(address.ip());
    for connection in &mut server.connections {
        connection.port = address.port();
    }
    let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
    TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
}

/// Says in a few words why a look-up brought nothing.
fn reason(error: &NetError) -> LookupFailure {
    let code = match error {
        NetError::Dns(DnsError::NoRecordsFound(none)) => none.response_code,
        NetError::Dns(DnsError::ResponseCode(code)) => *code,
        other => return LookupFailure::Failed(format!("the look-up failed: {other}")),
    };
    let reason = format!("the resolver answered {code}");
    match code {
        ResponseCode::NoError | ResponseCode::NXDomain => LookupFailure::Denied(reason),
        _ => LookupFailure::Failed(reason),
    }
}

fn describe(error: &ResolverError) -> String {
    format!("{error}: {}", error.0)
}

fn to_hickory(name: &Name) -> HickoryName {
    let mut name = HickoryName::from_labels(name.labels()).expect("a name has names' lengths");
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
