//! What one address said: the narrow waist between asking and judging.
//!
//! In: answers as the edges read them. Out: plain data. A server that misbehaves is data here, a
//! [`Failure`], and never an error of this program.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::digest::Digest;
use crate::dns::edns::Edns;
use crate::dns::message::{NOERROR, NOTAUTH, NOTIMP, REFUSED, Response, rcode_name};
use crate::dns::tsig::TsigError;
use crate::dns::xfr::axfr::{XfrError, ZoneSummary};
use crate::dns::{Serial, Soa};

/// How a reply came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// In a datagram.
    Udp,
    /// Over a connection.
    Tcp,
}

/// When something was asked and answered, counted from the start of the round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// When the question left.
    pub asked: Duration,
    /// When the answer was whole.
    pub answered: Duration,
}

impl Span {
    /// Returns whether this was answered before the other was asked.
    pub fn is_before(self, other: Self) -> bool {
        self.answered <= other.asked
    }

    /// Returns the same as it is told where all begins earlier by this much.
    pub fn later_by(self, offset: Duration) -> Self {
        Self { asked: self.asked + offset, answered: self.answered + offset }
    }
}

/// Why an address gave no usable answer, or no usable copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nothing came before the deadline.
    Timeout,
    /// Nobody listens there.
    ConnectionRefused,
    /// There is no way from here to there.
    NetworkUnreachable,
    /// This host has no address of that family at all.
    FamilyUnusable,
    /// The connection broke: closed or reset before a whole answer.
    Closed,
    /// An answer could not be read.
    Malformed(String),
    /// An answer was to another question.
    Mismatched,
    /// The server answered with an error.
    Rcode(u16),
    /// The answer does not claim authority.
    NotAuthoritative,
    /// The answer does not hold exactly the SOA of the zone.
    NoSoa,
    /// The answer was cut, over TCP too.
    Truncated,
    /// The answer is not signed as it should be (RFC 8945).
    Tsig(Box<TsigError>),
    /// The server does not give the zone to us.
    TransferRefused(u16),
    /// The transfer ended early, or did not begin as one.
    TransferIncomplete(String),
    /// The zone changed while it was read.
    ChangedDuringTransfer(Serial, Serial),
    /// The copy is larger, or its sender slower, than allowed.
    LimitExceeded(String),
}

impl Failure {
    /// Returns the kind by its name in the JSON report.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::ConnectionRefused => "connection_refused",
            Self::NetworkUnreachable | Self::FamilyUnusable => "network_unreachable",
            Self::Malformed(_) => "malformed",
            Self::Mismatched => "mismatched",
            Self::Rcode(_) => "rcode",
            Self::NotAuthoritative => "not_authoritative",
            Self::NoSoa => "no_soa",
            Self::Truncated => "truncated",
            Self::Tsig(_) => "tsig",
            Self::TransferRefused(_) => "transfer_refused",
            Self::Closed | Self::TransferIncomplete(_) => "transfer_incomplete",
            Self::ChangedDuringTransfer(..) => "changed_during_transfer",
            Self::LimitExceeded(_) => "limit_exceeded",
        }
    }

    /// Returns the kinds in the order of the JSON report's documentation.
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
        "limit_exceeded",
    ];
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("no answer before the deadline"),
            Self::ConnectionRefused => f.write_str("connection refused"),
            Self::NetworkUnreachable => f.write_str("network unreachable"),
            Self::FamilyUnusable => f.write_str("this host has no route for this address family"),
            Self::Closed => f.write_str("the server closed the connection without an answer"),
            Self::Malformed(what) => write!(f, "the answer cannot be read: {what}"),
            Self::Mismatched => f.write_str("the answer is to another question"),
            Self::Rcode(rcode) => write!(f, "answered {}", rcode_name(*rcode)),
            Self::NotAuthoritative => f.write_str("answered without authority (AA clear)"),
            Self::NoSoa => f.write_str("answered without exactly the SOA of this zone"),
            Self::Truncated => f.write_str("the answer was cut over TCP too"),
            Self::Tsig(fault) => fault.fmt(f),
            Self::TransferRefused(rcode) => write!(f, "transfer refused ({})", rcode_name(*rcode)),
            Self::TransferIncomplete(what) => write!(f, "transfer incomplete: {what}"),
            Self::ChangedDuringTransfer(opened, closed) => {
                write!(f, "the zone changed during the transfer, from serial {opened} to {closed}")
            }
            Self::LimitExceeded(what) => write!(f, "transfer stopped: {what}"),
        }
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
            XfrError::Mismatched => Self::Mismatched,
            XfrError::Rcode(rcode @ (NOTIMP | REFUSED | NOTAUTH)) => Self::TransferRefused(rcode),
            XfrError::Rcode(rcode) => Self::Rcode(rcode),
            // Some servers do not sign what they refuse. Nobody vouches for that, and nothing comes of it
            // but that there is no copy.
            XfrError::Tsig(TsigError::Unsigned { rcode: rcode @ (NOTIMP | REFUSED), .. }) => {
                Self::TransferRefused(rcode)
            }
            XfrError::Tsig(fault) => fault.into(),
            XfrError::NoOpeningSoa | XfrError::Incomplete(_) => Self::TransferIncomplete(fault.to_string()),
            XfrError::Changed { opened, closed } => Self::ChangedDuringTransfer(opened, closed),
            XfrError::TooManyRecords(_) | XfrError::Empty => Self::LimitExceeded(fault.to_string()),
        }
    }
}

