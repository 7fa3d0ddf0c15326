//! The values of one property of many members. They may come before their members, and in any order.

use super::{CatalogFault, Member};

/// The values of one property, each with the label of its member.
#[derive(Debug)]
pub(super) struct Properties<V> {
    values: Vec<(Box<str>, V)>,
    /// The most labels that may have values.
    max_labels: usize,
}

impl<V: Ord> Properties<V> {
    pub(super) const fn new(max_labels: usize) -> Self {
        Self { values: Vec::new(), max_labels }
    }

    /// Adds a value, unless too many labels have values.
    pub(super) fn add(&mut self, id: &str, value: V) -> Result<(), CatalogFault> {
        self.values.push((id.into(), value));
        if self.values.len() < max_unsorted(self.max_labels).saturating_mul(2) {
            return Ok(());
        }
        self.keep_two_of_each();
        match self.max_labels {
            max if self.values.len() > max.saturating_mul(2) => Err(CatalogFault::TooManyMembers(max)),
            _ => Ok(()),
        }
    }

    /// Keeps at most two different values for each label: several values are as good as two.
    fn keep_two_of_each(&mut self) {
        self.values.sort_unstable();
        self.values.dedup();
        let mut run = 1;
        self.values.dedup_by(|next, kept| {
            run = if next.0 == kept.0 { run + 1 } else { 1 };
            run > 2
        });
    }

    /// Gives the values of each label, sorted and without duplicates, to `take`, with the member that the label lists.
    pub(super) fn distribute(
        mut self,
        members: &mut [Member],
        mut take: impl FnMut(Option<&mut Member>, &[(Box<str>, V)]) -> Result<(), CatalogFault>,
    ) -> Result<(), CatalogFault> {
        self.values.sort_unstable();
        self.values.dedup();
        for values in self.values.chunk_by(|one, other| one.0 == other.0) {
            let Some((id, _)) = values.first() else { continue };
            let index = members.binary_search_by(|member| member.id.cmp(id));
            take(index.ok().and_then(|index| members.get_mut(index)), values)?;
        }
        Ok(())
    }
}

/// How many may be collected before they are sorted to see how many different ones they are: some more than the most
/// that are taken, so that sorting them costs little.
pub(super) const fn max_unsorted(max: usize) -> usize {
    max.saturating_add(max / 8).saturating_add(1024)
}
