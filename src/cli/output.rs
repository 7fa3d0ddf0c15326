//! The options for what is printed, and where.

use clap::Args;

use super::values::{Color, FailOn, ReportFile};
use crate::plan::parse_vantage;
use crate::report::Format;

/// What to print, and where.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Format of the report
    ///
    /// table, json, ndjson (one line per zone), nagios, junit, markdown, github or prometheus.
    #[arg(short, long, value_name = "FORMAT", default_value = "table", hide_possible_values = true)]
    pub format: Format,

    /// Write the report to a file too
    ///
    /// As in `json=report.json`, with any of the formats of --format. May be repeated. Default: it goes to standard
    /// output alone.
    #[arg(long, value_name = "FORMAT=FILE")]
    pub report: Vec<ReportFile>,

    /// Where zones are checked from, for the report
    ///
    /// `probe.vantage` in json, `vantage` in each line of ndjson. Default: `vantage` of the configuration.
    #[arg(long, value_name = "NAME", value_parser = parse_vantage)]
    pub vantage: Option<String>,

    /// Lowest severity that fails
    ///
    /// Below it, the exit code is 0. In order: warning, unknown, critical. With never, it is 0 whatever was found, and
    /// 3 where zones could not be read or answers not be written.
    #[arg(long, value_name = "SEVERITY", default_value = "warning", hide_possible_values = true)]
    pub fail_on: FailOn,

    /// When to use colour
    ///
    /// auto, always or never. With `auto`, on a terminal, unless `NO_COLOR` is set.
    #[arg(long, value_name = "WHEN", default_value = "auto", hide_possible_values = true)]
    pub color: Color,

    /// Leave out of the table what is in order
    #[arg(short, long)]
    pub quiet: bool,

    /// Log queries; twice: responses too
    ///
    /// The log is on standard error.
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
}
