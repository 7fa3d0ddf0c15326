//! Plain lines about an address or a finding, for formats that put them into markup of their own.

use crate::report::model::{DifferenceReport, FoundReport, RrsetReport};

use crate::judge::{Severity, Verdict};

use crate::report::model::{DifferencesReport, FindingReport, ServerReport, kind_name};
use crate::report::text;
use crate::report::text::signatures::GroupedDifferences;

/// RRsets listed for each address.
const MAX_RRSETS: usize = 20;

/// Records listed of each side of an RRset.
const MAX_RECORDS: usize = 5;

/// Characters of a line.
const MAX_LINE_WIDTH: usize = 400;

/// Describes what an address serves: its serial, the distance from the reference's, what differs.
pub(crate) fn state(server: &ServerReport) -> String {
    let serial = server.serial.map(|serial| format!("serial {serial}"));
    let failure = server.failure.as_ref().map(|failure| failure.message.clone());
    let differences = server.differences.as_ref().and_then(DifferencesReport::in_words);
    let not_asked = server.address.is_none().then(|| "not asked".to_owned());
    let asked = server.asked_in_words();
    let verified = server.verified_in_words();
    let parts = [not_asked, serial, server.lag_in_words(), failure, asked, differences, verified];
    fit(&parts.into_iter().flatten().collect::<Vec<String>>().join(", "))
}

/// Lists the RRsets that differ like a patch: `-` is the reference, `+` is the address. Of many signatures that differ
/// for one cause, the cause is a line.
pub(crate) fn differences(differences: &DifferencesReport) -> Vec<String> {
    let GroupedDifferences { rrsets, causes, more } = GroupedDifferences::new(differences, MAX_RRSETS);
    let mut lines: Vec<String> = rrsets.into_iter().flat_map(rrset).collect();
    lines.extend(causes);
    if more > 0 {
        lines.push(format!("... and {}{more} more", differences.at_least()));
    }
    lines
}

fn rrset(difference: &DifferenceReport) -> Vec<String> {
    let kind = kind_name(difference.kind);
    let mut lines = vec![fit(&format!("{kind} {} {}", difference.owner, difference.rtype))];
    lines.extend(side('-', difference.reference.as_ref()));
    let found = difference.found.as_ref();
    lines.extend(side('+', found.and_then(FoundReport::rrset)));
    lines.extend(found.and_then(FoundReport::answer).map(|answer| fit(&format!("+ {answer}"))));
    lines
}

fn side(sign: char, rrset: Option<&RrsetReport>) -> Vec<String> {
    let Some(rrset) = rrset else { return Vec::new() };
    let record = |(ttl, data): (u32, &str)| fit(&format!("{sign} {ttl} {data}"));
    let mut lines: Vec<String> = rrset.listed().take(MAX_RECORDS).map(record).collect();
    let more = rrset.records.saturating_sub(lines.len() as u64);
    if more > 0 {
        lines.push(format!("{sign} ... and {}", text::count(more, "more record", "more records")));
    }
    lines
}

/// The code of the worst thing about an address: its verdict or, if it is in sync, was not asked, or misses a member of a
/// catalog, its worst finding.
pub(crate) fn code(server: &ServerReport) -> &'static str {
    let worst = server.findings.iter().find(|finding| finding.severity == server.severity);
    match (server.verdict, worst) {
        (Verdict::InSync, Some(finding)) => finding.code,
        (_, Some(finding)) if server.address.is_none() || server.misses_member() => finding.code,
        (verdict, _) => verdict.code(),
    }
}

/// A finding in one line.
pub(crate) fn finding(finding: &FindingReport) -> String {
    fit(&format!("{}: {}", finding.code, finding.message))
}

/// What the server says itself, in one line.
pub(crate) fn status(server: &ServerReport) -> Option<String> {
    let status = server.status.as_ref()?;
    Some(fit(&format!("the server itself says: {}", status.in_words())))
}

/// The commands to type next, from all findings that are not ok.
pub(crate) fn advice(findings: &[FindingReport]) -> Vec<String> {
    let not_ok = findings.iter().filter(|finding| finding.severity != Severity::Ok);
    let mut lines: Vec<String> = Vec::new();
    for line in not_ok.flat_map(|finding| &finding.advice).map(|line| text::safe(line)) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// Text in one line, shortened to [`MAX_LINE_WIDTH`].
pub(crate) fn fit(text: &str) -> String {
    text::cut_middle(&text::safe(text), MAX_LINE_WIDTH)
}
