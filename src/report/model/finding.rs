//! One finding in the report.

use serde::Serialize;

use super::names::{SeverityName, as_json};
use crate::judge::{Finding, Severity, Verdict};

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
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

/// What to call a state: its verdict, with the first finding that gives it its severity if the verdict does not. So
/// `in_sync` never names a state that is not ok.
pub(super) fn headline<'f>(
    verdict: Verdict,
    severity: Severity,
    findings: impl IntoIterator<Item = &'f FindingReport>,
) -> String {
    let is_explained = verdict.severity() <= severity;
    let worst = findings.into_iter().find(|finding| finding.severity == severity && !is_explained);
    match (verdict, worst) {
        (Verdict::InSync, Some(finding)) => finding.code.to_owned(),
        (verdict, Some(finding)) => format!("{}, {}", verdict.code(), finding.code),
        (verdict, None) => verdict.code().to_owned(),
    }
}
