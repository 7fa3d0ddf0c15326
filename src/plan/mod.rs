//! What to ask whom: a zone, its servers, and what counts as a difference.
//!
//! In: what the command line says and `discover` found. Out: a [`Plan`] for one zone. It never asks.

mod duration;
mod identity;
mod server;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

pub use duration::{ParseDuration, duration, some_time};
pub use identity::{Source, TargetId, address_id};
pub use server::{Host, ParseServer, Resolver, Server};

use crate::dns::tsig::TsigKey;
use crate::dns::{Name, Rtype};

/// The start of what [`ComparisonRules::of_records`] hashes; a new encoding gets a new number.
const RULES_ENCODING: &[u8] = b"zoneprobe rules 1\n";

/// The role of a server in the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The zone is edited here.
    Primary,
    /// It gets the zone by transfer.
    Secondary,
}

/// How much of each copy is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// The SOA alone.
    Serials,
    /// Every record.
    Records,
    /// The SOA alone; of the records, what their last comparison at the same serial has shown.
    PreviousRecords,
}

/// Whether the serials of several servers count the same versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serials {
    /// A secondary has the serial of the version it copied.
    Shared,
    /// Each server counts for itself, and content alone decides.
    Independent,
}

/// What a difference in nothing but TTL is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TtlDifference {
    /// A finding.
    Noted,
    /// A divergence.
    Diverged,
}

/// How long a lagging secondary has to catch up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grace {
    /// One refresh and one retry, from the server's own SOA.
    Auto,
    /// As long as the operator says.
    Fixed(Duration),
}

/// How long an operator lets a lag last, whatever the protocol will heal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxLag {
    /// One refresh and one retry, and 65 minutes at most.
    Auto,
    /// So long.
    Fixed(Duration),
}

/// How signatures and proofs are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignatureComparison {
    /// A signature counts as what it covers and who made it, whatever its octets and times.
    #[default]
    Semantic,
    /// A signature counts as its bytes.
    Exact,
    /// RRSIG, NSEC, NSEC3 and NSEC3PARAM do not count.
    Ignore,
}

/// What of a zone counts as its content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContentRules {
    /// Types that are left out.
    pub ignored: Vec<Rtype>,
    /// How signatures are taken.
    pub dnssec: SignatureComparison,
    /// RRsets that are left out, with the signatures over them.
    pub permitted: Vec<(Name, Rtype)>,
}

/// What counts as a difference, and how patient the judgement is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComparisonRules {
    /// How much is compared.
    pub compare: Compare,
    /// What counts as content.
    pub content: ContentRules,
    /// What TTLs count.
    pub ttl: TtlDifference,
    /// Whether serials are shared.
    pub serials: Serials,
    /// The time in which a lag heals.
    pub grace: Grace,
    /// The longest lag that is put up with.
    pub max_lag: Option<MaxLag>,
    /// SOA questions per address and check, from different ports.
    pub samples: u32,
    /// RRsets shown for each address.
    pub max_differences: usize,
    /// From one look to the next, which a beginning may have been missed by; nothing for a single look.
    pub interval: Duration,
}

impl ComparisonRules {
    /// The rules where nobody says otherwise.
    pub fn new(compare: Compare) -> Self {
        Self {
            compare,
            content: ContentRules::default(),
            ttl: TtlDifference::Noted,
            serials: Serials::Shared,
            grace: Grace::Auto,
            max_lag: None,
            samples: 1,
            max_differences: 100,
            interval: Duration::ZERO,
        }
    }

