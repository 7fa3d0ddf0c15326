//! Signatures of messages by a key that both sides have (RFC 8945): questions signed, answers verified.
//!
//! In: raw messages, and what time it is. Out: the question with its signature, and for every message
//! of the answer whether it is the server's. A message is fed to the hash in place, never copied.

mod algorithm;
mod fault;
mod key;
mod mac;
mod record;
mod sign;
mod verify;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use fault::{Flaw, TsigFault};
pub use key::TsigKey;
pub use mac::Mac;
pub use verify::{Seen, Verifier};

pub(crate) use mac::Running;
pub(crate) use record::{Stamp, Tsig, find};
pub(crate) use sign::Signer;

/// Seconds by which the clocks of both sides may differ (RFC 8945 section 10).
pub const FUDGE: u16 = 300;

/// TSIG error: the signature does not verify (RFC 8945 section 3).
pub(crate) const BADSIG: u16 = 16;
/// TSIG error: the key is not known.
pub(crate) const BADKEY: u16 = 17;
/// TSIG error: the time is too far off.
pub(crate) const BADTIME: u16 = 18;
/// TSIG error: the signature is too short.
pub(crate) const BADTRUNC: u16 = 22;

#[cfg(test)]
mod tests;
