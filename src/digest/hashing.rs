//! The keyed hash over records, one after the other.
//!
//! A record is hashed as its owner, padded to whole words, its type, the length of its data, and its data. The
//! owner is hashed once for all of its records that come in a row: no name begins another one (RFC 1035
//! section 3.1), so what follows it is never taken for a part of it.

use super::profile::{Key, Profile};
use super::siphash::{SipHash, short};
use crate::dns::Rtype;
use crate::dns::wire::Record;

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

/// Hashes records under one key.
pub(super) struct Hashing {
    start: SipHash,
    owner: Vec<u8>,
    /// The hash behind the owner.
    behind_owner: SipHash,
    /// Data in two parts, put together; used again for every record.
    joined: Vec<u8>,
}

impl std::fmt::Debug for Hashing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hashing(secret)")
    }
}

impl Hashing {
    pub(super) fn new(key: &Key) -> Self {
        let start = SipHash::new(key.0);
        Self { start, owner: Vec::new(), behind_owner: start, joined: Vec::new() }
    }

    /// Takes in the owner of the records that come next; returns whether it is another one than before.
    pub(super) fn owner(&mut self, owner: &[u8]) -> bool {
        if self.owner == owner {
            return false;
        }
        self.owner.clear();
        self.owner.extend_from_slice(owner);
        self.behind_owner = self.start;
        self.behind_owner.padded(owner);
        true
    }

    /// Returns the hashes of a record of the owner that was taken in last.
    pub(super) fn hash(&mut self, profile: &Profile, record: &Record<'_>) -> Hashed {
        let (front, back) = profile.identity(record.rtype, record.rdata);
        let (content, signature) = if back.is_empty() {
            (self.data(record.rtype, front.len(), front), 0)
        } else {
            self.joined.clear();
            self.joined.extend_from_slice(front);
            self.joined.extend_from_slice(back);
            let content = self.data(record.rtype, front.len(), &self.joined);
            (content, self.data(record.rtype, record.rdata.len(), record.rdata))
        };
        Hashed { content, ttl: with_ttl(content, record.ttl), signature, bucket: self.bucket(record) }
    }

    /// Returns the hash of the owner, a type, the length of the first part of the data, and the data.
    #[inline]
    fn data(&self, rtype: Rtype, length: usize, data: &[u8]) -> u128 {
        let mut hash = self.behind_owner;
        let length = u16::try_from(length).unwrap_or(u16::MAX);
        let front = u64::from(rtype.0) | u64::from(length) << 16;
        match data.split_first_chunk::<4>() {
            Some((&first, rest)) => {
                hash.word(front | u64::from(u32::from_le_bytes(first)) << 32);
                hash.finish(rest)
            }
            None => hash.close(front | short(data) << 32, 4 + data.len()),
        }
    }

    /// Returns the bucket of a record's RRset; a signature goes with the RRset it covers.
    fn bucket(&self, record: &Record<'_>) -> u16 {
        let covered = record.rdata.first_chunk::<2>().filter(|_| record.rtype == Rtype::RRSIG);
        let rtype = covered.map_or(record.rtype.0, |&octets| u16::from_be_bytes(octets));
        let [high, low, ..] =
            self.behind_owner.mixed().wrapping_add(u64::from(rtype)).wrapping_mul(SPREAD).to_be_bytes();
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
    use crate::dns::wire::IN;
    use crate::plan::Content;

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
            let key = Key([9; 16]);
            let profile = Profile { key: key.clone(), content: Content::default() };
            let record = Record { owner: &owner, rtype: Rtype(rtype), class: IN, ttl: 300, rdata: &rdata };
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
