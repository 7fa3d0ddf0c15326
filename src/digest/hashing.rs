//! The keyed hash of a record.
//!
//! The input is the owner name, padded with zeros to a multiple of 8 bytes, then the type, the length of the
//! RDATA, and the RDATA. Consecutive records of one owner share the state after the owner. No name in wire form
//! is a prefix of another one (RFC 1035 section 3.1), so two different records never have the same input. A
//! signature that is compared by its meaning is hashed a second time, over the parts that count.

use super::profile::{HashKey, Profile};
use crate::dns::Rtype;
use crate::dns::wire::Record;
use crate::siphash::{SipHash, partial_word};

/// Stands in place of the length and the first octets of RDATA where only parts of it are hashed: no record has
/// that length.
const PARTIAL_RDATA: u64 = u64::MAX << 16;

/// 2^64 divided by the golden ratio, as in Fibonacci hashing: adjacent types are in buckets far apart.
const BUCKET_MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// The hashes of one record, one for each of the three [`Sums`](super::Sums), and the bucket of its RRset.
#[derive(Clone, Copy, Debug)]
pub(super) struct RecordHashes {
    pub(super) content: u128,
    pub(super) ttl: u128,
    pub(super) signature: u128,
    pub(super) bucket: u16,
}

impl RecordHashes {
    /// Returns one number for all three hashes: of `ttl`, the upper half, into which every bit of the content
    /// has been carried by the multiplication, even if the factor is a power of two.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
    pub(super) fn combined(&self) -> u64 {
        ((self.ttl >> 64) as u64).wrapping_add(self.signature as u64)
    }

    /// Returns the part of its bucket in which the record is, whatever its TTL.
    #[expect(clippy::cast_possible_truncation, reason = "any eight bits of a hash will do")]
    pub(super) fn part(&self) -> u8 {
        self.content as u8
    }
}

/// Hashes records with one key.
pub(super) struct RecordHasher {
    keyed: SipHash,
    owner: Vec<u8>,
    /// The state after the owner.
    after_owner: SipHash,
}

impl std::fmt::Debug for RecordHasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecordHasher(secret)")
    }
}

impl RecordHasher {
    pub(super) fn new(key: &HashKey) -> Self {
        let keyed = SipHash::new(key.0);
        Self { keyed, owner: Vec::new(), after_owner: keyed }
    }

    /// Sets the owner of the records that follow; returns whether it is a new one.
    #[inline]
    pub(super) fn set_owner(&mut self, owner: &[u8]) -> bool {
        let is_new = self.owner != owner;
        if is_new {
            self.hash_owner(owner);
        }
        is_new
    }

    #[inline(never)]
    fn hash_owner(&mut self, owner: &[u8]) {
        self.owner.clear();
        self.owner.extend_from_slice(owner);
        self.after_owner = self.keyed;
        self.after_owner.write_padded(owner);
    }

    /// Returns the hashes of a record of the current owner.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "returning the hashes in memory costs more than computing them")]
    pub(super) fn hash(&self, profile: &Profile, record: &Record<'_>) -> RecordHashes {
        let (content, signature, rtype) = match record.rtype {
            Rtype::RRSIG => {
                let (content, signature) = self.signature(profile, record.rdata);
                (content, signature, record.covered())
            }
            rtype => (self.rdata(rtype, record.rdata), 0, rtype.0),
        };
        RecordHashes { content, ttl: with_ttl(content, record.ttl), signature, bucket: self.bucket(rtype) }
    }

    /// Returns the hash of a record of the current owner as it is signed.
    #[inline(never)]
    pub(super) fn signed(&self, record: &Record<'_>) -> u128 {
        self.rdata(record.rtype, record.signed)
    }

    /// Returns the hash of the parts of a signature that count, and of all of it if that is more.
    fn signature(&self, profile: &Profile, rdata: &[u8]) -> (u128, u128) {
        let whole = self.rdata(Rtype::RRSIG, rdata);
        match profile.identity(Rtype::RRSIG, rdata) {
            (_, []) => (whole, 0),
            (front, back) => {
                let mut hash = self.after_owner;
                hash.write_word(u64::from(Rtype::RRSIG.0) | PARTIAL_RDATA);
                hash.write_padded(front);
                (hash.finish(back), whole)
            }
        }
    }

    /// Returns the hash of the owner, a type, and the length and octets of RDATA.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "returning the hashes in memory costs more than computing them")]
    fn rdata(&self, rtype: Rtype, rdata: &[u8]) -> u128 {
        let mut hash = self.after_owner;
        let length = u16::try_from(rdata.len()).unwrap_or(u16::MAX);
        let header = u64::from(rtype.0) | u64::from(length) << 16;
        match rdata.split_first_chunk::<4>() {
            Some((&first, rest)) => {
                hash.write_word(header | u64::from(u32::from_le_bytes(first)) << 32);
                hash.finish(rest)
            }
            None => hash.finish_word(header | partial_word(rdata) << 32, 4 + rdata.len()),
        }
    }

    /// Returns the bucket of an RRset of the current owner; a signature is in that of the RRset it covers.
    #[inline]
    fn bucket(&self, rtype: u16) -> u16 {
        let mixed = self.after_owner.fold().wrapping_add(u64::from(rtype)).wrapping_mul(BUCKET_MULTIPLIER);
        let [high, low, ..] = mixed.to_be_bytes();
        u16::from_be_bytes([high, low])
    }
}

/// Returns the hash of a record with its TTL: the hash of its content, times the TTL plus one.
///
/// The sum over a copy is then an inner product of TTLs with numbers that the author of a zone cannot know:
/// two copies with the same content and different TTLs have equal sums with a probability below 2^-96
/// (Carter and Wegman, Universal classes of hash functions, 1979).
fn with_ttl(content: u128, ttl: u32) -> u128 {
    content.wrapping_mul(u128::from(ttl) + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use siphasher::sip128::SipHasher13;

    use super::*;
    use crate::plan::ContentRules;

    proptest! {
        #[test]
        fn the_hash_of_a_record_is_over_owner_type_length_and_rdata(
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
            let record = Record::new(&owner, Rtype(rtype), 300, &rdata);
            let mut hasher = RecordHasher::new(&key);
            hasher.set_owner(&owner);
            let hashes = hasher.hash(&profile, &record);
            let mut all = owner.clone();
            all.resize(owner.len().next_multiple_of(8), 0);
            all.extend_from_slice(&rtype.to_le_bytes());
            all.extend_from_slice(&u16::try_from(rdata.len()).unwrap().to_le_bytes());
            all.extend_from_slice(&rdata);
            prop_assert_eq!(hashes.content, SipHasher13::new_with_key(&key.0).hash(&all).as_u128());
        }
    }
}
