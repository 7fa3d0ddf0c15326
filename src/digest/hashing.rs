//! The keyed hash over records (SipHash-1-3-128), one after the other.
//!
//! The owner is hashed once for all of its records that come in a row, and its hash stands for it. What
//! differs from record to record is laid out in one piece of memory and hashed in one go.

use siphasher::sip128::{Hash128, SipHasher13};

use super::profile::{Key, Profile};
use crate::dns::Rtype;
use crate::dns::wire::Record;

/// Behind the secret hash that stands for the owner, in what is hashed for the content.
const CONTENT: u8 = 0xff;

/// Behind the secret hash of the content, in what is hashed for the octets of a signature.
const SIGNATURE: u8 = 0xfe;

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
    hasher: SipHasher13,
    owner: Vec<u8>,
    owner_hash: Hash128,
    /// What is hashed; used again for every record.
    input: Vec<u8>,
}

impl std::fmt::Debug for Hashing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hashing(secret)")
    }
}

impl Hashing {
    pub(super) fn new(key: &Key) -> Self {
        let hasher = SipHasher13::new_with_key(&key.0);
        Self { hasher, owner: Vec::new(), owner_hash: hasher.hash(&[]), input: Vec::with_capacity(512) }
    }

    /// Takes in the owner of the records that come next; returns whether it is another one than before.
    pub(super) fn owner(&mut self, owner: &[u8]) -> bool {
        if self.owner == owner {
            return false;
        }
        self.owner.clear();
        self.owner.extend_from_slice(owner);
        self.owner_hash = self.hasher.hash(owner);
        true
    }

    /// Returns the hashes of a record of the owner that was taken in last.
    pub(super) fn hash(&mut self, profile: &Profile, record: &Record<'_>) -> Hashed {
        let (front, back) = profile.identity(record.rtype, record.rdata);
        let [type_high, type_low] = record.rtype.0.to_be_bytes();
        let [length_high, length_low] = u16::try_from(front.len()).unwrap_or(u16::MAX).to_be_bytes();
        self.begin(self.owner_hash, [CONTENT, type_high, type_low, length_high, length_low]);
        self.input.extend_from_slice(front);
        if !back.is_empty() {
            self.input.extend_from_slice(back);
        }
        let hash = self.hasher.hash(&self.input);
        let content = hash.as_u128();
        let signature = if back.is_empty() {
            0
        } else {
            self.begin(hash, [SIGNATURE]);
            self.input.extend_from_slice(record.rdata);
            self.hasher.hash(&self.input).as_u128()
        };
        Hashed { content, ttl: with_ttl(content, record.ttl), signature, bucket: self.bucket(record) }
    }

    fn begin<const N: usize>(&mut self, hash: Hash128, rest: [u8; N]) {
        self.input.clear();
        self.input.extend_from_slice(&hash.as_bytes());
        self.input.extend_from_slice(&rest);
    }

    /// Returns the bucket of a record's RRset; a signature goes with the RRset it covers.
    fn bucket(&self, record: &Record<'_>) -> u16 {
        let covered = record.rdata.first_chunk::<2>().filter(|_| record.rtype == Rtype::RRSIG);
        let rtype = covered.map_or(record.rtype.0, |&octets| u16::from_be_bytes(octets));
        let [high, low, ..] =
            self.owner_hash.h1.wrapping_add(u64::from(rtype)).wrapping_mul(SPREAD).to_be_bytes();
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
