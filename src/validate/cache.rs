//! Remembers which signatures are valid.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, PoisonError};

use super::keys::Key;
use crate::siphash::SipHash;

/// The parts of the cache, each with a lock of its own.
const SHARDS: usize = 16;

/// The most signatures in one generation of a part: what a table of 65,536 slots holds, which takes 1.1 MiB.
const MAX_GENERATION: usize = 65_536 / 8 * 7;

/// The signatures that were found valid, as hashes with a secret key, in two generations: when one is full, it becomes
/// the old one, and what was in that is forgotten unless it was asked for meanwhile.
pub(super) struct SignatureCache {
    secret: [u8; 16],
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Default)]
struct Shard {
    new: Generation,
    old: Generation,
}

type Generation = HashSet<u128, BuildHasherDefault<HashIsKey>>;

impl SignatureCache {
    pub(super) fn new(secret: [u8; 16]) -> Self {
        Self { secret, shards: Default::default() }
    }

    /// The hash of a signature by a key over some data; both follow each other.
    pub(super) fn id(&self, key: &Key, data_and_signature: &[u8]) -> u128 {
        let mut hash = SipHash::new(self.secret);
        hash.write_word(key.rdata.len() as u64);
        hash.write_padded(&key.rdata);
        hash.finish(data_and_signature)
    }

    /// Whether a signature was found valid.
    pub(super) fn contains(&self, id: u128) -> bool {
        let mut shard = self.shard(id);
        if shard.new.contains(&id) {
            return true;
        }
        let is_old = shard.old.contains(&id);
        if is_old {
            shard.insert(id);
        }
        is_old
    }

    /// Adds a signature that is valid.
    pub(super) fn insert(&self, id: u128) {
        self.shard(id).insert(id);
    }

    fn shard(&self, id: u128) -> std::sync::MutexGuard<'_, Shard> {
        let [.., last] = id.to_be_bytes();
        let [first, ..] = &self.shards;
        let shard = self.shards.get(usize::from(last) % SHARDS).unwrap_or(first);
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shard {
    fn insert(&mut self, id: u128) {
        if self.new.len() >= MAX_GENERATION {
            self.old = std::mem::take(&mut self.new);
        }
        self.new.insert(id);
    }
}

/// A hasher of numbers that are hashes already.
#[derive(Default)]
struct HashIsKey(u64);

impl Hasher for HashIsKey {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.last_chunk().map_or(0, |&octets| u64::from_be_bytes(octets));
    }

    fn write_u128(&mut self, number: u128) {
        self.0 = (number >> 64) as u64;
    }
}
