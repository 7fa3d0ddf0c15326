//! As monitoring plugins speak: a status line with performance data, then more text.
//!
//! The Monitoring Plugins Development Guidelines give the form. A `|` ends the text of a line, so none
//! may stand in it; a label of performance data holds neither `=` nor a quote.

use std::collections::BTreeMap;

use crate::judge::{Severity, Verdict};

use crate::report::model::{DifferencesReport, FindingReport, ServerReport, ZoneReport};
use crate::report::text::conclusion::{Conclusion, named};
use crate::report::{RunScope, RunSummary, ZoneCounts, text};

/// Zones of each severity that are told: monitoring systems cut what is longer than some kilobytes.
const MOST_ZONES: usize = 50;

/// What is kept of the zones until the status line can be written.
#[derive(Debug)]
pub(crate) struct Nagios {
    scope: RunScope,
    /// The first of the zones that are not ok, by severity; of a single zone, however it is.
    told: BTreeMap<Severity, Vec<Told>>,
}

/// What is told of one zone.
#[derive(Debug)]
struct Told {
    zone: String,
    verdict: Verdict,
    /// What is wrong, and who is to blame.
    alert: String,
    /// What is measured, where there is one zone.
    measures: String,
    /// A line for each address, where there is one zone.
    addresses: Vec<String>,
}

impl Nagios {
    /// Nothing told yet.
    pub(crate) fn new(scope: RunScope) -> Self {
        Self { scope, told: BTreeMap::new() }
    }

    /// Keeps what is to be told of a zone; the status line comes first, so nothing is printed yet.
    pub(crate) fn zone(&mut self, zone: &ZoneReport) -> String {
        let (measures, addresses) = match self.scope {
            RunScope::OneZone => (measures(zone), addresses(zone)),
            RunScope::ManyZones if zone.severity == Severity::Ok => return String::new(),
            RunScope::ManyZones => (String::new(), Vec::new()),
        };
        let of_severity = self.told.entry(zone.severity).or_default();
        if of_severity.len() < MOST_ZONES {
            let alert = Conclusion::of(zone).alert();
            let label = zone.label().to_owned();
            of_severity.push(Told { zone: label, verdict: zone.verdict, alert, measures, addresses });
        }
        String::new()
    }

    /// Returns the status line and the lines after it.
    pub(crate) fn end(self, run: &RunSummary, tally: &ZoneCounts) -> String {
        let severity = tally.severity();
        let told: Vec<(Severity, Told)> = self
            .told
            .into_iter()
            .flat_map(|(severity, told)| told.into_iter().map(move |it| (severity, it)))
            .collect();
        let time = format!("time={:.3}s;;;0", run.duration_seconds);
        let (what, measures, lines) = match (self.scope, told.as_slice()) {
            (RunScope::OneZone, [(_, only), ..]) => {
                let what = format!("{}: {}", only.zone, only.alert);
                (what, format!("{} {time}", only.measures), only.addresses.clone())
            }
            (RunScope::OneZone, []) => (tally.trouble(), time, Vec::new()),
            (RunScope::ManyZones, told) => {
                (many(told, tally), format!("{} {time}", counts(tally)), lines(told, tally))
            }
        };
        let status = severity.name().to_uppercase();
        let mut text = format!("ZONEPROBE {status} - {} | {measures}\n", safe(&what));
        for line in lines {
            text += &safe(&line);
            text.push('\n');
        }
        text
    }
}

/// Returns text that neither ends the line nor begins performance data.
fn safe(text: &str) -> String {
    // As zone files escape it, so that a name is still that name.
    text::safe(text).replace('|', "\\124")
}

/// Returns the performance data of one zone; `U` is what could not be told.
fn measures(zone: &ZoneReport) -> String {
    let of = |wanted: Severity| zone.servers.iter().filter(|it| it.severity == wanted).count();
    let in_sync = zone.servers.iter().filter(|server| server.verdict == Verdict::InSync).count();
    let rounded = |ratio: f64| ((ratio * 10_000.0).round() / 10_000.0).to_string();
    let ratio = zone.wrong_answer_ratio.map_or_else(|| "U".to_owned(), rounded);
    format!(
        "servers={};;;0 in_sync={in_sync};;;0 warning={};;;0 critical={};;;0 unknown={};;;0 \
         wrong_answer_ratio={ratio};;;0;1",
        zone.servers.len(),
        of(Severity::Warning),
        of(Severity::Critical),
        of(Severity::Unknown),
    )
}

/// Returns the performance data of many zones.
fn counts(tally: &ZoneCounts) -> String {
    format!(
        "zones={};;;0 ok={};;;0 warning={};;;0 critical={};;;0 unknown={};;;0",
        tally.zones(),
        tally.of(Severity::Ok),
        tally.of(Severity::Warning),
        tally.of(Severity::Critical),
        tally.of(Severity::Unknown),
    )
}

/// Returns a line for each address, and one for each thing that was found there.
fn addresses(zone: &ZoneReport) -> Vec<String> {
    let finding = |it: &FindingReport| format!("  {}: {}", it.code, it.message);
    let mut lines: Vec<String> = Vec::new();
    for server in &zone.servers {
        lines.push(address(server));
        lines.extend(server.findings.iter().map(finding));
    }
    lines.extend(zone.findings.iter().map(|it| finding(it).trim_start().to_owned()));
    lines
}

fn address(server: &ServerReport) -> String {
    let name = named(&server.server, &server.address);
    let verdict = format!("[{}] {name}: {}", server.severity.name().to_uppercase(), server.verdict.code());
    let serial = server.serial.map(|serial| format!("serial {serial}"));
    let failure = server.failure.as_ref().map(|failure| failure.message.clone());
    let differences = server.differences.as_ref().and_then(DifferencesReport::in_words);
    let parts = [Some(verdict), serial, server.lag_in_words(), failure, differences];
    parts.into_iter().flatten().collect::<Vec<String>>().join(", ")
}

/// Returns which zones are not ok.
fn many(told: &[(Severity, Told)], tally: &ZoneCounts) -> String {
    if told.is_empty() {
        return tally.trouble();
    }
    let names: Vec<String> =
        told.iter().map(|(_, it)| format!("{} ({})", it.zone, it.verdict.code())).collect();
    format!("{}: {}", tally.trouble(), text::list_of(&names, bad(tally)))
}

/// Returns a line for each zone that is not ok, worst first.
fn lines(told: &[(Severity, Told)], tally: &ZoneCounts) -> Vec<String> {
    let line = |(severity, it): &(Severity, Told)| {
        format!("[{}] {}: {}", severity.name().to_uppercase(), it.zone, it.alert)
    };
    let mut lines: Vec<String> = told.iter().map(line).collect();
    let more = bad(tally).saturating_sub(told.len());
    if more > 0 {
        let zones = text::count(more as u64, "more zone", "more zones");
        lines.push(format!("... and {zones} (use --format ndjson)"));
    }
    lines
}

/// Returns how many zones are not ok.
fn bad(tally: &ZoneCounts) -> usize {
    usize::try_from(tally.zones() - tally.of(Severity::Ok)).unwrap_or(usize::MAX)
}
