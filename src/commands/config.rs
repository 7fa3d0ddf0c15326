//! `zoneprobe config`: check a configuration, print its schema, or print an example.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use serde_json::json;
use zeroize::Zeroizing;

use super::console::{print_message, print_stdout};
use super::list_lines::LineReader;
use super::rlimit::max_open_files;
use super::workload::{Shortfall, Workload};
use super::{keys, text, tls};
use crate::cli::{Color, ConfigCommand, ConfigFormat};
use crate::config::{self, Config, ConfigError, ListLines, NoFiles, ReferencedFile, ReferencedFiles};
use crate::http::AccessFile;
use crate::net::TlsClients;
use crate::plan::Shard;

/// The configurations that are read where none is named: the first that is there.
const DEFAULT_PATHS: [&str; 2] = ["/etc/zoneprobe/zoneprobe.yaml", "/etc/zoneprobe/config.yaml"];

/// Runs the command and returns its exit code.
pub(super) fn run(command: ConfigCommand) -> anyhow::Result<u8> {
    match command {
        ConfigCommand::Check { file, shard, format } => {
            return check(&named_or_default(file), shard, format);
        }
        ConfigCommand::Schema => {
            let schema =
                serde_json::to_string_pretty(&config::schema()).context("cannot write the schema")?;
            print_stdout(&format!("{schema}\n"), Color::Never)?;
        }
        ConfigCommand::Example => print_stdout(config::EXAMPLE, Color::Never)?,
    }
    Ok(0)
}

/// The configuration that is named, or that of the system; where there is none, an error names the first.
pub(super) fn named_or_default(named: Option<PathBuf>) -> PathBuf {
    let there = || DEFAULT_PATHS.map(PathBuf::from).into_iter().find(|path| path.exists());
    named.or_else(there).unwrap_or_else(|| PathBuf::from(DEFAULT_PATHS[0]))
}

/// Prints what a configuration has, and what its zones ask for, and returns the exit code.
fn check(path: &Path, shard: Option<Shard>, format: ConfigFormat) -> anyhow::Result<u8> {
    let mut config = load(path)?;
    load_tls(&config)?;
    let access = load_access(path, &config)?;
    config.shard = shard.or(config.shard);
    let (file, zones) = (path.display(), config.zones.len());
    let mut text = summary(path, &config);
    if let Some((web_config, summary)) = access.summary() {
        text += &format!("{file}: web configuration `{}`: {summary}\n", web_config.display());
    }
    if let Some(shard) = config.shard {
        config.keep_shard();
        text += &format!("{file}: shard {shard}: {} of {}\n", config.zones.len(), count(zones, "zone"));
    }
    let workload = Workload::new(&config);
    let shortfalls = workload.shortfalls(max_open_files());
    match format {
        ConfigFormat::Text => {
            if workload.is_large() || !shortfalls.is_empty() {
                text.extend(workload.lines().iter().map(|line| format!("{file}: {line}\n")));
            }
        }
        ConfigFormat::Json => {
            let document = json!({
                "schema": "zoneprobe/config/1",
                "file": file.to_string(),
                "zones": zones,
                "servers": config.servers,
                "catalogs": config.catalogs.len(),
                "shard": config.shard.map(|shard| shard.to_string()),
                "sums": workload.json(),
                "warnings": shortfalls.iter().map(Shortfall::json).collect::<Vec<_>>(),
            });
            text = format!("{document:#}\n");
        }
    }
    print_stdout(&text, Color::Never)?;
    for Shortfall { message, .. } in &shortfalls {
        print_message(&format!("warning: {file}: {message}\n"));
    }
    for warning in access.warnings() {
        print_message(&format!("warning: {warning}\n"));
    }
    // The exit code of a warning.
    Ok(u8::from(!shortfalls.is_empty()))
}

