//! The report that every format renders; its serialized form is the JSON contract.
//!
//! All fields are plain text and numbers: bytes from the network are already escaped. A key never disappears:
//! a value that is unknown is null.

mod caches;
mod compared;
mod copy;
mod differences;
mod expectation;
mod finding;
mod line;
mod membership;
mod names;
pub(crate) mod schema;
mod server;
mod status;
mod validation;
mod zone;

use serde::Serialize;

use crate::judge::{Severity, Verdict};

use self::names::{SeverityName, VerdictName, as_json};

pub(in crate::report) use caches::cache_reports;
pub use caches::{CacheFailureReport, CacheReport, CachedRrsetReport};
pub use compared::Compared;
pub use copy::{CopyReport, Method};
pub(crate) use differences::kind_name;
pub use differences::{
    DifferenceReport, DifferencesReport, FoundReport, RrsetReport, SignatureCauseReport, WrongAnswerReport,
};
pub use expectation::{Expectation, ExpectationAnswer, ExpectationKind};
pub use finding::FindingReport;
pub use line::{UNREAD_SCHEMA, UnreadLine, UnreadRow, id_as_json};
pub use membership::MembershipReport;
pub use server::{AnswerReport, ExtendedErrorReport, FailureReport, InstanceReport, ServerReport};
pub use status::{StatusFailureReport, StatusReport};
pub use validation::{ValidationFaultReport, ValidationReport, ZonemdReport};
pub use zone::{ReferenceReport, ZONE_SCHEMA, ZoneLine, ZoneReport};

/// The schema of the whole report.
pub const REPORT_SCHEMA: &str = "zoneprobe/report/1";

/// All zones of one run.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Report {
    /// `zoneprobe/report/1`.
    #[schemars(extend("const" = REPORT_SCHEMA))]
    pub schema: &'static str,
    /// When the run ended, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub generated_at: String,
    /// How long the run took.
    pub duration_seconds: f64,
    /// The program that checked.
    pub probe: Probe,
    /// Why the run failed or ended early, or what it could not read; null if it did all that was asked.
    pub error: Option<String>,
    /// The worst verdict of all zones.
    #[serde(serialize_with = "as_json::<_, VerdictName, _>")]
    #[schemars(with = "VerdictName")]
    pub verdict: Verdict,
    /// The worst severity of all zones.
    #[serde(serialize_with = "as_json::<_, SeverityName, _>")]
    #[schemars(with = "SeverityName")]
    pub severity: Severity,
    /// The zones, in the order of the command line or the file.
    pub zones: Vec<ZoneReport>,
    /// The lines of the file that cannot be read.
    pub unread: Vec<UnreadLine>,
}

/// The schema of an error, a line of `ndjson`.
pub const ERROR_SCHEMA: &str = "zoneprobe/error/1";

/// An error as a line of `ndjson`.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct ErrorLine<'e> {
    /// `zoneprobe/error/1`.
    #[schemars(extend("const" = ERROR_SCHEMA))]
    pub schema: &'static str,
    /// Why the run failed or ended early, or what it could not read.
    pub error: &'e str,
    /// The place that the zones are checked from, as the operator calls it.
    pub vantage: Option<&'e str>,
}

/// The program that checked.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Probe {
    /// Its version.
    pub version: &'static str,
    /// The place it checks from, as the operator calls it.
    pub vantage: Option<String>,
}
