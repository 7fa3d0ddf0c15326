//! The report as every format shows it, and as the JSON formats spell it.
//!
//! Everything here is plain text and numbers: octets from the network are already escaped. A key
//! never disappears: what is not known, or was not done, is null.

pub(crate) mod schema;

use std::borrow::Cow;

use serde::Serialize;

use crate::compare::{Difference, Differences, Kind};
use crate::dns::Serial;
pub use crate::judge::ReferenceKind;
use crate::judge::{Finding, Severity, Verdict};
use crate::observe::{Failure, Transport};
use crate::plan::Role;

/// The name of the whole report's form.
pub const REPORT_SCHEMA: &str = "zoneprobe/report/1";

/// The name of the form of one zone, a line of `ndjson`.
pub const ZONE_SCHEMA: &str = "zoneprobe/zone/1";

/// All zones of one run.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Report {
    /// `zoneprobe/report/1`.
    #[schemars(extend("const" = REPORT_SCHEMA))]
    pub schema: &'static str,
    /// When the run ended, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub generated_at: String,
    /// How long it took.
    pub duration_seconds: f64,
    /// Who checked.
    pub probe: Probe,
    /// The worst verdict of all zones.
    pub verdict: Verdict,
    /// The worst severity of all zones.
    pub severity: Severity,
    /// Each zone, in the order asked for.
    pub zones: Vec<ZoneReport>,
}

/// The program that checked.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Probe {
    /// Its version.
    pub version: &'static str,
    /// Where it checks from, as the operator calls the place.
    pub vantage: Option<String>,
}

/// How much of the copies was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// The SOAs alone.
    Serials,
    /// Every record.
    Records,
}

impl Compared {
    /// Returns what was compared in a word.
    pub fn what(self) -> &'static str {
        match self {
            Self::Serials => "serials",
            Self::Records => "records",
        }
    }
}

/// One zone.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct ZoneReport {
    /// Its name with the final dot.
    pub zone: String,
    /// The worst verdict of its servers.
    pub verdict: Verdict,
    /// The worst severity of its servers and of its own findings.
    pub severity: Severity,
    /// What the verdicts rest on.
    pub compared: Compared,
    /// What the servers were held against.
    pub reference: Option<ReferenceReport>,
    /// The part of all answers that is wrong, from 0 to 1, in a model where every name server is asked as often.
    pub wrong_answer_ratio: Option<f64>,
    /// Every address that was asked, the primaries first.
    pub servers: Vec<ServerReport>,
    /// What was expected of the zone.
    pub expectations: Vec<Expectation>,
    /// What was found of the zone as a whole.
    pub findings: Vec<FindingReport>,
}

/// Something that was expected of a zone.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Expectation {
    /// What kind of thing it is.
    pub kind: ExpectationKind,
    /// What was expected.
    pub expected: String,
    /// Whether every server meets it.
    pub met: bool,
    /// Every address that was asked.
    pub servers: Vec<ExpectationAnswer>,
}

/// What may be expected of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExpectationKind {
    /// A serial.
    Serial,
    /// An RRset.
    Rrset,
    /// That there is no RRset of a name and type.
    Absent,
    /// That nothing else differs from a baseline.
    OnlyChanged,
    /// What a zone file says.
    ZoneFile,
}

/// What one address shows of what was expected.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct ExpectationAnswer {
    /// The server's name.
    pub server: String,
    /// Its address and port.
    pub address: String,
    /// Whether this address meets it.
    pub met: bool,
    /// What was found there; null if it gave no usable answer.
    pub found: Option<String>,
}

/// What the servers were held against.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct ReferenceReport {
    /// How it was chosen.
    pub kind: ReferenceKind,
    /// The server's name, or the path of the file.
    pub server: String,
    /// Its address and port; null of a file.
    pub address: Option<String>,
    /// The version it serves.
    pub serial: Serial,
    /// SOA refresh in seconds.
    pub refresh: u32,
    /// SOA retry in seconds.
    pub retry: u32,
    /// SOA expire in seconds.
    pub expire: u32,
    /// The copy of the zone in the file; null of a server, which has its own below `servers`.
    pub copy: Option<CopyReport>,
}

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

/// How a copy was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// By full zone transfer (RFC 5936).
    Axfr,
    /// From a master file (RFC 1035 section 5).
    ZoneFile,
}

/// How much of a copy was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// All of it.
    Whole,
}

