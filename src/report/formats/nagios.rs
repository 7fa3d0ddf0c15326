//! The output of a monitoring plugin: a status line with performance data, then more lines of text.
//!
//! The Monitoring Plugins Development Guidelines define the form. A `|` ends the text of a line, so no text
//! may contain one; the label of a measurement contains neither `=` nor a quote.

use std::collections::BTreeMap;

use crate::judge::{Severity, Verdict};

use crate::report::model::{DifferencesReport, FindingReport, ServerReport, UnreadLine, ZoneReport};
use crate::report::outages::{Ended, Outages};
use crate::report::text::caches;
use crate::report::text::conclusion::{Conclusion, server_label};
use crate::report::text::signatures::causes_in_words;
use crate::report::{RunScope, RunSummary, ZoneCounts, text};

/// Zones of each severity that are shown: monitoring systems truncate what is longer than some kilobytes.
const MAX_ZONES: usize = 50;

/// The zones so far; the status line comes first, so all text is printed at the end.
#[derive(Debug)]
pub(crate) struct Nagios {
    scope: RunScope,
    /// By severity, the first zones that are not ok; the only zone in any case.
    zones: BTreeMap<Severity, Vec<NagiosZone>>,
    outages: Outages<(Severity, NagiosZone)>,
    /// The first lines that cannot be read.
    unread: Vec<String>,
}

/// The text for one zone.
#[derive(Debug)]
struct NagiosZone {
    label: String,
    headline: String,
    /// The conclusion, with codes.
    alert: String,
    /// The performance data, if this is the only zone.
    measurements: String,
    /// The lines for each address, if this is the only zone.
    addresses: Vec<String>,
}

impl Nagios {
    /// A report without any zone.
    pub(crate) fn new(scope: RunScope) -> Self {
        Self { scope, zones: BTreeMap::new(), outages: Outages::new(scope), unread: Vec::new() }
    }

    /// Keeps the text for a zone; prints nothing yet.
    pub(crate) fn zone(&mut self, zone: &ZoneReport) -> String {
        let outages = self.outages.add(zone);
        let (measurements, addresses) = match self.scope {
            RunScope::OneZone => (zone_measurements(zone), address_lines(zone)),
            RunScope::ManyZones if zone.severity == Severity::Ok => return String::new(),
            RunScope::ManyZones => (String::new(), Vec::new()),
        };
        let text = || NagiosZone {
            label: zone.label().to_owned(),
            headline: zone.headline(),
            alert: Conclusion::of(zone).alert(),
            measurements,
            addresses,
        };
        match outages {
            Some(outages) => self.outages.hold(outages, || (zone.severity, text())),
            None => push(&mut self.zones, zone.severity, text),
        }
        String::new()
    }

    /// Keeps the text for a line that cannot be read; prints nothing yet.
    pub(crate) fn unread(&mut self, line: &UnreadLine) -> String {
        if self.unread.len() < MAX_ZONES {
            self.unread.push(format!("[UNKNOWN] {}", line.in_words()));
        }
        String::new()
    }

    /// Returns the status line and the lines after it.
    pub(crate) fn end(mut self, run: &RunSummary, counts: &ZoneCounts) -> String {
        let severity = counts.severity();
        let Ended { servers, folded, zones, .. } = self.outages.end();
        for (severity, zone) in zones {
            push(&mut self.zones, severity, || zone);
        }
        let others = counts.not_ok().saturating_sub(folded);
        let zones: Vec<(Severity, NagiosZone)> = self
            .zones
            .into_iter()
            .flat_map(|(severity, zones)| zones.into_iter().map(move |zone| (severity, zone)))
            .collect();
        let time = format!("time={:.3}s;;;0", run.duration_seconds);
        let (text, measurements, lines) = match (self.scope, zones.as_slice()) {
            (RunScope::OneZone, [(_, only), ..]) => {
                let text = format!("{}: {}", only.label, only.alert);
                (text, format!("{} {time}", only.measurements), only.addresses.clone())
            }
            (RunScope::OneZone, []) => (counts.summary(), time, Vec::new()),
            (RunScope::ManyZones, zones) => {
                let measurements = format!("{} {time}", run_measurements(counts));
                let lines = servers
                    .iter()
                    .map(|it| format!("[{}] {it}", Verdict::Unreachable.severity().name().to_uppercase()));
                let unread = unread_lines(self.unread, counts.unread);
                let lines = lines.chain(zone_lines(zones, others)).chain(unread).collect();
                (summary(&servers, zones, others, counts), measurements, lines)
            }
        };
        let status = severity.name().to_uppercase();
        let place = run.place_in_words().map(|place| format!(" ({place})")).unwrap_or_default();
        let mut output = format!("ZONEPROBE {status} - {}{} | {measurements}\n", safe(&text), safe(&place));
        for line in lines {
            output += &safe(&line);
            output.push('\n');
        }
        output
    }
}

