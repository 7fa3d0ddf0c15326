//! The integration tests: one binary, one file for each command or capability.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails by panicking, outside of test functions too"
)]

mod alerts;
mod asking;
mod commands;
mod configured;
mod configuring;
mod deltas;
mod discovering;
mod documentation;
mod expiring;
mod exposition;
mod fuzz_seeds;
mod harness;
mod harness_smoke;
mod hostile;
mod interop;
mod keys;
mod layers;
mod prometheus;
mod remembering;
mod serving;
mod signing;
mod sweeping;
mod transferring;
mod verdicts;
mod verifying;
mod zone_file;
