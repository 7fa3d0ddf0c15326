//! The command `man`.

use std::path::PathBuf;

use clap::Args;

/// The arguments of `man`.
#[derive(Debug, Args)]
pub struct ManCommand {
    /// The command whose page is printed
    ///
    /// As it is typed, such as `config check`. Default: the page of the program.
    #[arg(value_name = "COMMAND", conflicts_with = "directory")]
    pub command: Vec<String>,

    /// Write the pages of all commands into DIR
    ///
    /// For those who make packages. The folder must exist. Default: one page is printed.
    #[arg(long, value_name = "DIR")]
    pub directory: Option<PathBuf>,
}