/// Returns text that neither ends the line nor begins performance data.
fn safe(text: &str) -> String {
    // Escaped as in zone files, so that a name is still the same name.
    text::safe(text).replace('|', "\\124")
}

/// The performance data of one zone; `U` stands for an unknown value.
fn zone_measurements(zone: &ZoneReport) -> String {
    let with_severity = |severity: Severity| zone.servers.iter().filter(|it| it.severity == severity).count();
    let in_sync = zone.servers.iter().filter(|server| server.verdict == Verdict::InSync).count();
    let rounded = |ratio: f64| ((ratio * 10_000.0).round() / 10_000.0).to_string();
    let ratio = zone.wrong_answers.map_or_else(|| "U".to_owned(), |wrong| rounded(wrong.ratio));
    format!(
        "servers={};;;0 in_sync={in_sync};;;0 warning={};;;0 critical={};;;0 unknown={};;;0 \
         wrong_answer_ratio={ratio};;;0;1",
        zone.servers.len(),
        with_severity(Severity::Warning),
        with_severity(Severity::Critical),
        with_severity(Severity::Unknown),
    )
}

/// The performance data of a run over many zones.
fn run_measurements(counts: &ZoneCounts) -> String {
    format!(
        "zones={};;;0 ok={};;;0 warning={};;;0 critical={};;;0 unknown={};;;0",
        counts.zones(),
        counts.with_severity(Severity::Ok),
        counts.with_severity(Severity::Warning),
        counts.with_severity(Severity::Critical),
        counts.with_severity(Severity::Unknown),
    )
}

/// Returns a line for each address, for each finding, and for what caches hold.
fn address_lines(zone: &ZoneReport) -> Vec<String> {
    let finding = |it: &FindingReport| format!("  {}: {}", it.code, it.message);
    let mut lines: Vec<String> = Vec::new();
    for server in &zone.servers {
        lines.push(address_line(server));
        lines.extend(server.findings.iter().map(finding));
    }
    lines.extend(zone.findings.iter().map(|it| finding(it).trim_start().to_owned()));
    lines.extend(caches::sentences(zone).into_iter().map(|(_, sentence)| sentence));
    lines
}

fn address_line(server: &ServerReport) -> String {
    let name = server_label(&server.server, server.address_text());
    let verdict = format!("[{}] {name}: {}", server.severity.name().to_uppercase(), server.headline());
    let serial = server.serial.map(|serial| format!("serial {serial}"));
    let failure = server.failure.as_ref().map(|failure| failure.message.clone());
    let differences = server.differences.as_ref().and_then(DifferencesReport::in_words);
    let asked = server.asked_in_words();
    let causes = server.differences.as_ref().map(causes_in_words).unwrap_or_default();
    let parts = [Some(verdict), serial, server.lag_in_words(), failure, asked, differences];
    parts.into_iter().flatten().chain(causes).collect::<Vec<String>>().join(", ")
}

/// Keeps a zone, if it is one of the first with its severity.
fn push(
    zones: &mut BTreeMap<Severity, Vec<NagiosZone>>,
    severity: Severity,
    zone: impl FnOnce() -> NagiosZone,
) {
    let zones = zones.entry(severity).or_default();
    if zones.len() < MAX_ZONES {
        zones.push(zone());
    }
}

/// Returns how many zones are not ok, the servers that are down, and the names of the first of the other zones.
fn summary(servers: &[String], zones: &[(Severity, NagiosZone)], others: u64, counts: &ZoneCounts) -> String {
    if zones.is_empty() && servers.is_empty() {
        return counts.summary();
    }
    let zones = zones.iter().map(|(_, it)| format!("{} ({})", it.label, it.headline));
    let names: Vec<String> = servers.iter().cloned().chain(zones).collect();
    let total = usize::try_from(others).unwrap_or(usize::MAX).saturating_add(servers.len());
    format!("{}: {}", counts.summary(), text::list_of(&names, total))
}

/// Returns the first lines that cannot be read, and how many more there are.
fn unread_lines(mut lines: Vec<String>, all: u64) -> Vec<String> {
    let more = all.saturating_sub(lines.len() as u64);
    if more > 0 {
        let unread = text::count(more, "more line", "more lines");
        lines.push(format!("... and {unread} that cannot be read (use --format ndjson)"));
    }
    lines
}

/// Returns a line for each of the other zones that are not ok, worst first.
fn zone_lines(zones: &[(Severity, NagiosZone)], others: u64) -> Vec<String> {
    let line = |(severity, it): &(Severity, NagiosZone)| {
        format!("[{}] {}: {}", severity.name().to_uppercase(), it.label, it.alert)
    };
    let mut lines: Vec<String> = zones.iter().map(line).collect();
    let more = others.saturating_sub(zones.len() as u64);
    if more > 0 {
        let zones = text::count(more, "more zone", "more zones");
        lines.push(format!("... and {zones} (use --format ndjson)"));
    }
    lines
}
