//! The formats that a report is written in.

use std::fmt;

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
