//! What a change should bring about: how it is written, and whether a server shows it.

pub mod reporting;
mod wanted;

pub use wanted::{ExpectError, Rrset, Wanted, WantedSerial, permitted, wanted};

#[cfg(test)]
mod tests;
