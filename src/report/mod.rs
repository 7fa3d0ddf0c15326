//! The same report in every format.
//!
//! In: the [`ZoneReport`]s of a run, one by one, and what is known of the [`RunSummary`] at its end. Out:
//! text. It never judges, and never prints: who calls it decides where the text goes.

mod build;
mod counts;
pub(crate) mod formats;
pub mod model;
mod snapshot;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod text;

use std::fmt;

pub use build::{seconds, time, zone_report};
pub use counts::ZoneCounts;
pub use formats::prometheus::{ExpositionDetail, exposition, series};
pub use model::schema::schema;
pub use model::{Probe, Report, ZoneReport};
pub use snapshot::{ServerSnapshot, ZoneSnapshot};

use formats::github::Github;
use formats::json::Json;
use formats::junit::Junit;
use formats::markdown::Markdown;
use formats::nagios::Nagios;
use formats::prometheus::Prometheus;
use formats::table::Table;

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people, on a terminal.
    #[default]
    Table,
    /// One JSON document for all zones, at the end.
    Json,
    /// One line of JSON for each zone, as it is done.
    Ndjson,
    /// As monitoring plugins speak: a status line with performance data, then more text.
    Nagios,
    /// `JUnit` XML: a suite for each zone, a case for each address.
    Junit,
    /// Markdown, for the summary of a job.
    Markdown,
    /// Workflow commands of GitHub Actions, ten of each level at most.
    Github,
    /// The text that Prometheus reads, as for node exporter's textfile collector.
    Prometheus,
}

impl Format {
    /// Returns its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Nagios => "nagios",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
            Self::Github => "github",
            Self::Prometheus => "prometheus",
        }
    }

    /// Returns whether it may hold the control sequences of terminals.
    pub fn is_styled(self) -> bool {
        match self {
            Self::Table => true,
            Self::Json
            | Self::Ndjson
            | Self::Nagios
            | Self::Junit
            | Self::Markdown
            | Self::Github
            | Self::Prometheus => false,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

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
            Form::Ndjson => formats::json::line(zone),
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