/// What a configuration has: numbers, and a line for each catalog.
fn summary(path: &Path, config: &Config) -> String {
    let Config { zones, servers, catalogs, .. } = config;
    let file = path.display();
    let mut text = format!("{file}: {}, {}", count(zones.len(), "zone"), count(*servers, "server"));
    if !catalogs.is_empty() {
        text += &format!(", {}", count(catalogs.len(), "catalog"));
    }
    text += "\n";
    for catalog in catalogs {
        let (zone, servers) = (catalog.zone.without_final_dot(), &catalog.settings.zone.servers.servers);
        let names: BTreeSet<&str> = servers.iter().map(|(_, server)| server.name.as_str()).collect();
        text += &format!(
            "{file}: catalog `{zone}`: its members, at most {}, are read from {} when it is checked\n",
            catalog.max_members(),
            count(names.len(), "server")
        );
    }
    text
}

/// Reads a configuration; the error lists every mistake in it.
pub(super) fn load(path: &Path) -> anyhow::Result<Config> {
    read(path)?.map_err(|errors| list_errors(&errors))
}

/// Reads the files of TLS that a configuration names.
pub(super) fn load_tls(config: &Config) -> anyhow::Result<Arc<TlsClients>> {
    tls::load(config.zone_settings()).context("cannot use the configuration")
}

/// Reads the web configuration that a configuration names; warns if everybody can read the private key.
pub(super) fn load_access(path: &Path, config: &Config) -> anyhow::Result<AccessFile> {
    let Some(web_config) = &config.http.web_config else { return Ok(AccessFile::default()) };
    let access = AccessFile::load(&relative_to(path, web_config))?;
    if let Some(key) = access.secret_file() {
        keys::warn_if_exposed(&File::open(key)?, key)?;
    }
    Ok(access)
}

/// A path in a configuration, which is relative to the folder of that.
pub(super) fn relative_to(config: &Path, path: &str) -> PathBuf {
    config.parent().unwrap_or(Path::new("")).join(path)
}

/// Parses a configuration that names no files.
pub(super) fn parse(text: &str) -> anyhow::Result<Config> {
    config::read("configuration", text, &mut NoFiles).map_err(|errors| list_errors(&errors))
}

/// An error that lists all of these.
fn list_errors(errors: &[ConfigError]) -> anyhow::Error {
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    anyhow::anyhow!("cannot read the configuration\n{}", errors.join("\n"))
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// Reads a configuration and the files that it names, whose paths are relative to its folder.
fn read(path: &Path) -> anyhow::Result<Result<Config, Vec<ConfigError>>> {
    let file = path.display();
    let text = read_text(path, None).with_context(|| format!("cannot read the configuration `{file}`"))?;
    let mut files = FilesOfFolder(path.parent().unwrap_or(Path::new("")));
    Ok(config::read(&file.to_string(), &text, &mut files))
}

/// The files that a configuration in this folder names.
struct FilesOfFolder<'p>(&'p Path);

impl ReferencedFiles for FilesOfFolder<'_> {
    fn read(&mut self, file: ReferencedFile, path: &str) -> Result<Zeroizing<String>, String> {
        let path = self.0.join(path);
        match file {
            ReferencedFile::TsigKeys | ReferencedFile::DsRecords | ReferencedFile::ApiKey => {
                read_text(&path, Some(file)).map_err(|error| format!("{error:#}"))
            }
            ReferencedFile::TlsRoots | ReferencedFile::TlsCertificate | ReferencedFile::TlsKey => {
                tls::check(file, &path).map(Zeroizing::new)
            }
        }
    }

    fn open_list(&mut self, path: &str) -> Result<Box<dyn ListLines>, String> {
        let lines = LineReader::open(&self.0.join(path)).map_err(|error| error.to_string())?;
        Ok(Box::new(lines))
    }
}

/// Reads the text of a file.
fn read_text(path: &Path, kind: Option<ReferencedFile>) -> anyhow::Result<Zeroizing<String>> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory).into());
    }
    if matches!(kind, Some(ReferencedFile::TsigKeys | ReferencedFile::ApiKey)) {
        keys::warn_if_exposed(&file, path)?;
    }
    text::read(file, config::MAX_FILE_BYTES)
}
