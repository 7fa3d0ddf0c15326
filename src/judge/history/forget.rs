//! What a history forgets, so that it stays small however busy a zone is and however long it is monitored.
//!
//! - Copies: of the last [`MAX_COPIES`] versions the fingerprint is kept, of older ones the serial and the time.
//! - Versions: one is kept while the lag of a server that missed its successor can still heal; the last
//!   [`MAX_COPIES`] are kept whatever their age.
//! - Older versions are thinned: one is dropped where its neighbours are apart by no more than an eighth of
//!   their age. If the successor of a serial is dropped, the lag counts from the next version that is kept, and
//!   is taken for shorter than it is. The beginning of a lag that is known already is kept with its address.
//! - Addresses: those of the last check are kept, and as many others as make [`MAX_ADDRESSES`] in all.
//! - RRsets in which servers diverged: the last [`MAX_DIVERGED`] are kept.
//! - Of each address: the last [`MAX_SERIALS`] serials, the last [`MAX_LATENCIES`] latencies, and how its verdict has
//!   changed in the last 30 days ([`record`](super::record)).
//!
//! A time in the future, from before the clock was set back, becomes now.

use std::time::{Duration, SystemTime};

use super::{AddressHistory, History, Version};

/// Versions whose fingerprint is kept.
pub(super) const MAX_COPIES: usize = 16;

/// Versions whose serial is kept; thinning keeps fewer of all that fit into a century.
const MAX_VERSIONS: usize = 256;

/// Old versions that are neighbours are apart by this fraction of their age: one in so many.
const THINNING_FRACTION: u32 = 8;

/// Addresses that are kept though they were not queried.
const MAX_ADDRESSES: usize = 64;

/// Serials kept of one address.
pub(super) const MAX_SERIALS: usize = 16;

/// RRsets kept of those in which servers diverged.
const MAX_DIVERGED: usize = 16;

/// Latencies kept of one address.
pub(super) const MAX_LATENCIES: usize = 32;

impl History {
    /// Forgets what is not needed after `now`, if every lag heals within `propagation_time`.
    pub(in crate::judge) fn forget(&mut self, now: SystemTime, propagation_time: Duration) {
        self.clamp(now);
        self.forget_versions(now, propagation_time);
        keep_last(&mut self.diverged, MAX_DIVERGED);
        for address in self.addresses.values_mut() {
            keep_last(&mut address.serials, MAX_SERIALS);
            keep_last(&mut address.latencies, MAX_LATENCIES);
            address.forget_changes(now);
        }
        while self.addresses.len() > MAX_ADDRESSES {
            let unqueried = self.addresses.iter().filter(|(_, address)| address.last_checked != Some(now));
            let oldest = unqueried.min_by_key(|(_, address)| address.last_checked);
            let Some(oldest) = oldest.map(|(id, _)| id.clone()) else { break };
            self.addresses.remove(&oldest);
        }
    }

    fn forget_versions(&mut self, now: SystemTime, propagation_time: Duration) {
        let age = |time: SystemTime| now.duration_since(time).unwrap_or_default();
        let recent = self.versions.split_off(self.versions.len().saturating_sub(MAX_COPIES));
        let older = std::mem::take(&mut self.versions);
        let successors = older.iter().skip(1).chain(recent.first()).map(|version| version.first_seen);
        let successors: Vec<SystemTime> = successors.collect();
        let mut kept: Vec<Version> = Vec::new();
        for (version, successor) in older.into_iter().zip(successors) {
            let is_needed = age(successor) <= propagation_time;
            let is_close = kept.last().is_some_and(|last| {
                let gap = age(last.first_seen).saturating_sub(age(successor));
                gap <= age(last.first_seen) / THINNING_FRACTION
            });
            if is_needed && !is_close {
                kept.push(Version { copy: None, ..version });
            }
        }
        let excess = (kept.len() + recent.len()).saturating_sub(MAX_VERSIONS);
        kept.drain(..excess);
        kept.extend(recent);
        self.versions = kept;
    }

    fn clamp(&mut self, now: SystemTime) {
        for version in &mut self.versions {
            version.first_seen = version.first_seen.min(now);
        }
        for address in self.addresses.values_mut() {
            address.clamp(now);
        }
    }
}

impl AddressHistory {
    fn clamp(&mut self, now: SystemTime) {
        for serial in &mut self.serials {
            serial.first_seen = serial.first_seen.min(now);
        }
        let times = [
            &mut self.lagging_since,
            &mut self.out_of_sync_since,
            &mut self.last_checked,
            &mut self.last_response,
            &mut self.last_in_sync,
        ];
        for time in times.into_iter().flatten() {
            *time = (*time).min(now);
        }
    }
}

fn keep_last<T>(items: &mut Vec<T>, max: usize) {
    let excess = items.len().saturating_sub(max);
    items.drain(..excess);
}
