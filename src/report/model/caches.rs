//! What caches hold of what servers answer wrongly, in the report.

use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::differences::DifferencesReport;
use super::server::ServerReport;
use crate::caches::{CacheFailure, CachesReading, HeldRrset, ResolverReading};
use crate::report::text::rfc3339;

/// What the cache of one resolver holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct CacheReport {
    /// The name of the resolver.
    pub resolver: String,
    /// Its address and port.
    pub address: String,
    /// When it was asked, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub asked_at: String,
    /// The number of RRsets that it answered for.
    pub asked: u64,
    /// Why it did not answer for others.
    pub failure: Option<CacheFailureReport>,
    /// The RRsets that it holds otherwise than the reference has them.
    pub rrsets: Vec<CachedRrsetReport>,
}

/// Why the cache of a resolver cannot be looked into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct CacheFailureReport {
    /// The kind of failure, as of servers, or `authoritative` for a server of the zone.
    pub kind: &'static str,
    /// The failure in words.
    pub message: String,
}

/// An RRset that a resolver holds wrongly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct CachedRrsetReport {
    /// The owner name, as zone-file text with the final dot.
    pub owner: String,
    /// The type, or `TYPEnnn` if it has no mnemonic (RFC 3597).
    #[serde(rename = "type")]
    pub rtype: String,
    /// The seconds that it is held for at most, counted from `asked_at`; of a stale one it says nothing.
    pub ttl: u32,
    /// Whether it has expired, and is still given to users (RFC 8767).
    pub stale: bool,
    /// The data of the first records, as zone-file text, sorted; empty if the resolver holds that there is no such RRset.
    pub rdata: Vec<String>,
    /// The number of records, those that are left out of `rdata` included.
    pub records: u64,
    /// The commands that drop it.
    pub advice: Vec<String>,
}

/// The reports of all resolvers.
pub(in crate::report) fn cache_reports(caches: &CachesReading) -> Vec<CacheReport> {
    let report = |reading: &ResolverReading| CacheReport {
        resolver: reading.resolver.name.clone(),
        address: reading.resolver.address.to_string(),
        asked_at: rfc3339(caches.at),
        asked: reading.asked as u64,
        failure: reading.failure.as_ref().map(CacheFailureReport::from),
        rrsets: reading.wrong.iter().map(CachedRrsetReport::from).collect(),
    };
    caches.resolvers.iter().map(report).collect()
}

/// Until when caches may hold what these servers answer wrongly, if that is mended at a time; `None` if nothing is known
/// to be wrong, or not all of it is known.
pub(super) fn cached_until(servers: &[ServerReport], mended: SystemTime) -> Option<String> {
    let is_wrong = |server: &&ServerReport| server.wrong_rrsets.is_some_and(|wrong| wrong.wrong > 0);
    let differences = servers.iter().filter(is_wrong).filter_map(|server| server.differences.as_ref());
    let wrong = differences.filter(|differences| differences.all() > differences.ttl);
    let times: Option<Vec<u32>> = wrong.map(|differences: &DifferencesReport| differences.held_for).collect();
    let longest = times?.into_iter().max()?;
    mended.checked_add(Duration::from_secs(longest.into())).map(rfc3339)
}

impl From<&CacheFailure> for CacheFailureReport {
    fn from(failure: &CacheFailure) -> Self {
        Self { kind: failure.kind(), message: failure.to_string() }
    }
}

impl From<&HeldRrset> for CachedRrsetReport {
    fn from(held: &HeldRrset) -> Self {
        let HeldRrset { owner, rtype, ttl, is_stale, rdata, records, advice } = held.clone();
        let (owner, rtype) = (owner.to_string(), rtype.to_string());
        Self { owner, rtype, ttl, stale: is_stale, rdata, records, advice }
    }
}
