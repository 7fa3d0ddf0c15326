//! NSEC RDATA (RFC 4034 section 4).

use super::rrsig::split_wire_name;
use super::types::TypeSet;

/// What an NSEC record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nsec<'a> {
    /// The next name of the zone that has records, in wire format as received.
    pub next: &'a [u8],
    /// The types of its owner.
    pub types: TypeSet<'a>,
}

impl<'a> Nsec<'a> {
    /// Parses RDATA; `None` if it does not begin with a name.
    pub fn from_rdata(rdata: &'a [u8]) -> Option<Self> {
        let (next, types) = split_wire_name(rdata)?;
        Some(Self { next, types: TypeSet::new(types) })
    }
}
