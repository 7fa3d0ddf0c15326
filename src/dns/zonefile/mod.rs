//! Zone files (RFC 1035 section 5): lines in, records out, no files.
//!
//! As [`xfr`](super::xfr::axfr) does for transfers: the records come out one by one in canonical form, and none
//! is kept. Files within files are opened by the caller. It reads whatever common servers read, and
//! checks no more than they must: what a zone should hold is not its business.

mod entry;
pub(super) mod error;
mod generate;
mod reader;
#[cfg(test)]
mod tests;
pub(super) mod token;

pub use error::{Expected, ZonefileErrorKind, ZonefileParseError};
pub use reader::{IncludeDirective, NextInput, RecordSink, ZonefileReader};
