//! What is found beside a verdict, and what to do about it.

pub(crate) mod code;
mod lagging;
pub(super) mod primary;
mod remedy;
pub(super) mod server;
mod signatures;
