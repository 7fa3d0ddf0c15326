//! The keyed hash over records, one after the other.
//!
//! A record is hashed as its owner, padded to whole words, its type, the length of its data, and its data. The
//! owner is hashed once for all of its records that come in a row: no name begins another one (RFC 1035
//! section 3.1), so what follows it is never taken for a part of it. A signature that is taken by its meaning is
//! hashed a second time, in the parts that count.

use super::profile::{HashKey, Profile};
use super::siphash::{SipHash, short};
use crate::dns::Rtype;
use crate::dns::wire::Record;

/// What is hashed in place of a length and first octets, where parts of the data are left out: a length that no
/// record has on the wire.
const IN_PARTS: u64 = u64::MAX << 16;

/// An odd number without pattern: types next to each other fall into buckets far from each other.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The hashes of one record, one for each of the three sums.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hashed {
    pub(super) content: u128,
    pub(super) ttl: u128,
    pub(super) signature: u128,
    pub(super) bucket: u16,
}

impl Hashed {
    /// Returns what tells of all three in one number: of the content times the TTL, the half that all bits of
    /// the content have come into, however many times two the TTL is.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
    pub(super) fn located(&self) -> u64 {
        ((self.ttl >> 64) as u64).wrapping_add(self.signature as u64)
    }
}

/// Hashes records under one key.
pub(super) struct Hashing {
    start: SipHash,
    owner: Vec<u8>,
    /// The hash behind the owner.
    behind_owner: SipHash,
}

impl std::fmt::Debug for Hashing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hashing(secret)")
    }
}

impl Hashing {
    pub(super) fn new(key: &HashKey) -> Self {
        let start = SipHash::new(key.0);
        Self { start, owner: Vec::new(), behind_owner: start }
    }

    /// Takes in the owner of the records that come next; returns whether it is another one than before.
    #[inline]
    pub(super) fn owner(&mut self, owner: &[u8]) -> bool {
        let is_another = self.owner != owner;
        if is_another {
            self.another_owner(owner);
        }
        is_another
    }

    #[inline(never)]
    fn another_owner(&mut self, owner: &[u8]) {
        self.owner.clear();
        self.owner.extend_from_slice(owner);
        self.behind_owner = self.start;
        self.behind_owner.padded(owner);
    }

    /// Returns the hashes of a record of the owner that was taken in last.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "hashes handed over in memory cost more than making them")]
    pub(super) fn hash(&self, profile: &Profile, record: &Record<'_>) -> Hashed {
        let (content, signature, of) = match record.rtype {
            Rtype::RRSIG => {
                let (content, signature) = self.signature(profile, record.rdata);
                (content, signature, record.covered())
            }
            rtype => (self.data(rtype, record.rdata), 0, rtype.0),
        };
        Hashed { content, ttl: with_ttl(content, record.ttl), signature, bucket: self.bucket(of) }
    }

    /// Returns the hashes of a signature: by what it is the same, and whole.
    fn signature(&self, profile: &Profile, rdata: &[u8]) -> (u128, u128) {
        let whole = self.data(Rtype::RRSIG, rdata);
        match profile.identity(Rtype::RRSIG, rdata) {
            (_, []) => (whole, 0),
            (front, back) => {
                let mut hash = self.behind_owner;
                hash.word(u64::from(Rtype::RRSIG.0) | IN_PARTS);
                hash.padded(front);
                (hash.finish(back), whole)
            }
        }
    }

    /// Returns the hash of the owner, a type, the length of the data, and the data.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "hashes handed over in memory cost more than making them")]
    fn data(&self, rtype: Rtype, data: &[u8]) -> u128 {
        let mut hash = self.behind_owner;
        let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
        let front = u64::from(rtype.0) | u64::from(length) << 16;
        match data.split_first_chunk::<4>() {
            Some((&first, rest)) => {
                hash.word(front | u64::from(u32::from_le_bytes(first)) << 32);
                hash.finish(rest)
            }
            None => hash.close(front | short(data) << 32, 4 + data.len()),
        }
    }

    /// Returns the bucket of an RRset of the owner; a signature goes with the RRset it covers.
    #[inline]
    fn bucket(&self, rtype: u16) -> u16 {
        let mixed = self.behind_owner.mixed().wrapping_add(u64::from(rtype)).wrapping_mul(SPREAD);
        let [high, low, ..] = mixed.to_be_bytes();
        u16::from_be_bytes([high, low])
    }
}

/// Returns what a record with its TTL adds: the secret hash of its content, times the TTL.
///
/// The sum over a copy is then an inner product of TTLs with numbers that nobody who writes zones can
/// know: two copies of the same content and other TTLs have one sum by chance in less than one of 2^96
/// cases (Carter and Wegman, Universal classes of hash functions, 1979).
fn with_ttl(content: u128, ttl: u32) -> u128 {
    content.wrapping_mul(u128::from(ttl) + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use siphasher::sip128::SipHasher13;

    use super::*;
    use crate::dns::wire::CLASS_IN;
    use crate::plan::ContentRules;

    proptest! {
        #[test]
        fn a_record_is_hashed_as_owner_type_length_and_data(
            labels in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..20), 0..5),
            rtype: u16,
            rdata in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            let mut owner: Vec<u8> = Vec::new();
            for label in &labels {
                owner.push(u8::try_from(label.len()).unwrap());
                owner.extend_from_slice(label);
            }
            owner.push(0);
            prop_assume!(rtype != Rtype::RRSIG.0);
            let key = HashKey([9; 16]);
            let profile = Profile { key: key.clone(), content: ContentRules::default() };
            let record = Record { owner: &owner, rtype: Rtype(rtype), class: CLASS_IN, ttl: 300, rdata: &rdata };
            let mut hashing = Hashing::new(&key);
            hashing.owner(&owner);
            let hashed = hashing.hash(&profile, &record);
            let mut all = owner.clone();
            all.resize(owner.len().next_multiple_of(8), 0);
            all.extend_from_slice(&rtype.to_le_bytes());
            all.extend_from_slice(&u16::try_from(rdata.len()).unwrap().to_le_bytes());
            all.extend_from_slice(&rdata);
            prop_assert_eq!(hashed.content, SipHasher13::new_with_key(&key.0).hash(&all).as_u128());
        }
    }
}
