//! The integration tests: one binary, a file for each command or capability.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails by panicking, outside of test functions too"
)]

mod alerts;
mod asking;
mod browser;
mod by_query;
mod catalogs;
mod changes;
mod command_line;
mod config_command;
mod configuration;
mod delegation;
mod deleted_rrsets;
mod diff;
mod documentation;
mod exposition;
mod fuzz_seeds;
mod harness;
mod hidden_primary;
mod hostile;
mod huge_differences;
mod init;
mod interop;
mod ixfr;
mod json_errors;
mod kubernetes;
mod layers;
mod lone_address;
mod lossy_network;
mod many_zones;
mod notify;
mod prometheus;
mod queries;
mod resolution;
mod scripted_servers;
mod scripted_signatures;
mod serve;
mod service_manager;
mod shells;
mod signature_expiry;
mod signer;
mod soaking;
mod spark;
mod stalling;
mod state;
mod status;
mod terminal;
mod tls;
mod transfer_only;
mod transfers;
mod tsig;
mod typed_input;
mod unasked;
mod verdicts;
mod verify;
mod web_config;
mod zone_file;
mod zone_lines;
