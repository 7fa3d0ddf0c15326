//! A digest of what changes from one version of the zone to another.

use std::sync::Arc;

use super::hashing::RecordHasher;
use super::{Profile, Sums};
use crate::dns::wire::Record;

/// The digest of a delta: what it adds to the content of a copy, less what it deletes from it.
#[derive(Debug)]
pub struct DeltaDigest {
    profile: Arc<Profile>,
    hasher: RecordHasher,
    content: u128,
}

impl DeltaDigest {
    /// Starts the digest of a delta between copies whose digests have the same profile.
    pub fn new(profile: Arc<Profile>) -> Self {
        Self { hasher: RecordHasher::new(&profile.key), profile, content: 0 }
    }

    /// Takes in a record that the newer version has, and the older one has not.
    pub fn add(&mut self, record: &Record<'_>) {
        self.content = self.content.wrapping_add(self.hash(record));
    }

    /// Takes in a record that the older version has, and the newer one has not.
    pub fn delete(&mut self, record: &Record<'_>) {
        self.content = self.content.wrapping_sub(self.hash(record));
    }

    fn hash(&mut self, record: &Record<'_>) -> u128 {
        if self.profile.leaves_out(record) {
            return 0;
        }
        self.hasher.set_owner(record.owner);
        self.hasher.hash(&self.profile, record).content
    }

    /// Whether the delta turns the one content into the other. TTLs and the SOA are no part of it.
    pub fn turns(&self, from: Sums, to: Sums) -> bool {
        from.content.wrapping_add(self.content) == to.content
    }
}
