//! The arithmetic of DNSSEC (RFC 4034, RFC 5155): keys, signatures, what is signed, and denial of existence.
//!
//! In: RDATA in canonical form, as it is signed. Out: what it says, and whether a signature is valid. It decides
//! nothing about a zone: which RRsets need a signature, and by which key, is for `validate`.

mod dnskey;
mod ds;
mod nsec;
mod nsec3;
mod rrsig;
mod types;
mod verifying_key;

pub use dnskey::Dnskey;
pub use ds::{Ds, supported_ds};
pub use nsec::Nsec;
pub use nsec3::{Nsec3, Nsec3Parameters, nsec3_hash};
pub use rrsig::{Rrsig, signed_labels};
pub use types::TypeSet;
pub use verifying_key::VerifyingKey;

#[cfg(test)]
mod tests;
