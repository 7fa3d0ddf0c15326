//! What an answer shows of an RRset.

use super::failure::CacheFailure;
use crate::compare::{RrsetText, rrset_text};
use crate::dns::message::{NOERROR, NXDOMAIN};
use crate::dns::name::is_within;
use crate::dns::whole::{OwnedRecord, WholeMessage, records};
use crate::dns::{Name, Rtype, TtlAndRdata};

/// The extended error of data that has expired (RFC 8914 section 4.4).
const STALE_ANSWER: u16 = 3;

/// The extended error of a denial that has expired (RFC 8914 section 4.20).
const STALE_NXDOMAIN: u16 = 19;

/// What an answer shows of an RRset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sighting {
    /// These records: of the type in question, or of an alias.
    Rrset {
        /// The type.
        rtype: Rtype,
        /// The records, with the lowest of their TTLs.
        rrset: RrsetText,
    },
    /// That there is no such RRset.
    Denied {
        /// The TTL of the SOA that comes with it.
        ttl: u32,
    },
    /// Nothing: a resolver that does not have it refers to the root (RFC 1034 section 4.3.2).
    NotHeld,
}

/// What an answer shows of the cache of a resolver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedAnswer {
    /// What it shows of the RRset.
    pub sighting: Sighting,
    /// Whether that has expired (RFC 8767).
    pub is_stale: bool,
}

/// Returns what the answer of a resolver shows of an RRset in its cache.
pub fn cached(message: &WholeMessage, rrset: (&Name, Rtype)) -> Result<CachedAnswer, CacheFailure> {
    let sighting = sighting(message, rrset)?;
    if message.header.is_authoritative() {
        return Err(CacheFailure::Authoritative);
    }
    let mut errors = message.edns.iter().flat_map(|edns| &edns.extended_errors);
    let is_stale = errors.any(|error| matches!(error.code, STALE_ANSWER | STALE_NXDOMAIN));
    Ok(CachedAnswer { sighting, is_stale })
}

/// Returns what an answer shows of an RRset.
pub fn sighting(message: &WholeMessage, (owner, rtype): (&Name, Rtype)) -> Result<Sighting, CacheFailure> {
    if !matches!(message.rcode, NOERROR | NXDOMAIN) {
        return Err(CacheFailure::of_rcode(message.rcode));
    }
    let of = |rtype: Rtype| -> Vec<TtlAndRdata> {
        records(&message.answer, owner, rtype).map(|it| (it.ttl, it.rdata.clone())).collect()
    };
    for rtype in [rtype, Rtype::CNAME] {
        let records = of(rtype);
        if !records.is_empty() {
            return Ok(Sighting::Rrset { rtype, rrset: rrset_text(rtype, &records) });
        }
    }
    let is_denial = |record: &&OwnedRecord| {
        record.rtype == Rtype::SOA && is_within(owner.as_wire(), record.owner.as_wire())
    };
    let denial = message.authority.iter().find(is_denial);
    Ok(match denial {
        Some(soa) => Sighting::Denied { ttl: soa.ttl },
        None if message.rcode == NXDOMAIN => Sighting::Denied { ttl: 0 },
        None => Sighting::NotHeld,
    })
}
