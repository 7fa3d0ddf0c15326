//! What there is to say of an address or a zone in plain lines, for formats that frame text of others.

use crate::compare::{Difference, Kind, ShownRrset};

use crate::judge::{Severity, Verdict};

use crate::report::model::{DifferencesReport, FindingReport, ServerReport};
use crate::report::text;

/// RRsets told of each address.
const MOST_RRSETS: usize = 20;

/// Records told of each side of an RRset.
const MOST_RECORDS: usize = 5;

/// The most characters of a line.
const WIDEST: usize = 400;

/// Returns what one address serves: its serial, how far that is from the reference's, what differs.
pub(crate) fn state(server: &ServerReport) -> String {
    let serial = server.serial.map(|serial| format!("serial {serial}"));
    let failure = server.failure.as_ref().map(|failure| failure.message.clone());
    let differences = server.differences.as_ref().and_then(DifferencesReport::in_words);
    let parts = [serial, server.lag_in_words(), failure, differences];
    fit(&parts.into_iter().flatten().collect::<Vec<String>>().join(", "))
}

/// Returns the RRsets that differ as a reader of patches expects: `-` the reference, `+` here.
pub(crate) fn differences(differences: &DifferencesReport) -> Vec<String> {
    let total = differences.all();
    let shown = differences.rrsets.iter().take(MOST_RRSETS);
    let more = total.saturating_sub(shown.len() as u64);
    let mut lines: Vec<String> = shown.flat_map(rrset).collect();
    if more > 0 {
        lines.push(format!("... and {}{more} more", differences.least()));
    }
    lines
}

fn rrset(difference: &Difference) -> Vec<String> {
    let kind = match difference.kind {
        Kind::Missing => "missing",
        Kind::Extra => "extra",
        Kind::Changed => "changed",
        Kind::Ttl => "ttl",
    };
    let mut lines = vec![fit(&format!("{kind} {} {}", difference.owner, difference.rtype))];
    lines.extend(side('-', difference.reference.as_ref()));
    lines.extend(side('+', difference.found.as_ref()));
    lines
}

fn side(sign: char, rrset: Option<&ShownRrset>) -> Vec<String> {
    let Some(ShownRrset { ttl, rdata }) = rrset else { return Vec::new() };
    let record = |data: &String| fit(&format!("{sign} {ttl} {data}"));
    let mut lines: Vec<String> = rdata.iter().take(MOST_RECORDS).map(record).collect();
    let more = rdata.len().saturating_sub(MOST_RECORDS);
    if more > 0 {
        lines.push(format!("{sign} ... and {}", text::count(more as u64, "more record", "more records")));
    }
    lines
}

/// Returns the code of what is worst at an address: its verdict, or what was found beside a good one.
pub(crate) fn code(server: &ServerReport) -> &'static str {
    let worst = server.findings.iter().find(|finding| finding.severity == server.severity);
    match (server.verdict, worst) {
        (Verdict::InSync, Some(finding)) => finding.code,
        (verdict, _) => verdict.code(),
    }
}

/// Returns a finding in a line.
pub(crate) fn finding(finding: &FindingReport) -> String {
    fit(&format!("{}: {}", finding.code, finding.message))
}

/// Returns the commands to type next, of all findings that count.
pub(crate) fn advice(findings: &[FindingReport]) -> Vec<String> {
    let counted = findings.iter().filter(|finding| finding.severity != Severity::Ok);
    let mut lines: Vec<String> = Vec::new();
    for line in counted.flat_map(|finding| &finding.advice).map(|line| text::safe(line)) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// Returns text in one line, and no more of it than anybody reads.
pub(crate) fn fit(text: &str) -> String {
    text::cut_middle(&text::safe(text), WIDEST)
}
