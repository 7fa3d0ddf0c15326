//! Where `serve` gets its configuration.

use std::path::PathBuf;
use std::sync::Arc;

use crate::commands::config;
use crate::config::Config;
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

impl ConfigSource {
    /// Reads the configuration, and the files of TLS that it names.
    pub(super) fn load(&self) -> anyhow::Result<(Config, Arc<TlsClients>)> {
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
        Ok((config, tls))
    }
}
