//! Zone files (RFC 1035 section 5): lines in, records out, no files.
//!
//! Like [`xfr`](super::xfr) for transfers, the reader passes on one record at a time in canonical form, and keeps
//! none. The caller opens the files that are included. The reader accepts whatever common servers accept, and
//! does not check what a zone should hold.

mod entry;
pub(super) mod error;
mod generate;
mod reader;
#[cfg(test)]
mod tests;
pub(super) mod token;

pub use error::{Expected, ZoneFileErrorKind, ZoneFileParseError};
pub use reader::{IncludeDirective, NextInput, RecordSink, ZoneFileReader};
