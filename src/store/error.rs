//! The reasons why a store cannot be opened.

use std::io;
use std::path::PathBuf;

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
