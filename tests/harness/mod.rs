//! The language of the integration tests.
//!
//! [`Nameserver`] is a scripted server on loopback, [`Probe`] runs the command against some of them
//! and states how it must end, [`golden`] holds text against a file.

#![allow(dead_code, reason = "a language has words that are not in use today")]
#![allow(unreachable_pub, unused_imports, reason = "`pub` here means: for the tests, whichever there are")]

mod behaviour;
pub mod daemon;
pub mod golden;
mod memory;
mod nameserver;
mod outcome;
mod probe;
pub mod service;

pub use behaviour::Incremental;
pub use memory::peak_memory;
pub use nameserver::{Listening, Nameserver, while_publishing};
pub use outcome::Outcome;
pub use probe::Probe;
pub use service::Service;
