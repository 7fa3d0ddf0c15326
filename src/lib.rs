//! zoneprobe tells for every server of a DNS zone whether it is in sync, still propagating, or
//! diverged for good.
//!
//! Data moves one way:
//!
//! ```text
//! cli ─▶ plan ─▶ net, transfer ─▶ observe ─▶ compare ─▶ judge ─▶ report
//!        what    SOA responses    what each  which      verdict   table, json,
//!        to ask  and copies       address    RRsets     of each   nagios …
//!                                 answered   differ     address
//! ```
//!
//! The core is pure and synchronous; each module uses only those below it:
//!
//! - [`runbook`]: what each code means, and what to do.
//! - [`expect`]: what an operator expects of a change, and whether servers show it.
//! - [`report`]: the same report in every format.
//! - [`diff`]: what makes the records of one server equal to those of another.
//! - [`judge`]: the verdict over every server, and the steps that lead to it.
//! - [`advice`]: the commands that an operator types at a server.
//! - [`compare`]: two contents of a zone compared.
//! - [`observe`]: what an address answered.
//! - [`digest`]: an order-free keyed digest of a copy.
//! - [`config`]: the configuration file, read whole, with every error at its position.
//! - [`plan`]: the servers of a zone, and what counts as a difference.
//! - [`dns`]: names, serials, records, messages, transfers, signatures, key files.
//! - [`siphash`]: a fast keyed hash.
//!
//! The edges are thin and asynchronous:
//!
//! - [`resolve`]: name servers and their addresses, through a resolver.
//! - [`transfer`]: one copy of a zone.
//! - [`validate`]: the signatures of a copy.
//! - [`net`]: one query, one response.
//! - [`status`]: what a server says itself of a zone, over its control channel.
//! - [`testserver`]: a small authoritative server on loopback, for the demonstration and the tests.
//! - [`store`]: histories on disk.
//! - [`blocking`]: work off the event loop.
//! - [`clock`]: the only reader of wall time.
//!
//! The wiring puts them together: [`check`] (one zone, once), [`monitor`] (zones on a schedule), [`http`] (what the
//! monitor knows, over HTTP), `metrics` (what the process counts of itself), [`demo`], [`commands`], [`cli`].

pub mod advice;
pub mod blocking;
pub mod caches;
pub mod check;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod compare;
pub mod config;
pub mod demo;
pub mod diff;
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
pub mod siphash;
pub mod status;
pub mod store;
pub mod testserver;
pub mod transfer;
pub mod validate;
