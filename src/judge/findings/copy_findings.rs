//! Critical findings about a copy by itself: they hold as long as the address serves that copy, so the history keeps
//! them for the checks that read none.

use super::code::{Code, Finding};
use super::server::ServerContext;
use crate::judge::history::{CopyFinding, CopyFindingKind};
use crate::judge::verdict::Severity;

/// The findings that are kept, with their codes.
const KEPT: [(CopyFindingKind, Code); 2] = [
    (CopyFindingKind::SignaturesInvalid, Code::SignaturesInvalid),
    (CopyFindingKind::ZonemdMismatch, Code::ZonemdMismatch),
];

/// Returns what the history keeps of a finding.
pub(crate) fn copy_finding(finding: &Finding) -> Option<CopyFinding> {
    let (kind, _) = KEPT.into_iter().find(|(_, code)| *code == finding.code)?;
    let Finding { severity, message, advice, .. } = finding.clone();
    (severity == Severity::Critical).then_some(CopyFinding { kind, message, advice })
}

impl ServerContext<'_> {
    /// Returns what the last comparison has found in the copy that is still served, if this check relies on it.
    pub(super) fn found_before(self, code: Code) -> Option<Finding> {
        self.evidence.standing_comparison(self.id)?;
        let (kind, _) = KEPT.into_iter().find(|(_, kept)| *kept == code)?;
        let found = &self.evidence.address_history(self.id)?.copy_findings;
        let CopyFinding { message, advice, .. } = found.iter().find(|found| found.kind == kind)?.clone();
        Some(Finding::new(code, message).advise(advice))
    }
}
