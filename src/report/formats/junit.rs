//! For pipelines that collect results of tests: `JUnit` XML, as Jenkins, GitLab and GitHub actions read it.
//!
//! A suite is a zone, a case an address, and one more the zone as a whole. Where something is wrong the
//! case has failed; where it could not be checked, it is in error. Suites are written as zones are
//! done, so the root has no counts, which are optional there.

use std::fmt::Write as _;

use crate::judge::{Severity, Verdict};

use crate::report::RunSummary;
use crate::report::model::{ServerReport, UnreadLine, ZoneReport};
use crate::report::text::caches;
use crate::report::text::conclusion::{Conclusion, server_label};
use crate::report::text::plain;

/// The front of the document; the root is open until the end.
const FRONT: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"zoneprobe\">\n";

/// Whether the front is written.
#[derive(Debug, Default)]
pub(crate) struct Junit {
    begun: bool,
}

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failure,
    Error,
}

/// One case of a suite.
#[derive(Debug)]
struct Case {
    name: String,
    seconds: f64,
    outcome: Outcome,
    /// The code of what is wrong.
    kind: &'static str,
    message: String,
    lines: Vec<String>,
    /// What is worth saying however it ended.
    notes: Vec<String>,
}

impl Junit {
    /// Returns the suite of a zone.
    pub(crate) fn zone(&mut self, zone: &ZoneReport, vantage: Option<&str>) -> String {
        let mut text = self.front().to_owned();
        let mut cases: Vec<Case> = zone.servers.iter().map(of_server).collect();
        cases.push(of_zone(zone));
        let of = |outcome| cases.iter().filter(|case| case.outcome == outcome).count();
        let seconds: f64 = cases.iter().map(|case| case.seconds).sum();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\" time=\"{seconds:.6}\">",
            escaped(zone.label()),
            cases.len(),
            of(Outcome::Failure),
            of(Outcome::Error),
        );
        text += &properties(vantage, zone.page_of_trouble());
        for case in &cases {
            case.write(zone.label(), &mut text);
        }
        text + "  </testsuite>\n"
    }

    /// Returns the suite of a line that cannot be read.
    pub(crate) fn unread(&mut self, line: &UnreadLine, vantage: Option<&str>) -> String {
        let suite = format!("line {}", line.line);
        let case = Case {
            name: "the line".to_owned(),
            seconds: 0.0,
            outcome: Outcome::Error,
            kind: "unread",
            message: line.error.clone(),
            lines: vec![line.input.clone()],
            notes: Vec::new(),
        };
        let mut text = self.front().to_owned();
        let _ = writeln!(
            text,
            "  <testsuite name=\"{suite}\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\" time=\"0.000000\">"
        );
        text += &properties(vantage, None);
        case.write(&suite, &mut text);
        text + "  </testsuite>\n"
    }

    /// Returns the end of the document.
    pub(crate) fn end(mut self, _run: &RunSummary) -> String {
        format!("{}</testsuites>\n", self.front())
    }

    fn front(&mut self) -> &'static str {
        if std::mem::replace(&mut self.begun, true) { "" } else { FRONT }
    }
}

impl Case {
    fn write(&self, class: &str, text: &mut String) {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.6}\"",
            escaped(class),
            escaped(&self.name),
            self.seconds
        );
        let element = match self.outcome {
            Outcome::Passed if self.notes.is_empty() => {
                *text += "/>\n";
                return;
            }
            Outcome::Passed => None,
            Outcome::Failure => Some("failure"),
            Outcome::Error => Some("error"),
        };
        *text += ">\n";
        if let Some(element) = element {
            let (kind, message) = (self.kind, escaped(&self.message));
            let lines = joined(&self.lines);
            let _ =
                writeln!(text, "      <{element} type=\"{kind}\" message=\"{message}\">{lines}</{element}>");
        }
        if !self.notes.is_empty() {
            let _ = writeln!(text, "      <system-out>{}</system-out>", joined(&self.notes));
        }
        *text += "    </testcase>\n";
    }
}

