//! The hot path: walks the records of a message, each in canonical form, with no allocation per record.
//!
//! The only reading of raw messages in the crate. It is never stricter than the servers: RDATA that
//! does not look as its type promises is carried as it came, so that the record is compared and not lost.

mod header;
mod names;
mod reader;
mod record;
#[cfg(test)]
mod tests;

pub use header::{HEADER_LEN, Header};
pub use reader::{Asked, MessageReader, Scratch};
pub use record::{CLASS_IN, Record};

pub(crate) use names::NameDecompressor;
