//! What a history forgets, so that it stays small however busy a zone is and however long it is watched.
//!
//! - Copies: of the last [`COPIES`] versions the fingerprint is kept, of older ones the serial and the time.
//! - Versions: one is kept while the lag of a server that missed its successor can still heal; the last
//!   [`COPIES`] are kept whatever their age.
//! - Older versions are thinned: one goes where its neighbours lie apart by no more than an eighth of their
//!   age. A serial whose successor was thinned out counts from the next one that was kept, so a server is
//!   never blamed earlier for it. An address that lags already has its beginning written down, and does not count anew.
//! - Addresses: those of the last round are kept, and of others so many that there are [`ADDRESSES`] in all.
//! - Of each address: the last [`SHOWN`] serials, and the latencies of the last [`LATENCIES`] publications.
//!
//! A time that is still to come, because the clock was set back, is taken for now.

use std::time::{Duration, SystemTime};

use super::{AddressHistory, History, Version};

/// Versions of which the fingerprint is kept.
pub(super) const COPIES: usize = 16;

/// Versions of which the serial is kept; the thinning keeps fewer of any that fit into a century.
const VERSIONS: usize = 256;

/// How fine old versions are kept: neighbours lie apart by one part in so many of their age.
const FINENESS: u32 = 8;

/// Addresses that are kept though they were not asked.
const ADDRESSES: usize = 64;

/// Serials kept of one address.
pub(super) const SHOWN: usize = 16;

/// Latencies kept of one address.
pub(super) const LATENCIES: usize = 32;

impl History {
    /// Forgets what need not be known after `now`, if the slowest server heals within `patience`.
    pub(in crate::judge) fn forget(&mut self, now: SystemTime, patience: Duration) {
        self.clamp(now);
        self.forget_versions(now, patience);
        for past in self.addresses.values_mut() {
            keep_last(&mut past.shown, SHOWN);
            keep_last(&mut past.latencies, LATENCIES);
        }
        while self.addresses.len() > ADDRESSES {
            let unasked = self.addresses.iter().filter(|(_, past)| past.last_looked != Some(now));
            let oldest = unasked.min_by_key(|(_, past)| past.last_looked);
            let Some(oldest) = oldest.map(|(address, _)| address.clone()) else { break };
            self.addresses.remove(&oldest);
        }
    }

    fn forget_versions(&mut self, now: SystemTime, patience: Duration) {
        let age = |time: SystemTime| now.duration_since(time).unwrap_or_default();
        let recent = self.versions.split_off(self.versions.len().saturating_sub(COPIES));
        let older = std::mem::take(&mut self.versions);
        let successors = older.iter().skip(1).chain(recent.first()).map(|version| version.first_seen);
        let successors: Vec<SystemTime> = successors.collect();
        let mut kept: Vec<Version> = Vec::new();
        for (version, successor) in older.into_iter().zip(successors) {
            let needed = age(successor) <= patience;
            let fine = kept.last().is_some_and(|last| {
                let gap = age(last.first_seen).saturating_sub(age(successor));
                gap <= age(last.first_seen) / FINENESS
            });
            if needed && !fine {
                kept.push(Version { copy: None, ..version });
            }
        }
        let excess = (kept.len() + recent.len()).saturating_sub(VERSIONS);
        kept.drain(..excess);
        kept.extend(recent);
        self.versions = kept;
    }

    fn clamp(&mut self, now: SystemTime) {
        for version in &mut self.versions {
            version.first_seen = version.first_seen.min(now);
        }
        for past in self.addresses.values_mut() {
            past.clamp(now);
        }
    }
}

impl AddressHistory {
    fn clamp(&mut self, now: SystemTime) {
        for shown in &mut self.shown {
            shown.first_seen = shown.first_seen.min(now);
        }
        let times = [
            &mut self.lagging_since,
            &mut self.out_of_sync_since,
            &mut self.last_looked,
            &mut self.last_answer,
            &mut self.last_in_sync,
        ];
        for time in times.into_iter().flatten() {
            *time = (*time).min(now);
        }
    }
}

fn keep_last<T>(items: &mut Vec<T>, most: usize) {
    let excess = items.len().saturating_sub(most);
    items.drain(..excess);
}
