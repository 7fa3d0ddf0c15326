//! Why a zone file gives no copy.

use std::io;
use std::path::{Path, PathBuf};

use crate::dns::Name;
use crate::dns::zonefile::ZoneFileParseError;
use crate::observe::Failure;
use crate::transfer::{ExceededLimit, SortError};

/// Why a zone file gives no copy.
#[derive(Debug, thiserror::Error)]
pub enum ZoneFileReadError {
    /// The file cannot be opened or read.
    #[error("{}: {error}", printable(.path))]
    Unreadable {
        /// The path of the file.
        path: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
    /// The path is that of a pipe, a directory or the like.
    #[error("{} is no regular file\nhint: write the zone to a file; it may have to be read twice", printable(.0))]
    NotAFile(PathBuf),
    /// The file has a syntax error.
    #[error("{}:{error}", printable(.path))]
    Syntax {
        /// The path of the file.
        path: PathBuf,
        /// The error, and its position.
        error: Box<ZoneFileParseError>,
    },
    /// The file has no SOA of the zone.
    #[error(
        "{} holds no SOA of {zone}\nhint: is it the file of this zone? a name without a final dot is below it",
        printable(.path)
    )]
    NoSoa {
        /// The path of the file.
        path: PathBuf,
        /// The zone.
        zone: Name,
    },
    /// The file is larger than allowed.
    #[error("{}: {limit}\nhint: raise {}", printable(.path), .limit.flag())]
    TooLarge {
        /// The path of the file.
        path: PathBuf,
        /// The limit.
        limit: ExceededLimit,
    },
    /// The records of the file cannot be sorted.
    #[error("{}: its records cannot be sorted: {error}", printable(.path))]
    NotSorted {
        /// The path of the file.
        path: PathBuf,
        /// Why not.
        error: SortError,
    },
}

impl ZoneFileReadError {
    pub(super) fn syntax(path: &Path, error: ZoneFileParseError) -> Self {
        Self::Syntax { path: path.to_owned(), error: Box::new(error) }
    }

    /// Formats the error in one line.
    fn brief(&self) -> String {
        match self {
            Self::Syntax { path, error } => format!("{}:{}", printable(path), error.brief()),
            other => other.to_string().lines().next().unwrap_or_default().to_owned(),
        }
    }
}

/// A file that was read before and cannot be read now is being written, or was removed.
impl From<&ZoneFileReadError> for Failure {
    fn from(error: &ZoneFileReadError) -> Self {
        match error {
            ZoneFileReadError::TooLarge { .. } => Self::LimitExceeded(error.brief()),
            ZoneFileReadError::NotSorted { error, .. } => Self::from(error),
            _ => Self::TransferIncomplete(error.brief()),
        }
    }
}

/// Formats a path without control characters, which a terminal might obey.
pub(super) fn printable(path: &Path) -> String {
    let text = path.display().to_string();
    text.chars().map(|char| if char.is_control() { '?' } else { char }).collect()
}
