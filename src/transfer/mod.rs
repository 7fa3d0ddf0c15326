//! Whole copies of a zone, and the changes between two versions.
//!
//! In: an address or a file, and a digest. Out: a [`CopyAttempt`](crate::observe::CopyAttempt) with the digest of the
//! copy, or why there is none, and [`SortedRrsets`] where they are wanted; or what changed since a version. It compares
//! nothing, and verifies the digest that a copy carries of itself (ZONEMD).

mod axfr;
mod client;
mod ixfr;
mod sink;
mod sorted;
mod trial;
mod zonefile;
mod zonemd;

pub use axfr::{AfterEnd, CopyOptions};
pub use client::{TransferClient, TransferLimits};
pub use sink::ExceededLimit;
pub use sorted::{RecordSorter, RrsetReader, SortError, SortedRrsets};
pub use zonefile::{ZoneFile, ZoneFileReadError};
