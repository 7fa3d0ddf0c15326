//! Runs: sorted entries, one behind the other.

use std::ops::Range;
use std::sync::Arc;

use super::entry::{Entry, LENGTH_LEN, entry_len};
use super::error::SortError;
use super::storage::{Storage, TemporaryFile};

/// How much of a run is read or written at once.
const BUFFER_LEN: usize = 64 * 1024;

/// Where a run begins and ends in its storage.
pub(super) type Run = Range<u64>;

/// Writes runs, one behind the other, into memory or a file.
pub(super) struct RunWriter {
    /// Absent while runs stay in memory.
    file: Option<TemporaryFile>,
    max_bytes: u64,
    /// What is not in the file yet.
    buffer: Vec<u8>,
    written: u64,
}

impl RunWriter {
    /// A writer of so many bytes at most.
    pub(super) fn to_memory(capacity: usize) -> Self {
        Self { file: None, max_bytes: u64::MAX, buffer: Vec::with_capacity(capacity), written: 0 }
    }

    /// A writer that fails when the file would have more bytes than allowed.
    pub(super) fn to_file(file: TemporaryFile, max_bytes: u64) -> Self {
        Self { file: Some(file), max_bytes, buffer: Vec::with_capacity(BUFFER_LEN), written: 0 }
    }

    /// The place of the next entry.
    pub(super) fn position(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    pub(super) fn push(&mut self, entry: Entry<'_>) -> Result<(), SortError> {
        let bytes = entry.as_bytes();
        if self.file.is_some() && self.buffer.len() + bytes.len() > BUFFER_LEN {
            self.flush()?;
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SortError> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let written = self.written + self.buffer.len() as u64;
        if written > self.max_bytes {
            return Err(SortError::TooLarge(self.max_bytes));
        }
        file.append(&self.buffer)?;
        self.written = written;
        self.buffer.clear();
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Storage, SortError> {
        self.flush()?;
        Ok(match self.file {
            Some(file) => Storage::File(file),
            None => {
                self.buffer.shrink_to_fit();
                Storage::Memory(self.buffer)
            }
        })
    }
}

/// Reads one run.
#[derive(Debug)]
pub(super) struct RunReader {
    pub(super) storage: Arc<Storage>,
    /// What is not in the buffer yet.
    unread: Run,
    buffer: Vec<u8>,
    /// The place of the current entry in the buffer; empty before the first one and behind the last one.
    current: Range<usize>,
}

impl RunReader {
    /// A reader that stands before the first entry.
    pub(super) fn new(storage: Arc<Storage>, run: Run) -> Self {
        Self { storage, unread: run, buffer: Vec::new(), current: 0..0 }
    }

    /// Moves on to the next entry; returns false behind the last one.
    pub(super) fn advance(&mut self) -> Result<bool, SortError> {
        self.current = self.current.end..self.current.end;
        if self.unread.is_empty() && self.current.end == self.buffer.len() {
            return Ok(false);
        }
        self.fill(LENGTH_LEN)?;
        let field = self.buffer.get(self.current.start..).and_then(|rest| rest.first_chunk());
        let length = field.copied().map(entry_len).ok_or_else(|| self.storage.corrupt())?;
        self.fill(length)?;
        self.current.end = self.current.start + length;
        Ok(true)
    }

    /// The current entry.
    pub(super) fn entry(&self) -> Option<Entry<'_>> {
        let bytes = self.buffer.get(self.current.clone()).unwrap_or_default();
        (!bytes.is_empty()).then(|| Entry::new(bytes))
    }

    /// Reads on until the buffer has so many bytes from the current entry on.
    fn fill(&mut self, needed: usize) -> Result<(), SortError> {
        let in_buffer = self.buffer.len() - self.current.start;
        if in_buffer >= needed {
            return Ok(());
        }
        let unread = usize::try_from(self.unread.end - self.unread.start).unwrap_or(usize::MAX);
        if unread < needed - in_buffer {
            return Err(self.storage.corrupt());
        }
        self.buffer.copy_within(self.current.start.., 0);
        self.current = 0..0;
        let read = unread.min(BUFFER_LEN.max(needed) - in_buffer);
        self.buffer.resize(in_buffer + read, 0);
        let room = self.buffer.get_mut(in_buffer..).unwrap_or_default();
        self.storage.read_at(room, self.unread.start)?;
        self.unread.start += read as u64;
        Ok(())
    }
}
