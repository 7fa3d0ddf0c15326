//! The lock beside a store: one process uses a store at a time.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use super::error::StoreError;
use super::files::{private_file, with_suffix};
use super::foreign::{FileFault, ForeignFile};

/// The maximum length of the note in which the process that holds the lock names itself.
const MAX_NOTE_BYTES: u64 = 200;

/// The holder of a store that is in use, where no note names it.
pub(super) const UNKNOWN_HOLDER: &str = "another process";

/// Takes the lock beside the store, and leaves a note with the process that holds it. The kernel releases the
/// lock when the process ends, in whatever way.
pub(super) fn lock(path: &Path, command: &str) -> Result<File, StoreError> {
    let lock_path = with_suffix(path, "lock");
    let foreign_lock = |found| StoreError::ForeignLock { path: lock_path.clone(), found };
    let unusable = |source| StoreError::Open { path: path.to_owned(), source };
    let mut file = private_file(&lock_path).map_err(|fault| match fault {
        FileFault::Foreign(found) => foreign_lock(found),
        FileFault::Unusable(source) => unusable(source),
    })?;
    let note = read_note(&mut file);
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let note = note.unwrap_or_default();
            let note = note.lines().next().unwrap_or_default().escape_debug().to_string();
            let holder = if note.is_empty() { UNKNOWN_HOLDER.to_owned() } else { note };
            return Err(StoreError::InUse { path: path.to_owned(), holder });
        }
        Err(TryLockError::Error(source)) => return Err(unusable(source)),
    }
    if !note.is_some_and(|note| is_note(&note)) {
        return Err(foreign_lock(ForeignFile::Content));
    }
    let note = format!("process {} ({command})\n", std::process::id());
    // The lock holds without its note.
    let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(note.as_bytes()));
    Ok(file)
}

/// Returns the text of a lock; `None` if it has other content than a note.
fn read_note(file: &mut File) -> Option<String> {
    let mut note = String::new();
    file.take(MAX_NOTE_BYTES + 1).read_to_string(&mut note).ok()?;
    (note.len() as u64 <= MAX_NOTE_BYTES).then_some(note)
}

/// Whether a text is empty, or a note of a process that held the lock.
fn is_note(text: &str) -> bool {
    let Some(note) = text.strip_prefix("process ").and_then(|note| note.strip_suffix(")\n")) else {
        return text.is_empty();
    };
    note.split_once(" (").is_some_and(|(process, command)| {
        process.bytes().all(|byte| byte.is_ascii_digit()) && !command.contains('\n')
    })
}
