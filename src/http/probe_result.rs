//! The result of a probe, and how it is rendered.

use std::time::{Duration, SystemTime};

use hyper::body::Bytes;

use crate::dns::duration_text;
use crate::report::model::{ZONE_SCHEMA, ZoneLine};
use crate::report::{Format, RenderOptions, ReportWriter, RunScope, RunSummary, ZoneReport, rfc3339};

/// The result of a check.
#[derive(Debug)]
pub(super) struct ProbeResult {
    pub(super) report: ZoneReport,
    /// When the check ended.
    pub(super) ended_at: SystemTime,
    pub(super) took: Duration,
    /// Whether the monitor had a history of the zone.
    pub(super) has_history: bool,
    /// What the operator calls the place that zones are checked from.
    pub(super) vantage: Option<String>,
}

impl ProbeResult {
    fn render(&self, format: Format) -> String {
        let options = RenderOptions { width: 120, quiet: false, scope: RunScope::OneZone };
        let mut writer = ReportWriter::new(format, options).at(self.vantage.clone());
        let mut text = writer.zone(&self.report);
        text.push_str(&writer.end(RunSummary::new(self.ended_at, self.took)));
        text
    }

    pub(super) fn exposition(&self) -> Bytes {
        format!("# {}\n{}", self.note(), self.render(Format::Prometheus)).into()
    }

    /// What the check was based on.
    fn note(&self) -> &'static str {
        if self.has_history {
            "One check now, with the history of the zone."
        } else {
            "One check now, without any history: it cannot tell stuck from behind."
        }
    }

    /// Every response, for people.
    pub(super) fn debug(&self) -> Bytes {
        let table = anstream::adapter::strip_str(&self.render(Format::Table)).to_string();
        let vantage = self.vantage.as_deref();
        let line = ZoneLine { schema: ZONE_SCHEMA, zone: &self.report, vantage };
        let json = serde_json::to_string_pretty(&line).unwrap_or_default();
        let (ended_at, took) = (rfc3339(self.ended_at), duration_text(self.took));
        format!(
            "{}\n\
             It ended at {ended_at} and took {took}.\n\n{table}\nWhat each address answered:\n\n{json}\n",
            self.note()
        )
        .into()
    }
}