/// Returns the properties of a suite: the place that the zone is checked from, and its page, as far as they are known.
fn properties(vantage: Option<&str>, page: Option<&str>) -> String {
    let named = [("vantage", vantage), ("page", page)];
    let property = |(name, value): (&str, Option<&str>)| {
        Some(format!("      <property name=\"{name}\" value=\"{}\"/>\n", escaped(value?)))
    };
    let properties: String = named.into_iter().filter_map(property).collect();
    if properties.is_empty() {
        return properties;
    }
    format!("    <properties>\n{properties}    </properties>\n")
}

fn of_server(server: &ServerReport) -> Case {
    let kind = plain::code(server);
    let own = server.findings.iter().find(|finding| finding.code == kind);
    let state = plain::state(server);
    let mut lines = vec![format!("{}: {state}", server.verdict.code())];
    lines.extend(server.findings.iter().map(plain::finding));
    lines.extend(plain::status(server));
    if let Some(differences) = server.differences.as_ref().filter(|it| !it.rrsets.is_empty()) {
        lines.push("RRsets that differ (- reference, + here):".to_owned());
        lines.extend(plain::differences(differences));
    }
    lines.extend(next(plain::advice(&server.findings)));
    let rtt = server.answer.as_ref().map_or(0.0, |answer| answer.rtt_seconds);
    Case {
        name: server_label(&server.server, server.address_text()),
        seconds: rtt + server.copy.as_ref().map_or(0.0, |copy| copy.seconds),
        outcome: outcome(server.severity, server.verdict),
        kind,
        message: own.map_or_else(|| format!("{kind}: {state}"), plain::finding),
        lines,
        notes: Vec::new(),
    }
}

/// The case of what is found of the zone as a whole; it is there always, as those of the addresses are.
fn of_zone(zone: &ZoneReport) -> Case {
    let worst = zone.findings.iter().min_by_key(|finding| finding.severity);
    let without_findings = if zone.servers.is_empty() { Severity::Unknown } else { Severity::Ok };
    let severity = worst.map_or(without_findings, |finding| finding.severity.worse(without_findings));
    let mut lines: Vec<String> = zone.findings.iter().map(plain::finding).collect();
    lines.push(plain::fit(&Conclusion::of(zone).sentence()));
    lines.extend(next(plain::advice(&zone.findings)));
    let mut notes: Vec<String> =
        caches::sentences(zone).iter().map(|(_, sentence)| plain::fit(sentence)).collect();
    notes.extend(next(caches::advice(zone)));
    Case {
        name: "the zone as a whole".to_owned(),
        seconds: 0.0,
        outcome: outcome(severity, Verdict::InSync),
        kind: worst.map_or("unknown", |finding| finding.code),
        message: worst.map_or_else(|| "no server was asked".to_owned(), plain::finding),
        lines,
        notes,
    }
}

/// A difference is a failure; what could not be checked is an error.
fn outcome(severity: Severity, verdict: Verdict) -> Outcome {
    match (severity, verdict) {
        (Severity::Ok, _) => Outcome::Passed,
        (Severity::Unknown, _) | (_, Verdict::Unreachable | Verdict::Unknown) => Outcome::Error,
        (Severity::Critical | Severity::Warning, _) => Outcome::Failure,
    }
}

fn next(advice: Vec<String>) -> Vec<String> {
    if advice.is_empty() { advice } else { [vec!["next:".to_owned()], advice].concat() }
}

/// Returns lines as XML holds them between tags.
fn joined(lines: &[String]) -> String {
    lines.iter().map(|line| escaped(line)).collect::<Vec<String>>().join("\n")
}

/// Returns one line of text as XML holds it, in attributes and between tags.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in crate::report::text::safe(text).chars() {
        match character {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&apos;",
            // XML 1.0 section 2.2 has no such characters; controls are gone already.
            '\u{fffe}' | '\u{ffff}' => out.push('?'),
            other => out.push(other),
        }
    }
    out
}
