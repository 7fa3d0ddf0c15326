//! Signatures of messages by a key that both sides have (RFC 8945): questions signed, answers verified.
//!
//! In: raw messages, and what time it is. Out: the question with its signature, and for every message
//! of the answer whether it is the server's. A message is fed to the hash in place, never copied.

mod algorithm;
mod error;
mod key;
mod mac;
mod record;
mod sign;
mod verify;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use error::{TsigError, TsigRecordError};
pub use key::TsigKey;
pub use mac::Mac;
pub use sign::FUDGE;
pub use verify::{Verification, Verifier};

pub(crate) use mac::HmacContext;
pub(crate) use record::{BADKEY, BADSIG, BADTIME, Tsig, TsigVariables, find};
pub(crate) use sign::Signer;

#[cfg(test)]
mod tests;
