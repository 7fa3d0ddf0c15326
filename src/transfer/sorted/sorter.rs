//! Sorts records in bounded memory.

use std::cmp::Ordering;
use std::path::PathBuf;
use std::sync::Arc;

use super::entry::{Entry, EntryEncoder, RecordForm};
use super::error::SortError;
use super::merge::MergeReader;
use super::records::{RecordDecoder, SortedRecords};
use super::rrsets::SortedRrsets;
use super::runs::{Run, RunWriter};
use super::storage::{Storage, TemporaryFile};
use super::tally::{Counts, Tally};
use crate::dns::wire::Record;
use crate::dns::{Name, Rtype, Soa};

/// The most bytes of records in memory: the place of a record is a number of 32 bits.
const MAX_MEMORY: usize = 1 << 30;

/// The most runs that are merged at once, each of which takes a buffer of 64 KiB.
const MAX_RUNS: usize = 64;

/// The most bytes of a temporary file, of which there are two: compressed names may become many times as long.
const MAX_FILE_BYTES: u64 = 32 << 30;

/// The limits of sorting.
#[derive(Clone, Debug)]
pub(super) struct SortLimits {
    /// The bytes of records in memory.
    pub(super) memory: usize,
    /// The most runs that are merged at once.
    pub(super) runs: usize,
    /// The most bytes of a temporary file.
    pub(super) file_bytes: u64,
    /// Where temporary files are created.
    pub(super) directory: PathBuf,
}

/// Sorts the records of a zone, which come in any order, in bounded memory.
pub struct RecordSorter {
    zone: Name,
    limits: SortLimits,
    encoder: EntryEncoder,
    /// The entries that are not in a run yet.
    entries: Vec<u8>,
    /// Where they are.
    slots: Vec<Slot>,
    /// The number of slots up to the first record of the last owner; they are in order as long as owners are.
    sorted: usize,
    /// Whether the owners of the entries came in order, which those of most transfers do.
    is_in_order: bool,
    /// The runs in a temporary file, if there was no room in memory.
    spilled: Option<SpilledRuns>,
    /// The first error; what is added after it is dropped.
    error: Option<SortError>,
}

/// The place of an entry in memory, with the first octets of what is sorted by.
struct Slot {
    /// As octets, which leave no gap before the next slot.
    prefix: [u8; 16],
    at: u32,
}

/// The runs in a temporary file.
struct SpilledRuns {
    writer: RunWriter,
    runs: Vec<Run>,
    /// The last entry of the last run.
    last: Vec<u8>,
    /// Of the last run, unless records are digested.
    tally: Option<Tally>,
}

/// Runs behind each other, and what they amount to if they are a single one.
struct StoredRuns {
    storage: Arc<Storage>,
    runs: Vec<Run>,
    counts: Counts,
}

impl SortLimits {
    /// The usual limits, with so many bytes of records in memory.
    fn with_memory(memory: usize) -> Self {
        let (memory, directory) = (memory.min(MAX_MEMORY), std::env::temp_dir());
        Self { memory, runs: MAX_RUNS, file_bytes: MAX_FILE_BYTES, directory }
    }
}

impl RecordSorter {
    /// The bytes of records that are held in memory, unless more or fewer are asked for.
    pub const DEFAULT_MEMORY: usize = 4 * 1024 * 1024;

    /// A sorter for the records of a zone, of which it holds so many bytes in memory.
    pub fn new(zone: &Name, memory: usize) -> Self {
        Self::with_limits(zone, RecordForm::Compared, SortLimits::with_memory(memory))
    }

    /// The same for records as they are signed: [`Record::signed`] takes the place of the RDATA.
    pub fn of_signed(zone: &Name, memory: usize) -> Self {
        Self::with_limits(zone, RecordForm::Signed, SortLimits::with_memory(memory))
    }

