//! `zoneprobe config`: read a configuration and say what is wrong with it; its schema; an example.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use zeroize::Zeroizing;

use super::keys;
use super::output::print;
use crate::cli::{Color, ConfigCommand};
use crate::config::{self, Config, ReferencedFile};

/// The file that is read when none is named.
const USUAL: &str = "/etc/zoneprobe/config.yaml";

/// Runs the command and returns its exit code.
pub(super) fn run(command: ConfigCommand) -> anyhow::Result<u8> {
    match command {
        ConfigCommand::Check { file } => return check(file.as_deref().unwrap_or(Path::new(USUAL))),
        ConfigCommand::Schema => {
            let schema =
                serde_json::to_string_pretty(&config::schema()).context("cannot write the schema")?;
            print(&format!("{schema}\n"), Color::Never)?;
        }
        ConfigCommand::Example => print(config::EXAMPLE, Color::Never)?,
    }
    Ok(0)
}

fn check(path: &Path) -> anyhow::Result<u8> {
    let Config { zones, servers, .. } = load(path)?;
    let shown = path.display();
    let text = format!("{shown}: {}, {}\n", counted(zones.len(), "zone"), counted(servers, "server"));
    print(&text, Color::Never)?;
    Ok(0)
}

/// Returns a configuration; an error tells every mistake in it.
pub(super) fn load(path: &Path) -> anyhow::Result<Config> {
    read(path)?.map_err(|mistakes| all(&mistakes))
}

/// Returns what a text configures that names no files.
pub(super) fn of_text(text: &str) -> anyhow::Result<Config> {
    let mut no_files = |_, _: &str| Err("there are no files beside this configuration".to_owned());
    config::read("configuration", text, &mut no_files).map_err(|mistakes| all(&mistakes))
}

/// An error that tells every mistake.
fn all(mistakes: &[config::ConfigError]) -> anyhow::Error {
    let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    anyhow::anyhow!("cannot read the configuration\n{}", told.join("\n"))
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Reads a configuration and the files that it names; their paths are taken from its folder.
fn read(path: &Path) -> anyhow::Result<Result<Config, Vec<config::ConfigError>>> {
    let shown = path.display();
    let text = text_of(path, None).with_context(|| format!("cannot read the configuration `{shown}`"))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut files =
        |kind, named: &str| text_of(&folder.join(named), Some(kind)).map_err(|error| format!("{error:#}"));
    Ok(config::read(&shown.to_string(), &text, &mut files))
}

/// Returns the text of a file.
fn text_of(path: &Path, kind: Option<ReferencedFile>) -> anyhow::Result<Zeroizing<String>> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory).into());
    }
    if kind == Some(ReferencedFile::TsigKeys) {
        keys::warn_if_exposed(&file, path)?;
    }
    let mut octets = Zeroizing::new(Vec::new());
    file.take(config::MAX_FILE_BYTES + 1).read_to_end(&mut octets)?;
    if octets.len() as u64 > config::MAX_FILE_BYTES {
        bail!("it has more than {} bytes", config::MAX_FILE_BYTES);
    }
    match std::str::from_utf8(&octets) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(error) => bail!("it is not UTF-8: see byte {}", error.valid_up_to() + 1),
    }
}
