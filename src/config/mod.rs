//! The configuration file: which zones and servers there are, and how they are checked.
//!
//! In: the text of the file, and a function that reads the files it names. Out: a [`Config`] with every
//! default filled in, or every error with its place. It opens no file and sends no query.
//!
//! | key | is read by | and takes effect as |
//! |---|---|---|
//! | settings of `probe`, groups and zones | `settings.rs` | [`MonitorSettings`] of each zone |
//! | limits of `probe` | `limits.rs` | [`Config::limits`] |
//! | `servers` | `servers.rs` | [`ServerSelection`](crate::plan::ServerSelection) of each zone |
//! | `tsig_keys` | `tsig.rs` | [`Config::keys`], and the key of each server |
//! | `zones`, `zone_lists`, `groups` | `zones.rs` | [`Config::zones`] |
//! | `catalogs` | `catalogs.rs` | [`Config::catalogs`] |
//! | `metrics` | `metrics.rs` | [`Config::metrics`] |
//! | `http` | `http.rs` | [`Config::http`] |
//! | `shard`, `vantage` | `shard.rs` | [`Config::shard`], [`Config::vantage`] |
//! | `state` | here | [`Config::state`] |
//!
//! A key that is not in the table of `keys.rs` is refused, and hinted at by the nearest one that is.

mod catalogs;
mod error;
mod files;
mod http;
mod keys;
mod limits;
mod line_error;
mod line_servers;
mod list_lines;
mod metrics;
mod parents;
mod reader;
mod redacted;
mod schema;
mod servers;
mod settings;
mod shard;
mod status;
mod suggestion;
#[cfg(test)]
mod tests;
mod tls;
mod tsig;
mod web_config;
mod yaml;
mod zone_line;
mod zones;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use catalogs::CatalogConfig;
pub use error::{ConfigError, ConfigErrorKind};
pub use files::{FileReader, NoFiles, ReferencedFile, ReferencedFiles};
pub use http::HttpConfig;
pub use limits::Limits;
pub use line_error::{LineError, MAX_LINE_BYTES};
pub use list_lines::{ListLine, ListLines};
pub use metrics::{MetricsConfig, MetricsDetail};
pub use schema::schema;
pub use settings::{ESTIMATED_ADDRESSES, MonitorSettings};
pub use suggestion::suggestion;
pub use web_config::{
    ClientAuth, PasswordHash, PemSetting, PemSource, RateLimit, TlsServerSettings, TlsVersion, WebConfig,
    WebConfigError, read_web_config,
};
pub use zone_line::{LineServers, UnreadableLine, ZoneLine};
pub use zones::ConfiguredZone;

use crate::dns::tsig::TsigKey;
use crate::plan::{Server, Shard, ZoneSettings};
use keys::{FILE_KEYS, PROBE_KEYS};
use reader::{ConfigReader, Mapping};
use servers::DefinedServers;
use settings::InheritedSettings;
use zones::ZoneReader;

/// A configuration with comments, which can be used as it is.
pub const EXAMPLE: &str = include_str!("example.yaml");

/// The maximum size of a configuration, and of each file that it names but lists of zones.
pub const MAX_FILE_BYTES: u64 = 16 << 20;

/// A configuration, with every default filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// All zones with their settings, which many of them share.
    pub zones: Vec<ConfiguredZone>,
    /// The catalogs, whose members are checked too.
    pub catalogs: Vec<CatalogConfig>,
    /// What the zones of each group start with, for lists that name groups.
    pub groups: BTreeMap<String, Arc<MonitorSettings>>,
    /// The keys that servers may name.
    pub keys: Arc<[TsigKey]>,
    /// The number of servers that are defined.
    pub servers: usize,
    /// The limits on queries and transfers.
    pub limits: Limits,
    /// How much the metrics show.
    pub metrics: MetricsConfig,
    /// Where `serve` listens, and what it allows.
    pub http: HttpConfig,
    /// The part of the zones that is checked; all of them are in [`Config::zones`].
    pub shard: Option<Shard>,
    /// What the operator calls the place that zones are checked from.
    pub vantage: Option<String>,
    /// The path of the state file, as it is written.
    pub state: Option<String>,
}

