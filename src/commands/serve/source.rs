//! Where `serve` gets its configuration.

use std::path::PathBuf;

use crate::commands::config;
use crate::config::Config;

/// Where a configuration comes from.
#[derive(Clone, Debug)]
pub(super) enum ConfigSource {
    File(PathBuf),
    Text(String),
}

impl ConfigSource {
    /// Reads the configuration.
    pub(super) fn load(&self) -> anyhow::Result<Config> {
        match self {
            Self::File(path) => config::load(path),
            Self::Text(text) => config::parse(text),
        }
    }
}
