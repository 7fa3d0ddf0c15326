//! For programs: one document for all zones, or one line for each.

use crate::report::model::{REPORT_SCHEMA, Report, ZONE_SCHEMA, ZoneLine, ZoneReport};
use crate::report::{RunSummary, ZoneCounts};

/// All zones in one document.
#[derive(Debug, Default)]
pub(crate) struct Json {
    zones: Vec<ZoneReport>,
}

impl Json {
    /// Keeps a zone for the document.
    pub(crate) fn zone(&mut self, zone: &ZoneReport) -> String {
        self.zones.push(zone.clone());
        String::new()
    }

    /// Returns the document.
    pub(crate) fn end(self, run: RunSummary, tally: &ZoneCounts) -> String {
        let RunSummary { generated_at, duration_seconds, probe } = run;
        let (verdict, severity) = (tally.verdict(), tally.severity());
        let report = Report {
            schema: REPORT_SCHEMA,
            generated_at,
            duration_seconds,
            probe,
            verdict,
            severity,
            zones: self.zones,
        };
        ended(serde_json::to_string_pretty(&report))
    }
}

/// Octets of a line about two servers that are in sync.
const LINE: usize = 2048;

/// Returns one zone as a line of its own.
pub(crate) fn line(zone: &ZoneReport) -> String {
    let mut line = Vec::with_capacity(LINE);
    let written = serde_json::to_writer(&mut line, &ZoneLine { schema: ZONE_SCHEMA, zone });
    ended(written.map(|()| String::from_utf8(line).expect("JSON is text")))
}

fn ended(text: serde_json::Result<String>) -> String {
    let mut text = text.expect("text, numbers and lists of them can always be written as JSON");
    text.push('\n');
    text
}
