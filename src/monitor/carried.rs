//! What a comparison of records has shown, carried on by the rounds over serials that follow it.

use crate::judge::{Code, Severity, Verdict};
use crate::report::model::{FindingReport, ServerReport, ZoneReport};

impl ZoneReport {
    /// Takes over what an earlier report of the same zone tells of the copies that are still served.
    pub fn carry(&mut self, earlier: &Self) {
        let serial = |report: &Self| report.reference.as_ref().map(|reference| reference.serial);
        let same_reference = serial(self) == serial(earlier);
        for server in &mut self.servers {
            let same = |it: &&ServerReport| {
                (&it.server, &it.address, &it.key) == (&server.server, &server.address, &server.key)
            };
            if let Some(earlier) = earlier.servers.iter().find(same) {
                server.carry(earlier, same_reference);
            }
        }
        let reference_is_read = self.servers.iter().any(|it| it.is_reference_of(self) && it.copy.is_some());
        if same_reference && reference_is_read {
            add_missing(&mut self.findings, &earlier.findings);
        }
        let severities = self.servers.iter().map(|server| server.severity);
        let own = self.findings.iter().map(|finding| finding.severity);
        self.severity = severities.chain(own).fold(self.severity, Severity::worse);
    }
}

impl ServerReport {
    fn carry(&mut self, earlier: &Self, same_reference: bool) {
        let both = |verdict| self.verdict == verdict && earlier.verdict == verdict;
        let both_unread = both(Verdict::Unknown);
        // A version that the reference does not have yet is not remembered as one that was compared with it.
        if both(Verdict::Ahead)
            && same_reference
            && self.serial == earlier.serial
            && self.compared_at.is_none()
        {
            self.compared_at.clone_from(&earlier.compared_at);
        }
        let is_compared = self.compared_at.is_some() || both_unread;
        let same = (self.serial, &self.compared_at) == (earlier.serial, &earlier.compared_at);
        if self.copy.is_some() || !is_compared || !same {
            return;
        }
        self.copy.clone_from(&earlier.copy);
        self.differences.clone_from(&earlier.differences);
        if self.verdict == Verdict::Diverged && earlier.verdict == Verdict::Diverged {
            // It names what differs, and this one cannot.
            let own = |finding: &&FindingReport| finding.code == Verdict::Diverged.code();
            if let Some(earlier) = earlier.findings.iter().find(own) {
                self.findings.iter_mut().filter(|it| own(&&**it)).for_each(|it| it.clone_from(earlier));
            }
        }
        add_missing(&mut self.findings, &earlier.findings);
        self.severity =
            self.findings.iter().map(|finding| finding.severity).fold(self.severity, Severity::worse);
    }

    fn is_reference_of(&self, zone: &ZoneReport) -> bool {
        zone.reference.as_ref().is_some_and(|reference| reference.address.as_ref() == Some(&self.address))
    }
}

/// Adds the findings that only a comparison of records can make.
fn add_missing(findings: &mut Vec<FindingReport>, earlier: &[FindingReport]) {
    for finding in earlier {
        let known = findings.iter().any(|it| it.code == finding.code);
        if !known && Code::is_of_records(finding.code) {
            findings.push(finding.clone());
        }
    }
    findings.sort_by_key(|finding| finding.severity);
}
