//! Queries over UDP.

pub(super) mod batch;
pub(super) mod pending;
pub(super) mod pool;
pub(super) mod socket;
