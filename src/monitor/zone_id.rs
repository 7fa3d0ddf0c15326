//! The numbers of monitored zones.

/// The number of a monitored zone. The same zone has another number after it left and came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ZoneId(pub(super) u64);
