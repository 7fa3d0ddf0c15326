//! The sorted records of a copy, one by one.

use std::sync::Arc;

use super::entry::{Entry, RrsetKey, write_owner};
use super::error::SortError;
use super::merge::MergeReader;
use super::runs::Run;
use super::storage::Storage;
use crate::dns::Name;
use crate::dns::wire::Record;

/// The records of a copy in canonical order, signatures as RRsets of type RRSIG (RFC 8976 section 3.3.1).
pub(in crate::transfer) struct SortedRecords {
    zone: Name,
    storage: Arc<Storage>,
    runs: Vec<Run>,
}

impl SortedRecords {
    pub(super) fn new(zone: Name, storage: Arc<Storage>, runs: Vec<Run>) -> Self {
        Self { zone, storage, runs }
    }

    /// Calls a function with each record, in order. Of records that differ in nothing but TTL, it gets the one with the
    /// least (RFC 4034 section 6.3).
    pub(in crate::transfer) fn for_each(&self, mut visit: impl FnMut(&Record<'_>)) -> Result<(), SortError> {
        let mut merged = MergeReader::new(&self.storage, &self.runs)?;
        let mut owner = self.zone.as_wire().to_vec();
        let mut last = Vec::new();
        while let Some(entry) = merged.entry() {
            let key = entry.rrset_key();
            let last_key = (!last.is_empty()).then(|| Entry::new(&last).rrset_key());
            if last_key.map(RrsetKey::owner) != Some(key.owner()) {
                write_owner(key.owner(), &self.zone, &mut owner).ok_or_else(|| self.storage.corrupt())?;
            }
            if last.is_empty() || Entry::new(&last).content() != entry.content() {
                visit(&Record::new(&owner, key.rtype(), entry.ttl(), entry.rdata()));
                last.clear();
                last.extend_from_slice(entry.as_bytes());
            }
            merged.advance()?;
        }
        Ok(())
    }
}
