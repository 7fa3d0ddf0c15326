//! The last result of each zone that was probed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::Mutex as AsyncMutex;

use super::probe_result::ProbeResult;
use crate::dns::Name;

/// The most zones whose last result is kept.
const MAX_CACHED_ZONES: usize = 4096;

/// The last result of each zone, behind a lock that lets one check of it run at a time.
#[derive(Debug, Default)]
pub(super) struct ProbeCache(Mutex<HashMap<Name, Arc<AsyncMutex<Option<CachedProbe>>>>>);

/// The last result of a zone.
#[derive(Debug)]
pub(super) struct CachedProbe {
    pub(super) ended: Instant,
    pub(super) result: Arc<ProbeResult>,
}

impl ProbeCache {
    /// The last result of a zone, to be locked.
    pub(super) fn last(&self, zone: &Name) -> Arc<AsyncMutex<Option<CachedProbe>>> {
        let mut zones = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if zones.len() >= MAX_CACHED_ZONES {
            // Those that are in use stay.
            zones.retain(|_, last| Arc::strong_count(last) > 1);
        }
        Arc::clone(zones.entry(zone.clone()).or_default())
    }
}
