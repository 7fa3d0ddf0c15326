//! Why there is no response, or no copy.

use std::fmt;

use super::TlsFailure;
use crate::dns::message::{NOTAUTH, NOTIMP, REFUSED, rcode_name};
use crate::dns::tsig::TsigError;
use crate::dns::xfr::axfr::XfrError;
use crate::dns::{Mismatch, Serial};

/// Why an address gave no usable response, or no usable copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No response came before the deadline.
    Timeout,
    /// Nothing listens on the port.
    ConnectionRefused,
    /// There is no route to the network of the address.
    NetworkUnreachable,
    /// There is no route to the address in its network.
    HostUnreachable,
    /// This host could not send to the address, as the system says.
    NotSent(String),
    /// This host has no address of that family.
    FamilyUnusable,
    /// The server closed or reset the connection before the response was complete.
    Closed,
    /// No response came over UDP, for this reason, and over TCP the server closed the connection.
    ClosedOverTcp(Box<Failure>),
    /// The response could not be parsed.
    Malformed(String),
    /// The records of a transfer contradict each other, so that it is no copy of the zone.
    MalformedTransfer(String),
    /// The message is not the response to the query.
    Mismatched(Mismatch),
    /// The response has an RCODE other than NOERROR.
    Rcode(u16),
    /// The response is not authoritative.
    NotAuthoritative,
    /// The response does not hold exactly one SOA, that of the zone.
    NoSoa,
    /// The response was truncated, over TCP too.
    Truncated,
    /// The response is not signed as required (RFC 8945).
    Tsig(Box<TsigError>),
    /// The server could not be asked over TLS.
    Tls(Box<TlsFailure>),
    /// The server refused the transfer.
    TransferRefused(u16),
    /// The transfer ended early, or did not start with the SOA.
    TransferIncomplete(String),
    /// The zone changed during the transfer, from the first serial to the second.
    ChangedDuringTransfer(Serial, Serial),
    /// The server ended the transfer of one serial early, and has a newer one.
    Superseded {
        /// The serial of the transfer.
        was: Serial,
        /// The serial after it.
        now: Serial,
    },
    /// The copy is larger, or its sender slower, than the limits allow.
    LimitExceeded(String),
    /// The transfer came to a halt, or nearly so.
    Stalled(String),
    /// This host could not sort the records, as the system says: its disk is full, for example.
    NotSorted(String),
}

impl Failure {
    /// The name of the failure in the JSON report.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ClosedOverTcp(over_udp) => over_udp.kind(),
            Self::Timeout => "timeout",
            Self::ConnectionRefused => "connection_refused",
            Self::NetworkUnreachable | Self::HostUnreachable | Self::NotSent(_) | Self::FamilyUnusable => {
                "network_unreachable"
            }
            Self::Malformed(_) | Self::MalformedTransfer(_) => "malformed",
            Self::Mismatched(_) => "mismatched",
            Self::Rcode(_) => "rcode",
            Self::NotAuthoritative => "not_authoritative",
            Self::NoSoa => "no_soa",
            Self::Truncated => "truncated",
            Self::Tsig(_) => "tsig",
            Self::Tls(_) => "tls",
            Self::TransferRefused(_) => "transfer_refused",
            Self::Closed | Self::TransferIncomplete(_) => "transfer_incomplete",
            Self::ChangedDuringTransfer(..) => "changed_during_transfer",
            Self::Superseded { .. } => "superseded",
            Self::LimitExceeded(_) | Self::Stalled(_) | Self::NotSorted(_) => "limit_exceeded",
        }
    }

    /// Whether a transfer that has begun may end like this because the server has a newer version.
    pub fn is_early_end(&self) -> bool {
        matches!(
            self,
            Self::Timeout
                | Self::Closed
                | Self::TransferIncomplete(_)
                | Self::Stalled(_)
                | Self::Rcode(_)
                | Self::TransferRefused(_)
        )
    }

    /// Whether an address that gives no transfer for this reason may answer queries all the same.
    pub fn may_answer_queries(&self) -> bool {
        match self {
            Self::TransferRefused(_)
            | Self::Rcode(_)
            | Self::NotAuthoritative
            | Self::ConnectionRefused
            | Self::Timeout
            | Self::Closed
            | Self::ClosedOverTcp(_) => true,
            Self::NetworkUnreachable
            | Self::HostUnreachable
            | Self::NotSent(_)
            | Self::FamilyUnusable
            | Self::Malformed(_)
            | Self::MalformedTransfer(_)
            | Self::Mismatched(_)
            | Self::NoSoa
            | Self::Truncated
            | Self::Tsig(_)
            | Self::Tls(_)
            | Self::TransferIncomplete(_)
            | Self::ChangedDuringTransfer(..)
            | Self::Superseded { .. }
            | Self::LimitExceeded(_)
            | Self::Stalled(_)
            | Self::NotSorted(_) => false,
        }
    }

    /// Returns why the transfer of the serial `was` failed, where the server shows the serial `now` after this failure.
    #[must_use]
    pub fn with_serial_after(self, was: Serial, now: Serial) -> Self {
        if self.is_early_end() && now.is_newer_than(was) { Self::Superseded { was, now } } else { self }
    }

    /// All names, in the order of the JSON report's documentation.
    pub const KINDS: &'static [&'static str] = &[
        "timeout",
        "connection_refused",
        "network_unreachable",
        "malformed",
        "mismatched",
        "rcode",
        "not_authoritative",
        "no_soa",
        "truncated",
        "tsig",
        "tls",
        "transfer_refused",
        "transfer_incomplete",
        "changed_during_transfer",
        "superseded",
        "limit_exceeded",
    ];
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("no answer before the deadline"),
            Self::ConnectionRefused => f.write_str("connection refused"),
            Self::NetworkUnreachable => f.write_str("network unreachable"),
            Self::HostUnreachable => f.write_str("host unreachable"),
            Self::NotSent(why) => write!(f, "this host cannot send to it: {why}"),
            Self::FamilyUnusable => f.write_str("this host has no route for this address family"),
            Self::Closed => f.write_str("the server closed the connection without an answer"),
            Self::ClosedOverTcp(over_udp) => {
                write!(
                    f,
                    "{over_udp} over UDP, and over TCP the server closed the connection without an answer"
                )
            }
            Self::Malformed(what) => write!(f, "the response cannot be parsed: {what}"),
            Self::MalformedTransfer(what) => write!(f, "transfer malformed: {what}"),
            Self::Mismatched(mismatch) => mismatch.fmt(f),
            Self::Rcode(rcode) => write!(f, "answered {}", rcode_name(*rcode)),
            Self::NotAuthoritative => f.write_str("answered without authority (AA clear)"),
            Self::NoSoa => f.write_str("answered without exactly the SOA of this zone"),
            Self::Truncated => f.write_str("the response was truncated over TCP too"),
            Self::Tsig(fault) => fault.fmt(f),
            Self::Tls(failure) => failure.fmt(f),
            Self::TransferRefused(rcode) => write!(f, "transfer refused ({})", rcode_name(*rcode)),
            Self::TransferIncomplete(what) => write!(f, "transfer incomplete: {what}"),
            Self::ChangedDuringTransfer(opened, closed) => {
                write!(f, "the zone changed during the transfer, from serial {opened} to {closed}")
            }
            Self::Superseded { was, now } => {
                write!(f, "the server ended the transfer of serial {was} because it has serial {now} now")
            }
            Self::LimitExceeded(what) | Self::Stalled(what) => write!(f, "transfer stopped: {what}"),
            Self::NotSorted(why) => write!(f, "this host cannot sort the records: {why}"),
        }
    }
}

