//! Workflow commands of GitHub Actions, which appear as annotations of a run.
//!
//! The service keeps ten annotations of each level for a step and silently drops the others. So at most ten
//! are written, the worst ones, and the last line says how many more there were.

use crate::judge::Severity;

use crate::report::model::{FindingReport, UnreadLine, ZoneReport};
use crate::report::outages::Outages;
use crate::report::text::caches;
use crate::report::text::conclusion::{Conclusion, server_label};
use crate::report::text::plain;
use crate::report::{RunScope, RunSummary, ZoneCounts, text};

/// Annotations of one level that the service keeps for a step.
const MAX_ANNOTATIONS: usize = 10;

/// Lines about differences in a message.
const MAX_DIFFERENCE_LINES: usize = 8;

/// Characters of a message.
const MAX_MESSAGE_LEN: usize = 4000;

/// The annotations so far; which ones are the worst is known only at the end.
#[derive(Debug)]
pub(crate) struct Github {
    scope: RunScope,
    errors: Annotations,
    warnings: Annotations,
    /// The conclusion for the only zone, and what caches hold.
    conclusion: Option<Vec<String>>,
    outages: Outages<Vec<Annotation>>,
}

/// An annotation before it is a command.
#[derive(Debug)]
struct Annotation {
    severity: Severity,
    title: String,
    lines: Vec<String>,
}

/// The annotations of one level.
#[derive(Debug, Default)]
struct Annotations {
    /// The worst ones so far, worst first.
    kept: Vec<(Severity, String)>,
    dropped: usize,
}

impl Annotations {
    fn push(&mut self, severity: Severity, annotation: String) {
        let position = self.kept.partition_point(|(other, _)| *other <= severity);
        self.kept.insert(position, (severity, annotation));
        self.dropped += self.kept.len().saturating_sub(MAX_ANNOTATIONS);
        self.kept.truncate(MAX_ANNOTATIONS);
    }

    /// Adds an annotation before all others.
    fn push_first(&mut self, severity: Severity, annotation: String) {
        self.kept.insert(0, (severity, annotation));
        self.dropped += self.kept.len().saturating_sub(MAX_ANNOTATIONS);
        self.kept.truncate(MAX_ANNOTATIONS);
    }

    fn text(&self) -> String {
        self.kept.iter().map(|(_, annotation)| annotation.as_str()).collect()
    }
}

impl Github {
    /// A report without any zone.
    pub(crate) fn new(scope: RunScope) -> Self {
        let (errors, warnings) = (Annotations::default(), Annotations::default());
        Self { scope, errors, warnings, conclusion: None, outages: Outages::new(scope) }
    }

    /// Keeps the annotations of a zone; prints nothing yet.
    pub(crate) fn zone(&mut self, zone: &ZoneReport) -> String {
        match self.outages.add(zone) {
            Some(outages) => self.outages.hold(outages, || annotations(zone)),
            None => annotations(zone).into_iter().for_each(|it| self.annotate(it)),
        }
        if self.scope == RunScope::OneZone {
            let conclusion = format!("{}: {}", zone.label(), Conclusion::of(zone).alert());
            let caches = caches::sentences(zone).into_iter().map(|(_, sentence)| sentence);
            self.conclusion = Some(std::iter::once(conclusion).chain(caches).collect());
        }
        String::new()
    }

    /// Keeps the annotation of a line that cannot be read; prints nothing yet.
    pub(crate) fn unread(&mut self, line: &UnreadLine) -> String {
        let title = format!("line {} cannot be read", line.line);
        let lines = vec![line.error.clone(), line.input.clone()];
        self.annotate(Annotation { severity: Severity::Unknown, title, lines });
        String::new()
    }

