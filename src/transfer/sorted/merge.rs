//! Merges sorted runs.

use std::cmp::Ordering;
use std::sync::Arc;

use super::entry::Entry;
use super::error::SortError;
use super::runs::{Run, RunReader};
use super::storage::Storage;

/// Reads several runs as one, smallest entry first.
pub(super) struct MergeReader {
    readers: Vec<RunReader>,
    /// A heap of the readers that have an entry, the smallest one first.
    heads: Vec<Head>,
}

/// The current entry of a reader.
#[derive(Clone, Copy)]
struct Head {
    prefix: u128,
    reader: usize,
}

impl MergeReader {
    /// A reader of runs, which stands at the first entry of all.
    pub(super) fn new(storage: &Arc<Storage>, runs: &[Run]) -> Result<Self, SortError> {
        let readers = runs.iter().map(|run| RunReader::new(Arc::clone(storage), run.clone())).collect();
        let mut merged = Self { readers, heads: Vec::with_capacity(runs.len()) };
        for (reader, run) in merged.readers.iter_mut().enumerate() {
            if run.advance()? {
                let prefix = run.entry().map(Entry::prefix).unwrap_or_default();
                merged.heads.push(Head { prefix, reader });
            }
        }
        for at in (0..merged.heads.len() / 2).rev() {
            merged.sift_down(at);
        }
        Ok(merged)
    }

    /// The smallest entry that is left.
    pub(super) fn entry(&self) -> Option<Entry<'_>> {
        self.entry_of(self.heads.first()?)
    }

    /// Moves on to the next entry.
    pub(super) fn advance(&mut self) -> Result<(), SortError> {
        let Self { readers, heads } = self;
        let is_alone = heads.len() == 1;
        let Some(first) = heads.first_mut() else { return Ok(()) };
        let Some(reader) = readers.get_mut(first.reader) else { return Ok(()) };
        let has_entry = reader.advance()?;
        if has_entry && is_alone {
            return Ok(());
        }
        if has_entry {
            first.prefix = reader.entry().map(Entry::prefix).unwrap_or_default();
        } else {
            heads.swap_remove(0);
        }
        self.sift_down(0);
        Ok(())
    }

    fn entry_of(&self, head: &Head) -> Option<Entry<'_>> {
        self.readers.get(head.reader)?.entry()
    }

    /// Moves a head down to its place in the heap.
    fn sift_down(&mut self, mut at: usize) {
        loop {
            let mut smallest = at;
            for child in [2 * at + 1, 2 * at + 2] {
                if self.is_before(child, smallest) {
                    smallest = child;
                }
            }
            if smallest == at {
                return;
            }
            self.heads.swap(at, smallest);
            at = smallest;
        }
    }

    fn is_before(&self, at: usize, other: usize) -> bool {
        let (Some(head), Some(other)) = (self.heads.get(at), self.heads.get(other)) else { return false };
        let by_prefix = head.prefix.cmp(&other.prefix);
        by_prefix.then_with(|| match (self.entry_of(head), self.entry_of(other)) {
            (Some(entry), Some(other)) => entry.order(other),
            _ => Ordering::Equal,
        }) == Ordering::Less
    }
}
