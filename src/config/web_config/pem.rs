//! A certificate or a key, in the web configuration or in a file that it names.

use std::fmt;

use zeroize::Zeroizing;

use super::error::WebConfigError;
use crate::config::error::{ConfigError, ConfigErrorKind};
use crate::config::reader::{ConfigReader, Mapping};
use crate::dns::Excerpt;

/// A certificate or a key in PEM, in place or in a file.
#[derive(Clone, Debug)]
pub struct PemSetting {
    /// Where it is.
    pub source: PemSource,
    key: &'static str,
    file: String,
    excerpt: Excerpt,
}

/// Where a certificate or a key is.
#[derive(Clone, PartialEq, Eq)]
pub enum PemSource {
    /// In the web configuration.
    Text(Zeroizing<String>),
    /// In a file, whose path is as it is written.
    File(String),
}

impl fmt::Debug for PemSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text(…)"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

impl PemSetting {
    /// The error of what cannot be used, at its place in the web configuration.
    pub fn error(&self, reason: String) -> ConfigError {
        let kind = ConfigErrorKind::Web(WebConfigError::Unusable { key: self.key, reason });
        ConfigError { file: self.file.clone(), excerpt: self.excerpt.clone(), kind }
    }
}

/// Reads a certificate or a key, which is in place (`KEY`) or in a file (`KEY_file`).
pub(super) fn read(
    mapping: Mapping<'_>,
    [key, file_key]: [&'static str; 2],
    reader: &mut ConfigReader<'_>,
) -> Option<PemSetting> {
    let (text, path) = (mapping.entry(key), mapping.entry(file_key));
    if let (Some((mark, _)), Some(_)) = (text, path) {
        reader.error(mark, ConfigErrorKind::Web(WebConfigError::TwoSources { key }));
        return None;
    }
    let (key, (mark, node)) = text.map(|entry| (key, entry)).or_else(|| Some((file_key, path?)))?;
    let value = reader.string(node)?;
    let source = if key == file_key {
        PemSource::File(value.to_owned())
    } else {
        PemSource::Text(value.to_owned().into())
    };
    // The key is marked: the value may be a secret of many lines.
    Some(PemSetting { source, key, file: reader.file().to_owned(), excerpt: reader.excerpt(mark) })
}
