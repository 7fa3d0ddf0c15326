//! A map that forgets entries that are not in use once it has many.

use std::collections::HashMap;

/// The number of entries below which none is forgotten.
const MIN_PRUNED_LEN: usize = 4096;

/// A map that forgets entries that are not in use once it has many.
#[derive(Debug)]
pub(super) struct PrunedMap<K, T> {
    pub(super) entries: HashMap<K, T>,
    /// The length at which it is pruned next.
    prune_at: usize,
}

impl<K, T> Default for PrunedMap<K, T> {
    fn default() -> Self {
        Self { entries: HashMap::new(), prune_at: MIN_PRUNED_LEN }
    }
}

impl<K, T> PrunedMap<K, T> {
    /// Forgets the entries that are not in use, if there are many.
    pub(super) fn prune(&mut self, is_in_use: impl Fn(&T) -> bool) {
        if self.entries.len() >= self.prune_at {
            self.entries.retain(|_, entry| is_in_use(entry));
            self.prune_at = (2 * self.entries.len()).max(MIN_PRUNED_LEN);
        }
    }
}
