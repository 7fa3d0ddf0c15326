//! `http`: where `serve` listens, and what it allows.

use std::net::{Ipv4Addr, SocketAddr};

use super::error::ConfigErrorKind;
use super::keys::HTTP_KEYS;
use super::reader::ConfigReader;
use super::yaml::Node;
use crate::plan::ExternalUrl;

/// Where `serve` listens, and what it allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpConfig {
    /// The address and port to listen on.
    pub listen: SocketAddr,
    /// The names by which clients may reach it, besides `localhost`.
    pub hosts: Vec<String>,
    /// Where people find the pages, if that is known.
    pub external_url: Option<ExternalUrl>,
    /// Whether `POST /-/reload` reloads the configuration.
    pub lifecycle: bool,
    /// Whether `/probe` accepts zones that are not configured.
    pub open_probe: bool,
    /// The path of the web configuration, as it is written.
    pub web_config: Option<String>,
}

impl HttpConfig {
    /// Returns all names by which clients may reach it, besides `localhost`.
    pub fn own_hosts(&self) -> Vec<String> {
        let external = self.external_url.as_ref().map(ExternalUrl::host);
        self.hosts.iter().cloned().chain(external).collect()
    }
}

impl Default for HttpConfig {
    fn default() -> Self {
        let listen = (Ipv4Addr::LOCALHOST, 19353).into();
        Self {
            listen,
            hosts: Vec::new(),
            external_url: None,
            lifecycle: false,
            open_probe: false,
            web_config: None,
        }
    }
}

/// Reads `http`.
pub(super) fn read(node: &Node<'_>, reader: &mut ConfigReader<'_>) -> HttpConfig {
    let mut http = HttpConfig::default();
    let mapping = reader.mapping(node, HTTP_KEYS);
    mapping.set("listen", &mut http.listen, |node| reader.socket_address(node));
    mapping.set("hosts", &mut http.hosts, |node| Some(reader.host_names(node)));
    mapping.set("external_url", &mut http.external_url, |node| {
        reader.url(node, ConfigErrorKind::InvalidExternalUrl).map(Some)
    });
    mapping.set("lifecycle", &mut http.lifecycle, |node| reader.boolean(node));
    mapping.set("open_probe", &mut http.open_probe, |node| reader.boolean(node));
    mapping.set("web_config", &mut http.web_config, |node| {
        reader.string(node).map(|path| Some(path.to_owned()))
    });
    http
}
