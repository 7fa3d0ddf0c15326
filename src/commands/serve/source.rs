//! Where `serve` gets its configuration.

use std::path::PathBuf;
use std::sync::Arc;

use crate::commands::config;
use crate::config::Config;
use crate::http::AccessFile;
use crate::net::TlsClients;
use crate::plan::Shard;

/// Where a configuration comes from, and what the command line says instead of it.
#[derive(Clone, Debug)]
pub(super) struct ConfigSource {
    pub(super) text: ConfigText,
    pub(super) shard: Option<Shard>,
    pub(super) vantage: Option<String>,
}

/// Where the text of a configuration comes from.
#[derive(Clone, Debug)]
pub(super) enum ConfigText {
    File(PathBuf),
    Memory(String),
}

/// A configuration, and what was read of the files that it names.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) config: Config,
    /// The files of TLS to servers.
    pub(super) tls: Arc<TlsClients>,
    /// The web configuration.
    pub(super) access: AccessFile,
}

impl ConfigSource {
    /// Reads the configuration, and the files that it names.
    pub(super) fn load(&self) -> anyhow::Result<Loaded> {
        let mut config = match &self.text {
            ConfigText::File(path) => config::load(path)?,
            ConfigText::Memory(text) => config::parse(text)?,
        };
        config.shard = self.shard.or(config.shard);
        if let Some(vantage) = &self.vantage {
            config.vantage = Some(vantage.clone());
        }
        config.keep_shard();
        let tls = config::load_tls(&config)?;
        let access = match &self.text {
            ConfigText::File(path) => config::load_access(path, &config)?,
            ConfigText::Memory(_) => AccessFile::default(),
        };
        Ok(Loaded { config, tls, access })
    }
}
