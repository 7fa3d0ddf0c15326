//! The configuration file: which zones, which servers, and how they are looked at.
//!
//! In: the text of the file, and a way to read the files that it names. Out: a [`Config`] with every default
//! filled in, or everything that is wrong with it, each in its place. It opens no file and asks nobody.

mod error;
mod keys;
mod reader;
mod schema;
mod servers;
mod settings;
#[cfg(test)]
mod tests;
mod yaml;
mod zones;

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

pub use error::{ConfigError, Fault};
pub use schema::schema;
pub use servers::{FileReader, ReferencedFile};
pub use settings::Limits;
pub use zones::zone_in_line;

use crate::dns::Name;
use crate::dns::tsig::TsigKey;
use crate::plan::{Compare, ComparisonRules, ZoneSettings};
use keys::{FILE_KEYS, HTTP_KEYS, METRICS_KEYS};
use reader::{Fields, Reader};
use servers::Servers;
use settings::set;
use zones::Zones;

/// A configuration that can be used as it is, with comments.
pub const EXAMPLE: &str = include_str!("example.yaml");

/// The most bytes of a configuration, and of each file that it names.
pub const MAX_FILE_BYTES: u64 = 16 << 20;

/// What a configuration says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// All zones, each with what holds for it; many of them share that.
    pub zones: Vec<(Name, Arc<MonitorSettings>)>,
    /// The keys that servers may name.
    pub keys: Arc<[TsigKey]>,
    /// How many servers are defined.
    pub servers: usize,
    /// What it may cost.
    pub limits: Limits,
    /// What the metrics tell.
    pub metrics: MetricsConfig,
    /// Where to serve.
    pub http: HttpConfig,
    /// The file in which is remembered what was seen, as it is written.
    pub state: Option<String>,
}

/// What holds for a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonitorSettings {
    /// Its servers and their keys, and what counts as a difference; without servers, its NS set is looked up.
    pub zone: ZoneSettings,
    /// How often the SOA of every server is asked for.
    pub interval: Duration,
    /// How often whole copies are compared when nothing seems to have changed.
    pub compare_interval: Duration,
}

impl MonitorSettings {
    /// Returns the rules of a look on the schedule, at which this is compared: deadlines go by its interval.
    pub fn rules(&self, compare: Compare) -> ComparisonRules {
        ComparisonRules { compare, interval: self.interval, ..self.zone.rules.clone() }
    }
}

/// How much the metrics tell of each zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricsDetail {
    /// Everything, as long as that is not too much; else exceptions.
    Auto,
    /// Everything.
    Server,
    /// Nothing that has both a zone and a server.
    Zone,
    /// The zones that are not as they should be.
    Exceptions,
}

impl MetricsDetail {
    /// Returns its name in a configuration and in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Server => "server",
            Self::Zone => "zone",
            Self::Exceptions => "exceptions",
        }
    }
}

/// What the metrics tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricsConfig {
    /// How much.
    pub detail: MetricsDetail,
    /// The most series of exceptions.
    pub max_series: u64,
}

/// Where to serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpConfig {
    /// The address and the port.
    pub listen: SocketAddr,
    /// Whether the configuration is read anew when a request says so.
    pub lifecycle: bool,
    /// Whether zones are looked at that are not configured.
    pub open_probe: bool,
}

/// Reads a configuration; `name` is what its file is called in messages.
///
/// What is wrong comes in the order of the places in the file, and what is wrong in lists of zones after that.
pub fn read(name: &str, text: &str, files: FileReader<'_>) -> Result<Config, Vec<ConfigError>> {
    let mut reader = Reader::new(name, text);
    let (tree, wrong) = yaml::parse(text);
    for (place, fault) in wrong {
        reader.complain(place, fault);
    }
    let config = tree.map(|tree| {
        let fields = reader.fields(&tree, FILE_KEYS);
        file(fields, files, &mut reader)
    });
    let mut mistakes = reader.mistakes;
    match config {
        Some(config) if mistakes.is_empty() => Ok(config),
        _ => {
            mistakes.sort_by_key(|mistake| {
                let here = mistake.file == name;
                (!here, if here { (mistake.spot.line, mistake.spot.column) } else { (0, 0) })
            });
            Err(mistakes)
        }
    }
}

fn file(fields: Fields<'_>, files: FileReader<'_>, reader: &mut Reader<'_>) -> Config {
    let (choices, costs) = settings::probe(fields.get("probe"), reader);
    let keys =
        fields.get("tsig_keys").map_or_else(|| Arc::from([]), |node| servers::keys(node, files, reader));
    let servers =
        fields.get("servers").map_or_else(Servers::default, |node| servers::read(node, &keys, reader));
    let metrics = metrics(fields, reader);
    let http = http(fields, reader);
    let state = fields.get("state").and_then(|node| reader.text(node)).map(str::to_owned);
    let (found, places) = (Vec::new(), HashMap::new());
    let known = Arc::clone(&keys);
    let mut zones = Zones { reader, files, servers: &servers, keys, found, places };
    zones.read(fields, &choices);
    Config { zones: zones.found, keys: known, servers: servers.len(), limits: costs, metrics, http, state }
}

fn metrics(fields: Fields<'_>, reader: &mut Reader<'_>) -> MetricsConfig {
    let mut metrics = MetricsConfig { detail: MetricsDetail::Auto, max_series: 200_000 };
    if let Some(node) = fields.get("metrics") {
        let fields = reader.fields(node, METRICS_KEYS);
        let details =
            [MetricsDetail::Auto, MetricsDetail::Server, MetricsDetail::Zone, MetricsDetail::Exceptions];
        let details = details.map(|detail| (detail.name(), detail));
        set(fields, "detail", &mut metrics.detail, |node| reader.word(node, &details));
        set(fields, "max_series", &mut metrics.max_series, |node| reader.count(node));
    }
    metrics
}

fn http(fields: Fields<'_>, reader: &mut Reader<'_>) -> HttpConfig {
    let listen = (Ipv4Addr::LOCALHOST, 15353).into();
    let mut http = HttpConfig { listen, lifecycle: false, open_probe: false };
    if let Some(node) = fields.get("http") {
        let fields = reader.fields(node, HTTP_KEYS);
        set(fields, "listen", &mut http.listen, |node| reader.socket(node));
        set(fields, "lifecycle", &mut http.lifecycle, |node| reader.flag(node));
        set(fields, "open_probe", &mut http.open_probe, |node| reader.flag(node));
    }
    http
}
