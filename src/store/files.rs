//! The files of a store: their permissions, the lock beside the store, and where a damaged store goes.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::error::StoreError;

/// The maximum length of the note in which the process that holds the lock names itself.
const MAX_NOTE_BYTES: u64 = 200;

/// The maximum number of damaged stores that are kept.
const MAX_SET_ASIDE: u32 = 100;

/// The holder of a store that is in use, where no note names it.
pub(super) const UNKNOWN_HOLDER: &str = "another process";

/// Takes the lock beside the store, and leaves a note with the process that holds it. The kernel releases the
/// lock when the process ends, in whatever way.
pub(super) fn lock(path: &Path, command: &str) -> Result<File, StoreError> {
    let lock_path = with_suffix(path, "lock");
    let open_error = |source| StoreError::Open { path: path.to_owned(), source };
    let mut file = private_file().open(&lock_path).map_err(open_error)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut note = String::new();
            let read = (&mut file).take(MAX_NOTE_BYTES).read_to_string(&mut note);
            let note = note.lines().next().unwrap_or_default().escape_debug().to_string();
            let holder = read.ok().filter(|_| !note.is_empty()).map_or(UNKNOWN_HOLDER.to_owned(), |_| note);
            return Err(StoreError::InUse { path: path.to_owned(), holder });
        }
        Err(TryLockError::Error(source)) => return Err(open_error(source)),
    }
    let note = format!("process {} ({command})\n", std::process::id());
    // The lock holds without its note.
    let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(note.as_bytes()));
    Ok(file)
}

/// Renames a damaged store, and returns a notice about it.
pub(super) fn set_aside(path: &Path, reason: &str) -> io::Result<String> {
    let names = (1..=MAX_SET_ASIDE).map(|number| match number {
        1 => with_suffix(path, "damaged"),
        number => with_suffix(path, &format!("damaged.{number}")),
    });
    // Past the maximum, the first one is replaced.
    let free = names.into_iter().find(|name| !name.exists());
    let aside = free.unwrap_or_else(|| with_suffix(path, "damaged"));
    std::fs::rename(path, &aside)?;
    Ok(format!(
        "warning: the state file `{}` is damaged: {}\n\
         hint: it was set aside as `{}`; what was seen before is lost\n",
        path.display(),
        reason.escape_debug(),
        aside.display()
    ))
}

/// Opens or creates a file that other users cannot read: the key of the fingerprints is in it.
pub(super) fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}
