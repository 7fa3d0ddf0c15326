//! Files that are something else than a store.

use std::fmt;
use std::fs::FileType;
use std::io;
use std::os::unix::fs::FileTypeExt as _;

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
    /// A store of a later version of this program.
    LaterVersion,
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
            Self::LaterVersion => "it was written by a later version of zoneprobe",
        })
    }
}

impl ForeignFile {
    /// Returns what a file is instead of a regular one.
    pub(super) fn of(file: FileType) -> Option<Self> {
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
