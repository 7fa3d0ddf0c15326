//! The command `config`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use crate::plan::Shard;

/// What to do with configurations.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Read a configuration, and report every error in it
    ///
    /// The files that it names are read too; no query is sent. What its zones ask for is added up, where there are more
    /// than a hundred: queries, transfers, memory and series. The exit code is 0, 1 if they ask for more than the limits
    /// allow or one process can do, or 3 if there is an error.
    Check {
        /// The configuration file
        ///
        /// Default: `/etc/zoneprobe/zoneprobe.yaml`, or `config.yaml` beside it, where only that is there.
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,

        /// Add up part K of N of the zones, from 0/N
        ///
        /// Overrides `shard` of the configuration. Default: all zones.
        #[arg(long, value_name = "K/N")]
        shard: Option<Shard>,

        /// Write the sums in FORMAT
        ///
        /// text or json; `json` has them for any number of zones.
        #[arg(short, long, value_name = "FORMAT", default_value = "text", hide_possible_values = true)]
        format: ConfigFormat,
    },
    /// Print the JSON Schema of the configuration, for editors
    Schema,
    /// Print an example with comments
    Example,
}

/// How the result of `config check` is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ConfigFormat {
    /// For people.
    Text,
    /// One JSON document.
    Json,
}