/// A reply to a SOA question, usable or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The RCODE with the extension of EDNS.
    pub rcode: u16,
    /// Whether AA was set.
    pub authoritative: bool,
    /// How it came.
    pub transport: Transport,
    /// From question to answer.
    pub rtt: Duration,
    /// What stood in the OPT record.
    pub edns: Edns,
    /// The zone's SOA, or why there is none.
    pub soa: Result<Soa, Failure>,
}

impl Reply {
    /// Takes what matters from an answer.
    pub fn new(answer: Response, transport: Transport, rtt: Duration) -> Self {
        let soa = match answer.soa() {
            Some(soa) => Ok(soa.clone()),
            None if answer.rcode != NOERROR => Err(Failure::Rcode(answer.rcode)),
            None if !answer.header.is_authoritative() => Err(Failure::NotAuthoritative),
            None => Err(Failure::NoSoa),
        };
        Self {
            rcode: answer.rcode,
            authoritative: answer.header.is_authoritative(),
            transport,
            rtt,
            edns: answer.edns.unwrap_or_default(),
            soa,
        }
    }
}

/// What became of the datagrams of one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UdpOutcome {
    /// One was answered, well or badly.
    Answered,
    /// One was answered with nothing but the word that there is more (TC), as servers do that limit
    /// their rate.
    Truncated,
    /// None was answered.
    Unanswered,
    /// None was sent.
    NotSent,
}

/// What an address said to one SOA question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// When.
    pub span: Span,
    /// The reply, or why there was none.
    pub reply: Result<Reply, Failure>,
    /// What became of the datagrams.
    pub datagrams: UdpOutcome,
}

impl Observation {
    /// Returns the zone's SOA, if the reply was usable.
    pub fn soa(&self) -> Option<&Soa> {
        self.reply.as_ref().ok()?.soa.as_ref().ok()
    }

    /// Returns why there is no SOA.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.reply {
            Err(failure) => Some(failure),
            Ok(reply) => reply.soa.as_ref().err(),
        }
    }
}

/// One whole copy, as it was read from an address.
#[derive(Debug)]
pub struct Copy {
    /// The SOA, and how many records there are.
    pub whole: ZoneSummary,
    /// The digest of the records, and the records that were kept.
    pub digest: Digest,
    /// Octets on the wire.
    pub octets: u64,
    /// How long it took.
    pub duration: Duration,
}

/// One attempt to read a copy.
#[derive(Debug)]
pub struct Reading {
    /// When.
    pub span: Span,
    /// The copy, or why there is none.
    pub copy: Result<Copy, Failure>,
}

/// What a server answered to a query for an RRset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RrsetAnswer {
    /// The RCODE.
    pub rcode: u16,
    /// Whether the answer is authoritative, or a referral from the parent of a delegation.
    pub authoritative: bool,
    /// The TTL and the canonical RDATA of each record of the owner name and type.
    pub records: Vec<(u32, Vec<u8>)>,
}
