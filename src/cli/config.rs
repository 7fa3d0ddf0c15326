//! The command `config`.

use std::path::PathBuf;

use clap::Subcommand;

/// What to do with configurations.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Read a configuration, and report every error in it
    ///
    /// The files that it names are read too; no query is sent. The exit code is 0, or 3 if there is an error.
    Check {
        /// The configuration file
        ///
        /// Default: `/etc/zoneprobe/config.yaml`.
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Print the JSON Schema of the configuration, for editors
    Schema,
    /// Print an example with comments
    Example,
}
