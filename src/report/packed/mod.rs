//! The last result of each zone as it is kept: a million of them fit into memory.
//!
//! Reports of healthy zones are alike but for their numbers, times and texts. These are taken out and kept as bytes, and
//! what is left, the [`Outline`], is shared by all zones with the same one. What a reader wants of all zones at once
//! (verdicts, servers, the codes of findings) is in the outline; for the rest, the report is put together again.

mod fields;
mod moment;
mod outline;
mod values;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use self::fields::snapshot_values;
use self::moment::Moment;
use self::outline::Outline;
pub use self::outline::Outlines;
use self::values::{Packer, Unpacker};
use super::model::ZoneReport;
use super::snapshot::{RecordsState, ServerSnapshot, ZoneSnapshot};
use crate::dns::Name;
use crate::plan::Membership;

/// A [`ZoneSnapshot`] as it is kept: 96 bytes, and about 90 of values for a healthy zone at two addresses.
#[derive(Clone, Debug)]
pub struct PackedSnapshot {
    /// The zone.
    pub zone: Name,
    /// The whole history, encoded.
    pub history: Arc<[u8]>,
    checked: Moment,
    /// The longest time from one comparison of records to the next, in seconds.
    compare_interval: Option<u32>,
    compared: Option<Moment>,
    last_exception: Option<Moment>,
    membership: Option<Arc<Membership>>,
    outline: Arc<Outline>,
    /// What was taken out of the report, and the rest of the snapshot.
    values: Box<[u8]>,
}

impl PackedSnapshot {
    /// Packs a snapshot of a zone; its outline is shared with the other ones that were made with `outlines`. Times are
    /// kept to the millisecond.
    pub fn pack(zone: Name, mut snapshot: ZoneSnapshot, outlines: &mut Outlines) -> Self {
        let mut packer = Packer::default();
        snapshot_values(&mut snapshot, &mut packer);
        let ZoneSnapshot { mut report, checked, records, last_exception, history, .. } = snapshot;
        let membership = report.membership.take();
        report.zone = String::new();
        let outline = outlines.share(report);
        let values = packer.into_bytes();
        Self {
            zone,
            history,
            checked: checked.into(),
            compare_interval: records.interval.map(|it| u32::try_from(it.as_secs()).unwrap_or(u32::MAX)),
            compared: records.compared.map(Moment::from),
            last_exception: last_exception.map(Moment::from),
            membership,
            outline,
            values,
        }
    }

    /// When the last check ended.
    pub fn checked(&self) -> SystemTime {
        self.checked.time()
    }

    /// Whether the records of the zone are wanted, and when they were read.
    pub fn records(&self) -> RecordsState {
        RecordsState {
            interval: self.compare_interval.map(|seconds| Duration::from_secs(seconds.into())),
            compared: self.compared.map(Moment::time),
        }
    }

    /// When the zone was last an exception.
    pub fn last_exception(&self) -> Option<SystemTime> {
        self.last_exception.map(Moment::time)
    }

    /// Returns the report without its numbers, times and texts, and without the names of the zone and its catalog.
    ///
    /// Verdicts, severities, servers, the codes of findings, and whether a value is known, are as in the whole report.
    pub fn outline(&self) -> &ZoneReport {
        self.outline.report()
    }

    /// Whether the outline of another snapshot is the same one.
    pub fn has_outline_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.outline, &other.outline)
    }

    /// Returns the snapshot as it was packed.
    pub fn unpack(&self) -> ZoneSnapshot {
        let report = self.outline().clone();
        let servers = report.servers.iter().map(|_| ServerSnapshot::default()).collect();
        let report =
            ZoneReport { zone: self.zone.to_string(), membership: self.membership.clone(), ..report };
        let mut snapshot = ZoneSnapshot {
            report,
            checked: self.checked(),
            took: Duration::ZERO,
            publications: 0,
            regressions: 0,
            last_publication: None,
            servers,
            records: self.records(),
            last_exception: self.last_exception(),
            history: Arc::clone(&self.history),
        };
        snapshot_values(&mut snapshot, &mut Unpacker::new(&self.values));
        snapshot
    }
}

/// Zones with the same outline.
#[derive(Debug)]
pub(crate) struct AlikeZones<'z> {
    /// Their outline.
    pub(crate) outline: &'z ZoneReport,
    /// How many they are.
    pub(crate) count: u64,
    /// The names of the first of them.
    pub(crate) first: Vec<&'z Name>,
}

/// Returns the outlines of these zones, each with the number of zones that have it, in the order of their first zones.
pub(crate) fn count_outlines<'z>(
    zones: impl Iterator<Item = &'z PackedSnapshot>,
) -> Vec<(&'z ZoneReport, u64)> {
    group_by_outline(zones, 0).into_iter().map(|alike| (alike.outline, alike.count)).collect()
}

/// Groups zones by their outlines, in the order of their first zones, at most so many of which are named.
pub(crate) fn group_by_outline<'z>(
    zones: impl Iterator<Item = &'z PackedSnapshot>,
    named: usize,
) -> Vec<AlikeZones<'z>> {
    let mut positions: HashMap<*const Outline, usize> = HashMap::new();
    let mut groups: Vec<AlikeZones<'_>> = Vec::new();
    for zone in zones {
        let position = *positions.entry(Arc::as_ptr(&zone.outline)).or_insert_with(|| {
            groups.push(AlikeZones { outline: zone.outline(), count: 0, first: Vec::new() });
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(position) {
            group.count += 1;
            group.first.extend(Some(&zone.zone).filter(|_| group.first.len() < named));
        }
    }
    groups
}

#[cfg(test)]
mod tests;
