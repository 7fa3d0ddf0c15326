//! Queries over TCP (RFC 7766).

pub(super) mod connection;
pub(super) mod shared;
