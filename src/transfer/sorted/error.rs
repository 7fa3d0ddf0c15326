//! Why records could not be sorted.

use std::io;
use std::path::{Path, PathBuf};

use crate::dns::{Name, Rtype};
use crate::observe::Failure;

/// Why records could not be sorted, or could not be read after that.
#[derive(Debug, thiserror::Error)]
pub enum SortError {
    /// No temporary file can be created.
    #[error(
        "no temporary file can be created in `{}`: {error}; set TMPDIR to a directory that can be written to",
        printable(.directory)
    )]
    NotCreated {
        /// The directory for temporary files.
        directory: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
    /// A temporary file cannot be written, most often since the disk is full.
    #[error(
        "a temporary file in `{}` cannot be written: {error}; set TMPDIR to a directory with more room",
        printable(.directory)
    )]
    NotWritten {
        /// The directory for temporary files.
        directory: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
    /// A temporary file cannot be read.
    #[error(
        "a temporary file in `{}` cannot be read: {error}; set TMPDIR to a directory on another disk",
        printable(.directory)
    )]
    NotRead {
        /// The directory for temporary files.
        directory: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
    /// The records take more room than is allowed.
    #[error("the records take more than {0} bytes of a temporary file, which is the limit")]
    TooLarge(u64),
    /// One RRset takes more memory than is allowed.
    #[error("the RRset {0} {1} takes more than {2} bytes, which is the limit for one RRset")]
    LargeRrset(Name, Rtype, usize),
}

impl From<SortError> for io::Error {
    fn from(error: SortError) -> Self {
        let kind = match &error {
            SortError::NotCreated { error, .. }
            | SortError::NotWritten { error, .. }
            | SortError::NotRead { error, .. } => error.kind(),
            SortError::TooLarge(_) | SortError::LargeRrset(..) => io::ErrorKind::FileTooLarge,
        };
        Self::new(kind, error)
    }
}

impl From<&SortError> for Failure {
    fn from(error: &SortError) -> Self {
        Self::NotSorted(error.to_string())
    }
}

/// Formats a path without control characters, which a terminal might obey.
fn printable(path: &Path) -> String {
    path.display().to_string().escape_debug().to_string()
}
