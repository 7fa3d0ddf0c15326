//! The RRsets of a copy in canonical order, sorted in bounded memory.
//!
//! In: the records of a copy, in any order. Out: [`SortedRrsets`], which can be read many times, and by many readers
//! at once. Records that fit in memory are sorted there. Others are sorted part by part, as [`runs`], in a temporary
//! file without a name, and merged into a second one, unless they came in order. [`SortedRecords`] merges them while
//! it is read.

mod entry;
mod error;
mod merge;
mod records;
mod rrsets;
mod runs;
mod sorter;
mod storage;
mod tally;

pub use error::SortError;
pub(in crate::transfer) use records::{RecordDecoder, SortedRecords};
pub use rrsets::{RrsetReader, SortedRrsets};
pub use sorter::RecordSorter;

#[cfg(test)]
mod tests;
