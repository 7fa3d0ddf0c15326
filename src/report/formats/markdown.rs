//! Markdown for the summary of a CI job, as GitHub and GitLab render it.
//!
//! Text from servers and users is untrusted. Outside of code, every character with a meaning in Markdown or
//! HTML is written as an entity; inside of code, no line can close the fence.

use std::fmt::Write as _;

use crate::judge::{Severity, Verdict};

use crate::report::model::{ServerReport, UnreadLine, ZoneReport};
use crate::report::outages::Outages;
use crate::report::text::caches::{self, CacheState};
use crate::report::text::conclusion::{self, Conclusion};
use crate::report::text::plain;
use crate::report::text::scope::reference;
use crate::report::{RenderOptions, RunScope, RunSummary, ZoneCounts, text};

/// Bytes of all zones: GitHub accepts at most one mebibyte of summary for each step, and drops a larger one.
const MAX_BYTES: usize = 900_000;

/// A fence of code, longer than the usual three backticks.
const FENCE: &str = "````";

/// The zones written so far.
#[derive(Debug)]
pub(crate) struct Markdown {
    options: RenderOptions,
    bytes: usize,
    omitted: u64,
    outages: Outages<String>,
}

impl Markdown {
    /// A page without any zone.
    pub(crate) fn new(options: RenderOptions) -> Self {
        Self { options, bytes: 0, omitted: 0, outages: Outages::new(options.scope) }
    }

    /// Returns the section of a zone if it is the only one, or not ok.
    pub(crate) fn zone(&mut self, zone: &ZoneReport) -> String {
        let outages = self.outages.add(zone);
        let is_ok = zone.severity == Severity::Ok;
        if is_ok && (self.options.scope == RunScope::ManyZones || self.options.quiet) {
            return String::new();
        }
        match outages {
            Some(outages) => {
                self.outages.hold(outages, || section(zone));
                String::new()
            }
            None => self.bounded(section(zone)),
        }
    }

    /// Returns a paragraph about a line that cannot be read.
    pub(crate) fn unread(&mut self, line: &UnreadLine) -> String {
        let (number, symbol) = (line.line, symbol(Severity::Unknown));
        let (error, input) = (escaped(&plain::fit(&line.error)), escaped(&plain::fit(&line.input)));
        let text = format!("{symbol} **UNKNOWN**: line {number} cannot be read: {error}: {input}\n\n");
        if self.bytes + text.len() > MAX_BYTES {
            return String::new();
        }
        self.bytes += text.len();
        text
    }

    /// Returns a section, or counts it as omitted if there is no room for it.
    fn bounded(&mut self, text: String) -> String {
        if self.bytes + text.len() > MAX_BYTES {
            self.omitted += 1;
            return String::new();
        }
        self.bytes += text.len();
        text
    }

