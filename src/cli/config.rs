//! The commands about the configuration file.

use std::path::PathBuf;

use clap::Subcommand;

/// What to do about configurations.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Read a configuration and all files it names, and tell everything that is wrong
    ///
    /// Nobody is asked anything. The exit code is 0, or 3 if anything is wrong.
    Check {
        /// The configuration; `/etc/zoneprobe/config.yaml` if not given
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Print the JSON Schema of the configuration, for editors
    Schema,
    /// Print an example with comments
    Example,
}
