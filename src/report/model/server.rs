//! One address of a server in the report.

use std::borrow::Cow;

use serde::Serialize;

use super::compared::Compared;
use super::copy::CopyReport;
use super::differences::DifferencesReport;
use super::finding::{FindingReport, headline};
use super::names::{RoleName, SeverityName, TransportName, VerdictName, as_json};
use super::status::StatusReport;
use crate::dns::Serial;
use crate::judge::{Code, Severity, Verdict, WrongRrsets};
use crate::observe::{Failure, Transport};
use crate::plan::Role;

/// One address of one server, or a server that was not asked at any address.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct ServerReport {
    /// The name of the server.
    pub server: String,
    /// The address and port; null if the server was not asked at any address.
    pub address: Option<String>,
    /// The identity of the address, by which its history is kept; `None` if the server was not asked at any address.
    #[serde(skip)]
    pub id: Option<String>,
    /// The role of the server.
    #[serde(serialize_with = "as_json::<_, RoleName, _>")]
    #[schemars(with = "RoleName")]
    pub role: Role,
    /// The name of the TSIG key that was used.
    pub key: Option<String>,
    /// The verdict.
    #[serde(serialize_with = "as_json::<_, VerdictName, _>")]
    #[schemars(with = "VerdictName")]
    pub verdict: Verdict,
    /// The worst severity of the verdict and the findings.
    #[serde(serialize_with = "as_json::<_, SeverityName, _>")]
    #[schemars(with = "SeverityName")]
    pub severity: Severity,
    /// Whether the protocol mends it without help; null if unknown.
    pub self_heals: Option<bool>,
    /// When the address went out of sync, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub since: Option<String>,
    /// When refresh and retry should have brought the new version, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub deadline: Option<String>,
    /// What of the address was compared with the reference.
    pub compared: Compared,
    /// The serial that the address serves.
    pub serial: Option<Serial>,
    /// How far the serial is behind the reference's; negative if it is ahead; null if unknown, and for a signer. Where
    /// there is a signer, a secondary's is counted from the signer's.
    pub serial_lag: Option<i64>,
    /// The last response to a SOA query.
    pub answer: Option<AnswerReport>,
    /// The instances that answered at the address.
    pub instances: Vec<InstanceReport>,
    /// Why there is no usable answer, or no copy.
    pub failure: Option<FailureReport>,
    /// When the records of the version that the address serves were last compared, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub compared_at: Option<String>,
    /// The copy of the zone at the address.
    pub copy: Option<CopyReport>,
    /// The RRsets that differ from the current version of the reference.
    pub differences: Option<DifferencesReport>,
    /// The part of the RRsets that is missing, extra or changed, from 0 to 1, among those of the reference and the
    /// extra ones; with `--strict-ttl` another TTL counts too. Null if no records were compared.
    #[serde(rename = "wrong_rrset_ratio")]
    #[schemars(with = "Option<f64>")]
    pub wrong_rrsets: Option<WrongRrsets>,
    /// The findings about the address, worst first.
    pub findings: Vec<FindingReport>,
    /// What the server says itself; null if nothing is wrong at the address, or it is not configured how to ask.
    pub status: Option<StatusReport>,
}

/// A response to a SOA query.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct AnswerReport {
    /// The RCODE.
    pub rcode: Cow<'static, str>,
    /// Whether the AA flag was set.
    pub authoritative: bool,
    /// The transport.
    #[serde(serialize_with = "as_json::<_, TransportName, _>")]
    #[schemars(with = "TransportName")]
    pub transport: Transport,
    /// When the certificate of the server expires, RFC 3339; null if it was not asked over TLS.
    #[schemars(extend("format" = "date-time"))]
    pub certificate_expires: Option<String>,
    /// The round-trip time.
    pub rtt_seconds: f64,
    /// The identifier of the instance that answered (NSID, RFC 5001), escaped.
    pub nsid: Option<String>,
    /// Seconds until the zone expires at this server (EDNS EXPIRE, RFC 7314).
    pub expire_seconds: Option<u32>,
    /// Extended DNS errors (RFC 8914).
    pub extended_errors: Vec<ExtendedErrorReport>,
}

impl AnswerReport {
    /// The name of the transport in text.
    pub(crate) fn transport_name(&self) -> &'static str {
        match self.transport {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
        }
    }
}

/// An extended DNS error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ExtendedErrorReport {
    /// The code in the IANA registry.
    pub code: u16,
    /// The name of the code there; null if it has none.
    pub name: Option<&'static str>,
    /// The text of the server, escaped.
    pub text: String,
}

/// An instance: answers with the same NSID and serial.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct InstanceReport {
    /// The identifier of the instance (NSID), escaped.
    pub nsid: Option<String>,
    /// The serial of its answers.
    pub serial: Option<Serial>,
    /// The part of all answers that came from it, from 0 to 1.
    pub share: f64,
}

/// Why there is no usable answer, or no copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct FailureReport {
    /// The kind of failure, from a closed list.
    #[schemars(extend("enum" = Failure::KINDS))]
    pub kind: &'static str,
    /// The failure in words.
    pub message: String,
}

impl ServerReport {
    /// Whether an earlier report is of the same server at the same address, asked in the same way.
    pub fn is_same_server(&self, earlier: &Self) -> bool {
        (&self.server, &self.id, &self.key) == (&earlier.server, &earlier.id, &earlier.key)
    }

    /// The address in labels and lists; empty if the server was not asked.
    pub fn address_text(&self) -> &str {
        self.address.as_deref().unwrap_or_default()
    }

    /// What to call the state of the address: the codes that give it its severity.
    pub fn headline(&self) -> String {
        headline(self.verdict, self.severity, &self.findings)
    }

    /// Whether it does not serve a zone that a catalog lists: a finding says so instead of the verdict.
    pub fn misses_member(&self) -> bool {
        self.findings.iter().any(|finding| finding.code == Code::MemberNotServed.name())
    }

    /// Whether the address gave what a comparison takes.
    pub fn is_compared(&self, compared: Compared) -> bool {
        match compared {
            Compared::Records | Compared::Sampled => self.copy.is_some() || self.compared_at.is_some(),
            Compared::Changes => self.compared == Compared::Changes,
            Compared::Serials => self.serial.is_some(),
            Compared::None => false,
        }
    }

    /// Describes how much was asked by queries: `500 of 12,000 RRsets asked`; `None` if it was not read by queries.
    pub fn asked_in_words(&self) -> Option<String> {
        let asked = self.copy.as_ref()?.asked_in_words()?;
        Some(format!("{asked} asked"))
    }

    /// Describes how many of the signatures of its copy are valid; `None` if they were not verified.
    pub fn verified_in_words(&self) -> Option<String> {
        self.copy.as_ref()?.verified_in_words()
    }

    /// Describes the distance from the reference's serial; `None` if it is 0 or unknown.
    pub fn lag_in_words(&self) -> Option<String> {
        let lag = self.serial_lag.filter(|lag| *lag != 0)?;
        Some(format!("{} {}", lag.unsigned_abs(), if lag > 0 { "behind" } else { "ahead" }))
    }
}
