//! HTTP for programs and people: metrics, the last result of each zone, pages, one check now.
//!
//! It reads published results and sends no DNS queries, except for `/probe`. Clients are not trusted: connections,
//! request heads, bodies and waiting are limited.

mod access;
mod client;
mod connections;
mod discovery;
mod filter;
mod health;
mod host;
mod metrics;
mod pages;
mod parameters;
mod probe;
mod probe_cache;
mod probe_result;
mod reload;
mod response;
mod router;
mod server;
mod state;
#[cfg(test)]
mod tests;
mod url;
mod write_timeout;
mod zones;

pub use access::{AccessError, AccessFile};
pub use client::ask_health;
pub use server::serve;
pub use state::{ActiveConfig, AppState, ReloadRequest};
