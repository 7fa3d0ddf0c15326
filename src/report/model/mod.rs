//! The report as every format shows it, and as the JSON formats spell it.
//!
//! Everything here is plain text and numbers: octets from the network are already escaped. A key
//! never disappears: what is not known, or was not done, is null.

mod copy;
mod differences;
mod expectation;
pub(crate) mod schema;
mod server;
mod zone;

use serde::Serialize;

use crate::judge::{Severity, Verdict};

pub use crate::judge::ReferenceKind;
pub use copy::{CopyReport, Coverage, Method};
pub use differences::DifferencesReport;
pub(in crate::report) use differences::kind_name;
pub use expectation::{Expectation, ExpectationAnswer, ExpectationKind};
pub use server::{AnswerReport, ExtendedErrorReport, FailureReport, InstanceReport, ServerReport};
pub use zone::{Compared, FindingReport, ReferenceReport, ZoneLine, ZoneReport};

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
