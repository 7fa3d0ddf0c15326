//! A small authoritative name server on loopback, for demonstrations and tests.
//!
//! In: zones as zone-file text, or a script of what to do at each query. Out: responses over UDP and
//! TCP, zone transfers, and every kind of misbehaviour that a script contains. Responses are made in pure
//! code ([`Authority`], [`TsigPolicy`]); only [`TestServer`] has sockets. It has no wildcards, no
//! referrals and no DNSSEC, and is not meant to serve other hosts.

mod authority;
mod query;
mod response;
mod server;
mod signing;
mod transfer;
mod zone;

pub use authority::Authority;
pub use query::{Query, QueryEdns};
pub use response::{LetterCase, ResponseBuilder, Section};
pub use server::{Action, IncomingQuery, TestServer};
pub use signing::{ResponseSigner, SignedMessages, TsigCheck, TsigPolicy};
pub use transfer::{FirstMessage, QuestionSection, TransferLayout, transfer_messages};
pub use zone::{Zone, ZoneError, ZoneRecord};

#[cfg(test)]
mod tests;
