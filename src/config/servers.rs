//! The servers of a configuration: `servers`, and the lists of groups and zones that name some of them.

use std::collections::HashMap;
use std::sync::Arc;

use super::error::ConfigErrorKind;
use super::files::FileReader;
use super::keys::SERVER_KEYS;
use super::reader::ConfigReader;
use super::settings::READ_BY;
use super::yaml::{Mark, Node, Value};
use super::{status, tls, tsig};
use crate::dns::tsig::TsigKey;
use crate::plan::{Role, Server};

/// The servers that a configuration defines, in the order of the file.
#[derive(Debug, Default)]
pub(super) struct DefinedServers {
    /// Each server once for each of its addresses.
    all: Vec<(Role, Server)>,
    /// The indexes into `all` by the name of the server.
    by_name: HashMap<String, Vec<usize>>,
    /// The names in order.
    names: Vec<String>,
}

impl DefinedServers {
    /// Returns the number of servers.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// Returns all servers, primaries first, then signers.
    pub(super) fn all(&self) -> Vec<(Role, Server)> {
        primaries_first(self.all.clone())
    }

    /// Returns the server of a name, once for each of its addresses; nothing if it is not defined.
    pub(super) fn of_name(&self, name: &str) -> impl Iterator<Item = &Server> {
        let indexes = self.by_name.get(name).into_iter().flatten();
        indexes.filter_map(|&index| self.all.get(index)).map(|(_, server)| server)
    }

    /// Returns the servers that a sequence names, primaries first, then signers.
    pub(super) fn named(&self, node: &Node<'_>, reader: &mut ConfigReader<'_>) -> Vec<(Role, Server)> {
        let mut seen: Vec<&str> = Vec::new();
        let mut servers = Vec::new();
        for node in reader.sequence(node) {
            let Some(name) = reader.string(node) else { continue };
            match self.by_name.get(name) {
                Some(_) if seen.contains(&name) => {
                    reader.error(node.mark, ConfigErrorKind::DuplicateServer(name.to_owned()));
                }
                Some(indexes) => {
                    servers.extend(indexes.iter().filter_map(|&index| self.all.get(index)).cloned());
                    seen.push(name);
                }
                None => {
                    let known = self.names.clone();
                    reader.error(node.mark, ConfigErrorKind::UnknownServer { name: name.to_owned(), known });
                }
            }
        }
        primaries_first(servers)
    }
}

fn primaries_first(mut servers: Vec<(Role, Server)>) -> Vec<(Role, Server)> {
    servers.sort_by_key(|(role, _)| *role);
    servers
}

/// Reads `servers`.
pub(super) fn read(
    node: &Node<'_>,
    keys: &[TsigKey],
    files: FileReader<'_>,
    reader: &mut ConfigReader<'_>,
) -> DefinedServers {
    let mut servers = DefinedServers::default();
    for (key, node) in reader.entries(node) {
        if key.name.is_empty() || key.name.chars().any(char::is_control) {
            reader.error(key.mark, ConfigErrorKind::InvalidServerName);
        }
        let name = key.name.to_string();
        let first = servers.all.len();
        servers.all.extend(server(&name, key.mark, node, (keys, files, reader)));
        servers.by_name.insert(name.clone(), (first..servers.all.len()).collect());
        servers.names.push(name);
    }
    servers
}

/// Reads a server: once for each of its addresses.
fn server(
    name: &str,
    mark: Mark,
    node: &Node<'_>,
    (keys, files, reader): (&[TsigKey], FileReader<'_>, &mut ConfigReader<'_>),
) -> Vec<(Role, Server)> {
    if matches!(node.value, Value::Null) {
        reader.error(mark, ConfigErrorKind::MissingKey("address"));
        return Vec::new();
    }
    let mapping = reader.mapping(node, SERVER_KEYS);
    let roles = [("primary", Role::Primary), ("signer", Role::Signer), ("secondary", Role::Secondary)];
    let role = mapping.get("role").and_then(|node| reader.one_of(node, &roles)).unwrap_or(Role::Secondary);
    let key = mapping.get("key").and_then(|node| tsig::key_choice(node, keys, reader)).unwrap_or_default();
    let is_hidden = mapping.get("hidden").and_then(|node| reader.boolean(node)).unwrap_or(false);
    let by = mapping.get("by").and_then(|node| reader.one_of(node, &READ_BY));
    let source = mapping.get("source").and_then(|node| reader.ip_address(node));
    let tls = mapping.get("tls").and_then(|node| tls::read(node, files, reader));
    let status = mapping.get("status").and_then(|node| status::read(node, files, reader)).map(Arc::new);
    let addresses = match reader.required(mapping, "address") {
        Some(Node { value: Value::Sequence(nodes), mark }) => {
            if nodes.is_empty() {
                reader.error(*mark, ConfigErrorKind::NoAddresses);
            }
            nodes.as_slice()
        }
        Some(node) => std::slice::from_ref(node),
        None => &[],
    };
    let mut servers = Vec::new();
    for node in addresses {
        let Some(text) = reader.string(node) else { continue };
        match Server::at(name, text, tls.clone()) {
            Ok(server) => {
                let status = status.clone();
                let server = (role, Server { source, key: key.clone(), is_hidden, by, status, ..server });
                if servers.contains(&server) {
                    reader.error(node.mark, ConfigErrorKind::DuplicateAddress(text.to_owned()));
                } else {
                    servers.push(server);
                }
            }
            Err(error) => reader.error(node.mark, ConfigErrorKind::InvalidAddress(error)),
        }
    }
    servers
}
