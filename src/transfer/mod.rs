//! One whole copy of a zone.
//!
//! In: an address or a file, and which records are to be kept. Out: a [`CopyAttempt`](crate::observe::CopyAttempt): the
//! digest of the copy, or why there is none. Or a version, and out: what has changed since. It never compares.

mod axfr;
mod client;
mod ixfr;
mod zonefile;

pub use client::{TransferClient, TransferLimits};
pub use zonefile::{ZoneFile, ZoneFileReadError};
