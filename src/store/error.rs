//! The reasons why a store cannot be opened.

use std::io;
use std::path::PathBuf;

use super::foreign::{FileFault, ForeignFile};

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened or created.
    #[error("cannot use the state file `{}`", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The path names something else, which is left as it is.
    #[error(
        "cannot use the state file `{}`: {found}\n\
         hint: it was left as it is; use another file with --state, or as `state` in the configuration", path.display()
    )]
    Foreign {
        /// The path.
        path: PathBuf,
        /// What it names.
        found: ForeignFile,
    },
    /// The lock of the file is something else, which is left as it is.
    #[error(
        "cannot use the lock of the state file, `{}`: {found}\n\
         hint: it was left as it is; move it away, or use another state file", path.display()
    )]
    ForeignLock {
        /// The path of the lock.
        path: PathBuf,
        /// What it names.
        found: ForeignFile,
    },
    /// Another process uses the file.
    #[error(
        "the state file `{}` is in use by {holder}\n\
         hint: wait until that has ended, or use another file with --state", path.display()
    )]
    InUse {
        /// The file.
        path: PathBuf,
        /// The process that uses it.
        holder: String,
    },
    /// The file was damaged and set aside, and no new one can be created.
    #[error("cannot create a new state file `{}`: {reason}", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
}

impl StoreError {
    /// Why the file of a store cannot be opened.
    pub(super) fn of(fault: FileFault, path: PathBuf) -> Self {
        match fault {
            FileFault::Foreign(found) => Self::Foreign { path, found },
            FileFault::Unusable(source) => Self::Open { path, source },
        }
    }
}
