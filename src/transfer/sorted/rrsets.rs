//! The sorted RRsets of a copy, and their readers.

use std::io;
use std::sync::Arc;

use super::entry::{RrsetKey, name_of_owner_key};
use super::error::SortError;
use super::runs::{Run, RunReader};
use super::storage::Storage;
use super::tally::{Counts, ResponseSize};
use crate::dns::{Name, Rrset, TtlAndRdata};

/// The most bytes of one RRset in memory, with its records.
const MAX_RRSET_BYTES: usize = 64 * 1024 * 1024;

/// The RRsets of a copy in canonical order (RFC 4034 section 6.1), each with the signatures over it. Clones share
/// them.
#[derive(Clone, Debug)]
pub struct SortedRrsets {
    zone: Name,
    pub(super) storage: Arc<Storage>,
    run: Run,
    counts: Counts,
}

impl SortedRrsets {
    pub(super) fn new(zone: Name, storage: Arc<Storage>, run: Run, counts: Counts) -> Self {
        Self { zone, storage, run, counts }
    }

    /// Reads the RRsets that fit in a response, in order; any number of readers may read at once.
    ///
    /// Types are in the order of their numbers. A type with signatures and no record comes as an RRset without records.
    /// After an error, which names the temporary file and a remedy, nothing comes any more.
    pub fn iter(&self) -> RrsetReader {
        RrsetReader {
            zone: self.zone.clone(),
            reader: Some(RunReader::new(Arc::clone(&self.storage), self.run.clone())),
            is_at_entry: false,
            key: Vec::new(),
            owner: self.zone.clone(),
            unaskable: Unaskable::LeftOut,
        }
    }

    /// The number of RRsets with records, the SOA and those that fit in no response included.
    pub fn rrsets(&self) -> u64 {
        self.counts.rrsets
    }

    /// The number of owner names.
    pub fn names(&self) -> u64 {
        self.counts.names
    }

    /// The number of RRsets that no query can ask for, since no message of 65,535 bytes can hold them with their
    /// signatures. Readers leave them out.
    pub fn unaskable(&self) -> u64 {
        self.counts.unaskable
    }
}

impl IntoIterator for &SortedRrsets {
    type Item = io::Result<Rrset>;
    type IntoIter = RrsetReader;

    fn into_iter(self) -> RrsetReader {
        self.iter()
    }
}

/// Reads sorted RRsets.
#[derive(Debug)]
pub struct RrsetReader {
    zone: Name,
    /// Absent after an error, and behind the last RRset.
    reader: Option<RunReader>,
    /// Whether the reader stands at the first entry of the next RRset.
    is_at_entry: bool,
    /// The key of the last RRset.
    key: Vec<u8>,
    /// The owner of the last RRset.
    owner: Name,
    unaskable: Unaskable,
}

/// What is done with RRsets that fit in no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unaskable {
    /// They are left out.
    LeftOut,
    /// They come without records and without signatures.
    Empty,
    /// They come with records and without signatures.
    Whole,
}

impl Iterator for RrsetReader {
    type Item = io::Result<Rrset>;

    fn next(&mut self) -> Option<io::Result<Rrset>> {
        // The reader stays away if this ends with an error.
        let mut reader = self.reader.take()?;
        match self.read_rrset(&mut reader) {
            Ok(rrset) => {
                let rrset = rrset?;
                self.reader = Some(reader);
                Some(Ok(rrset))
            }
            Err(error) => Some(Err(error.into())),
        }
    }
}

impl RrsetReader {
    /// Gives RRsets that fit in no response as well: without records, and without signatures.
    #[must_use]
    pub fn with_unaskable(self) -> Self {
        Self { unaskable: Unaskable::Empty, ..self }
    }

    /// Gives RRsets that fit in no response as well, with their records. One of more than 64 MiB is an error.
    #[must_use]
    pub fn with_unaskable_records(self) -> Self {
        Self { unaskable: Unaskable::Whole, ..self }
    }

    /// Reads the next RRset that is not left out.
    fn read_rrset(&mut self, reader: &mut RunReader) -> Result<Option<Rrset>, SortError> {
        while self.is_at_entry || reader.advance()? {
            let Some(first) = reader.entry() else { break };
            let key = first.rrset_key();
            if self.key.is_empty() || RrsetKey::new(&self.key).owner() != key.owner() {
                let owner = name_of_owner_key(key.owner(), &self.zone);
                self.owner = owner.ok_or_else(|| reader.storage.corrupt())?;
            }
            self.key.clear();
            self.key.extend_from_slice(key.as_bytes());
            let rrset = self.collect(reader)?;
            if rrset.is_some() {
                return Ok(rrset);
            }
        }
        Ok(None)
    }

    /// Collects the RRset whose first entry is the current one; `None` if it is left out.
    fn collect(&mut self, reader: &mut RunReader) -> Result<Option<Rrset>, SortError> {
        let key = RrsetKey::new(&self.key);
        let rtype = key.rtype();
        let (mut records, mut signatures) = (Vec::new(), Vec::new());
        let (mut size, mut bytes) = (ResponseSize::default(), 0);
        while let Some(entry) = reader.entry().filter(|entry| entry.rrset_key() == key) {
            size.add(rtype, entry);
            let is_kept = !entry.is_signature() && self.unaskable == Unaskable::Whole;
            if size.fits() || is_kept {
                bytes += entry.rdata().len() + size_of::<TtlAndRdata>();
                if bytes > MAX_RRSET_BYTES {
                    return Err(SortError::LargeRrset(self.owner.clone(), rtype, MAX_RRSET_BYTES));
                }
                let side = if entry.is_signature() { &mut signatures } else { &mut records };
                side.push((entry.ttl(), entry.rdata().to_vec()));
            }
            reader.advance()?;
        }
        self.is_at_entry = reader.entry().is_some();
        let owner = self.owner.clone();
        if size.fits() {
            return Ok(Some(Rrset { owner, rtype, records, signatures }));
        }
        signatures.clear();
        if self.unaskable != Unaskable::Whole {
            records.clear();
        }
        Ok((self.unaskable != Unaskable::LeftOut).then_some(Rrset { owner, rtype, records, signatures }))
    }
}
