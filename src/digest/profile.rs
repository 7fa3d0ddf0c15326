//! What counts as content, and the keyed hash over it.

use std::hash::Hasher as _;

use siphasher::sip128::{Hash128, Hasher128 as _, SipHasher13};

use super::buckets::BUCKETS;
use crate::dns::Rtype;
use crate::dns::wire::Record;
use crate::plan::{Content, Dnssec};

/// Raised whenever the same records come to hash otherwise: what was remembered before is then no evidence.
const CANONICAL_FORM: u16 = 1;

/// A secret for the hash: the author of a zone must not be able to make two records collide.
#[derive(Clone)]
pub struct Key(pub [u8; 16]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(secret)")
    }
}

/// What counts when copies are compared; digests of different profiles say nothing about each other.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The secret of the hash.
    pub key: Key,
    /// What of a zone counts.
    pub content: Content,
}

/// The hashes of one record, one for each of the three sums.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hashed {
    pub(super) content: u128,
    pub(super) ttl: u128,
    pub(super) signature: u128,
    pub(super) bucket: u16,
}

impl Profile {
    /// Returns a number that is the same for profiles whose digests can be compared, and for no others.
    pub fn id(&self) -> u64 {
        let mut hasher = self.hasher(4);
        hasher.write_u16(CANONICAL_FORM);
        hasher.write_u8(match self.content.dnssec {
            Dnssec::Meaning => 0,
            Dnssec::Bytes => 1,
            Dnssec::Ignore => 2,
        });
        let mut ignored: Vec<u16> = self.content.ignored.iter().map(|rtype| rtype.0).collect();
        ignored.sort_unstable();
        ignored.dedup();
        for rtype in ignored {
            hasher.write_u16(rtype);
        }
        hasher.finish128().h1
    }

    /// Returns whether records of a type are left out.
    fn skips(&self, rtype: Rtype) -> bool {
        let generated = matches!(rtype, Rtype::RRSIG | Rtype::NSEC | Rtype::NSEC3 | Rtype::NSEC3PARAM);
        (self.content.dnssec == Dnssec::Ignore && generated) || self.content.ignored.contains(&rtype)
    }

    /// Returns the part of the RDATA by which two records are the same.
    ///
    /// Of an RRSIG taken by its meaning: type covered, algorithm, labels and original TTL (8 octets),
    /// then key tag and signer; not the times between them, nor the signature (RFC 4034 section 3.1).
    pub fn identity<'r>(&self, rtype: Rtype, rdata: &'r [u8]) -> (&'r [u8], &'r [u8]) {
        let whole = (rdata, [].as_slice());
        if rtype != Rtype::RRSIG || self.content.dnssec != Dnssec::Meaning {
            return whole;
        }
        let (Some(front), Some(from_tag)) = (rdata.get(..8), rdata.get(16..)) else { return whole };
        let mut end = 2;
        while let Some(&length) = from_tag.get(end) {
            end += 1 + usize::from(length);
            if length == 0 {
                return (front, from_tag.get(..end).unwrap_or(from_tag));
            }
        }
        whole
    }

    /// Returns the hashes of a record, or `None` if its type is left out.
    pub(super) fn hash(&self, record: &Record<'_>) -> Option<Hashed> {
        if self.skips(record.rtype) {
            return None;
        }
        let (front, back) = self.identity(record.rtype, record.rdata);
        let mut content = self.hasher(0);
        content.write(record.owner);
        content.write_u16(record.rtype.0);
        content.write_u16(u16::try_from(front.len()).unwrap_or(u16::MAX));
        content.write(front);
        content.write(back);
        let content = content.finish128();
        let mut ttl = self.hasher(1);
        ttl.write_u64(content.h1);
        ttl.write_u64(content.h2);
        ttl.write_u32(record.ttl);
        let signature = if back.is_empty() { 0 } else { self.hash_signature(content, record.rdata) };
        Some(Hashed {
            content: content.as_u128(),
            ttl: ttl.finish128().as_u128(),
            signature,
            bucket: self.bucket(record),
        })
    }

    fn hash_signature(&self, content: Hash128, rdata: &[u8]) -> u128 {
        let mut signature = self.hasher(2);
        signature.write_u64(content.h1);
        signature.write_u64(content.h2);
        signature.write(rdata);
        signature.finish128().as_u128()
    }

    /// Returns the bucket of a record's RRset; a signature goes with the RRset it covers.
    fn bucket(&self, record: &Record<'_>) -> u16 {
        let covered = record.rdata.first_chunk::<2>().filter(|_| record.rtype == Rtype::RRSIG);
        let rtype = covered.map_or(record.rtype.0, |&octets| u16::from_be_bytes(octets));
        let mut hasher = self.hasher(3);
        hasher.write(record.owner);
        hasher.write_u16(rtype);
        let hash = usize::try_from(hasher.finish128().h1 & 0xffff).unwrap_or(0);
        u16::try_from(hash % BUCKETS).unwrap_or(0)
    }

    /// A hasher for one purpose; the purposes do not share their hashes.
    fn hasher(&self, purpose: u8) -> SipHasher13 {
        let mut hasher = SipHasher13::new_with_key(&self.key.0);
        hasher.write_u8(purpose);
        hasher
    }
}
