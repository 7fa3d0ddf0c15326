//! JSON: one document for all zones, or one line for each zone.

use crate::report::model::{REPORT_SCHEMA, Report, ZONE_SCHEMA, ZoneLine, ZoneReport};
use crate::report::{RunSummary, ZoneCounts};

/// The zones so far.
#[derive(Debug, Default)]
pub(crate) struct Json {
    zones: Vec<ZoneReport>,
}

impl Json {
    /// Keeps a zone for the document; prints nothing yet.
    pub(crate) fn zone(&mut self, zone: &ZoneReport) -> String {
        self.zones.push(zone.clone());
        String::new()
    }

    /// Returns the document.
    pub(crate) fn end(self, run: RunSummary, counts: &ZoneCounts) -> String {
        let RunSummary { generated_at, duration_seconds, probe } = run;
        let (verdict, severity) = (counts.verdict(), counts.severity());
        let report = Report {
            schema: REPORT_SCHEMA,
            generated_at,
            duration_seconds,
            probe,
            verdict,
            severity,
            zones: self.zones,
        };
        with_newline(serde_json::to_string_pretty(&report))
    }
}

/// Bytes of a line about two servers that are in sync.
const USUAL_LINE_LEN: usize = 2048;

/// Returns one zone as a line of `ndjson`.
pub(crate) fn line(zone: &ZoneReport) -> String {
    let mut line = Vec::with_capacity(USUAL_LINE_LEN);
    let written = serde_json::to_writer(&mut line, &ZoneLine { schema: ZONE_SCHEMA, zone });
    with_newline(written.map(|()| String::from_utf8(line).expect("JSON is text")))
}

fn with_newline(text: serde_json::Result<String>) -> String {
    let mut text = text.expect("text, numbers and lists of them can always be written as JSON");
    text.push('\n');
    text
}
