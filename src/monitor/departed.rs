//! The histories of zones that are not monitored any more, for those that come back.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::dns::Name;

/// The most histories that are kept.
const MAX_HISTORIES: usize = 10_000;

/// The most memory that they take.
const MAX_BYTES: usize = 32 << 20;

/// The histories, encoded, of zones that were monitored not long ago.
#[derive(Debug, Default)]
pub(super) struct Departed {
    by_zone: HashMap<Name, (u64, Arc<[u8]>)>,
    /// The zones in the order in which they left.
    order: BTreeMap<u64, Name>,
    last: u64,
    bytes: usize,
}

impl Departed {
    /// Keeps the history of a zone. The zones that left first are forgotten when there are too many.
    pub(super) fn insert(&mut self, zone: Name, history: Arc<[u8]>) {
        self.take(&zone);
        self.last += 1;
        self.bytes += history.len();
        self.order.insert(self.last, zone.clone());
        self.by_zone.insert(zone, (self.last, history));
        while self.by_zone.len() > MAX_HISTORIES || self.bytes > MAX_BYTES {
            let Some((_, oldest)) = self.order.first_key_value() else { return };
            self.take(&oldest.clone());
        }
    }

    /// Returns the history of a zone that comes back, and forgets it here.
    pub(super) fn take(&mut self, zone: &Name) -> Option<Arc<[u8]>> {
        let (position, history) = self.by_zone.remove(zone)?;
        self.order.remove(&position);
        self.bytes -= history.len();
        Some(history)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(number: usize) -> Name {
        format!("z{number}.example").parse().unwrap()
    }

    #[test]
    fn the_history_of_a_zone_is_there_once_until_too_many_have_left() {
        let mut departed = Departed::default();
        for number in 0..=MAX_HISTORIES {
            departed.insert(zone(number), [7; 3].into());
        }
        assert_eq!(departed.take(&zone(0)), None, "it left first");
        assert_eq!(departed.take(&zone(1)).as_deref(), Some([7; 3].as_slice()));
        assert_eq!(departed.take(&zone(1)), None);
        departed.insert(zone(2), vec![1; MAX_BYTES].into());
        assert_eq!(departed.take(&zone(3)), None, "there is no room beside the large one");
        assert_eq!(departed.take(&zone(2)).map(|history| history.len()), Some(MAX_BYTES));
        assert_eq!((departed.bytes, departed.order.len(), departed.by_zone.len()), (0, 0, 0));
    }
}
