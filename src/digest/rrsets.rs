//! The RRsets of a copy: their number, and those whose records have different TTLs.
//!
//! The records of one owner are consecutive in the transfers of most servers. As long as they are, both are exact.

use super::Profile;
use super::mixed_ttls::{MixedTtls, MixedTtlsFinder};
use crate::dns::Rtype;
use crate::dns::wire::Record;

/// The most RRsets of one owner that are followed whose TTL is not that of the owner's first record.
const MAX_OTHER_TTLS: usize = 1024;

/// Marks the TTL of the first record of an owner whose records have several.
const SEVERAL_TTLS: u64 = 1 << 32;

/// Follows the RRsets of a copy, record by record.
///
/// In most zones all records of an owner have one TTL, and then no RRset of it has several.
#[derive(Debug, Default)]
pub(super) struct RrsetTracker {
    /// The types of the current owner.
    types: TypeSet,
    /// The types that its signatures cover, once it has any.
    covered: TypeSet,
    /// The TTL of its first record, with [`SEVERAL_TTLS`] once another record has another one.
    ttl: u64,
    /// Once it has several: its RRsets whose first record has another TTL than its first record of all.
    others: Vec<OtherTtl>,
    count: u64,
    mixed: MixedTtlsFinder,
}

/// An RRset of the current owner, and the TTL of its first record.
#[derive(Clone, Copy, Debug)]
struct OtherTtl {
    kind: (Rtype, u16),
    ttl: u32,
}

impl RrsetTracker {
    /// Starts the records of another owner, the first of which has this TTL.
    #[inline]
    pub(super) fn start_owner(&mut self, ttl: u32) {
        self.types.clear();
        self.ttl = ttl.into();
    }

    /// Adds a record of the current owner. The TTL of a record that is left out does not matter.
    #[inline]
    pub(super) fn add(&mut self, record: &Record<'_>, profile: &Profile) {
        let is_new_type = self.types.insert(record.rtype.0);
        self.count += u64::from(is_new_type);
        let is_new = match record.rtype {
            Rtype::RRSIG => self.add_covered(record.covered(), is_new_type),
            _ => is_new_type,
        };
        if u64::from(record.ttl) != self.ttl {
            self.add_other_ttl(record, is_new, profile);
        }
    }

    /// Adds a type that a signature covers; returns whether it is the first signature over that.
    fn add_covered(&mut self, covered: u16, is_first_signature: bool) -> bool {
        if is_first_signature {
            self.covered.clear();
        }
        self.covered.insert(covered)
    }

    /// Adds a record of an owner whose records have several TTLs. It may be the first of its RRset.
    #[inline(never)]
    #[expect(clippy::cast_possible_truncation, reason = "it is without the mark")]
    fn add_other_ttl(&mut self, record: &Record<'_>, is_new: bool, profile: &Profile) {
        if self.ttl < SEVERAL_TTLS {
            self.ttl |= SEVERAL_TTLS;
            self.others.clear();
        }
        if self.others.len() >= MAX_OTHER_TTLS {
            return;
        }
        let (kind, ttl, owner_ttl) = (record.kind(), record.ttl, self.ttl as u32);
        if is_new {
            if ttl != owner_ttl {
                self.others.push(OtherTtl { kind, ttl });
            }
            return;
        }
        let other = self.others.iter().find(|other| other.kind == kind);
        let first = other.map_or(owner_ttl, |other| other.ttl);
        if ttl != first && !profile.leaves_out(record) {
            self.mixed.add(record, first);
        }
    }

    /// Returns the number of RRsets; the signatures of an owner count as one.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Returns those of mixed TTLs.
    pub(super) fn mixed_ttls(&self) -> Option<MixedTtls> {
        self.mixed.found()
    }
}

/// A set of types.
#[derive(Debug, Default)]
struct TypeSet {
    /// Those below 64, one bit for each: nearly all that zones have.
    low: u64,
    /// Those from 64 on.
    high: Vec<u16>,
}

impl TypeSet {
    #[inline]
    fn clear(&mut self) {
        self.low = 0;
        self.high.clear();
    }

    /// Adds a type; returns whether it was not in the set.
    #[inline]
    fn insert(&mut self, rtype: u16) -> bool {
        match 1_u64.checked_shl(rtype.into()) {
            Some(bit) => {
                let before = self.low;
                self.low |= bit;
                self.low != before
            }
            None => self.insert_high(rtype),
        }
    }

