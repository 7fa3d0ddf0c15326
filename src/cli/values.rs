//! The values of options, parsed from the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::plan::{Compare, Grace, MaxLag, ParseDurationError, ReadBy, SignatureComparison, parse_duration};
use crate::report::Format;

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Table => "For people, on a terminal",
            Self::Json => "One JSON document for all zones, at the end of the run",
            Self::Ndjson => "One line of JSON for each zone, as soon as it is checked",
            Self::Nagios => {
                "The output of a monitoring plugin: a status line with performance data, then more text"
            }
            Self::Junit => "JUnit XML: a test suite for each zone, a test case for each address",
            Self::Markdown => "Markdown, for the summary of a CI job",
            Self::Github => "Workflow commands of GitHub Actions, at most ten of each level",
            Self::Prometheus => {
                "The text format of Prometheus, as for the textfile collector of the node exporter"
            }
        };
        Some(PossibleValue::new(self.name()).help(help))
    }
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// An object of JSON a line.
    Json,
    /// `key=value` pairs, a line each.
    Logfmt,
}

/// The lowest severity that makes the exit code other than 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Critical only.
    Critical,
    /// Critical and unknown.
    Unknown,
    /// Critical, unknown and warning.
    Warning,
    /// None; only that the program cannot do its work.
    Never,
}

/// How much of each copy is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompareArg {
    /// The SOA alone.
    Serials,
    /// Every record.
    Records,
}

impl From<CompareArg> for Compare {
    fn from(argument: CompareArg) -> Self {
        match argument {
            CompareArg::Serials => Self::Serials,
            CompareArg::Records => Self::Records,
        }
    }
}

/// How records are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ByArg {
    /// By transfer, or by queries where that is refused.
    Auto,
    /// By transfer only.
    Transfer,
    /// By queries.
    Query,
}

impl From<ByArg> for ReadBy {
    fn from(argument: ByArg) -> Self {
        match argument {
            ByArg::Auto => Self::Auto,
            ByArg::Transfer => Self::Transfer,
            ByArg::Query => Self::Query,
        }
    }
}

/// How signatures and proofs are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SignatureArg {
    /// A signature counts as what it covers and who made it, whatever its bytes and times.
    Meaning,
    /// A signature counts as its bytes.
    Bytes,
    /// Nothing that a signer makes counts.
    Ignore,
}

impl From<SignatureArg> for SignatureComparison {
    fn from(argument: SignatureArg) -> Self {
        match argument {
            SignatureArg::Meaning => Self::Semantic,
            SignatureArg::Bytes => Self::Exact,
            SignatureArg::Ignore => Self::Ignore,
        }
    }
}

/// The time for a secondary to catch up: `auto`, or a duration.
#[derive(Clone, Copy, Debug)]
pub struct GraceArg(pub Grace);

impl std::str::FromStr for GraceArg {
    type Err = ParseDurationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        auto_or_duration(text, Grace::Auto, Grace::Fixed).map(Self)
    }
}

/// The longest lag that is accepted: `auto`, or a duration.
#[derive(Clone, Copy, Debug)]
pub struct MaxLagArg(pub MaxLag);

impl std::str::FromStr for MaxLagArg {
    type Err = ParseDurationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        auto_or_duration(text, MaxLag::Auto, MaxLag::Fixed).map(Self)
    }
}

fn auto_or_duration<T>(
    text: &str,
    auto: T,
    fixed: impl FnOnce(Duration) -> T,
) -> Result<T, ParseDurationError> {
    if text == "auto" { Ok(auto) } else { parse_duration(text).map(fixed) }
}

/// A format and the file to write it to.
#[derive(Clone, Debug)]
pub struct ReportFile {
    /// The format.
    pub format: Format,
    /// The file.
    pub path: PathBuf,
}

impl std::str::FromStr for ReportFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = text.split_once('=').ok_or("write FORMAT=FILE, as in json=report.json")?;
        let format = Format::from_str(format, true).map_err(|_| {
            let known: Vec<&str> = Format::value_variants().iter().map(|format| format.name()).collect();
            format!("`{}` is not a format; write one of {}", format.escape_debug(), known.join(", "))
        })?;
        if path.is_empty() {
            return Err("no file is given; write FORMAT=FILE, as in json=report.json".to_owned());
        }
        Ok(Self { format, path: path.into() })
    }
}
