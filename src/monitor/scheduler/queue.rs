//! Zones by the time at which they are due, and the checks that are running.

use std::collections::{BTreeSet, HashMap};

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
