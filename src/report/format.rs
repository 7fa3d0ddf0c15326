//! The formats that a report is written in.

use std::fmt;

/// The format of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people, on a terminal.
    #[default]
    Table,
    /// One JSON document for all zones, at the end of the run.
    Json,
    /// One line of JSON for each zone, as soon as it is checked.
    Ndjson,
    /// The output of a monitoring plugin: a status line with performance data, then more text.
    Nagios,
    /// `JUnit` XML: a test suite for each zone, a test case for each address.
    Junit,
    /// Markdown, for the summary of a CI job.
    Markdown,
    /// Workflow commands of GitHub Actions, at most ten of each level.
    Github,
    /// The text format of Prometheus, as for the textfile collector of the node exporter.
    Prometheus,
}

impl Format {
    /// All formats, in the order of the documentation.
    pub const ALL: [Self; 8] = [
        Self::Table,
        Self::Json,
        Self::Ndjson,
        Self::Nagios,
        Self::Junit,
        Self::Markdown,
        Self::Github,
        Self::Prometheus,
    ];

    /// The name of the format on the command line.
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

    /// Whether the text may contain control sequences for a terminal.
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
