//! Zone transfers as state machines: messages in, records out, no I/O.

pub mod axfr;
pub mod ixfr;
mod response;