/// A copy of the zone.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct CopyReport {
    /// How it was read.
    pub method: Method,
    /// How much of it was read.
    pub coverage: Coverage,
    /// Records, the SOA counted once.
    pub records: u64,
    /// RRsets; exact where the records of each owner come together, as common servers send them.
    pub rrsets: u64,
    /// The version it is.
    pub serial: Serial,
    /// Bytes on the wire, or of the file and those that it includes.
    pub bytes: u64,
    /// How long it took.
    pub seconds: f64,
    /// Records left out: not of this zone, or after the closing SOA.
    pub dropped: u64,
    /// Equal for equal copies, within one run.
    pub fingerprint: String,
    /// When the first of its signatures (RRSIG) expires, RFC 3339; null if it has none, or their type is ignored.
    #[schemars(extend("format" = "date-time"))]
    pub signatures_expire: Option<String>,
}

/// The RRsets that differ.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct DifferencesReport {
    /// In the reference, not here.
    pub missing: u64,
    /// Here, not in the reference.
    pub extra: u64,
    /// The data differ.
    pub changed: u64,
    /// Nothing but the TTL differs.
    pub ttl: u64,
    /// False where so much differs that the counts are lower bounds.
    pub complete: bool,
    /// How many are listed.
    pub shown: usize,
    /// The first of them.
    pub rrsets: Vec<Difference>,
}

impl From<&Differences> for DifferencesReport {
    fn from(differences: &Differences) -> Self {
        let &Differences { missing, extra, changed, ttl, complete, .. } = differences;
        let rrsets = differences.shown.clone();
        Self { missing, extra, changed, ttl, complete, shown: rrsets.len(), rrsets }
    }
}

impl DifferencesReport {
    /// Returns how many RRsets differ in a way.
    pub fn count(&self, kind: Kind) -> u64 {
        match kind {
            Kind::Missing => self.missing,
            Kind::Extra => self.extra,
            Kind::Changed => self.changed,
            Kind::Ttl => self.ttl,
        }
    }

    /// Returns how many RRsets differ in any way.
    pub fn all(&self) -> u64 {
        self.missing + self.extra + self.changed + self.ttl
    }

    /// Returns the counts in words; `None` if there is nothing to count.
    pub fn in_words(&self) -> Option<String> {
        let words = [
            (Kind::Missing, "missing"),
            (Kind::Extra, "extra"),
            (Kind::Changed, "changed"),
            (Kind::Ttl, "in TTL only"),
        ];
        let counted = words.map(|(kind, word)| (self.count(kind), word)).into_iter();
        let parts: Vec<String> = counted
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| format!("{number} {word}"))
            .collect();
        Some(format!("{}{}", self.least(), parts.join(", "))).filter(|_| !parts.is_empty())
    }

    /// Returns what stands in front of a count: it may be of some alone.
    pub fn least(&self) -> &'static str {
        if self.complete { "" } else { "at least " }
    }
}

impl ServerReport {
    /// Returns how far its serial is from the reference's in words; `None` if it is the same or unknown.
    pub fn lag_in_words(&self) -> Option<String> {
        let lag = self.serial_lag.filter(|lag| *lag != 0)?;
        Some(format!("{} {}", lag.unsigned_abs(), if lag > 0 { "behind" } else { "ahead" }))
    }
}

/// Something that was found.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct FindingReport {
    /// Its stable code; `zoneprobe explain CODE` tells more.
    pub code: &'static str,
    /// How much it matters here.
    pub severity: Severity,
    /// What it is.
    pub message: String,
    /// The next commands to type.
    pub advice: Vec<String>,
}

impl From<&Finding> for FindingReport {
    fn from(finding: &Finding) -> Self {
        let Finding { code, severity, message, advice } = finding.clone();
        Self { code: code.name(), severity, message, advice }
    }
}

/// One zone as a line of its own.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct ZoneLine<'r> {
    /// `zoneprobe/zone/1`.
    #[schemars(extend("const" = ZONE_SCHEMA))]
    pub schema: &'static str,
    /// The zone.
    #[serde(flatten)]
    pub zone: &'r ZoneReport,
}

impl ZoneReport {
    /// Whether an address meets all expectations.
    pub fn meets_expectations(&self, server: &ServerReport) -> bool {
        let same = |it: &&ExpectationAnswer| it.server == server.server && it.address == server.address;
        self.expectations.iter().all(|it| it.servers.iter().find(same).is_none_or(|answer| answer.met))
    }

    /// Returns the name as people say it, without the final dot.
    pub fn label(&self) -> &str {
        match self.zone.as_str() {
            "." => ".",
            name => name.strip_suffix('.').unwrap_or(name),
        }
    }
}
