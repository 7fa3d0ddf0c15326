//! The harness of the integration tests.
//!
//! [`Nameserver`] is a scripted server on loopback, [`daemon`] starts real ones, [`Probe`] runs the command against
//! them and asserts its exit code, [`golden`] compares text with a file.

mod behaviour;
pub(crate) mod daemon;
mod diff;
pub(crate) mod golden;
mod memory;
mod nameserver;
mod outcome;
mod peer;
mod probe;
pub(crate) mod service;
mod system;
pub(crate) mod tls;
mod wait;

pub(crate) use behaviour::IxfrBehaviour;
pub(crate) use diff::{Diff, diff_command};
pub(crate) use memory::peak_memory;
pub(crate) use nameserver::{Nameserver, RunningNameserver, while_publishing};
pub(crate) use outcome::Outcome;
pub(crate) use peer::{Datagram, OverTcp, Peer};
pub(crate) use probe::Probe;
pub(crate) use service::Service;
pub(crate) use system::{make_fifo, send_signal};
pub(crate) use wait::{is_met_in_time, until};