impl From<Mismatch> for Failure {
    fn from(mismatch: Mismatch) -> Self {
        Self::Mismatched(mismatch)
    }
}

impl From<TlsFailure> for Failure {
    fn from(failure: TlsFailure) -> Self {
        Self::Tls(Box::new(failure))
    }
}

impl From<TsigError> for Failure {
    fn from(fault: TsigError) -> Self {
        Self::Tsig(Box::new(fault))
    }
}

impl From<XfrError> for Failure {
    fn from(fault: XfrError) -> Self {
        match fault {
            XfrError::Malformed(malformed) => Self::Malformed(malformed.to_string()),
            XfrError::Mismatched(mismatch) => mismatch.into(),
            XfrError::Rcode(rcode @ (NOTIMP | REFUSED | NOTAUTH)) => Self::TransferRefused(rcode),
            XfrError::Rcode(rcode) => Self::Rcode(rcode),
            // Some servers do not sign a refusal. A forged one costs no more than the copy.
            XfrError::Tsig(TsigError::Unsigned { rcode: rcode @ (NOTIMP | REFUSED), .. }) => {
                Self::TransferRefused(rcode)
            }
            XfrError::Tsig(fault) => fault.into(),
            XfrError::NoOpeningSoa | XfrError::Incomplete(_) => Self::TransferIncomplete(fault.to_string()),
            XfrError::Truncated => Self::Truncated,
            XfrError::RecordsAfterEnd => Self::MalformedTransfer(fault.to_string()),
            XfrError::Changed { opened, closed } => Self::ChangedDuringTransfer(opened, closed),
            XfrError::TooManyRecords(_) | XfrError::TooManyEmptyMessages => {
                Self::LimitExceeded(fault.to_string())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_that_ends_early_is_superseded_if_a_newer_serial_follows() {
        let incomplete = || Failure::TransferIncomplete("it ended".to_owned());
        let superseded = |was, now| Failure::Superseded { was: Serial(was), now: Serial(now) };
        for failure in [incomplete(), Failure::Timeout, Failure::Rcode(2), Failure::TransferRefused(5)] {
            for (was, now) in [(7, 8), (u32::MAX, 0), (7, 1 << 30)] {
                assert_eq!(failure.clone().with_serial_after(Serial(was), Serial(now)), superseded(was, now));
            }
            for (was, now) in [(7, 7), (7, 6), (0, u32::MAX), (7, 7 + (1 << 31))] {
                assert_eq!(failure.clone().with_serial_after(Serial(was), Serial(now)), failure);
            }
        }
        for failure in
            [Failure::LimitExceeded("it is too large".to_owned()), Failure::Malformed(String::new())]
        {
            assert_eq!(failure.clone().with_serial_after(Serial(7), Serial(8)), failure);
        }
    }
}
