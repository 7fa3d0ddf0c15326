//! `zoneprobe explain`: what a verdict or finding means, offline.

use anyhow::bail;

use super::console::print_stdout;
use crate::cli::{Color, ExplainCommand};
use crate::runbook::{find, index, page};

/// Runs the command and returns its exit code.
pub(super) fn run(command: &ExplainCommand) -> anyhow::Result<u8> {
    let text = match &command.code {
        None => index(),
        Some(code) => match find(code) {
            Ok(code) => page(code),
            Err(unknown) => bail!("{unknown}\nhint: {}", unknown.hint()),
        },
    };
    print_stdout(&text, Color::Auto)?;
    Ok(0)
}