    /// The same for records as they are digested, to be read by [`finish_records`](Self::finish_records).
    pub(in crate::transfer) fn of_digested(zone: &Name, memory: usize) -> Self {
        Self::with_limits(zone, RecordForm::Digested, SortLimits::with_memory(memory))
    }

    /// The same with its temporary files in a directory.
    #[cfg(test)]
    pub(in crate::transfer) fn in_directory(mut self, directory: &str) -> Self {
        self.limits.directory = PathBuf::from(directory);
        self
    }

    pub(super) fn with_limits(zone: &Name, form: RecordForm, limits: SortLimits) -> Self {
        Self {
            zone: zone.clone(),
            limits,
            encoder: EntryEncoder::new(zone.clone(), form),
            entries: Vec::new(),
            slots: Vec::new(),
            sorted: 0,
            is_in_order: true,
            spilled: None,
            error: None,
        }
    }

    /// Adds a record of the zone. An error, as of a disk that is full, is kept for [`finish`](Self::finish).
    pub fn add(&mut self, record: &Record<'_>) {
        if self.error.is_some() {
            return;
        }
        if self.is_full_for(record.owner) {
            self.spill_memory();
        }
        let is_other_owner = self.encoder.begin_owner(record.owner);
        let at = self.entries.len();
        self.encoder.push(&mut self.entries, record);
        let entry = Entry::new(self.entries.get(at..).unwrap_or_default());
        let slot = Slot::new(entry, at);
        if is_other_owner {
            self.end_owner();
            self.is_in_order &= self.slots.last().is_none_or(|last| last.order(&slot, &self.entries).is_le());
        }
        self.slots.push(slot);
    }

    /// Whether what is in memory is written before a record of this owner is added. Where records come in order, it is
    /// at the end of an owner, so that one run goes on there.
    #[inline]
    pub(in crate::transfer) fn is_full_for(&self, owner: &[u8]) -> bool {
        let (memory, limit) = (self.memory(), self.limits.memory);
        let is_nearly_full = memory >= limit / 8 * 7 && !self.slots.is_empty() && self.error.is_none();
        is_nearly_full && (memory >= limit || !self.encoder.is_owner(owner))
    }

