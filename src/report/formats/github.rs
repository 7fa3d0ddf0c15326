//! For GitHub Actions: workflow commands, which the service shows beside the change.
//!
//! Of each level it keeps ten for a step and drops the others without a word, so no more are written, the
//! worst first, and the last line says how many there were besides.

use crate::judge::Severity;

use crate::report::model::{FindingReport, ZoneReport};
use crate::report::text::conclusion::{Conclusion, named};
use crate::report::text::plain;
use crate::report::{RunScope, RunSummary, ZoneCounts, text};

/// Annotations of one level that the service keeps for a step.
const MOST: usize = 10;

/// Lines of differences in a message.
const MOST_LINES: usize = 8;

/// The most characters of a message.
const WIDEST: usize = 4000;

/// What is kept of the zones until the worst are known.
#[derive(Debug)]
pub(crate) struct Github {
    scope: RunScope,
    errors: Level,
    warnings: Level,
    /// Of the only zone.
    conclusion: Option<String>,
}

/// The annotations of one level.
#[derive(Debug, Default)]
struct Level {
    /// The worst so far, worst first.
    kept: Vec<(Severity, String)>,
    dropped: usize,
}

impl Level {
    fn push(&mut self, severity: Severity, annotation: String) {
        let place = self.kept.partition_point(|(other, _)| *other <= severity);
        self.kept.insert(place, (severity, annotation));
        self.dropped += self.kept.len().saturating_sub(MOST);
        self.kept.truncate(MOST);
    }

    fn text(&self) -> String {
        self.kept.iter().map(|(_, annotation)| annotation.as_str()).collect()
    }
}

impl Github {
    /// Nothing told yet.
    pub(crate) fn new(scope: RunScope) -> Self {
        Self { scope, errors: Level::default(), warnings: Level::default(), conclusion: None }
    }

    /// Keeps what is wrong with a zone; the worst comes first, so nothing is printed yet.
    pub(crate) fn zone(&mut self, zone: &ZoneReport) -> String {
        for server in zone.servers.iter().filter(|server| server.severity != Severity::Ok) {
            let who = named(&server.server, &server.address);
            let title = format!("{}: {who}: {}", zone.label(), plain::code(server));
            let mut lines = [vec![plain::state(server)], findings(&server.findings)].concat();
            if let Some(differences) = &server.differences {
                lines.extend(plain::differences(differences).into_iter().take(MOST_LINES));
            }
            self.annotate(server.severity, &title, lines);
        }
        for finding in zone.findings.iter().filter(|finding| finding.severity != Severity::Ok) {
            let title = format!("{}: {}", zone.label(), finding.code);
            self.annotate(finding.severity, &title, findings(std::slice::from_ref(finding)));
        }
        if self.scope == RunScope::OneZone {
            self.conclusion = Some(format!("{}: {}", zone.label(), Conclusion::of(zone).alert()));
        }
        String::new()
    }

    /// What could not be told is an error as a difference is: neither is a zone that is in sync.
    fn annotate(&mut self, severity: Severity, title: &str, lines: Vec<String>) {
        let (level, name) = match severity {
            Severity::Critical | Severity::Unknown => (&mut self.errors, "error"),
            Severity::Warning | Severity::Ok => (&mut self.warnings, "warning"),
        };
        level.push(severity, command(name, title, lines));
    }

    /// Returns the annotations, and last how many were left out and how everything is.
    pub(crate) fn end(self, _run: &RunSummary, tally: &ZoneCounts) -> String {
        let mut lines = vec![self.conclusion.unwrap_or_else(|| tally.trouble())];
        let more: Vec<String> = [(&self.errors, "error"), (&self.warnings, "warning")]
            .into_iter()
            .filter(|(level, _)| level.dropped > 0)
            .map(|(level, name)| text::count(level.dropped as u64, name, &format!("{name}s")))
            .collect();
        if !more.is_empty() {
            lines.push(format!("and {} more, which are not shown here", more.join(" and ")));
        }
        let title = format!("zoneprobe: {}", tally.severity().name());
        self.errors.text() + &self.warnings.text() + &command("notice", &title, lines)
    }
}

/// Returns all findings that count, then the first of the commands to type.
fn findings(findings: &[FindingReport]) -> Vec<String> {
    let counted = findings.iter().filter(|finding| finding.severity != Severity::Ok);
    let mut lines: Vec<String> = counted.map(plain::finding).collect();
    lines.extend(plain::advice(findings).into_iter().take(1).map(|line| format!("next: {line}")));
    lines
}

fn command(name: &str, title: &str, lines: Vec<String>) -> String {
    let message = lines.into_iter().filter(|line| !line.is_empty()).map(|line| data(&line));
    let message = message.collect::<Vec<String>>().join("%0A");
    let message: String = message.chars().take(WIDEST).collect();
    // An escape that was cut in two would be shown as it is.
    let message = match message.rfind('%') {
        Some(place) if message.len() - place < 3 => message.get(..place).unwrap_or_default(),
        _ => &message,
    };
    format!("::{name} title={}::{message}\n", property(title))
}

/// Returns text as it stands in a message.
fn data(text: &str) -> String {
    text::safe(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Returns text as it stands in a property.
fn property(text: &str) -> String {
    data(&plain::fit(text)).replace(':', "%3A").replace(',', "%2C")
}
