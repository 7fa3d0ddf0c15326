//! Renders the zones of a run in one format.

use super::counts::ZoneCounts;
use super::format::Format;
use super::formats::github::Github;
use super::formats::json::{self, Json};
use super::formats::junit::Junit;
use super::formats::markdown::Markdown;
use super::formats::nagios::Nagios;
use super::formats::prometheus::Prometheus;
use super::formats::table::Table;
use super::model::{UnreadLine, ZoneReport};
use super::run::{RenderOptions, RunSummary};

/// Renders the zones of a run, each as soon as its check has ended.
#[derive(Debug)]
pub struct ReportWriter {
    counts: ZoneCounts,
    format: FormatWriter,
    /// The place that the zones are checked from, as the operator calls it.
    vantage: Option<String>,
}

/// What each format keeps until the end of the run.
#[derive(Debug)]
enum FormatWriter {
    Table(Table),
    Json(Json),
    Ndjson,
    Nagios(Nagios),
    Junit(Junit),
    Markdown(Markdown),
    Github(Github),
    Prometheus(Box<Prometheus>),
}

impl ReportWriter {
    /// A writer without any zone.
    pub fn new(format: Format, options: RenderOptions) -> Self {
        let format = match format {
            Format::Table => FormatWriter::Table(Table::new(options)),
            Format::Json => FormatWriter::Json(Json::default()),
            Format::Ndjson => FormatWriter::Ndjson,
            Format::Nagios => FormatWriter::Nagios(Nagios::new(options.scope)),
            Format::Junit => FormatWriter::Junit(Junit::default()),
            Format::Markdown => FormatWriter::Markdown(Markdown::new(options)),
            Format::Github => FormatWriter::Github(Github::new(options.scope)),
            Format::Prometheus => FormatWriter::Prometheus(Box::default()),
        };
        Self { counts: ZoneCounts::default(), format, vantage: None }
    }

    /// Names the place that the zones are checked from.
    #[must_use]
    pub fn at(self, vantage: Option<String>) -> Self {
        Self { vantage, ..self }
    }

    /// Names the place that the zones are checked from, unless it has a name already.
    pub fn set_default_vantage(&mut self, vantage: &str) {
        self.vantage.get_or_insert_with(|| vantage.to_owned());
    }

    /// Adds a zone, and returns the text to print at once; empty for formats that print at the end.
    pub fn zone(&mut self, zone: &ZoneReport) -> String {
        self.counts.add(zone);
        match &mut self.format {
            FormatWriter::Table(table) => table.zone(zone),
            FormatWriter::Json(json) => json.zone(zone),
            FormatWriter::Ndjson => json::line(zone, self.vantage.as_deref()),
            FormatWriter::Nagios(nagios) => nagios.zone(zone),
            FormatWriter::Junit(junit) => junit.zone(zone, self.vantage.as_deref()),
            FormatWriter::Markdown(markdown) => markdown.zone(zone),
            FormatWriter::Github(github) => github.zone(zone),
            FormatWriter::Prometheus(prometheus) => prometheus.zone(zone),
        }
    }

    /// Adds a line of a list that cannot be read, and returns the text to print at once.
    pub fn unread(&mut self, line: &UnreadLine) -> String {
        self.counts.unread += 1;
        match &mut self.format {
            FormatWriter::Table(table) => table.unread(line),
            FormatWriter::Json(json) => json.unread(line),
            FormatWriter::Ndjson => json::unread_line(line, self.vantage.as_deref()),
            FormatWriter::Nagios(nagios) => nagios.unread(line),
            FormatWriter::Junit(junit) => junit.unread(line, self.vantage.as_deref()),
            FormatWriter::Markdown(markdown) => markdown.unread(line),
            FormatWriter::Github(github) => github.unread(line),
            // Their number is written at the end.
            FormatWriter::Prometheus(_) => String::new(),
        }
    }

    /// Notes that all zones of a list were added, so that it is no failure if there is none.
    pub fn end_list(&mut self) {
        self.counts.is_list_read = true;
    }

    /// Adds why the run ends early, or what it could not read, to formats for programs; returns the text to print at once.
    pub fn error(&mut self, error: &str) -> String {
        match &mut self.format {
            FormatWriter::Json(json) => json.error(error),
            FormatWriter::Ndjson => return json::error_line(error, self.vantage.as_deref()),
            FormatWriter::Table(_)
            | FormatWriter::Nagios(_)
            | FormatWriter::Junit(_)
            | FormatWriter::Markdown(_)
            | FormatWriter::Github(_)
            | FormatWriter::Prometheus(_) => {}
        }
        String::new()
    }

    /// Returns the text to print after the last zone of a run that ended early; empty unless the format is JSON.
    pub fn end_early(self, run: RunSummary) -> String {
        if matches!(self.format, FormatWriter::Json(_)) { self.end(run) } else { String::new() }
    }

    /// Returns the text to print after the last zone.
    pub fn end(self, mut run: RunSummary) -> String {
        run.probe.vantage = self.vantage;
        let counts = &self.counts;
        match self.format {
            FormatWriter::Table(table) => table.end(&run, counts),
            FormatWriter::Json(json) => json.end(run, counts),
            FormatWriter::Ndjson => String::new(),
            FormatWriter::Nagios(nagios) => nagios.end(&run, counts),
            FormatWriter::Junit(junit) => junit.end(&run),
            FormatWriter::Markdown(markdown) => markdown.end(&run, counts),
            FormatWriter::Github(github) => github.end(&run, counts),
            FormatWriter::Prometheus(prometheus) => prometheus.end(&run, counts),
        }
    }

    /// The zones so far by verdict and severity; the worst severity decides the exit code.
    pub fn counts(&self) -> &ZoneCounts {
        &self.counts
    }
}
