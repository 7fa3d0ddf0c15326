//! The zones of the benchmarks: the same records every time, as zone-file text and as messages.

pub(crate) mod generate;
pub(crate) mod record;
pub(crate) mod wire;

pub(crate) use generate::{Copy, Zone};
pub(crate) use record::{Data, Record};
pub(crate) use wire::Stream;
