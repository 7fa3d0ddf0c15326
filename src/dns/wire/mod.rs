//! The wire format: reads the records of a message, each in canonical form.
//!
//! This is the hot path, without an allocation per record, and the only parser of raw messages in the
//! crate. It is never stricter than the servers: RDATA that does not have the form of its type is kept as
//! received, so that the record is compared and not lost.

mod header;
mod names;
mod reader;
mod record;
#[cfg(test)]
mod tests;

pub use header::{HEADER_LEN, Header, OPCODE_NOTIFY, OPCODE_QUERY};
pub use reader::{MessageReader, Scratch, WireQuestion};
pub use record::{CLASS_IN, Record};

pub(crate) use names::NameDecompressor;
