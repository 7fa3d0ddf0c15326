//! `zoneprobe health`: asks a running `serve` whether it is alive.

use anyhow::{Context as _, bail};

use super::console::print_stdout;
use crate::cli::{Color, HealthCommand};
use crate::http::ask_health;

/// Runs the command and returns its exit code.
pub(super) fn run(command: &HealthCommand) -> anyhow::Result<u8> {
    let address = command.address;
    let status = ask_health(address).with_context(|| format!("no answer from `{address}`"))?;
    // An answer that asks for a password, or for TLS, is one of a server that is alive.
    if status >= 500 {
        bail!("`{address}` answers with status {status}");
    }
    print_stdout("ok\n", Color::Never)?;
    Ok(0)
}
