//! Turns the zones of a run into text of one format.

use super::counts::ZoneCounts;
use super::format::Format;
use super::formats::github::Github;
use super::formats::json::{self, Json};
use super::formats::junit::Junit;
use super::formats::markdown::Markdown;
use super::formats::nagios::Nagios;
use super::formats::prometheus::Prometheus;
use super::formats::table::Table;
use super::model::{Probe, ZoneReport};

/// How many zones a run was asked to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunScope {
    /// Exactly one, which is then told in full.
    OneZone,
    /// Several, or nobody knows yet how many.
    ManyZones,
}

/// What the reader wants to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenderOptions {
    /// Columns of the terminal; what is written for people is 60 to 120 wide.
    pub width: usize,
    /// Whether to say nothing, to people, of zones that are ok.
    pub quiet: bool,
    /// How many zones there are.
    pub scope: RunScope,
}

/// What is known of a run when it ends.
#[derive(Clone, Debug)]
pub struct RunSummary {
    /// When it ended, RFC 3339.
    pub generated_at: String,
    /// How long it took.
    pub duration_seconds: f64,
    /// Who checked.
    pub probe: Probe,
}

/// Turns zones into text, each as it is done.
#[derive(Debug)]
pub struct ReportWriter {
    tally: ZoneCounts,
    form: Form,
}

/// What each format must keep until the end.
#[derive(Debug)]
enum Form {
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
    /// A writer that has seen no zone yet.
    pub fn new(format: Format, view: RenderOptions) -> Self {
        let form = match format {
            Format::Table => Form::Table(Table::new(view)),
            Format::Json => Form::Json(Json::default()),
            Format::Ndjson => Form::Ndjson,
            Format::Nagios => Form::Nagios(Nagios::new(view.scope)),
            Format::Junit => Form::Junit(Junit::default()),
            Format::Markdown => Form::Markdown(Markdown::new(view)),
            Format::Github => Form::Github(Github::new(view.scope)),
            Format::Prometheus => Form::Prometheus(Box::default()),
        };
        Self { tally: ZoneCounts::default(), form }
    }

    /// Takes in a zone, and returns what is to be printed at once; empty where all comes at the end.
    pub fn zone(&mut self, zone: &ZoneReport) -> String {
        self.tally.add(zone);
        match &mut self.form {
            Form::Table(table) => table.zone(zone),
            Form::Json(json) => json.zone(zone),
            Form::Ndjson => json::line(zone),
            Form::Nagios(nagios) => nagios.zone(zone),
            Form::Junit(junit) => junit.zone(zone),
            Form::Markdown(markdown) => markdown.zone(zone),
            Form::Github(github) => github.zone(zone),
            Form::Prometheus(prometheus) => prometheus.zone(zone),
        }
    }

    /// Returns what is to be printed after the last zone.
    pub fn end(self, run: RunSummary) -> String {
        match self.form {
            Form::Table(table) => table.end(&run, &self.tally),
            Form::Json(json) => json.end(run, &self.tally),
            Form::Ndjson => String::new(),
            Form::Nagios(nagios) => nagios.end(&run, &self.tally),
            Form::Junit(junit) => junit.end(&run),
            Form::Markdown(markdown) => markdown.end(&run, &self.tally),
            Form::Github(github) => github.end(&run, &self.tally),
            Form::Prometheus(prometheus) => prometheus.end(&run, &self.tally),
        }
    }

    /// Returns how many zones there were of each kind; its severity decides the exit code.
    pub fn tally(&self) -> &ZoneCounts {
        &self.tally
    }
}
