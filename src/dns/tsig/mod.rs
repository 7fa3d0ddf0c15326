//! TSIG (RFC 8945): signs queries, and verifies responses, by a key that client and server share.
//!
//! In: messages and the time. Out: the query with its signature, and whether each message of the response
//! is authentic. Messages are hashed in place, never copied.

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
pub use verify::{SignatureStatus, Verifier};

pub(crate) use mac::HmacContext;
pub(crate) use record::{BADKEY, BADSIG, BADTIME, Tsig, TsigVariables, find};
pub(crate) use sign::Signer;

#[cfg(test)]
mod tests;