    /// Returns the summary of all zones, unless there is exactly one.
    pub(crate) fn end(mut self, run: &RunSummary, counts: &ZoneCounts) -> String {
        let ended = self.outages.end();
        let mut text: String = ended.zones.into_iter().map(|section| self.bounded(section)).collect();
        self.omitted += ended.omitted;
        let down = Verdict::Unreachable.severity();
        for server in ended.servers {
            let status = down.name().to_uppercase();
            let _ = writeln!(text, "{} **{status}**: {}.\n", symbol(down), escaped(&server));
        }
        if self.omitted > 0 {
            let zones = text::count(self.omitted, "more zone that is", "more zones that are");
            let _ = writeln!(text, "… and {zones} not ok.\n");
        }
        if self.options.scope == RunScope::ManyZones || counts.zones() == 0 {
            let severity = counts.severity();
            let status = severity.name().to_uppercase();
            let verdicts = Some(counts.by_verdict()).filter(|it| !it.is_empty());
            let verdicts = verdicts.map(|it| format!(" ({})", escaped(&it))).unwrap_or_default();
            let _ = writeln!(text, "{} **{status}**: {}{verdicts}.\n", symbol(severity), counts.summary());
        }
        if let Some(place) = run.place_in_words() {
            let _ = writeln!(text, "Checked {}.\n", escaped(&place));
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

fn section(zone: &ZoneReport) -> String {
    let (label, headline) = (escaped(zone.label()), escaped(&zone.headline()));
    let status = zone.severity.name().to_uppercase();
    let sentence = escaped(&Conclusion::of(zone).sentence());
    // Writing to a string cannot fail.
    let mut text =
        format!("### {} {label}: {headline}\n\n**{status}**: {sentence}\n\n", symbol(zone.severity));
    if let Some(page) = zone.page_of_trouble() {
        let _ = writeln!(text, "[The page of the zone](<{page}>)\n");
    }
    if let Some(origin) = zone.origin_in_words() {
        let _ = writeln!(text, "The zone comes {}.\n", escaped(&origin));
    }
    let _ = writeln!(text, "Reference: {}\n", escaped(&reference(zone.reference.as_ref())));
    if let Some(signer) = &zone.secondaries_reference {
        let signer = escaped(&reference(Some(signer)));
        let _ = writeln!(text, "Secondaries: held against {signer}\n");
    }
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
    text + &caches(zone)
}

/// Returns what caches hold, with the commands that drop what is wrong.
fn caches(zone: &ZoneReport) -> String {
    let sentences = caches::sentences(zone);
    if sentences.is_empty() {
        return String::new();
    }
    let mut text = "Caches:\n\n".to_owned();
    for (state, sentence) in sentences {
        let symbol = match state {
            CacheState::Fine => "",
            CacheState::Wrong => "⚠️ ",
            CacheState::Unknown => "❔ ",
        };
        let _ = writeln!(text, "- {symbol}{}", escaped(&sentence));
    }
    text.push('\n');
    let advice = caches::advice(zone);
    if !advice.is_empty() {
        text += "Next:\n\n";
        text += &fenced("sh", &advice);
        text.push('\n');
    }
    text
}

fn row(server: &ServerReport) -> String {
    format!(
        "| {} | {} | {} | {} | {} |\n",
        symbol(server.severity),
        escaped(&server.headline()),
        escaped(&server.server),
        escaped(server.address.as_deref().unwrap_or("-")),
        escaped(&plain::state(server))
    )
}

/// Returns what is wrong at an address, in a section that is folded at first.
fn details(server: &ServerReport) -> String {
    let differences = server.differences.as_ref().filter(|it| !it.rrsets.is_empty());
    if server.severity == Severity::Ok && differences.is_none() {
        return String::new();
    }
    if server.findings.is_empty() && differences.is_none() && server.status.is_none() {
        // The row of the table says it all.
        return String::new();
    }
    let name = escaped(&conclusion::server_label(&server.server, server.address_text()));
    let mut text = format!("<details><summary>{name}: {}</summary>\n\n", escaped(&server.headline()));
    for finding in &server.findings {
        let _ = writeln!(text, "- {} {}", symbol(finding.severity), escaped(&plain::finding(finding)));
    }
    if let Some(status) = plain::status(server) {
        let _ = writeln!(text, "- {}", escaped(&status));
    }
    if let Some(differences) = differences {
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

/// Returns lines in a fence of code. No line begins with a backtick, so none closes the fence.
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

/// Escapes text so that nothing in it is markup, a link or a mention.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let text = plain::fit(text);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek().copied().unwrap_or(' ');
        let is_special = match character {
            // A link, or an emoji by its name.
            ':' => next == '/' || next.is_ascii_alphabetic(),
            // Between letters it has no meaning.
            '_' => !next.is_alphanumeric() || !out.ends_with(char::is_alphanumeric),
            other => "&<>|`*[]\\~@#!\"$^{}".contains(other),
        };
        if is_special {
            // Writing to a string cannot fail.
            let _ = write!(out, "&#{};", u32::from(character));
        } else {
            out.push(character);
        }
    }
    // Such a name becomes a link without any markup.
    out.replace("www.", "www&#46;").replace("WWW.", "WWW&#46;")
}