    /// Writes what is in memory into the temporary file, and calls a function with each record of it. Returns false, and
    /// calls nothing, if these records do not come behind all that were written before.
    pub(in crate::transfer) fn spill_to(
        &mut self,
        decoder: &mut RecordDecoder,
        visit: impl FnMut(&Record<'_>),
    ) -> bool {
        let follows = self.visit_memory(decoder, visit);
        self.spill_memory();
        follows
    }

    /// Writes what is in memory into the temporary file.
    pub(in crate::transfer) fn spill_memory(&mut self) {
        if self.error.is_none() {
            self.error = self.spill().err();
        }
    }

    /// Calls a function with each record that is in memory. Returns false, and calls nothing, if these records do not
    /// come behind all that were written.
    pub(in crate::transfer) fn visit_last(
        &mut self,
        decoder: &mut RecordDecoder,
        visit: impl FnMut(&Record<'_>),
    ) -> Result<bool, SortError> {
        match self.error.take() {
            Some(error) => Err(error),
            None => Ok(self.visit_memory(decoder, visit)),
        }
    }

    fn visit_memory(&mut self, decoder: &mut RecordDecoder, mut visit: impl FnMut(&Record<'_>)) -> bool {
        self.sort();
        let entries = || self.slots.iter().filter_map(|slot| slot.entry(&self.entries));
        let follows = match (&self.spilled, entries().next()) {
            (Some(spilled), Some(first)) => spilled.is_before(first),
            _ => true,
        };
        if follows {
            for entry in entries() {
                if !decoder.is_repeated(entry)
                    && let Some(record) = decoder.decode(entry)
                {
                    visit(&record);
                }
            }
        }
        follows
    }

    /// Whether records were written into the temporary file.
    pub(in crate::transfer) fn has_spilled(&self) -> bool {
        self.spilled.is_some()
    }

    /// A tally of the entries, unless they are digested: the reader of those takes each once.
    fn new_tally(&self) -> Option<Tally> {
        (self.encoder.form() != RecordForm::Digested).then(Tally::default)
    }

    /// The bytes of the entries in memory, and of their slots.
    pub(in crate::transfer) fn memory(&self) -> usize {
        self.entries.len() + self.slots.len() * size_of::<Slot>()
    }

    /// Writes what is in memory into the temporary file, as a run or behind the last one.
    fn spill(&mut self) -> Result<(), SortError> {
        self.sort();
        if self.spilled.is_none() {
            let file = TemporaryFile::new(&self.limits.directory)?;
            let writer = RunWriter::to_file(file, self.limits.file_bytes);
            let tally = self.new_tally();
            self.spilled = Some(SpilledRuns { writer, runs: Vec::new(), last: Vec::new(), tally });
        }
        let Self { entries, slots, spilled: Some(spilled), .. } = self else { return Ok(()) };
        spilled.push(entries, slots)?;
        entries.clear();
        slots.clear();
        (self.sorted, self.is_in_order) = (0, true);
        Ok(())
    }

    /// Sorts the records of the last owner.
    fn end_owner(&mut self) {
        let Self { entries, slots, sorted, .. } = self;
        let of_owner = slots.get_mut(*sorted..).unwrap_or_default();
        of_owner.sort_unstable_by(|slot, other| slot.order(other, entries));
        *sorted = slots.len();
    }

    /// Sorts what is in memory.
    fn sort(&mut self) {
        if self.is_in_order {
            return self.end_owner();
        }
        let Self { entries, slots, .. } = self;
        slots.sort_unstable_by(|slot, other| slot.order(other, entries));
    }

    /// Adds the SOA record of the zone, and sorts what is not sorted yet.
    pub fn finish(mut self, soa: &Soa, ttl: u32) -> Result<SortedRrsets, SortError> {
        self.add_soa(soa, ttl);
        let zone = self.zone.clone();
        let StoredRuns { storage, runs, counts } = self.store(1)?;
        Ok(SortedRrsets::new(zone, storage, runs.into_iter().next().unwrap_or(0..0), counts))
    }

    /// Sorts what is not sorted yet, for a reader of single records.
    pub(in crate::transfer) fn finish_records(self) -> Result<SortedRecords, SortError> {
        let (zone, max_runs) = (self.zone.clone(), self.limits.runs);
        let StoredRuns { storage, runs, .. } = self.store(max_runs)?;
        Ok(SortedRecords::new(zone, storage, runs))
    }

    /// Adds the SOA record of the zone.
    pub(in crate::transfer) fn add_soa(&mut self, soa: &Soa, ttl: u32) {
        if self.spilled.is_some() {
            // It is out of order, and must not have the others sorted once more.
            self.spill_memory();
        }
        let (zone, rdata) = (self.zone.clone(), soa.to_rdata());
        self.add(&Record::new(zone.as_wire(), Rtype::SOA, ttl, &rdata));
    }

    /// Stores all records in so many runs at most.
    fn store(mut self, max_runs: usize) -> Result<StoredRuns, SortError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if self.spilled.is_some() {
            self.spill()?;
        }
        let Some(SpilledRuns { writer, runs, tally, .. }) = self.spilled.take() else {
            return self.store_in_memory();
        };
        let limits = self.limits.clone();
        // Gives its memory back: merging takes as much.
        drop(self);
        let mut stored = StoredRuns {
            storage: Arc::new(writer.finish()?),
            runs,
            counts: tally.map(Tally::finish).unwrap_or_default(),
        };
        while stored.runs.len() > max_runs {
            stored = merge_groups(&stored, &limits)?;
        }
        Ok(stored)
    }

    fn store_in_memory(mut self) -> Result<StoredRuns, SortError> {
        self.sort();
        let mut writer = RunWriter::to_memory(self.entries.len());
        let mut tally = self.new_tally();
        write_slots(&self.entries, &self.slots, &mut writer, tally.as_mut())?;
        let (run, counts) = (0..writer.position(), tally.map(Tally::finish).unwrap_or_default());
        Ok(StoredRuns { storage: Arc::new(writer.finish()?), runs: vec![run], counts })
    }
}

impl SpilledRuns {
    /// Whether an entry comes behind the last run.
    fn is_before(&self, entry: Entry<'_>) -> bool {
        Entry::new(&self.last).order(entry).is_le()
    }

    /// Writes entries that are in order: behind the last run if they go on there, else as another one.
    fn push(&mut self, entries: &[u8], slots: &[Slot]) -> Result<(), SortError> {
        let entry = |slot: Option<&Slot>| slot.and_then(|slot| slot.entry(entries));
        let (Some(first), Some(last)) = (entry(slots.first()), entry(slots.last())) else { return Ok(()) };
        let start = self.writer.position();
        let follows = !self.runs.is_empty() && self.is_before(first);
        if !follows {
            self.tally = self.tally.as_ref().map(|_| Tally::default());
        }
        write_slots(entries, slots, &mut self.writer, self.tally.as_mut())?;
        let end = self.writer.position();
        self.last.clear();
        self.last.extend_from_slice(last.as_bytes());
        match self.runs.last_mut().filter(|_| follows) {
            Some(run) => run.end = end,
            None => self.runs.push(start..end),
        }
        Ok(())
    }
}

impl Slot {
    fn new(entry: Entry<'_>, at: usize) -> Self {
        Self { prefix: entry.prefix().to_be_bytes(), at: u32::try_from(at).unwrap_or(u32::MAX) }
    }

    fn prefix(&self) -> u128 {
        u128::from_be_bytes(self.prefix)
    }

    fn entry<'e>(&self, entries: &'e [u8]) -> Option<Entry<'e>> {
        Entry::first_of(entries.get(usize::try_from(self.at).ok()?..)?)
    }

