//! Queries over UDP.

mod batch;
pub(super) mod pending;
pub(super) mod pool;
mod socket;
