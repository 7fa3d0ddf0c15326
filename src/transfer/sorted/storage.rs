//! Where sorted entries are stored: in memory, or in a temporary file.

use std::fs::{File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::error::SortError;

/// Sorted entries; readers do not disturb each other.
#[derive(Debug)]
pub(super) enum Storage {
    /// In memory.
    Memory(Vec<u8>),
    /// In a file.
    File(TemporaryFile),
}

/// A file without a name, which only this user can read and which is gone with its last handle.
#[derive(Debug)]
pub(super) struct TemporaryFile {
    pub(super) file: File,
    /// Where it was created.
    pub(super) directory: PathBuf,
}

impl Storage {
    /// Fills a buffer with the bytes from an offset on.
    pub(super) fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), SortError> {
        match self {
            Self::File(file) => file.file.read_exact_at(buffer, offset).map_err(|error| file.not_read(error)),
            Self::Memory(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                if let Some(stored) = bytes.get(start..start.saturating_add(buffer.len())) {
                    buffer.copy_from_slice(stored);
                }
                Ok(())
            }
        }
    }

    /// The error that the stored bytes are no entries.
    pub(super) fn corrupt(&self) -> SortError {
        let error = io::Error::new(io::ErrorKind::InvalidData, "it was changed");
        match self {
            Self::File(file) => file.not_read(error),
            Self::Memory(_) => SortError::NotRead { directory: PathBuf::new(), error },
        }
    }
}

impl TemporaryFile {
    pub(super) fn new(directory: &Path) -> Result<Self, SortError> {
        let file = tempfile::tempfile_in(directory).and_then(|file| {
            // It holds a zone. A file that never had a name has the permissions that the umask allows.
            file.set_permissions(Permissions::from_mode(0o600))?;
            Ok(file)
        });
        let directory = directory.to_owned();
        match file {
            Ok(file) => Ok(Self { file, directory }),
            Err(error) => Err(SortError::NotCreated { directory, error }),
        }
    }

    /// Appends bytes.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), SortError> {
        let written = self.file.write_all(bytes);
        written.map_err(|error| SortError::NotWritten { directory: self.directory.clone(), error })
    }

    fn not_read(&self, error: io::Error) -> SortError {
        SortError::NotRead { directory: self.directory.clone(), error }
    }
}
