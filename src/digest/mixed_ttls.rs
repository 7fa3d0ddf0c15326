//! RRsets whose records have different TTLs.

use std::collections::BTreeSet;

use crate::dns::wire::Record;
use crate::dns::{Name, Rtype};

/// The TTLs that are kept of one RRset.
const MAX_TTLS: usize = 8;

/// The RRsets of a copy whose records have different TTLs (RFC 2181 section 5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MixedTtls {
    /// The number of them, each with its signatures apart.
    pub rrsets: u64,
    /// The owner of one of them.
    pub owner: Name,
    /// Its type.
    pub rtype: Rtype,
    /// The type that its records cover, if they are signatures.
    pub covered: Option<Rtype>,
    /// Its TTLs, at most eight, ascending.
    pub ttls: Vec<u32>,
}

/// Counts the RRsets whose records have different TTLs, as long as the records of each owner are consecutive.
#[derive(Debug, Default)]
pub(super) struct MixedTtlsFinder {
    rrsets: u64,
    first: Option<MixedRrset>,
    /// The last owner of one of them, and the kinds of those that it has.
    owner: Vec<u8>,
    kinds: BTreeSet<(Rtype, u16)>,
}

/// An RRset whose records have different TTLs.
#[derive(Debug)]
struct MixedRrset {
    owner: Vec<u8>,
    kind: (Rtype, u16),
    ttls: BTreeSet<u32>,
}

impl MixedTtlsFinder {
    /// Adds a record that has another TTL than the first one of its RRset.
    pub(super) fn add(&mut self, record: &Record<'_>, first_ttl: u32) {
        if self.owner != record.owner {
            record.owner.clone_into(&mut self.owner);
            self.kinds.clear();
        }
        self.rrsets += u64::from(self.kinds.insert(record.kind()));
        let first = self.first.get_or_insert_with(|| MixedRrset {
            owner: record.owner.to_vec(),
            kind: record.kind(),
            ttls: BTreeSet::from([first_ttl]),
        });
        if first.owner == record.owner && first.kind == record.kind() && first.ttls.len() < MAX_TTLS {
            first.ttls.insert(record.ttl);
        }
    }

    /// Returns those that were found.
    pub(super) fn found(&self) -> Option<MixedTtls> {
        let MixedRrset { owner, kind: (rtype, covered), ttls } = self.first.as_ref()?;
        Some(MixedTtls {
            rrsets: self.rrsets,
            owner: Name::from_wire(owner)?,
            rtype: *rtype,
            covered: (*rtype == Rtype::RRSIG).then_some(Rtype(*covered)),
            ttls: ttls.iter().copied().collect(),
        })
    }
}
