//! The numbers of monitored zones.

/// The number of a monitored zone. The same zone has another number after it left and came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ZoneId {
    /// Its place in the table of zones, which another zone had before and may have after it.
    pub(super) place: u32,
    /// The number of zones that were added before it.
    pub(super) number: u32,
}
