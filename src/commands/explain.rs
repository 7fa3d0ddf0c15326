//! `zoneprobe explain`: what a verdict or finding means, offline.

use anyhow::bail;

use super::output::print;
use crate::cli::{Color, ExplainCommand};
use crate::runbook::{find, index, page};

/// Runs the command and returns its exit code.
pub(super) fn run(explain: &ExplainCommand) -> anyhow::Result<u8> {
    let text = match &explain.code {
        None => index(),
        Some(code) => match find(code) {
            Ok(code) => page(code),
            Err(unknown) => bail!("{unknown}\nhint: {}", unknown.hint()),
        },
    };
    print(&text, Color::Auto)?;
    Ok(0)
}
