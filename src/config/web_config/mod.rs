//! The web configuration: who may connect to `serve` and ask it, in the file of Prometheus' exporter toolkit.
//!
//! In: the text of a file. Out: settings, or every mistake with its place. What is half said is a mistake: nothing
//! that is left out by a slip of typing opens the door.

mod error;
mod keys;
mod password;
mod pem;
#[cfg(test)]
mod tests;
mod tls;

use std::time::Duration;

pub use error::WebConfigError;
pub use password::PasswordHash;
pub use pem::{PemSetting, PemSource};
pub use tls::{ClientAuth, TlsServerSettings, TlsVersion};

use super::error::{ConfigError, ConfigErrorKind};
use super::keys::MappingKeys;
use super::reader::ConfigReader;
use super::yaml::{self, Node};
use crate::plan::parse_duration;
use keys::{FILE_KEYS, HEADER_KEYS, HTTP_SERVER_KEYS, RATE_LIMIT_KEYS};

/// Who may connect, and who may ask.
#[derive(Clone, Debug, Default)]
pub struct WebConfig {
    /// How TLS is spoken; without it, connections are in clear text.
    pub tls: Option<TlsServerSettings>,
    /// The headers that all responses have.
    pub headers: Vec<(&'static str, String)>,
    /// The users with the hashes of their passwords; without any, nobody is asked for a password.
    pub users: Vec<(String, PasswordHash)>,
    /// How many requests are answered.
    pub rate_limit: Option<RateLimit>,
}

/// How many requests are answered: a bucket of tokens, one for each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// The time in which one token is added.
    pub interval: Duration,
    /// How many tokens there are at most.
    pub burst: u32,
}

/// Reads a web configuration; `name` is what messages call its file.
///
/// Messages show nothing of the file but its keys, and values that are no secrets.
pub fn read_web_config(name: &str, text: &str) -> Result<WebConfig, Vec<ConfigError>> {
    let known: Vec<&str> = keys::all().collect();
    let mut reader = ConfigReader::of_secrets(name, text, &known);
    let (tree, errors) = yaml::parse(text);
    for (mark, kind) in errors {
        reader.error(mark, kind);
    }
    let config = tree.map(|tree| file(&tree, &mut reader)).unwrap_or_default();
    let mut errors = reader.errors;
    errors.sort_by_key(|error| error.excerpt.position);
    if errors.is_empty() { Ok(config) } else { Err(errors) }
}

fn file(root: &Node<'_>, reader: &mut ConfigReader<'_>) -> WebConfig {
    let root = reader.mapping(root, FILE_KEYS);
    let tls = root.get("tls_server_config").and_then(|node| tls::read(node, reader));
    let mut headers = Vec::new();
    if let Some(node) = root.get("http_server_config") {
        let http = reader.mapping(node, HTTP_SERVER_KEYS);
        if let Some(node) = http.get("http2") {
            reader.boolean(node);
        }
        headers = http.get("headers").map_or_else(Vec::new, |node| read_headers(node, reader));
    }
    let users = root.get("basic_auth_users").map_or_else(Vec::new, |node| read_users(node, reader));
    let rate_limit = root.get("rate_limit").and_then(|node| read_rate_limit(node, reader));
    WebConfig { tls, headers, users, rate_limit }
}

/// Reads the headers; one without a value is left as it is.
fn read_headers(node: &Node<'_>, reader: &mut ConfigReader<'_>) -> Vec<(&'static str, String)> {
    let mapping = reader.mapping(node, HEADER_KEYS);
    let mut headers = Vec::new();
    for name in names(HEADER_KEYS) {
        let Some(node) = mapping.get(name) else { continue };
        let value = match name {
            "X-Content-Type-Options" => reader.one_of(node, &[("nosniff", "nosniff")]),
            "X-Frame-Options" => reader.one_of(node, &[("deny", "deny"), ("sameorigin", "sameorigin")]),
            _ => reader.string(node),
        };
        let Some(value) = value.filter(|value| !value.is_empty()) else { continue };
        if value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            headers.push((name, value.to_owned()));
        } else {
            reader.error(node.mark, ConfigErrorKind::Web(WebConfigError::InvalidHeader));
        }
    }
    headers
}

fn names(keys: MappingKeys) -> impl Iterator<Item = &'static str> {
    keys.iter().copied().flatten().map(|key| key.name)
}

fn read_users(node: &Node<'_>, reader: &mut ConfigReader<'_>) -> Vec<(String, PasswordHash)> {
    let entries = reader.entries(node);
    if entries.is_empty() {
        reader.error(node.mark, ConfigErrorKind::Web(WebConfigError::NoUsers));
    }
    let mut users = Vec::new();
    for (name, node) in entries {
        if name.name.contains(':') {
            reader.error_without_value(name.mark, ConfigErrorKind::Web(WebConfigError::ColonInName));
        }
        let Some(text) = reader.string(node) else { continue };
        match text.parse() {
            Ok(hash) => users.push((name.name.to_string(), hash)),
            Err(error) => {
                reader.error_without_value(node.mark, ConfigErrorKind::Web(WebConfigError::Password(error)));
            }
        }
    }
    users
}

/// Reads the limit; an interval of zero is none.
fn read_rate_limit(node: &Node<'_>, reader: &mut ConfigReader<'_>) -> Option<RateLimit> {
    let mapping = reader.mapping(node, RATE_LIMIT_KEYS);
    let interval = reader.required(mapping, "interval").and_then(|node| read_interval(node, reader));
    if interval == Some(Duration::ZERO) {
        return None;
    }
    let burst = reader.required(mapping, "burst").and_then(|node| reader.count(node));
    Some(RateLimit { interval: interval?, burst: burst? })
}

fn read_interval(node: &Node<'_>, reader: &mut ConfigReader<'_>) -> Option<Duration> {
    let text = reader.string(node)?;
    let interval = if text == "0" { Some(Duration::ZERO) } else { parse_duration(text).ok() };
    if interval.is_none() {
        let syntax = "a number and a unit, as in 100ms, 1s or 1m 30s; 0 for no limit".to_owned();
        let kind = ConfigErrorKind::InvalidValue { value: text.to_owned(), expected: "a duration", syntax };
        reader.error(node.mark, kind);
    }
    interval
}
