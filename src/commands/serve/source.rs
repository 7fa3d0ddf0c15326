//! Where `serve` gets its configuration.

use std::path::PathBuf;
use std::sync::Arc;

use crate::commands::config;
use crate::config::Config;
use crate::net::TlsClients;

/// Where a configuration comes from.
#[derive(Clone, Debug)]
pub(super) enum ConfigSource {
    File(PathBuf),
    Text(String),
}

impl ConfigSource {
    /// Reads the configuration, and the files of TLS that it names.
    pub(super) fn load(&self) -> anyhow::Result<(Config, Arc<TlsClients>)> {
        let config = match self {
            Self::File(path) => config::load(path),
            Self::Text(text) => config::parse(text),
        };
        let config = config?;
        let tls = config::load_tls(&config)?;
        Ok((config, tls))
    }
}
