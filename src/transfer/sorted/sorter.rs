//! Sorts records in bounded memory.

use std::path::PathBuf;
use std::sync::Arc;

use super::entry::{Entry, EntryEncoder};
use super::error::SortError;
use super::merge::MergeReader;
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
    /// Whether the RDATA is sorted and stored as it is signed.
    is_of_signed: bool,
    encoder: EntryEncoder,
    /// The entries that are not in a run yet.
    entries: Vec<u8>,
    /// Where they are.
    slots: Vec<Slot>,
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
}

impl RecordSorter {
    /// The bytes of records that are held in memory, unless more or fewer are asked for.
    pub const DEFAULT_MEMORY: usize = 4 * 1024 * 1024;

    /// A sorter for the records of a zone, of which it holds so many bytes in memory.
    pub fn new(zone: &Name, memory: usize) -> Self {
        let (memory, directory) = (memory.min(MAX_MEMORY), std::env::temp_dir());
        let limits = SortLimits { memory, runs: MAX_RUNS, file_bytes: MAX_FILE_BYTES, directory };
        Self::with_limits(zone, limits)
    }

    /// The same for records as they are signed: [`Record::signed`] takes the place of the RDATA.
    pub fn of_signed(zone: &Name, memory: usize) -> Self {
        Self { is_of_signed: true, ..Self::new(zone, memory) }
    }

    pub(super) fn with_limits(zone: &Name, limits: SortLimits) -> Self {
        Self {
            zone: zone.clone(),
            limits,
            is_of_signed: false,
            encoder: EntryEncoder::new(zone.clone()),
            entries: Vec::new(),
            slots: Vec::new(),
            spilled: None,
            error: None,
        }
    }

    /// Adds a record of the zone. An error, as of a disk that is full, is kept for [`finish`](Self::finish).
    pub fn add(&mut self, record: &Record<'_>) {
        if self.error.is_some() {
            return;
        }
        let at = self.entries.len();
        let rdata = if self.is_of_signed { record.signed } else { record.rdata };
        self.encoder.push(&mut self.entries, record, rdata);
        let entry = Entry::new(self.entries.get(at..).unwrap_or_default());
        self.slots.push(Slot::new(entry, at));
        if self.entries.len() + self.slots.len() * size_of::<Slot>() >= self.limits.memory {
            self.error = self.spill().err();
        }
    }

    /// Writes what is in memory into the temporary file, as a run.
    fn spill(&mut self) -> Result<(), SortError> {
        self.sort();
        if self.spilled.is_none() {
            let file = TemporaryFile::new(&self.limits.directory)?;
            let writer = RunWriter::to_file(file, self.limits.file_bytes);
            self.spilled = Some(SpilledRuns { writer, runs: Vec::new() });
        }
        let Self { entries, slots, spilled: Some(spilled), .. } = self else { return Ok(()) };
        let start = spilled.writer.position();
        write_slots(entries, slots, &mut spilled.writer)?;
        spilled.runs.push(start..spilled.writer.position());
        entries.clear();
        slots.clear();
        Ok(())
    }

    /// Sorts what is in memory.
    fn sort(&mut self) {
        let Self { entries, slots, .. } = self;
        let entry = |slot: &Slot| slot.entry(entries).unwrap_or(Entry::new(&[]));
        slots.sort_unstable_by(|slot, other| {
            slot.prefix().cmp(&other.prefix()).then_with(|| entry(slot).order(entry(other)))
        });
    }

    /// Adds the SOA record of the zone, and sorts what is not sorted yet.
    pub fn finish(mut self, soa: &Soa, ttl: u32) -> Result<SortedRrsets, SortError> {
        let zone = self.zone.clone();
        let (owner, rdata) = (zone.as_wire(), soa.to_rdata());
        self.add(&Record::new(owner, Rtype::SOA, ttl, &rdata));
        if let Some(error) = self.error {
            return Err(error);
        }
        if self.spilled.is_some() {
            self.spill()?;
        }
        match self.spilled.take() {
            None => self.sort_in_memory(),
            Some(SpilledRuns { writer, runs }) => {
                let limits = self.limits.clone();
                // Gives its memory back: merging takes as much.
                drop(self);
                merge_all(zone, &limits, Arc::new(writer.finish()?), runs)
            }
        }
    }

    fn sort_in_memory(mut self) -> Result<SortedRrsets, SortError> {
        self.sort();
        let mut writer = RunWriter::to_memory(self.entries.len());
        let counts = write_slots(&self.entries, &self.slots, &mut writer)?;
        let run = 0..writer.position();
        Ok(SortedRrsets::new(self.zone, writer.finish()?, run, counts))
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
}

/// Writes entries that are in order, each once.
fn write_slots(entries: &[u8], slots: &[Slot], writer: &mut RunWriter) -> Result<Counts, SortError> {
    let mut tally = Tally::default();
    for entry in slots.iter().filter_map(|slot| slot.entry(entries)) {
        if tally.add(entry) {
            writer.push(entry)?;
        }
    }
    Ok(tally.finish())
}

/// Merges runs into one, in several passes if they are too many to be read at once.
fn merge_all(
    zone: Name,
    limits: &SortLimits,
    mut storage: Arc<Storage>,
    mut runs: Vec<Run>,
) -> Result<SortedRrsets, SortError> {
    loop {
        let file = TemporaryFile::new(&limits.directory)?;
        let mut writer = RunWriter::to_file(file, limits.file_bytes);
        let mut merged = Vec::new();
        let mut counts = Counts::default();
        for group in runs.chunks(limits.runs) {
            let start = writer.position();
            counts = merge(&storage, group, &mut writer)?;
            merged.push(start..writer.position());
        }
        let file = writer.finish()?;
        if let [run] = merged.as_slice() {
            return Ok(SortedRrsets::new(zone, file, run.clone(), counts));
        }
        (storage, runs) = (Arc::new(file), merged);
    }
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
