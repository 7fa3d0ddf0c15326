//! The command `explain`.

use clap::Args;

/// The arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainCommand {
    /// A verdict, or the code of a finding
    ///
    /// Default: list them all.
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}
