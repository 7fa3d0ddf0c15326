//! `zoneprobe man`: prints manual pages, or writes all of them.

use std::path::Path;

use anyhow::Context as _;

use super::console::print_stdout;
use crate::cli::{Color, ManCommand, manual_page, manual_pages};

/// Runs the command and returns its exit code.
pub(super) fn run(command: &ManCommand) -> anyhow::Result<u8> {
    match &command.directory {
        Some(directory) => write_pages(directory)?,
        None => {
            let page = manual_page(&command.command);
            let page = page
                .map_err(|unknown| anyhow::anyhow!("{unknown}\nhint: run `zoneprobe help` for the list"))?;
            print_stdout(&page.text, Color::Never)?;
        }
    }
    Ok(0)
}

fn write_pages(directory: &Path) -> anyhow::Result<()> {
    for page in manual_pages() {
        let path = directory.join(&page.file);
        std::fs::write(&path, &page.text).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    Ok(())
}
