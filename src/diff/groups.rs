//! Changes that belong together.

use std::collections::HashSet;
use std::iter::Peekable;

use super::changes::RrsetChange;
use crate::dns::name::is_within;
use crate::dns::{Name, Rtype};

/// The most octets of records in a group.
const MAX_GROUP_BYTES: usize = 16 * 1024 * 1024;

/// The changes of each owner name in a row. An owner whose changes take more memory than a group may comes in several.
pub struct OwnerGroups<I: Iterator>(Peekable<I>);

impl<I: Iterator> OwnerGroups<I> {
    /// Groups changes in canonical order.
    pub fn new(changes: I) -> Self {
        Self(changes.peekable())
    }
}

impl<I, E> Iterator for OwnerGroups<I>
where
    I: Iterator<Item = Result<RrsetChange, E>>,
{
    type Item = Result<Vec<RrsetChange>, E>;

    fn next(&mut self) -> Option<Result<Vec<RrsetChange>, E>> {
        let first = match self.0.next()? {
            Ok(first) => first,
            Err(error) => return Some(Err(error)),
        };
        let (owner, mut bytes) = (first.owner.clone(), first.len());
        let mut group = vec![first];
        let is_of_owner = |next: &Result<RrsetChange, E>| next.as_ref().is_ok_and(|next| next.owner == owner);
        while bytes <= MAX_GROUP_BYTES
            && let Some(Ok(next)) = self.0.next_if(is_of_owner)
        {
            bytes += next.len();
            group.push(next);
        }
        Some(Ok(group))
    }
}

/// Whether a change comes after all others: BIND refuses an MX record whose host in the zone has no address yet.
pub fn comes_last(change: &RrsetChange) -> bool {
    change.rtype == Rtype::MX && change.to.is_some()
}

/// The names of the name servers in a zone, before and after a change of its NS set; none of any other change.
///
/// A server may refuse a version of the zone in which a name server has no address, so that these names change in the same
/// message.
pub fn name_server_names(zone: &Name, group: &[RrsetChange]) -> HashSet<Name> {
    let of_apex = group.iter().filter(|change| change.rtype == Rtype::NS && change.owner == *zone);
    let rdata = of_apex.flat_map(|change| change.from.iter().chain(&change.to)).flat_map(|data| &data.rdata);
    let names = rdata.filter_map(|rdata| Name::from_wire(rdata));
    names.filter(|name| name != zone && is_within(name.as_wire(), zone.as_wire())).collect()
}
