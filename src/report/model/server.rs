//! One address of a server in the report.

use std::borrow::Cow;

use serde::Serialize;

use super::copy::CopyReport;
use super::differences::DifferencesReport;
use super::zone::FindingReport;
use crate::dns::Serial;
use crate::judge::{Severity, Verdict};
use crate::observe::{Failure, Transport};
use crate::plan::Role;

/// One address of one server.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct ServerReport {
    /// The server's name.
    pub server: String,
    /// Its address and port.
    pub address: String,
    /// What it is to the zone.
    pub role: Role,
    /// The TSIG key used.
    pub key: Option<String>,
    /// What is true of it.
    pub verdict: Verdict,
    /// The worst of its verdict and its findings.
    pub severity: Severity,
    /// Whether the protocol mends it without help; null where that cannot be told.
    pub self_heals: Option<bool>,
    /// Since when it is out of sync, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub since: Option<String>,
    /// By when the protocol heals it, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub deadline: Option<String>,
    /// The version it serves.
    pub serial: Option<Serial>,
    /// Steps behind the reference; negative: ahead; null where it cannot be told.
    pub serial_lag: Option<i64>,
    /// What it answered.
    pub answer: Option<AnswerReport>,
    /// The instances seen behind the address.
    pub instances: Vec<InstanceReport>,
    /// Why there was no usable answer, or no copy.
    pub failure: Option<FailureReport>,
    /// When the records of the version it serves were last read to be compared, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub compared_at: Option<String>,
    /// Its copy of the zone.
    pub copy: Option<CopyReport>,
    /// The RRsets that differ from the reference's current version.
    pub differences: Option<DifferencesReport>,
    /// What was found at this address, worst first.
    pub findings: Vec<FindingReport>,
}

/// The last answer to a SOA question.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct AnswerReport {
    /// Its RCODE.
    pub rcode: Cow<'static, str>,
    /// Whether AA was set.
    pub authoritative: bool,
    /// How it came.
    pub transport: Transport,
    /// From question to answer.
    pub rtt_seconds: f64,
    /// Which instance answered (RFC 5001), escaped.
    pub nsid: Option<String>,
    /// Seconds until the zone expires at this server (RFC 7314).
    pub expire_seconds: Option<u32>,
    /// Extended DNS errors (RFC 8914).
    pub extended_errors: Vec<ExtendedErrorReport>,
}

/// An extended DNS error.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct ExtendedErrorReport {
    /// Its number in IANA's registry.
    pub code: u16,
    /// What the server says beside it, escaped.
    pub text: String,
}

/// Answers that agree in NSID and serial.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct InstanceReport {
    /// What the instance calls itself, escaped.
    pub nsid: Option<String>,
    /// The serial it served.
    pub serial: Option<Serial>,
    /// The part of all answers that came from it, from 0 to 1.
    pub share: f64,
}

/// Why there was no usable answer, or no copy.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct FailureReport {
    /// One of a closed list.
    #[schemars(extend("enum" = Failure::KINDS))]
    pub kind: &'static str,
    /// The same in words.
    pub message: String,
}

impl ServerReport {
    /// Returns how far its serial is from the reference's in words; `None` if it is the same or unknown.
    pub fn lag_in_words(&self) -> Option<String> {
        let lag = self.serial_lag.filter(|lag| *lag != 0)?;
        Some(format!("{} {}", lag.unsigned_abs(), if lag > 0 { "behind" } else { "ahead" }))
    }
}
