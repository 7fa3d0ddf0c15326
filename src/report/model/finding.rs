//! One finding in the report.

use serde::Serialize;

use super::names::{SeverityName, as_json};
use crate::judge::{Finding, Severity};

/// A finding.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct FindingReport {
    /// The stable code; `zoneprobe explain CODE` describes it.
    pub code: &'static str,
    /// The severity in this case.
    #[serde(serialize_with = "as_json::<_, SeverityName, _>")]
    #[schemars(with = "SeverityName")]
    pub severity: Severity,
    /// What was found.
    pub message: String,
    /// Commands to type next.
    pub advice: Vec<String>,
}

impl From<&Finding> for FindingReport {
    fn from(finding: &Finding) -> Self {
        let Finding { code, severity, message, advice } = finding.clone();
        Self { code: code.name(), severity, message, advice }
    }
}
