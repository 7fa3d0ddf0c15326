//! For the summary of a job: Markdown as GitHub and GitLab show it.
//!
//! Text of others stands outside of code with every character that Markdown or HTML means something by
//! written as an entity, and inside of fences that none of its lines can close.

use std::fmt::Write as _;

use crate::judge::Severity;

use crate::report::model::{ServerReport, ZoneReport};
use crate::report::text::conclusion::{self, Conclusion};
use crate::report::text::plain;
use crate::report::{RenderOptions, RunScope, RunSummary, ZoneCounts, text};

/// The most octets of the zones: GitHub takes a summary of one mebibyte for each step, or nothing.
const MOST_OCTETS: usize = 900_000;

/// A fence longer than any that a careless line may hold.
const FENCE: &str = "````";

/// What was written so far.
#[derive(Debug)]
pub(crate) struct Markdown {
    view: RenderOptions,
    octets: usize,
    left_out: u64,
}

impl Markdown {
    /// Nothing written yet.
    pub(crate) fn new(view: RenderOptions) -> Self {
        Self { view, octets: 0, left_out: 0 }
    }

    /// Returns a zone in full: the only one, or one that is not ok.
    pub(crate) fn zone(&mut self, zone: &ZoneReport) -> String {
        let is_ok = zone.severity == Severity::Ok;
        if is_ok && (self.view.scope == RunScope::ManyZones || self.view.quiet) {
            return String::new();
        }
        let text = block(zone);
        if self.octets + text.len() > MOST_OCTETS {
            self.left_out += 1;
            return String::new();
        }
        self.octets += text.len();
        text
    }

    /// Returns how all zones are, where there are several or none.
    pub(crate) fn end(self, _run: &RunSummary, tally: &ZoneCounts) -> String {
        let mut text = String::new();
        if self.left_out > 0 {
            let zones = text::count(self.left_out, "more zone that is", "more zones that are");
            let _ = writeln!(text, "… and {zones} not ok.\n");
        }
        if self.view.scope == RunScope::ManyZones || tally.zones() == 0 {
            let severity = tally.severity();
            let word = severity.name().to_uppercase();
            let counts = Some(tally.by_verdict()).filter(|it| !it.is_empty());
            let counts = counts.map(|it| format!(" ({})", escaped(&it))).unwrap_or_default();
            let _ = writeln!(text, "{} **{word}**: {}{counts}.\n", symbol(severity), tally.trouble());
        }
        text
    }
}

fn symbol(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "❌",
        Severity::Unknown => "❔",
        Severity::Warning => "⚠️",
        Severity::Ok => "✅",
    }
}

fn block(zone: &ZoneReport) -> String {
    let (label, verdict) = (escaped(zone.label()), escaped(zone.verdict.code()));
    let word = zone.severity.name().to_uppercase();
    let sentence = escaped(&Conclusion::of(zone).sentence());
    // Writing to a string cannot fail.
    let mut text = format!("### {} {label}: {verdict}\n\n**{word}**: {sentence}\n\n", symbol(zone.severity));
    let _ = writeln!(text, "Reference: {}\n", escaped(&super::table::reference(zone.reference.as_ref())));
    if !zone.servers.is_empty() {
        text += "| | verdict | server | address | state |\n|---|---|---|---|---|\n";
        zone.servers.iter().for_each(|server| text += &row(server));
        text.push('\n');
    }
    for finding in &zone.findings {
        let _ = writeln!(text, "- {} {}", symbol(finding.severity), escaped(&plain::finding(finding)));
    }
    if !zone.findings.is_empty() {
        text.push('\n');
    }
    zone.servers.iter().for_each(|server| text += &details(server));
    text
}

fn row(server: &ServerReport) -> String {
    format!(
        "| {} | {} | {} | {} | {} |\n",
        symbol(server.severity),
        escaped(server.verdict.code()),
        escaped(&server.server),
        escaped(&server.address),
        escaped(&plain::state(server))
    )
}

/// Returns what is wrong at an address, folded away until somebody wants to read it.
fn details(server: &ServerReport) -> String {
    let differing = server.differences.as_ref().filter(|it| !it.rrsets.is_empty());
    if server.severity == Severity::Ok && differing.is_none() {
        return String::new();
    }
    if server.findings.is_empty() && differing.is_none() {
        // All there is to say stands in the table.
        return String::new();
    }
    let name = escaped(&conclusion::named(&server.server, &server.address));
    let mut text = format!("<details><summary>{name}: {}</summary>\n\n", escaped(server.verdict.code()));
    for finding in &server.findings {
        let _ = writeln!(text, "- {} {}", symbol(finding.severity), escaped(&plain::finding(finding)));
    }
    if let Some(differences) = differing {
        text += "\nRRsets that differ (- reference, + here):\n\n";
        text += &fenced("diff", &plain::differences(differences));
    }
    let advice = plain::advice(&server.findings);
    if !advice.is_empty() {
        text += "\nNext:\n\n";
        text += &fenced("sh", &advice);
    }
    text + "\n</details>\n\n"
}

/// Returns lines as they are. None begins with a backtick, so none closes the fence.
fn fenced(language: &str, lines: &[String]) -> String {
    let mut text = format!("{FENCE}{language}\n");
    for line in lines {
        let line = text::safe(line);
        if line.trim_start().starts_with('`') {
            text.push('\\');
        }
        text += &line;
        text.push('\n');
    }
    text + FENCE + "\n"
}

/// Returns text in which nothing is markup, a link or a mention.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let text = plain::fit(text);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek().copied().unwrap_or(' ');
        let means = match character {
            // A link, or a picture by name.
            ':' => next == '/' || next.is_ascii_alphabetic(),
            // Within a word it is a letter.
            '_' => !next.is_alphanumeric() || !out.ends_with(char::is_alphanumeric),
            other => "&<>|`*[]\\~@#!\"$^{}".contains(other),
        };
        if means {
            // Writing to a string cannot fail.
            let _ = write!(out, "&#{};", u32::from(character));
        } else {
            out.push(character);
        }
    }
    // What begins so is made a link without any mark.
    out.replace("www.", "www&#46;").replace("WWW.", "WWW&#46;")
}
