//! What one address answered: the narrow waist between asking and judging.
//!
//! In: messages and files as the edges read them. Out: plain data. A server that misbehaves is data here, a
//! [`Failure`], and never an error of this program.

mod asked;
mod content;
mod delegation;
mod difference_kind;
mod failure;
mod keys;
mod notify;
mod response;
mod status;
mod tls;
mod validation;
mod zonemd;

use std::time::Duration;

pub use asked::{Asked, AskedAttempt, DrawnNames, WrongAnswer, WrongRrset, WrongRrsetList};
pub use content::{Content, Copy, CopyAttempt, Delta, DeltaError};
pub use delegation::{
    ChildSide, DelegatedServer, DelegationSighting, NoReferral, ParentServer, Referral, address,
    delegated_names, ds_records, has_name, sorted,
};
pub use difference_kind::DifferenceKind;
pub use failure::Failure;
pub use keys::KeySighting;
pub use notify::NotifyReply;
pub use response::{Observation, RrsetAnswer, SoaResponse, UdpOutcome};
pub use status::{ServerStatus, StatusFailure, StatusSoftware, ZoneStatus};
pub use tls::{ServerCertificate, TlsFailure};
pub use validation::{ChainOfTrust, FaultReason, NotValidated, Validation, ValidationFault};
pub use zonemd::{ZonemdCheck, ZonemdFault, ZonemdHash};

/// The transport of a query and its response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Over UDP.
    Udp,
    /// Over TCP.
    Tcp,
    /// Over TLS (RFC 7858), and TCP below it.
    Tls,
}

/// A span of time within a check, counted from the origin of its evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeSpan {
    /// When the query left, or the file was opened.
    pub start: Duration,
    /// When the response, or the copy, was complete.
    pub end: Duration,
}

impl TimeSpan {
    /// Whether this ended before the other began.
    pub fn is_before(self, other: Self) -> bool {
        self.end <= other.start
    }

    /// The same span counted from an origin that is earlier by `offset`.
    pub fn shifted_by(self, offset: Duration) -> Self {
        Self { start: self.start + offset, end: self.end + offset }
    }
}
