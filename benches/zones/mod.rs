//! The zones of the benchmarks: the same records in every run, as zone-file text and as messages of a transfer.

pub(crate) mod generate;
pub(crate) mod record;
pub(crate) mod wire;

pub(crate) use generate::{GeneratedZone, Variant};
pub(crate) use record::{Rdata, Record};
pub(crate) use wire::TransferStream;
