//! `zoneprobe completions`: prints the script that completes the command line in a shell.

use super::console::print_stdout;
use crate::cli::{Color, CompletionsCommand, completion_script};

/// Runs the command and returns its exit code.
pub(super) fn run(command: &CompletionsCommand) -> anyhow::Result<u8> {
    print_stdout(&completion_script(command.shell), Color::Never)?;
    Ok(0)
}
