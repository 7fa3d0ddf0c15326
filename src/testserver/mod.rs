//! A small authoritative name server on loopback, for demonstrations and tests.
//!
//! In: zones as zone-file text, or a script of what to do at each question. Out: answers over UDP and
//! TCP, whole transfers, and every kind of misbehaviour a script asks for. What is answered is decided
//! in pure code ([`Authority`], [`Signing`]); only [`Responder`] has sockets. It knows no wildcards, no
//! referrals and no DNSSEC, and is never meant to serve anybody but this host.

mod authority;
mod query;
mod response;
mod server;
mod signing;
mod transfer;
mod zone;

pub use authority::Authority;
pub use query::{Options, Query};
pub use response::{Letters, Reply, Section};
pub use server::{Act, Asked, Responder};
pub use signing::{Checked, Session, Signed, Signing};
pub use transfer::{Layout, Opening, Questions, messages};
pub use zone::{Record, Zone, ZoneError};

#[cfg(test)]
mod tests;
