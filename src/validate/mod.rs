//! Verifies what a copy of a signed zone promises: its signatures, its chains of NSEC or NSEC3 records, and the way
//! from the DS records of the parent to its keys.
//!
//! In: the [`SortedRrsets`](crate::transfer::SortedRrsets) of a copy, as they are signed. Out: a
//! [`Validation`](crate::observe::Validation) with every fault that makes resolvers reject data, and with none that
//! they accept. It reads the copy in passes, and verifies on all cores:
//!
//! 1. the apex, for the keys;
//! 2. all RRsets: their signatures, and the chain of NSEC records;
//! 3. once for each set of NSEC3 parameters, the NSEC3 records beside the hashes of all names, which the second pass
//!    has sorted.

mod cache;
mod chain;
mod keys;
mod names;
mod nsec;
mod nsec3;
mod outcome;
mod pass;
mod results;
mod types;
mod validator;
mod verify;
mod workers;

pub use chain::DsRecords;
pub use results::CopyId;
pub use validator::Validator;

#[cfg(test)]
mod tests;