    /// Adds an annotation; an unknown severity is an error too, since it is no zone in sync.
    fn annotate(&mut self, Annotation { severity, title, lines }: Annotation) {
        let (annotations, name) = match severity {
            Severity::Critical | Severity::Unknown => (&mut self.errors, "error"),
            Severity::Warning | Severity::Ok => (&mut self.warnings, "warning"),
        };
        annotations.push(severity, command(name, &title, lines));
    }

    /// Returns the annotations, then a notice with the conclusion and the number of annotations left out.
    pub(crate) fn end(mut self, run: &RunSummary, counts: &ZoneCounts) -> String {
        let ended = self.outages.end();
        ended.zones.into_iter().flatten().for_each(|it| self.annotate(it));
        self.errors.dropped += usize::try_from(ended.omitted).unwrap_or(usize::MAX);
        for server in ended.servers.into_iter().take(MAX_ANNOTATIONS).rev() {
            let annotation = command("error", &server, vec![server.clone()]);
            self.errors.push_first(Severity::Critical, annotation);
        }
        let mut lines = self.conclusion.unwrap_or_else(|| vec![counts.summary()]);
        let more: Vec<String> = [(&self.errors, "error"), (&self.warnings, "warning")]
            .into_iter()
            .filter(|(annotations, _)| annotations.dropped > 0)
            .map(|(annotations, name)| text::count(annotations.dropped as u64, name, &format!("{name}s")))
            .collect();
        if !more.is_empty() {
            lines.push(format!("and {} more, which are not shown here", more.join(" and ")));
        }
        lines.extend(run.place_in_words());
        let title = format!("zoneprobe: {}", counts.severity().name());
        self.errors.text() + &self.warnings.text() + &command("notice", &title, lines)
    }
}

/// Returns an annotation for each address and each finding about the zone that is not ok.
fn annotations(zone: &ZoneReport) -> Vec<Annotation> {
    let mut annotations = Vec::new();
    let page = || zone.page_of_trouble().map(|page| format!("page: {page}"));
    for server in zone.servers.iter().filter(|server| server.severity != Severity::Ok) {
        let label = server_label(&server.server, server.address_text());
        let title = format!("{}: {label}: {}", zone.label(), plain::code(server));
        let mut lines = [vec![plain::state(server)], findings(&server.findings)].concat();
        if let Some(differences) = &server.differences {
            lines.extend(plain::differences(differences).into_iter().take(MAX_DIFFERENCE_LINES));
        }
        lines.extend(page());
        annotations.push(Annotation { severity: server.severity, title, lines });
    }
    for finding in zone.findings.iter().filter(|finding| finding.severity != Severity::Ok) {
        let title = format!("{}: {}", zone.label(), finding.code);
        let mut lines = findings(std::slice::from_ref(finding));
        lines.extend(page());
        annotations.push(Annotation { severity: finding.severity, title, lines });
    }
    annotations
}

/// Returns the findings that are not ok, then the first of the commands to type.
fn findings(findings: &[FindingReport]) -> Vec<String> {
    let not_ok = findings.iter().filter(|finding| finding.severity != Severity::Ok);
    let mut lines: Vec<String> = not_ok.map(plain::finding).collect();
    lines.extend(plain::advice(findings).into_iter().take(1).map(|line| format!("next: {line}")));
    lines
}

fn command(name: &str, title: &str, lines: Vec<String>) -> String {
    let message = lines.into_iter().filter(|line| !line.is_empty()).map(|line| data(&line));
    let message = message.collect::<Vec<String>>().join("%0A");
    let message: String = message.chars().take(MAX_MESSAGE_LEN).collect();
    // An escape that was cut in two would appear as it is.
    let message = match message.rfind('%') {
        Some(start) if message.len() - start < 3 => message.get(..start).unwrap_or_default(),
        _ => &message,
    };
    format!("::{name} title={}::{message}\n", property(title))
}

/// Escapes text for a message.
fn data(text: &str) -> String {
    text::safe(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes text for a property.
fn property(text: &str) -> String {
    data(&plain::fit(text)).replace(':', "%3A").replace(',', "%2C")
}
