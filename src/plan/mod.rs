//! What to check: a zone, its servers, and what counts as a difference.
//!
//! In: the settings of the user, and what the resolver found. Out: a [`Plan`] for one zone. It sends no query.

mod caches;
mod chain;
mod delegation;
mod duration;
mod external_url;
mod identity;
mod line_id;
mod membership;
pub mod queries;
mod rate;
mod reading;
mod rules;
mod server;
mod shard;
mod status;
mod target;
mod tls;
mod typed;
mod url;
mod vantage;

use std::net::IpAddr;
use std::sync::Arc;

pub use caches::{CacheLookup, CacheResolver, CacheSettings};
pub use chain::{ChainError, Link, check_chain};
pub use delegation::DelegationRules;
pub use duration::{ParseDurationError, parse_duration, parse_positive_duration};
pub use external_url::{ExternalUrl, percent_encode, zone_page_path};
pub use identity::{Source, TargetId};
pub use line_id::LineId;
pub use membership::{CatalogLag, CatalogRules, Membership, MembershipState};
pub use rate::{ParseRateError, QueryRate};
pub use reading::{Cover, ParseCoverError, ParseNamedRrsetError, ReadBy, parse_named_rrset};
pub use rules::{
    Compare, ComparisonRules, ContentRules, Grace, MaxLag, Serials, SignatureComparison, TtlDifference,
    ValidationRules,
};
pub use server::{
    DNS_PORT, Host, KeyChoice, NO_KEY, ParseServerError, Resolver, Server, TLS_PORT, parse_source,
};
pub use shard::{ParseShardError, Shard};
pub use status::{ApiKey, ControlCommand, ParseApiKeyError, StatusChannel};
pub use target::{NameServer, Role, Target, Unasked, UnaskedReason};
pub use tls::{ParseTlsError, Pin, TlsIdentity, TlsSetter, TlsSettings, TlsSettingsBuilder};
pub use typed::{TypedNameError, parse_zone};
pub use url::{HttpUrl, ParseUrlError, UrlHost};
pub use vantage::{ParseVantageError, parse_vantage};

use crate::dns::Name;
use crate::dns::tsig::TsigKey;

/// The settings of one zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneSettings {
    /// The servers to check.
    pub servers: ServerSelection,
    /// How to compare and judge them.
    pub comparison: ComparisonRules,
}

impl ZoneSettings {
    /// Returns the servers that are named: those of the zone, and those of its parent.
    pub fn all_servers(&self) -> impl Iterator<Item = &Server> {
        let parents = self.comparison.delegation.iter().flat_map(|rules| rules.parents.iter());
        self.servers.servers.iter().map(|(_, server)| server).chain(parents)
    }
}

/// The servers that a user named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSelection {
    /// Each server with its role, the primaries first, then the signers.
    pub servers: Vec<(Role, Server)>,
    /// The source address of queries to servers that name none.
    pub source: Option<IpAddr>,
    /// The TSIG keys that servers may name.
    pub keys: Arc<[TsigKey]>,
    /// The TSIG key of servers that name none.
    pub default_key: Option<TsigKey>,
}

impl ServerSelection {
    /// Returns the key of a server: the one that it names, else the default.
    pub fn key(&self, server: &Server) -> Option<TsigKey> {
        match &server.key {
            KeyChoice::Named(name) => self.keys.iter().find(|key| key.name() == name).cloned(),
            KeyChoice::Default => self.default_key.clone(),
            KeyChoice::Unsigned => None,
        }
    }

    /// Whether the key of a target is one that its server names, and not the default.
    pub fn is_key_named(&self, target: &Target) -> bool {
        let names_it = |server: &Server| match (&server.key, &target.key) {
            (KeyChoice::Named(name), Some(key)) => name == key.name(),
            _ => false,
        };
        self.servers.iter().any(|(_, server)| server.name == target.server && names_it(server))
    }
}

/// What to check for one zone.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The zone.
    pub zone: Name,
    /// The addresses to check, primaries first, then signers.
    pub targets: Vec<Target>,
    /// The addresses and host names that are not queried.
    pub unasked: Vec<Unasked>,
    /// The NS set of the zone, if known.
    pub name_servers: Option<Vec<NameServer>>,
    /// The catalog that lists the zone, if it is checked for that reason.
    pub membership: Option<Arc<Membership>>,
    /// The addresses that lag behind at that catalog.
    pub catalog_lags: Arc<[CatalogLag]>,
    /// What could not be looked up.
    pub lookup_errors: Vec<LookupError>,
    /// How to compare and judge.
    pub rules: ComparisonRules,
}

impl Plan {
    /// A plan for a zone, without any server yet.
    pub fn new(zone: Name, rules: ComparisonRules) -> Self {
        Self {
            zone,
            targets: Vec::new(),
            unasked: Vec::new(),
            name_servers: None,
            membership: None,
            catalog_lags: Arc::default(),
            lookup_errors: Vec::new(),
            rules,
        }
    }

    /// Returns how the records of a target are read: as its server says, else as the zone does.
    pub fn read_by(&self, target: &Target) -> ReadBy {
        target.by.unwrap_or(self.rules.by)
    }
}

/// A look-up that failed before the first query to a server of the zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookupError {
    /// A server's host name has no address. Its earlier addresses are queried, if they are known.
    NoAddress {
        /// The name of the server in reports.
        server: String,
        /// Its host name.
        host: Name,
        /// Its role.
        role: Role,
        /// Why the look-up failed.
        reason: String,
    },
    /// A server's host name has more addresses than are queried.
    TooManyAddresses {
        /// The name of the server in reports.
        server: String,
        /// Its host name.
        host: Name,
        /// The number of addresses that are queried.
        used: usize,
        /// The number of all its addresses.
        count: usize,
    },
    /// The NS set of the zone has more names than are used.
    TooManyServers {
        /// The number of names that are used.
        used: usize,
        /// The number of all its names.
        count: usize,
    },
    /// The NS set of the zone was not found. The earlier one is used, if it is known.
    NoServers {
        /// Why the look-up failed.
        reason: String,
    },
}
