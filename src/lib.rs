//! zoneprobe
pub mod compare;
pub mod demo;
pub mod digest;
pub mod dns;
pub mod judge;
pub mod observe;
pub mod plan;
pub mod report;
pub mod responder;
