//! The command `completions`.

use clap::Args;
use clap_complete::Shell;

/// The arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsCommand {
    /// The shell
    ///
    /// bash, elvish, fish, powershell or zsh.
    #[arg(value_name = "SHELL", hide_possible_values = true)]
    pub shell: Shell,
}