    /// Identifies the rules that say which records are the same, across runs and builds.
    ///
    /// It is the first eight bytes of a SHA-256 hash over `RULES_ENCODING`, then a byte each for how
    /// signatures, TTLs and serials are taken, then the ignored types and the permitted RRsets. A list is its
    /// length in eight bytes and its members in the order given; a type is two bytes, a name its wire form.
    /// Numbers are big-endian.
    pub fn of_records(&self) -> u64 {
        // Every field by name, so that a new one has to be decided on.
        let Self {
            content: ContentRules { ignored, dnssec, permitted },
            ttl,
            serials,
            compare: _,
            grace: _,
            max_lag: _,
            samples: _,
            max_differences: _,
            interval: _,
        } = self;
        let mut hash = Sha256::new_with_prefix(RULES_ENCODING);
        hash.update([
            match dnssec {
                SignatureComparison::Semantic => 0,
                SignatureComparison::Exact => 1,
                SignatureComparison::Ignore => 2,
            },
            match ttl {
                TtlDifference::Noted => 0,
                TtlDifference::Diverged => 1,
            },
            match serials {
                Serials::Shared => 0,
                Serials::Independent => 1,
            },
        ]);
        hash.update((ignored.len() as u64).to_be_bytes());
        for rtype in ignored {
            hash.update(rtype.0.to_be_bytes());
        }
        hash.update((permitted.len() as u64).to_be_bytes());
        for (owner, rtype) in permitted {
            hash.update(owner.as_wire());
            hash.update(rtype.0.to_be_bytes());
        }
        let hash: [u8; 32] = hash.finalize().into();
        let (&id, _) = hash.split_first_chunk().expect("a hash has more than eight bytes");
        u64::from_be_bytes(id)
    }
}

/// Whom to ask about a zone, and how to judge it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneSettings {
    /// The servers to check.
    pub servers: ServerSelection,
    /// How to compare and judge them.
    pub comparison: ComparisonRules,
}

/// One address of one server: the unit that is asked and judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// What people call the server.
    pub server: String,
    /// Where it is asked.
    pub address: SocketAddr,
    /// Where from, if not from wherever the system chooses.
    pub source: Option<IpAddr>,
    /// What it is to the zone.
    pub role: Role,
    /// The TSIG key that questions to it are signed with.
    pub key: Option<TsigKey>,
    /// The server's host name, when it was given or found by one.
    pub host: Option<Name>,
}

/// A member of the zone's NS set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameServer {
    /// Its name.
    pub name: Name,
    /// Its addresses, where they were looked up.
    pub addresses: Vec<IpAddr>,
}

/// Something that went wrong before the first question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookupError {
    /// No address was found for a server's name; those it had before are asked, where they are known.
    NoAddress {
        /// The server.
        server: String,
        /// Its name in DNS.
        host: Name,
        /// What it is to the zone.
        role: Role,
        /// What the look-up said.
        reason: String,
    },
    /// The NS set of the zone could not be found; that of before is asked, where it is known.
    NoServers {
        /// What the look-up said.
        reason: String,
    },
}

/// The servers that a user named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSelection {
    /// Each server with its role, the primaries first.
    pub servers: Vec<(Role, Server)>,
    /// Where to ask from, unless the server says otherwise.
    pub source: Option<IpAddr>,
    /// The keys there are, by name.
    pub keys: Arc<[TsigKey]>,
    /// The key of servers that name none.
    pub default_key: Option<TsigKey>,
}

impl ServerSelection {
    /// Returns the key of a server: the one it names, else the usual one.
    pub fn key(&self, server: &Server) -> Option<TsigKey> {
        match &server.key {
            Some(name) => self.keys.iter().find(|key| key.name() == name).cloned(),
            None => self.default_key.clone(),
        }
    }
}

/// What to do for one zone.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The zone.
    pub zone: Name,
    /// Whom to ask, primaries first.
    pub targets: Vec<Target>,
    /// The zone's NS set, where it is known.
    pub name_servers: Option<Vec<NameServer>>,
    /// What could not be found.
    pub lookup_errors: Vec<LookupError>,
    /// How to compare and judge.
    pub rules: ComparisonRules,
}

impl Target {
    /// Returns its identity as text, which outlives the plan: histories are keyed by it.
    pub fn id(&self) -> String {
        let key = self.key.as_ref().map(|key| key.name().without_final_dot());
        address_id(&self.address, key.as_deref())
    }

    /// Returns whether this is an address of a member of the NS set: by name, else by address.
    pub fn is_at(&self, server: &NameServer) -> bool {
        let named = |name: &Name| *name == server.name;
        self.host.as_ref().is_some_and(named)
            || self.server.parse::<Name>().is_ok_and(|name| named(&name))
            || server.addresses.contains(&self.address.ip())
    }
}

#[cfg(test)]
mod tests;
