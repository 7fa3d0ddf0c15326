//! The files of a store: who may read them, who holds them, and where a damaged one goes.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::StoreError;

/// The longest note that the process which holds the store leaves to others.
const LONGEST_NOTE: u64 = 200;

/// Stores that were set aside are kept under so many names.
const MOST_SET_ASIDE: u32 = 100;

/// Who holds a store, where nothing tells.
pub(super) const UNKNOWN: &str = "another process";

/// Takes the lock beside the store and leaves a note of who has it. The kernel takes it back when the
/// process ends, however that comes about.
pub(super) fn lock(path: &Path, command: &str) -> Result<File, StoreError> {
    let beside = beside(path, "lock");
    let open = |source| StoreError::Open { path: path.to_owned(), source };
    let mut file = private().open(&beside).map_err(open)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut note = String::new();
            let read = (&mut file).take(LONGEST_NOTE).read_to_string(&mut note);
            let note = note.lines().next().unwrap_or_default().escape_debug().to_string();
            let holder = read.ok().filter(|_| !note.is_empty()).map_or(UNKNOWN.to_owned(), |_| note);
            return Err(StoreError::Held { path: path.to_owned(), holder });
        }
        Err(TryLockError::Error(source)) => return Err(open(source)),
    }
    let note = format!("process {} ({command})\n", std::process::id());
    // A note that cannot be left keeps nobody from working.
    let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(note.as_bytes()));
    Ok(file)
}

/// Renames a store, and returns what to say of it.
pub(super) fn set_aside(path: &Path, reason: &str) -> io::Result<String> {
    let names = (1..=MOST_SET_ASIDE).map(|number| match number {
        1 => beside(path, "damaged"),
        number => beside(path, &format!("damaged.{number}")),
    });
    // With so many of them, the first one makes room.
    let aside = names.into_iter().find(|name| !name.exists()).unwrap_or_else(|| beside(path, "damaged"));
    std::fs::rename(path, &aside)?;
    Ok(format!(
        "warning: the state file `{}` is damaged: {}\n\
         hint: it was set aside as `{}`; what was seen before is not known any more\n",
        path.display(),
        reason.escape_debug(),
        aside.display()
    ))
}

/// Files that others on this host cannot read: the secret of the fingerprints is in them.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options
}

pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}
