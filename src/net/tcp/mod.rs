//! Queries over TCP (RFC 7766).

pub(crate) mod connection;
pub(super) mod shared;
