//! All monitored zones, and the queues in which they wait for their next checks.

use std::collections::HashMap;

use super::queue::{DueQueue, DueQueues};
use crate::dns::Name;
use crate::monitor::schedule::Uptime;
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

    /// Queues the next checks of a zone, unless one of it is running.
    pub(super) fn enqueue(&mut self, id: ZoneId) {
        let Some(zone) = self.get(id) else { return };
        let due = if zone.is_running { DueTimes::default() } else { zone.due_times() };
        self.requeue(id, due);
    }

    /// Queues a zone at other times than before.
    pub(super) fn requeue(&mut self, id: ZoneId, due: DueTimes) {
        let Some(zone) = self.get_mut(id) else { return };
        let before = std::mem::replace(&mut zone.due, due);
        self.queues.replace(id, before, due);
    }

    /// Puts off the next check of serials.
    pub(super) fn put_off_serials(&mut self, id: ZoneId, until: Uptime) {
        let Some(zone) = self.get(id) else { return };
        self.requeue(id, DueTimes { serials: Some(until.into()), ..zone.due });
    }

    /// Puts off the next comparison of records.
    pub(super) fn put_off_records(&mut self, id: ZoneId, until: Uptime) {
        let Some(zone) = self.get(id) else { return };
        self.requeue(id, DueTimes { records: Some(until.into()), ..zone.due });
    }
}
