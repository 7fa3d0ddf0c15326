//! zoneprobe tells for every server of a DNS zone whether it is in sync, still propagating, or
//! diverged for good.
//!
//! Data moves one way, from what to ask to what to say:
//!
//! ```text
//! cli ─▶ plan ─▶ net, transfer ─▶ observe ─▶ compare ─▶ judge ─▶ report
//!        what    SOA responses    what each   contents   verdict     table, json,
//!        to ask  and copies       address                per server  nagios …
//!                                 answered
//! ```
//!
//! The core is pure and synchronous; each module may use those below it and none above:
//!
//! - [`report`]: the same report in every format.
//! - [`judge`]: what is true of every server, and what is still to be asked.
//! - [`compare`]: two copies held against each other.
//! - [`observe`]: what one address said.
//! - [`digest`]: an order-free keyed digest of a copy.
//! - [`config`]: the configuration file, read whole, with every mistake in its place.
//! - [`plan`]: what to ask whom, and what counts as a difference.
//! - [`dns`]: names, serials, records, messages, transfers, signatures, key files.
//!
//! The edges are thin and asynchronous:
//!
//! - [`resolve`]: servers and their addresses, through a resolver.
//! - [`transfer`]: one whole copy of a zone.
//! - [`net`]: one query, one response.
//! - [`testserver`]: a small authoritative server on loopback, for the demo and the tests.
//! - [`store`]: what earlier runs saw, on disk.
//! - [`blocking`]: blocking work, on threads of its own.
//! - [`clock`]: the only reader of wall time.
//!
//! The wiring may use everything: [`check`] (one zone, once), [`monitor`] (zones on a schedule),
//! [`http`] (what the monitor knows, over HTTP), `metrics` (what it counts of itself), [`demo`], [`commands`], [`cli`].

pub mod advice;
pub mod blocking;
pub mod check;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod compare;
pub mod config;
pub mod demo;
pub mod digest;
pub mod dns;
pub mod expect;
pub mod http;
pub mod judge;
pub(crate) mod metrics;
pub mod monitor;
pub mod net;
pub mod observe;
pub mod plan;
pub mod report;
pub mod resolve;
pub mod runbook;
pub mod store;
pub mod testserver;
pub mod transfer;