    /// The order of the entries in two slots.
    fn order(&self, other: &Self, entries: &[u8]) -> Ordering {
        let entry = |slot: &Self| slot.entry(entries).unwrap_or(Entry::new(&[]));
        self.prefix().cmp(&other.prefix()).then_with(|| entry(self).order(entry(other)))
    }
}

/// Writes entries that are in order; those that are counted, each once.
fn write_slots(
    entries: &[u8],
    slots: &[Slot],
    writer: &mut RunWriter,
    mut tally: Option<&mut Tally>,
) -> Result<(), SortError> {
    for entry in slots.iter().filter_map(|slot| slot.entry(entries)) {
        if tally.as_mut().is_none_or(|tally| tally.add(entry)) {
            writer.push(entry)?;
        }
    }
    Ok(())
}

/// Merges runs, as many at once as may be read, into fewer ones in another file.
fn merge_groups(from: &StoredRuns, limits: &SortLimits) -> Result<StoredRuns, SortError> {
    let file = TemporaryFile::new(&limits.directory)?;
    let mut writer = RunWriter::to_file(file, limits.file_bytes);
    let mut runs = Vec::new();
    let mut counts = Counts::default();
    for group in from.runs.chunks(limits.runs) {
        let start = writer.position();
        counts = merge(&from.storage, group, &mut writer)?;
        runs.push(start..writer.position());
    }
    Ok(StoredRuns { storage: Arc::new(writer.finish()?), runs, counts })
}

/// Merges runs into one, with each entry once.
fn merge(storage: &Arc<Storage>, runs: &[Run], writer: &mut RunWriter) -> Result<Counts, SortError> {
    let mut tally = Tally::default();
    let mut merged = MergeReader::new(storage, runs)?;
    while let Some(entry) = merged.entry() {
        if tally.add(entry) {
            writer.push(entry)?;
        }
        merged.advance()?;
    }
    Ok(tally.finish())
}
