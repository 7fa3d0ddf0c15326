//! The servers of a configuration and the keys they name.

use std::collections::HashMap;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::error::Fault;
use super::keys::SERVER_KEYS;
use super::reader::Reader;
use super::yaml::{Node, Place, Value};
use crate::dns::{Name, keyfile, tsig};
use crate::plan::{Role, Server};

/// What a file that the configuration names is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferencedFile {
    /// It holds TSIG keys.
    TsigKeys,
    /// It lists zones.
    ZoneList,
}

/// Reads a file that the configuration names; else why it cannot be read.
pub type FileReader<'f> = &'f mut dyn FnMut(ReferencedFile, &str) -> Result<Zeroizing<String>, String>;

/// All servers, in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Servers {
    /// Each by name, once for each of its addresses.
    all: Vec<(Role, Server)>,
    /// Where those of a name begin, and how many there are.
    names: HashMap<String, Vec<usize>>,
    /// The names, in order.
    order: Vec<String>,
}

impl Servers {
    /// Returns how many there are.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// Returns all of them, primaries first.
    pub(super) fn all(&self) -> Vec<(Role, Server)> {
        primaries_first(self.all.clone())
    }

    /// Returns those that a list names, primaries first.
    pub(super) fn named(&self, node: &Node<'_>, reader: &mut Reader<'_>) -> Vec<(Role, Server)> {
        let mut seen: Vec<&str> = Vec::new();
        let mut chosen = Vec::new();
        for node in reader.list(node) {
            let Some(name) = reader.text(node) else { continue };
            match self.names.get(name) {
                Some(_) if seen.contains(&name) => {
                    reader.complain(node.place, Fault::ServerTwice(name.to_owned()));
                }
                Some(places) => {
                    chosen.extend(places.iter().filter_map(|&place| self.all.get(place)).cloned());
                    seen.push(name);
                }
                None => {
                    let known = self.order.clone();
                    reader.complain(node.place, Fault::UnknownServer { name: name.to_owned(), known });
                }
            }
        }
        primaries_first(chosen)
    }
}

fn primaries_first(mut servers: Vec<(Role, Server)>) -> Vec<(Role, Server)> {
    servers.sort_by_key(|(role, _)| *role != Role::Primary);
    servers
}

/// Reads the servers.
pub(super) fn read(node: &Node<'_>, keys: &[tsig::TsigKey], reader: &mut Reader<'_>) -> Servers {
    let mut servers = Servers::default();
    for (key, node) in reader.entries(node) {
        if key.name.is_empty() || key.name.chars().any(char::is_control) {
            reader.complain(key.place, Fault::ServerName);
        }
        let name = key.name.to_string();
        let begin = servers.all.len();
        servers.all.extend(server(&name, key.place, node, (keys, reader)));
        servers.names.insert(name.clone(), (begin..servers.all.len()).collect());
        servers.order.push(name);
    }
    servers
}

/// Reads a server: once for each of its addresses.
fn server(
    name: &str,
    place: Place,
    node: &Node<'_>,
    (keys, reader): (&[tsig::TsigKey], &mut Reader<'_>),
) -> Vec<(Role, Server)> {
    if matches!(node.value, Value::Nothing) {
        reader.complain(place, Fault::Missing("address"));
        return Vec::new();
    }
    let fields = reader.fields(node, SERVER_KEYS);
    let roles = [("primary", Role::Primary), ("secondary", Role::Secondary)];
    let role = fields.get("role").and_then(|node| reader.word(node, &roles)).unwrap_or(Role::Secondary);
    let key = fields.get("key").and_then(|node| known_key(node, keys, reader));
    let source = fields.get("source").and_then(|node| reader.address(node));
    let nodes = match reader.needed(fields, "address") {
        Some(Node { value: Value::List(list), place }) => {
            if list.is_empty() {
                reader.complain(*place, Fault::NoAddress);
            }
            list.as_slice()
        }
        Some(node) => std::slice::from_ref(node),
        None => &[],
    };
    let mut servers = Vec::new();
    for node in nodes {
        let Some(text) = reader.text(node) else { continue };
        match Server::at(name, text) {
            Ok(server) => servers.push((role, Server { source, key: key.clone(), ..server })),
            Err(fault) => reader.complain(node.place, Fault::Address(fault)),
        }
    }
    servers
}

/// Reads the name of a key that there is.
fn known_key(node: &Node<'_>, keys: &[tsig::TsigKey], reader: &mut Reader<'_>) -> Option<Name> {
    let text = reader.text(node)?;
    let name: Option<Name> = text.parse().ok();
    let found = name.filter(|name| keys.iter().any(|key| key.name() == name));
    if found.is_none() {
        let known = keys.iter().map(|key| key.name().without_final_dot()).collect();
        reader.complain(node.place, Fault::UnknownTsigKey { name: text.to_owned(), known });
    }
    found
}

/// Reads the keys of all key files.
///
/// What is wrong in such a file is told where the file is named: its lines hold secrets.
pub(super) fn keys(node: &Node<'_>, files: FileReader<'_>, reader: &mut Reader<'_>) -> Arc<[tsig::TsigKey]> {
    let mut keys: Vec<tsig::TsigKey> = Vec::new();
    for node in reader.list(node) {
        let Some(path) = reader.text(node) else { continue };
        let read = files(ReferencedFile::TsigKeys, path).and_then(|text| {
            keyfile::parse(&text).map_err(|error| format!("{}:{error}", path.escape_debug()))
        });
        match read {
            Ok(read) => {
                for key in read {
                    if keys.iter().any(|known| known.name() == key.name()) {
                        reader.complain(node.place, Fault::TsigKeyTwice(key.name().clone()));
                    } else {
                        keys.push(key);
                    }
                }
            }
            Err(reason) => {
                reader.complain(node.place, Fault::File { path: path.to_owned(), reason });
            }
        }
    }
    keys.into()
}
