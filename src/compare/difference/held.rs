//! How long caches may hold what an address answers wrongly.

use super::pair::SideRecords;
use crate::dns::Soa;
use crate::dns::message::held_ttl;
use crate::observe::{DifferenceKind, WrongRrset};

/// How long a cache may hold that there is no such RRset, from an address that serves this SOA with this TTL (RFC 2308
/// section 5).
pub(super) fn of_denial((soa, ttl): (&Soa, u32)) -> u32 {
    held_ttl(ttl).min(held_ttl(soa.minimum))
}

/// How long a cache may hold what one side has of an RRset: its records, or that it has none.
pub(super) fn of_side<'a>(side: &impl SideRecords<'a>, denial: u32) -> u32 {
    side.iter().map(|record| held_ttl(record.ttl)).max().unwrap_or(denial)
}

/// How long a cache may hold a wrong answer; `None` if the answer is right but for its TTL.
pub(super) fn of_answer(wrong: &WrongRrset, denial: u32) -> Option<u32> {
    let found = wrong.found.iter().flat_map(|rrset| &rrset.records).map(|(ttl, _)| held_ttl(*ttl)).max();
    let answer = wrong.answer.as_ref().map(|answer| answer.ttl);
    (wrong.kind != DifferenceKind::Ttl).then(|| found.or(answer).unwrap_or(denial))
}
