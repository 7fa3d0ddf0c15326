//! zoneprobe tells for every server of a DNS zone whether it is in sync, still propagating, or
//! diverged for good.
//!
//! Data moves one way, from what to ask to what to say:
//!
//! ```text
//! cli ─▶ plan ─▶ ask, copy ─▶ observe ─▶ compare ─▶ judge ─▶ report
//!        what    SOA answers   what each   contents   verdict   table, json,
//!        to ask  and copies    one said               per server  nagios …
//!        whom
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
//! - [`discover`]: servers and their addresses, through a resolver.
//! - [`copy`]: one whole copy of a zone.
//! - [`ask`]: one question, one answer.
//! - [`responder`]: a small authoritative server on loopback, for the demo and the tests.
//! - [`state`]: what earlier runs saw, on disk.
//! - [`clock`]: the only reader of wall time.
//!
//! The wiring may use everything: [`round`] (one zone, once), [`serve`] (zones on a schedule), [`demo`],
//! [`commands`], [`cli`].

pub mod ask;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod compare;
pub mod config;
pub mod copy;
pub mod demo;
pub mod digest;
pub mod discover;
pub mod dns;
pub mod judge;
pub mod observe;
pub mod plan;
pub mod report;
pub mod responder;
pub mod round;
pub mod serve;
pub mod state;