impl Config {
    /// Leaves out the zones that are not in the shard, if there is one.
    pub fn keep_shard(&mut self) {
        if let Some(shard) = self.shard {
            self.zones.retain(|it| shard.has(&it.zone));
            self.zones.shrink_to_fit();
        }
    }

    /// Returns the settings that zones, catalogs and members of catalogs have; those that are shared, repeatedly.
    pub fn zone_settings(&self) -> impl Iterator<Item = &ZoneSettings> {
        let zones = self.zones.iter().map(|zone| &zone.settings);
        let catalogs = self.catalogs.iter().flat_map(CatalogConfig::all_settings);
        zones.chain(catalogs).map(|settings| &settings.zone)
    }

    /// Returns the server of a name, once for each of its addresses; nothing if no zone has it.
    pub fn servers_named(&self, name: &str) -> Vec<Server> {
        let of_groups = self.groups.values().map(|settings| &settings.zone);
        let named = self.zone_settings().chain(of_groups).map(|settings| {
            let servers = settings.servers.servers.iter().map(|(_, server)| server);
            servers.filter(|server| server.name == name).cloned().collect::<Vec<Server>>()
        });
        named.into_iter().find(|servers| !servers.is_empty()).unwrap_or_default()
    }
}

/// Reads a configuration; `name` is what messages call its file.
///
/// The errors are in the order of the file; errors in lists of zones are last.
pub fn read(name: &str, text: &str, files: FileReader<'_>) -> Result<Config, Vec<ConfigError>> {
    let mut reader = ConfigReader::new(name, text);
    let (tree, errors) = yaml::parse(text);
    for (mark, kind) in errors {
        reader.error(mark, kind);
    }
    let config = tree.map(|tree| {
        let root = reader.mapping(&tree, FILE_KEYS);
        file(root, files, &mut reader)
    });
    let mut errors = reader.errors;
    match config {
        Some(config) if errors.is_empty() => Ok(config),
        _ => {
            errors.sort_by_key(|error| {
                let here = error.file == name;
                (!here, here.then_some(error.excerpt.position))
            });
            Err(errors)
        }
    }
}

fn file(root: Mapping<'_>, files: FileReader<'_>, reader: &mut ConfigReader<'_>) -> Config {
    let (mut settings, mut limits) = (InheritedSettings::default(), Limits::default());
    if let Some(node) = root.get("probe") {
        let probe = reader.mapping(node, PROBE_KEYS);
        settings = settings.overridden_by(probe, reader);
        limits = limits::read(probe, reader);
    }
    let keys = root.get("tsig_keys").map_or_else(Arc::default, |node| tsig::read(node, files, reader));
    let servers = root
        .get("servers")
        .map_or_else(DefinedServers::default, |node| servers::read(node, &keys, files, reader));
    let metrics = root.get("metrics").map_or_else(MetricsConfig::default, |node| metrics::read(node, reader));
    let http = root.get("http").map_or_else(HttpConfig::default, |node| http::read(node, reader));
    let shard = root.get("shard").and_then(|node| shard::read(node, reader));
    let vantage = root.get("vantage").and_then(|node| shard::read_vantage(node, reader));
    let state = root.get("state").and_then(|node| reader.string(node)).map(str::to_owned);
    let mut zone_reader = ZoneReader::new(reader, files, &servers, Arc::clone(&keys));
    zone_reader.catalog_groups = catalogs::groups(root);
    zone_reader.read(root, &settings);
    let catalogs = catalogs::read(root, &settings, &mut zone_reader);
    let (groups, zones) = (zone_reader.groups(), zone_reader.zones);
    Config {
        zones,
        catalogs,
        groups,
        keys,
        servers: servers.len(),
        limits,
        metrics,
        http,
        shard,
        vantage,
        state,
    }
}
