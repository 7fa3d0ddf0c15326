//! JSON: one document for all zones, or one line for each zone.

use crate::judge::Severity;
use crate::report::model::{
    ERROR_SCHEMA, ErrorLine, REPORT_SCHEMA, Report, UNREAD_SCHEMA, UnreadLine, UnreadRow, ZONE_SCHEMA,
    ZoneLine, ZoneReport,
};
use crate::report::{RunSummary, ZoneCounts};

/// The most errors that are kept for the document.
const MAX_ERRORS: usize = 100;

/// The zones and errors so far.
#[derive(Debug, Default)]
pub(crate) struct Json {
    zones: Vec<ZoneReport>,
    unread: Vec<UnreadLine>,
    errors: Vec<String>,
}

impl Json {
    /// Keeps a zone for the document; prints nothing yet.
    pub(crate) fn zone(&mut self, zone: &ZoneReport) -> String {
        self.zones.push(zone.clone());
        String::new()
    }

    /// Keeps a line that cannot be read for the document; prints nothing yet.
    pub(crate) fn unread(&mut self, line: &UnreadLine) -> String {
        self.unread.push(line.clone());
        String::new()
    }

    /// Keeps an error for the document.
    pub(crate) fn error(&mut self, error: &str) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(error.to_owned());
        }
    }

    /// Returns the document.
    pub(crate) fn end(self, run: RunSummary, counts: &ZoneCounts) -> String {
        let RunSummary { generated_at, duration_seconds, probe } = run;
        let unread = self.unread.iter().take(MAX_ERRORS - self.errors.len()).map(UnreadLine::in_words);
        let errors: Vec<String> = self.errors.iter().cloned().chain(unread).collect();
        let error = Some(errors.join("\n")).filter(|_| !errors.is_empty());
        let severity = if error.is_some() { Severity::Unknown } else { Severity::Ok };
        let (verdict, severity) = (counts.verdict(), counts.severity().worse(severity));
        let report = Report {
            schema: REPORT_SCHEMA,
            generated_at,
            duration_seconds,
            probe,
            error,
            verdict,
            severity,
            zones: self.zones,
            unread: self.unread,
        };
        with_newline(serde_json::to_string_pretty(&report))
    }
}

/// Bytes of a line about two servers that are in sync.
const USUAL_LINE_LEN: usize = 2048;

/// Returns one zone as a line of `ndjson`.
pub(crate) fn line(zone: &ZoneReport, vantage: Option<&str>) -> String {
    let mut line = Vec::with_capacity(USUAL_LINE_LEN);
    let written = serde_json::to_writer(&mut line, &ZoneLine { schema: ZONE_SCHEMA, zone, vantage });
    with_newline(written.map(|()| String::from_utf8(line).expect("JSON is text")))
}

/// Returns a line that cannot be read as a line of `ndjson`.
pub(crate) fn unread_line(line: &UnreadLine, vantage: Option<&str>) -> String {
    with_newline(serde_json::to_string(&UnreadRow { schema: UNREAD_SCHEMA, line, vantage }))
}

/// Returns an error as a line of `ndjson`.
pub(crate) fn error_line(error: &str, vantage: Option<&str>) -> String {
    with_newline(serde_json::to_string(&ErrorLine { schema: ERROR_SCHEMA, error, vantage }))
}

fn with_newline(text: serde_json::Result<String>) -> String {
    let mut text = text.expect("text, numbers and lists of them can always be written as JSON");
    text.push('\n');
    text
}
