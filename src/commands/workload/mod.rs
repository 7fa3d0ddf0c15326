//! What the zones of a configuration ask of the process and of each address, for `config check` and `serve`.
//!
//! In: a configuration. Out: a [`Workload`], its text, and each [`Shortfall`]: what is asked for and cannot be done.

mod json;
mod shortfall;
mod sums;
mod text;

pub(super) use shortfall::Shortfall;
pub(super) use sums::Workload;
