//! Changes, counted.

/// What kind of change an RRset needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// The target does not have it.
    Add,
    /// The reference does not have it.
    Remove,
    /// Its records differ.
    Replace,
    /// Only its TTL differs.
    Ttl,
}

/// The number of changes of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSum {
    added: u64,
    removed: u64,
    replaced: u64,
    ttl: u64,
}

impl ChangeSum {
    /// Counts a change.
    pub(super) fn count(&mut self, kind: ChangeKind) {
        let count = match kind {
            ChangeKind::Add => &mut self.added,
            ChangeKind::Remove => &mut self.removed,
            ChangeKind::Replace => &mut self.replaced,
            ChangeKind::Ttl => &mut self.ttl,
        };
        *count += 1;
    }

    /// The number of all changes.
    pub fn all(&self) -> u64 {
        self.added + self.removed + self.replaced + self.ttl
    }

    /// The number of each kind that there is: `2 to add, 1 to remove`.
    pub fn in_words(&self) -> String {
        let kinds = [
            (self.added, "to add"),
            (self.removed, "to remove"),
            (self.replaced, "to replace"),
            (self.ttl, "to change in the TTL alone"),
        ];
        let words =
            kinds.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
        words.collect::<Vec<_>>().join(", ")
    }
}
