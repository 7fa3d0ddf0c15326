//! The files of a store: which file may be one, and where a damaged store goes.
//!
//! A path may name anything. Nothing but a store and its lock is written to, truncated or renamed, and no link is
//! followed to one.

use std::fs::{File, FileType, OpenOptions};
use std::io;
use std::ops::RangeInclusive;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use nix::libc::{O_NOCTTY, O_NOFOLLOW, O_NONBLOCK};

use super::foreign::{FileFault, ForeignFile};

/// The maximum number of damaged stores that are kept.
const MAX_SET_ASIDE: u32 = 100;

/// The bytes that a redb database begins with.
const MAGIC: [u8; 9] = *b"redb\x1a\n\xa9\r\n";

/// The bytes that a database begins with if its creation was interrupted: redb writes its magic number last.
const UNFINISHED: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0x10, 0, 0];

/// Where a redb database has the version of its format: at the start of each of its two commit slots.
const FORMAT_OFFSETS: [usize; 2] = [64, 192];

/// The latest version of the format that this redb reads.
const REDB_FORMAT: u8 = 3;

/// The versions that later ones may have; a larger number is damage.
const LATER_REDB_FORMATS: RangeInclusive<u8> = REDB_FORMAT + 1..=REDB_FORMAT + 16;

/// The bytes that tell what a file is.
const HEADER_LEN: usize = 256;

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
fn open_read_only(path: &Path) -> Result<File, FileFault> {
    regular_file(OpenOptions::new().read(true), path)
}

/// Checks that a file is empty or begins as a store does.
fn check_content(file: &File) -> Result<(), FileFault> {
    let mut header = [0; HEADER_LEN];
    let mut length = 0;
    while let Some(rest) = header.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, length as u64) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    let is_database = header.starts_with(&MAGIC);
    if is_database && has_later_format(&header) {
        return Err(FileFault::Foreign(ForeignFile::LaterVersion));
    }
    let is_store = length == 0 || is_database || header.starts_with(&UNFINISHED);
    if is_store { Ok(()) } else { Err(FileFault::Foreign(ForeignFile::Content)) }
}

/// Whether a database has a format that only a later version of this program reads.
fn has_later_format(header: &[u8; HEADER_LEN]) -> bool {
    let [first, second] = FORMAT_OFFSETS.map(|offset| header.get(offset).copied().unwrap_or_default());
    first == second && LATER_REDB_FORMATS.contains(&first)
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
pub(super) fn private_file(path: &Path) -> Result<File, FileFault> {
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
