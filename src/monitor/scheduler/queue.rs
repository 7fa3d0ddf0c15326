//! Zones by the time at which they are due, those that wait for a busy address, and the checks that are running.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use crate::monitor::micros::Micros;
use crate::monitor::schedule::Uptime;
use crate::monitor::zone::DueTimes;
use crate::monitor::zone_id::ZoneId;

/// Zones, by the time of their next check. A zone whose check is running is in no queue.
#[derive(Debug, Default)]
pub(super) struct DueQueues {
    /// The next checks of serials.
    pub(super) serials: DueQueue,
    /// The next comparisons of records.
    pub(super) records: DueQueue,
}

/// Zones, by the time of one kind of check.
#[derive(Debug, Default)]
pub(super) struct DueQueue(BTreeSet<(Micros, ZoneId)>);

impl DueQueues {
    /// Queues a zone at other times than before.
    pub(super) fn replace(&mut self, id: ZoneId, before: DueTimes, due: DueTimes) {
        self.serials.replace(id, before.serials, due.serials);
        self.records.replace(id, before.records, due.records);
    }
}

impl DueQueue {
    fn replace(&mut self, id: ZoneId, before: Option<Micros>, due: Option<Micros>) {
        before.map(|time| self.0.remove(&(time, id)));
        self.0.extend(due.map(|time| (time, id)));
    }

    /// When the first zone is due.
    pub(super) fn next_due(&self) -> Uptime {
        self.0.first().map_or(Uptime::MAX, |&(time, _)| time.into())
    }

    /// The zone that became due first, if any is due.
    pub(super) fn due(&self, now: Uptime) -> Option<ZoneId> {
        self.0.first().filter(|(time, _)| Uptime::from(*time) <= now).map(|&(_, id)| id)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Zones that are due, and whose check would only wait for a busy address, in the order in which they came.
///
/// They are in no queue of due zones: while a server is slow, there may be as many as it has zones, and looking at each
/// again and again would leave no time for others.
#[derive(Debug, Default)]
pub(super) struct WaitingZones {
    /// By the address that each waits for; of a zone that does not wait any more, an entry may be left.
    by_address: HashMap<String, VecDeque<ZoneId>>,
    zones: HashSet<ZoneId>,
}

impl WaitingZones {
    pub(super) fn add(&mut self, id: ZoneId, address: &str) {
        if self.zones.insert(id) {
            match self.by_address.get_mut(address) {
                Some(zones) => zones.push_back(id),
                None => drop(self.by_address.insert(address.to_owned(), [id].into())),
            }
        }
    }

    pub(super) fn contains(&self, id: ZoneId) -> bool {
        self.zones.contains(&id)
    }

    /// Takes a zone away, whatever address it waits for.
    pub(super) fn remove(&mut self, id: ZoneId) {
        self.zones.remove(&id);
    }

    /// Takes the zone that has waited longest for an address.
    pub(super) fn take(&mut self, address: &str) -> Option<ZoneId> {
        let zones = self.by_address.get_mut(address)?;
        while let Some(id) = zones.pop_front() {
            if self.zones.remove(&id) {
                return Some(id);
            }
        }
        self.by_address.remove(address);
        None
    }

    /// Whether zones wait for an address.
    pub(super) fn is_awaited(&self, address: &str) -> bool {
        self.by_address.contains_key(address)
    }

    /// The addresses that zones wait for.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &str> {
        self.by_address.keys().map(String::as_str)
    }
}

/// Checks that are running.
#[derive(Debug, Default)]
pub(super) struct RunningChecks {
    pub(super) count: usize,
    /// How many of them each address takes part in.
    by_address: HashMap<String, usize>,
}

impl RunningChecks {
    pub(super) fn begin(&mut self, addresses: &[String]) {
        self.count += 1;
        for address in addresses {
            *self.by_address.entry(address.clone()).or_default() += 1;
        }
    }

    pub(super) fn end(&mut self, addresses: &[String]) {
        self.count -= 1;
        for address in addresses {
            if let Some(count) = self.by_address.get_mut(address) {
                *count -= 1;
                if *count == 0 {
                    self.by_address.remove(address);
                }
            }
        }
    }

    /// Whether an address takes part in as many checks as it may at once.
    pub(super) fn is_busy(&self, address: &str, max: usize) -> bool {
        self.by_address.get(address).is_some_and(|count| *count >= max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(place: u32) -> ZoneId {
        ZoneId { place, number: place }
    }

    #[test]
    fn zones_wait_for_each_address_in_the_order_in_which_they_came() {
        let mut waiting = WaitingZones::default();
        for (zone, address) in [(1, "a"), (2, "b"), (3, "a"), (4, "a"), (3, "b")] {
            waiting.add(id(zone), address);
        }
        waiting.remove(id(4));
        assert!(waiting.contains(id(3)) && !waiting.contains(id(4)));
        assert_eq!(waiting.take("a"), Some(id(1)));
        assert_eq!(waiting.take("a"), Some(id(3)));
        assert!(waiting.is_awaited("a"), "an entry of a zone that waits no more is left");
        assert_eq!((waiting.take("a"), waiting.is_awaited("a")), (None, false));
        // It waited for the first address alone.
        assert_eq!((waiting.take("b"), waiting.take("b")), (Some(id(2)), None));
        assert_eq!(waiting.addresses().count(), 0);
    }
}
