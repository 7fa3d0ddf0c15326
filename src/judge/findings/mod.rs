//! Findings: verdicts in words and whatever else is wrong, each with the commands to type.

mod answers;
pub(super) mod catalog;
pub(crate) mod code;
pub(super) mod copy_findings;
pub(super) mod delegation;
pub(super) mod faults;
mod keys;
mod lagging;
mod list;
mod membership;
mod mixed_ttls;
pub(super) mod primary;
mod remedy;
pub(super) mod server;
mod signatures;
mod signer;
pub(crate) mod tls;
mod uncompared;
pub(super) mod validation;
pub(super) mod zonemd;
