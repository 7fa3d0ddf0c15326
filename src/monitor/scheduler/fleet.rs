//! All monitored zones, and where they wait for their next checks.

use std::collections::HashMap;

use super::queue::{DueQueue, DueQueues, WaitingZones};
use crate::dns::Name;
use crate::monitor::schedule::CheckKind;
use crate::monitor::zone::{DueTimes, MonitoredZone};
use crate::monitor::zone_id::ZoneId;

/// All monitored zones.
#[derive(Debug, Default)]
pub(super) struct Fleet {
    /// The zones, each in its place. A hash table of them would have room for twice as many.
    zones: Vec<Option<MonitoredZone>>,
    /// The places that are free.
    free: Vec<u32>,
    id_by_name: HashMap<Name, ZoneId>,
    queues: DueQueues,
    /// The zones whose checks of serials wait for busy addresses.
    waiting_serials: WaitingZones,
    /// The zones whose comparisons of records do.
    waiting_records: WaitingZones,
    /// The number of zones that were added.
    added: u32,
}

impl Fleet {
    /// A number that no zone has had; its place is taken from now on.
    pub(super) fn new_id(&mut self) -> ZoneId {
        let place = self.free.pop().unwrap_or_else(|| {
            self.zones.push(None);
            u32::try_from(self.zones.len() - 1).unwrap_or(u32::MAX)
        });
        self.added = self.added.wrapping_add(1);
        ZoneId { place, number: self.added }
    }

    /// Adds a zone, and queues its first checks.
    pub(super) fn insert(&mut self, zone: MonitoredZone) {
        let id = zone.id;
        self.id_by_name.insert(zone.wanted.zone.clone(), id);
        if let Some(place) = self.zones.get_mut(id.place as usize) {
            *place = Some(zone);
        }
        self.enqueue(id);
    }

    /// Takes a zone away with its place in the queues. Its running checks count for nothing.
    pub(super) fn remove(&mut self, name: &Name) -> Option<MonitoredZone> {
        let id = self.id_by_name.remove(name)?;
        self.requeue(id, DueTimes::default());
        self.forget_waiting(id);
        self.free.push(id.place);
        self.zones.get_mut(id.place as usize)?.take()
    }

    /// The number of a zone, if it is monitored.
    pub(super) fn id(&self, name: &Name) -> Option<ZoneId> {
        self.id_by_name.get(name).copied()
    }

    pub(super) fn get(&self, id: ZoneId) -> Option<&MonitoredZone> {
        self.zones.get(id.place as usize)?.as_ref().filter(|zone| zone.id == id)
    }

    pub(super) fn get_mut(&mut self, id: ZoneId) -> Option<&mut MonitoredZone> {
        self.zones.get_mut(id.place as usize)?.as_mut().filter(|zone| zone.id == id)
    }

    pub(super) fn by_name(&self, name: &Name) -> Option<&MonitoredZone> {
        self.get(self.id(name)?)
    }

    pub(super) fn by_name_mut(&mut self, name: &Name) -> Option<&mut MonitoredZone> {
        let id = self.id(name)?;
        self.get_mut(id)
    }

    /// All zones, in no order.
    pub(super) fn zones(&self) -> impl Iterator<Item = &MonitoredZone> {
        self.zones.iter().flatten()
    }

    /// The checks of serials that are queued.
    pub(super) fn serials(&self) -> &DueQueue {
        &self.queues.serials
    }

    /// The comparisons of records that are queued.
    pub(super) fn records(&self) -> &DueQueue {
        &self.queues.records
    }

    /// Queues the next checks of a zone, unless one of it is running; those that wait for an address go on waiting.
    pub(super) fn enqueue(&mut self, id: ZoneId) {
        let Some(zone) = self.get(id) else { return };
        let mut due = if zone.is_running { DueTimes::default() } else { zone.due_times() };
        due.serials = due.serials.filter(|_| !self.waiting_serials.contains(id));
        due.records = due.records.filter(|_| !self.waiting_records.contains(id));
        self.requeue(id, due);
    }

    /// Queues the next checks of a zone that is monitored by other settings now.
    pub(super) fn enqueue_anew(&mut self, id: ZoneId) {
        self.forget_waiting(id);
        self.enqueue(id);
    }

    /// Queues a zone at other times than before.
    pub(super) fn requeue(&mut self, id: ZoneId, due: DueTimes) {
        let Some(zone) = self.get_mut(id) else { return };
        let before = std::mem::replace(&mut zone.due, due);
        self.queues.replace(id, before, due);
    }

    /// Has a zone that is due wait for a busy address, in no queue.
    pub(super) fn await_address(&mut self, kind: CheckKind, id: ZoneId, address: &str) {
        let Some(zone) = self.get(id) else { return };
        let due = match kind {
            CheckKind::Records => DueTimes { records: None, ..zone.due },
            CheckKind::Serials | CheckKind::Lagging => DueTimes { serials: None, ..zone.due },
        };
        self.requeue(id, due);
        self.waiting_mut(kind).add(id, address);
    }

    /// Queues the zone that has waited longest for an address. One whose other check is running waits for the end of that.
    pub(super) fn wake(&mut self, kind: CheckKind, address: &str) {
        while let Some(id) = self.waiting_mut(kind).take(address) {
            self.enqueue(id);
            if self.get(id).is_some_and(|zone| !zone.is_running) {
                return;
            }
        }
    }

    /// The zones whose checks of a kind wait for busy addresses.
    pub(super) fn waiting(&self, kind: CheckKind) -> &WaitingZones {
        match kind {
            CheckKind::Records => &self.waiting_records,
            CheckKind::Serials | CheckKind::Lagging => &self.waiting_serials,
        }
    }

    fn waiting_mut(&mut self, kind: CheckKind) -> &mut WaitingZones {
        match kind {
            CheckKind::Records => &mut self.waiting_records,
            CheckKind::Serials | CheckKind::Lagging => &mut self.waiting_serials,
        }
    }

    /// Has a zone wait for no address any more.
    fn forget_waiting(&mut self, id: ZoneId) {
        self.waiting_serials.remove(id);
        self.waiting_records.remove(id);
    }
}
