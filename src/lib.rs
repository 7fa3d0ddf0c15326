//! zoneprobe
pub mod ask;
pub mod clock;
pub mod compare;
pub mod copy;
pub mod digest;
pub mod discover;
pub mod dns;
pub mod judge;
pub mod observe;
pub mod plan;
pub mod report;
pub mod round;
