//! The files of a store: which file may be one, the lock beside it, and where a damaged store goes.
//!
//! A path may name anything. Nothing but a store and its lock is written to, truncated or renamed, and no link is
//! followed to one.

use std::fmt;
use std::fs::{File, FileType, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{FileExt as _, FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use nix::libc::{O_NOCTTY, O_NOFOLLOW, O_NONBLOCK};

use super::error::StoreError;

/// The maximum length of the note in which the process that holds the lock names itself.
const MAX_NOTE_BYTES: u64 = 200;

/// The maximum number of damaged stores that are kept.
const MAX_SET_ASIDE: u32 = 100;

/// The holder of a store that is in use, where no note names it.
pub(super) const UNKNOWN_HOLDER: &str = "another process";

/// The bytes that a redb database begins with.
const MAGIC: [u8; 9] = *b"redb\x1a\n\xa9\r\n";

/// The bytes that a database begins with if its creation was interrupted: redb writes its magic number last.
const UNFINISHED: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0x10, 0, 0];

/// What a path names instead of a store, or instead of its lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForeignFile {
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A FIFO.
    Fifo,
    /// A socket.
    Socket,
    /// A device.
    Device,
    /// A regular file with other content.
    Content,
    /// A database of another program.
    Database,
}

impl fmt::Display for ForeignFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Directory => "it is a directory",
            Self::Link => "it is a symbolic link, which is not followed",
            Self::Fifo => "it is a FIFO",
            Self::Socket => "it is a socket",
            Self::Device => "it is a device",
            Self::Content => "it has other content",
            Self::Database => "it is a database of another program",
        })
    }
}

impl ForeignFile {
    /// Returns what a file is instead of a regular one.
    fn of(file: FileType) -> Option<Self> {
        if file.is_file() {
            None
        } else if file.is_dir() {
            Some(Self::Directory)
        } else if file.is_symlink() {
            Some(Self::Link)
        } else if file.is_fifo() {
            Some(Self::Fifo)
        } else if file.is_socket() {
            Some(Self::Socket)
        } else {
            Some(Self::Device)
        }
    }
}

/// Why a file of a store cannot be opened.
#[derive(Debug)]
pub(super) enum FileFault {
    Foreign(ForeignFile),
    Unusable(io::Error),
}

impl From<io::Error> for FileFault {
    fn from(error: io::Error) -> Self {
        Self::Unusable(error)
    }
}

/// Checks that a path names a store, an empty file or nothing.
pub(super) fn check_path(path: &Path) -> Result<(), FileFault> {
    match open_read_only(path) {
        Ok(file) => check_content(&file),
        Err(FileFault::Unusable(error)) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(fault) => Err(fault),
    }
}

/// Opens or creates the file of a store.
pub(super) fn open_store_file(path: &Path) -> Result<File, FileFault> {
    let file = private_file(path)?;
    check_content(&file)?;
    Ok(file)
}

/// Opens the file of a store to read it.
pub(super) fn open_read_only(path: &Path) -> Result<File, FileFault> {
    regular_file(OpenOptions::new().read(true), path)
}

/// Checks that a file is empty or begins as a store does.
fn check_content(file: &File) -> Result<(), FileFault> {
    let mut start = [0; UNFINISHED.len()];
    let mut length = 0;
    while let Some(rest) = start.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, length as u64) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    let is_store = length == 0 || start.starts_with(&MAGIC) || start == UNFINISHED;
    if is_store { Ok(()) } else { Err(FileFault::Foreign(ForeignFile::Content)) }
}

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

/// Renames a damaged store, and returns a notice about it.
pub(super) fn set_aside(path: &Path, reason: &str) -> Result<String, FileFault> {
    // Another file may be there by now.
    check_path(path)?;
    let names = (1..=MAX_SET_ASIDE).map(|number| match number {
        1 => with_suffix(path, "damaged"),
        number => with_suffix(path, &format!("damaged.{number}")),
    });
    let is_free = |name: &PathBuf| {
        std::fs::symlink_metadata(name).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    };
    // Past the maximum, the first one is replaced.
    let aside = names.into_iter().find(is_free).unwrap_or_else(|| with_suffix(path, "damaged"));
    check_path(&aside)?;
    std::fs::rename(path, &aside)?;
    Ok(format!(
        "warning: the state file `{}` is damaged: {}\n\
         hint: it was set aside as `{}`; what was seen before is lost\n",
        path.display(),
        reason.escape_debug(),
        aside.display()
    ))
}

/// Opens or creates a regular file that other users cannot read: the key of the fingerprints is in it.
fn private_file(path: &Path) -> Result<File, FileFault> {
    regular_file(OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600), path)
}

/// Opens a regular file. Nothing else is opened: with a device, that alone may have an effect.
fn regular_file(options: &mut OpenOptions, path: &Path) -> Result<File, FileFault> {
    if let Ok(found) = std::fs::symlink_metadata(path) {
        require_regular(found.file_type())?;
    }
    // Another file may be there by now: it is not waited for, and no link is followed.
    let file = options.custom_flags(O_NOFOLLOW | O_NONBLOCK | O_NOCTTY).open(path)?;
    require_regular(file.metadata()?.file_type())?;
    Ok(file)
}

fn require_regular(file: FileType) -> Result<(), FileFault> {
    ForeignFile::of(file).map_or(Ok(()), |foreign| Err(FileFault::Foreign(foreign)))
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}
