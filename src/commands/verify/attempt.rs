//! One attempt to find a change on every server.

use crate::expect::{self, AddressAnswers, Wanted};
use crate::judge::Verdict;
use crate::plan::Target;
use crate::report::ZoneReport;
use crate::report::model::ServerReport;

/// The report of a check, and the responses to each expectation.
pub(super) struct Attempt {
    pub(super) report: ZoneReport,
    pub(super) answers: Vec<(Wanted, AddressAnswers)>,
}

impl Attempt {
    /// Compares what servers show with what is expected; those that were not asked are as in an earlier attempt.
    pub(super) fn new(
        mut report: ZoneReport,
        mut answers: Vec<(Wanted, AddressAnswers)>,
        earlier: Option<Self>,
    ) -> Self {
        for server in earlier.iter().flat_map(|earlier| &earlier.report.servers) {
            let is_same = |it: &ServerReport| it.server == server.server && it.address == server.address;
            if !report.servers.iter().any(is_same) {
                report.servers.push(server.clone());
                report.severity = report.severity.worse(server.severity);
            }
        }
        let earlier = earlier.into_iter().flat_map(|earlier| earlier.answers);
        for ((_, answers), (_, earlier)) in answers.iter_mut().zip(earlier) {
            let new: Vec<Target> = answers.iter().map(|(target, _)| target.clone()).collect();
            answers.extend(earlier.into_iter().filter(|(target, _)| !new.contains(target)));
        }
        expect::add_expectations(&mut report, &answers);
        Self { report, answers }
    }

    /// Whether an address has the reference's serial, and all that is expected of it.
    pub(super) fn is_as_expected(&self, target: &Target) -> bool {
        let server = self.report.servers.iter().find(|server| is_report_of(server, target));
        server
            .is_some_and(|server| server.verdict == Verdict::InSync && self.report.meets_expectations(server))
    }
}

/// Whether a report is that of a target.
pub(super) fn is_report_of(server: &ServerReport, target: &Target) -> bool {
    target.server == server.server && server.id == Some(target.id())
}
