//! What a comparison of records has shown, carried over to the checks of serials that follow it.

use std::time::SystemTime;

use crate::judge::{Code, Severity, Verdict, WrongRrsets};
use crate::report::model::{Compared, FindingReport, ServerReport, ZoneReport};

/// Adds to a report of a check that ended then what an earlier one of the same zone says of the copies that are still
/// served, and of what caches hold of them.
pub(super) fn carry_over(report: &mut ZoneReport, earlier: &ZoneReport, ended: SystemTime) {
    let same_reference = report.reference_serials() == earlier.reference_serials();
    for server in &mut report.servers {
        if let Some(earlier) = earlier.servers.iter().find(|earlier| server.is_same_server(earlier)) {
            carry_over_server(server, earlier, same_reference);
        }
    }
    report.wrong_rrsets = WrongRrsets::largest(report.servers.iter().map(|server| server.wrong_rrsets));
    let address = report.reference.as_ref().and_then(|reference| reference.address.as_ref());
    let reference = report.servers.iter().find(|server| address == server.address.as_ref());
    let is_same_copy = |server: &ServerReport| same_reference || server.compared == Compared::Changes;
    if reference.is_some_and(|server| server.copy.is_some() && is_same_copy(server)) {
        add_missing(&mut report.findings, &earlier.findings);
    }
    report.set_cached_until(ended);
    let is_wrong = report.wrong_rrsets.is_some_and(|wrong| wrong.wrong > 0);
    if report.caches.is_empty() && (is_wrong || same_reference) {
        report.caches.clone_from(&earlier.caches);
    }
    add_severities(report);
}

/// Adds to a report what an earlier one says of the delegation, which is looked at less often.
pub(super) fn carry_over_delegation(report: &mut ZoneReport, earlier: &ZoneReport) {
    let of_delegation = earlier.findings.iter().filter(|finding| Code::is_of_delegation(finding.code));
    report.findings.extend(of_delegation.cloned());
    report.findings.sort_by_key(|finding| finding.severity);
    add_severities(report);
}

/// Makes a zone as severe as its servers and findings are.
fn add_severities(report: &mut ZoneReport) {
    let servers = report.servers.iter().map(|server| server.severity);
    let findings = report.findings.iter().map(|finding| finding.severity);
    report.severity = servers.chain(findings).fold(report.severity, Severity::worse);
}

fn carry_over_server(server: &mut ServerReport, earlier: &ServerReport, same_reference: bool) {
    let stays = |verdict| server.verdict == verdict && earlier.verdict == verdict;
    let both_unread = stays(Verdict::Unknown);
    // The history holds no comparison of a version that is newer than the reference's.
    if stays(Verdict::Ahead)
        && same_reference
        && server.serial == earlier.serial
        && server.compared_at.is_none()
    {
        server.compared_at.clone_from(&earlier.compared_at);
    }
    let is_compared = server.compared_at.is_some() || both_unread;
    // A copy that was followed to another version is described as it was read; it has its serial.
    let is_same_version = server.serial == earlier.serial || server.compared == Compared::Changes;
    let is_same = is_same_version && server.compared_at == earlier.compared_at;
    if server.copy.is_some() || !is_compared || !is_same {
        return;
    }
    server.copy.clone_from(&earlier.copy);
    server.differences.clone_from(&earlier.differences);
    server.wrong_rrsets = earlier.wrong_rrsets.filter(|_| server.verdict != Verdict::Unknown);
    if server.verdict == Verdict::Diverged && earlier.verdict == Verdict::Diverged {
        // The earlier finding names what differs, which a check of serials cannot.
        let is_diverged = |finding: &FindingReport| finding.code == Verdict::Diverged.code();
        if let Some(earlier) = earlier.findings.iter().find(|it| is_diverged(it)) {
            let findings = server.findings.iter_mut().filter(|it| is_diverged(it));
            findings.for_each(|it| it.clone_from(earlier));
        }
    }
    add_missing(&mut server.findings, &earlier.findings);
    let findings = server.findings.iter().map(|finding| finding.severity);
    server.severity = findings.fold(server.severity, Severity::worse);
}

/// Adds the findings that only a comparison of records can make.
fn add_missing(findings: &mut Vec<FindingReport>, earlier: &[FindingReport]) {
    for finding in earlier {
        let is_known = findings.iter().any(|it| it.code == finding.code);
        if !is_known && Code::is_of_records(finding.code) {
            findings.push(finding.clone());
        }
    }
    findings.sort_by_key(|finding| finding.severity);
}
