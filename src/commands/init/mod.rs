//! `zoneprobe init`: a configuration for a zone, from what its servers answer.

mod ask;
mod facts;
mod notes;
#[cfg(test)]
mod tests;
mod yaml;

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};

use self::ask::Questioner;
use self::notes::{notes, summary};
use self::yaml::configuration;
use super::console::{print_message, print_stdout};
use crate::blocking;
use crate::cli::{Color, InitCommand};
use crate::config;

/// The exit codes: some server answers for the zone, and none does.
const FOUND: u8 = 0;
const NOTHING_FOUND: u8 = 1;

/// Runs the command and returns its exit code.
pub(super) async fn run(command: InitCommand) -> anyhow::Result<u8> {
    let InitCommand { zone, output, servers } = command;
    if let Some(path) = output.as_deref().filter(|path| path.symlink_metadata().is_ok()) {
        bail!("{}", already_there(path));
    }
    let Some(zone) = zone else {
        write(config::EXAMPLE, output.as_deref())?;
        print_message("hint: `zoneprobe init ZONE` writes a configuration with the servers of your zone\n");
        return Ok(FOUND);
    };
    // A file with keys may be a pipe, which waits for its writer.
    let questioner = blocking::run(move || Questioner::new(zone, servers)).await?;
    let facts = questioner.ask_all().await?;
    write(&configuration(&facts), output.as_deref())?;
    let file = output.as_deref().map_or_else(|| "FILE".to_owned(), |path| path.display().to_string());
    let mut text = format!("{}: {}\n", facts.zone, summary(&facts));
    text.extend(notes(&facts).iter().map(|note| format!("to change: {note}\n")));
    text += &format!("next: zoneprobe check -c {file}\n");
    print_message(&text);
    Ok(if facts.has_answers() { FOUND } else { NOTHING_FOUND })
}

/// Writes the configuration, never over a file that is there.
fn write(text: &str, path: Option<&Path>) -> anyhow::Result<()> {
    let Some(path) = path else { return print_stdout(text, Color::Never) };
    let opened = OpenOptions::new().write(true).create_new(true).open(path);
    let written = opened.and_then(|mut file| file.write_all(text.as_bytes()));
    match written {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => bail!("{}", already_there(path)),
        written => written.with_context(|| format!("cannot write `{}`", path.display())),
    }
}

fn already_there(path: &Path) -> String {
    let path = path.display();
    format!(
        "`{path}` is there already, and is left as it is\nhint: name another file, or none for standard output"
    )
}
