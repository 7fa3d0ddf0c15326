//! What a resolver holds otherwise than the reference has it, and what to do about it.

use std::collections::BTreeSet;
use std::time::SystemTime;

use super::failure::CacheFailure;
use super::sighting::{CachedAnswer, Sighting};
use super::suspect::Suspect;
use crate::advice;
use crate::compare::has_data_of;
use crate::dns::{Name, Rtype};
use crate::plan::CacheResolver;

/// Above this number of names that a resolver holds wrongly, the whole zone is to be dropped from its cache.
const MAX_NAMES: usize = 3;

/// The most records that are kept of an RRset.
const MAX_RECORDS: usize = 20;

/// The maximum length of their text, in bytes.
const MAX_BYTES: usize = 8 * 1024;

/// What the caches of all resolvers hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachesReading {
    /// When they were asked, and the check ended.
    pub at: SystemTime,
    /// What each holds, in the order in which the user named them.
    pub resolvers: Vec<ResolverReading>,
}

/// What the cache of one resolver holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolverReading {
    /// The resolver.
    pub resolver: CacheResolver,
    /// The number of RRsets that it answered for.
    pub asked: usize,
    /// Why it did not answer for others.
    pub failure: Option<CacheFailure>,
    /// The RRsets that it holds otherwise than the reference has them.
    pub wrong: Vec<HeldRrset>,
}

/// An RRset that a resolver holds wrongly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRrset {
    /// Its owner name.
    pub owner: Name,
    /// Its type.
    pub rtype: Rtype,
    /// How many seconds it is held for at most; of data that has expired, it says nothing.
    pub ttl: u32,
    /// Whether it has expired, and is held because no server could be asked.
    pub is_stale: bool,
    /// The data of the first records as zone-file text; none where the resolver holds that there is no such RRset.
    pub rdata: Vec<String>,
    /// The number of all records.
    pub records: u64,
    /// The commands that drop it.
    pub advice: Vec<String>,
}

/// Returns what a resolver holds, from its answers for these RRsets, and why there are none for others.
pub fn read(
    zone: &Name,
    resolver: &CacheResolver,
    (answers, failure): (&[(&Suspect, CachedAnswer)], Option<CacheFailure>),
) -> ResolverReading {
    let mut wrong: Vec<HeldRrset> = Vec::new();
    for held in answers.iter().filter_map(|(suspect, answer)| held(suspect, answer)) {
        // An alias is the answer for each type.
        if !wrong.iter().any(|known| (&known.owner, known.rtype) == (&held.owner, held.rtype)) {
            wrong.push(held);
        }
    }
    let names: BTreeSet<&[u8]> = wrong.iter().map(|held| held.owner.as_wire()).collect();
    let are_many = names.len() > MAX_NAMES;
    for held in &mut wrong {
        held.advice = if are_many {
            advice::flush_zone(zone, &resolver.name)
        } else {
            advice::flush_name(&held.owner, &resolver.name)
        };
    }
    ResolverReading { resolver: resolver.clone(), asked: answers.len(), failure, wrong }
}

/// Returns what a resolver holds of an RRset, if it is wrong.
fn held(suspect: &Suspect, answer: &CachedAnswer) -> Option<HeldRrset> {
    let held = |rtype, ttl, rdata: &[String]| HeldRrset {
        owner: suspect.owner.clone(),
        rtype,
        ttl,
        is_stale: answer.is_stale,
        rdata: first(rdata),
        records: rdata.len() as u64,
        advice: Vec::new(),
    };
    match (&answer.sighting, &suspect.right) {
        (Sighting::NotHeld, _) | (Sighting::Denied { .. }, None) => None,
        (Sighting::Denied { ttl }, Some(_)) => Some(held(suspect.rtype, *ttl, &[])),
        (Sighting::Rrset { rtype, rrset }, right) => {
            let is_right = match right {
                Some(right) => *rtype == suspect.rtype && has_data_of(rrset, right),
                // An alias has no other types.
                None => *rtype != suspect.rtype,
            };
            (!is_right).then(|| held(*rtype, rrset.ttl, &rrset.rdata))
        }
    }
}

/// Returns the first records, as many as are kept.
fn first(rdata: &[String]) -> Vec<String> {
    let mut bytes = 0;
    let fits = |record: &&String| {
        bytes += record.len();
        bytes <= MAX_BYTES
    };
    rdata.iter().take(MAX_RECORDS).take_while(fits).cloned().collect()
}
