//! The sorted records of a copy, one by one.

use std::sync::Arc;

use super::entry::{Entry, write_owner};
use super::error::SortError;
use super::merge::MergeReader;
use super::runs::Run;
use super::storage::Storage;
use crate::dns::Name;
use crate::dns::name::MAX_NAME;
use crate::dns::wire::Record;

/// The records of a copy in canonical order, signatures as RRsets of type RRSIG (RFC 8976 section 3.3.1).
pub(in crate::transfer) struct SortedRecords {
    zone: Name,
    storage: Arc<Storage>,
    runs: Vec<Run>,
}

/// Decodes sorted entries, each record once.
pub(in crate::transfer) struct RecordDecoder {
    zone: Name,
    owner: Vec<u8>,
    /// The key and the RDATA of the last record.
    last: Vec<u8>,
}

impl RecordDecoder {
    pub(in crate::transfer) fn new(zone: &Name) -> Self {
        Self { zone: zone.clone(), owner: Vec::with_capacity(MAX_NAME), last: Vec::new() }
    }

    /// Whether an entry differs from the last one in nothing but its TTL, if at all.
    pub(super) fn is_repeated(&self, entry: Entry<'_>) -> bool {
        entry.content() == self.last
    }

    /// The record of the next entry; `None` if the entry is no record.
    pub(super) fn decode<'r>(&'r mut self, entry: Entry<'r>) -> Option<Record<'r>> {
        let key = entry.rrset_key();
        // No key of an owner is the beginning of another one.
        if !self.last.starts_with(key.owner()) {
            write_owner(key.owner(), &self.zone, &mut self.owner)?;
        }
        self.last.clear();
        self.last.extend_from_slice(entry.content());
        Some(Record::new(&self.owner, key.rtype(), entry.ttl(), entry.rdata()))
    }
}

impl SortedRecords {
    pub(super) fn new(zone: Name, storage: Arc<Storage>, runs: Vec<Run>) -> Self {
        Self { zone, storage, runs }
    }

    /// Calls a function with each record, in order. Of records that differ in nothing but TTL, it gets the one with the
    /// least (RFC 4034 section 6.3).
    pub(in crate::transfer) fn for_each(&self, mut visit: impl FnMut(&Record<'_>)) -> Result<(), SortError> {
        let mut merged = MergeReader::new(&self.storage, &self.runs)?;
        let mut decoder = RecordDecoder::new(&self.zone);
        while let Some(entry) = merged.entry() {
            if !decoder.is_repeated(entry) {
                visit(&decoder.decode(entry).ok_or_else(|| self.storage.corrupt())?);
            }
            merged.advance()?;
        }
        Ok(())
    }
}