    fn insert_high(&mut self, rtype: u16) -> bool {
        let is_new = !self.high.contains(&rtype);
        if is_new {
            self.high.push(rtype);
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;
    use crate::digest::HashKey;
    use crate::plan::ContentRules;

    /// A record: a letter for its owner, its type and the type that it covers, its TTL.
    type Short = (char, (u16, u16), u32);

    fn profile(ignored: &[u16]) -> Profile {
        let ignored = ignored.iter().copied().map(Rtype).collect();
        Profile { key: HashKey([7; 16]), content: ContentRules { ignored, ..ContentRules::default() } }
    }

    fn track(records: &[Short], profile: &Profile) -> RrsetTracker {
        let mut rrsets = RrsetTracker::default();
        let mut before = None;
        for (letter, (rtype, covered), ttl) in records {
            let owner = [&[1, u8::try_from(*letter).unwrap()], b"\x04test\0".as_slice()].concat();
            let rdata = covered.to_be_bytes();
            let record = Record::new(&owner, Rtype(*rtype), *ttl, &rdata);
            if before.replace(letter) != Some(letter) {
                rrsets.start_owner(record.ttl);
            }
            rrsets.add(&record, profile);
        }
        rrsets
    }

    const A: (u16, u16) = (1, 0);
    const NS: (u16, u16) = (2, 0);
    const SIGNED_A: (u16, u16) = (46, 1);
    const SIGNED_NS: (u16, u16) = (46, 2);

    fn mixed(records: &[Short]) -> Option<(u64, String, Vec<u32>)> {
        let mixed = track(records, &profile(&[])).mixed_ttls()?;
        let covered = mixed.covered.map(|covered| format!(" {covered}")).unwrap_or_default();
        Some((mixed.rrsets, format!("{} {}{covered}", mixed.owner, mixed.rtype), mixed.ttls))
    }

    #[test]
    fn only_rrsets_with_several_ttls_are_mixed() {
        assert_eq!(mixed(&[]), None);
        for one_each in [
            vec![('a', A, 1), ('a', A, 1), ('a', A, 1)],
            vec![('a', A, 1), ('a', NS, 2), ('a', A, 1), ('a', NS, 2)],
            vec![('a', A, 1), ('b', A, 2), ('c', A, 3)],
            vec![('a', A, 1), ('a', SIGNED_A, 1), ('a', NS, 2), ('a', SIGNED_NS, 2), ('a', SIGNED_A, 1)],
            // A signature has the TTL of its RRset, and is in none with signatures over others.
            vec![('a', SIGNED_NS, 2), ('a', SIGNED_A, 1), ('a', SIGNED_NS, 2)],
        ] {
            assert_eq!(mixed(&one_each), None, "{one_each:?}");
        }
        for (several, rrsets, name, ttls) in [
            (vec![('a', A, 456), ('a', A, 123), ('a', A, 789)], 1, "a.test. A", vec![123, 456, 789]),
            (vec![('a', A, 1), ('a', NS, 2), ('a', A, 3), ('a', NS, 2)], 1, "a.test. A", vec![1, 3]),
            (vec![('b', NS, 1), ('b', NS, 2), ('a', A, 5), ('a', A, 4)], 2, "b.test. NS", vec![1, 2]),
            (vec![('a', A, 1), ('a', NS, 1), ('a', NS, 0), ('a', A, 2)], 2, "a.test. NS", vec![0, 1]),
            (
                vec![('a', SIGNED_A, 1), ('a', SIGNED_NS, 2), ('a', SIGNED_A, 2)],
                1,
                "a.test. RRSIG A",
                vec![1, 2],
            ),
            (vec![('a', A, u32::MAX), ('a', A, 0)], 1, "a.test. A", vec![0, u32::MAX]),
        ] {
            assert_eq!(mixed(&several), Some((rrsets, name.to_owned(), ttls)), "{several:?}");
        }
        let many: Vec<Short> = (0..100).map(|ttl| ('a', A, ttl)).collect();
        assert_eq!(mixed(&many), Some((1, "a.test. A".to_owned(), (0..8).collect())));
    }

    #[test]
    fn records_that_are_left_out_are_not_mixed() {
        let records = [('a', A, 1), ('a', A, 2), ('a', NS, 1), ('a', NS, 2)];
        let found = |ignored: &[u16]| track(&records, &profile(ignored)).mixed_ttls();
        assert_eq!(found(&[]).unwrap().rrsets, 2);
        assert_eq!(found(&[1]).map(|mixed| (mixed.rrsets, mixed.rtype)), Some((1, Rtype(2))));
        assert_eq!(found(&[1, 2]), None);
    }

    proptest! {
        #[test]
        fn all_are_found_among_consecutive_records_of_each_owner(
            owners in prop::collection::vec(
                prop::collection::vec((prop_oneof![1..100_u16, Just(46)], 0..40_u16, 0..3_u32), 1..120),
                0..4,
            ),
        ) {
            let mut records: Vec<Short> = Vec::new();
            let mut expected: BTreeMap<(char, (u16, u16)), BTreeSet<u32>> = BTreeMap::new();
            for (letter, of_owner) in ('a'..).zip(&owners) {
                for &(rtype, covered, ttl) in of_owner {
                    let kind = (rtype, if rtype == 46 { covered } else { 0 });
                    records.push((letter, kind, ttl));
                    expected.entry((letter, kind)).or_default().insert(ttl);
                }
            }
            let rrsets = track(&records, &profile(&[]));
            let types: BTreeSet<(char, u16)> = expected.keys().map(|(letter, kind)| (*letter, kind.0)).collect();
            prop_assert_eq!(rrsets.count(), types.len() as u64);
            let mixed = expected.values().filter(|ttls| ttls.len() > 1).count();
            prop_assert_eq!(rrsets.mixed_ttls().map_or(0, |mixed| mixed.rrsets), mixed as u64);
        }
    }
}
