//! The TSIG keys of a configuration: `tsig_keys`, and the servers that name one.

use std::sync::Arc;

use super::error::ConfigErrorKind;
use super::files::{FileReader, ReferencedFile};
use super::reader::ConfigReader;
use super::yaml::Node;
use crate::dns::tsig::TsigKey;
use crate::dns::{Name, keyfile};
use crate::plan::{KeyChoice, NO_KEY};

/// Reads the keys of all files of `tsig_keys`.
///
/// An error in such a file is reported where the configuration names it: the lines of the file hold secrets.
pub(super) fn read(node: &Node<'_>, files: FileReader<'_>, reader: &mut ConfigReader<'_>) -> Arc<[TsigKey]> {
    let mut keys: Vec<TsigKey> = Vec::new();
    for node in reader.sequence(node) {
        let Some(path) = reader.string(node) else { continue };
        let keys_of_file = files.read(ReferencedFile::TsigKeys, path).and_then(|text| {
            keyfile::parse(&text).map_err(|error| format!("{}:{error}", path.escape_debug()))
        });
        for key in reader.of_file(node.mark, path, keys_of_file).into_iter().flatten() {
            if keys.iter().any(|known| known.name() == key.name()) {
                reader.error(node.mark, ConfigErrorKind::DuplicateTsigKey(key.name().clone()));
            } else {
                keys.push(key);
            }
        }
    }
    keys.into()
}

/// Reads the name of one of the keys, or `none`.
pub(super) fn key_choice(
    node: &Node<'_>,
    keys: &[TsigKey],
    reader: &mut ConfigReader<'_>,
) -> Option<KeyChoice> {
    let text = reader.string(node)?;
    if text == NO_KEY {
        return Some(KeyChoice::Unsigned);
    }
    let name: Option<Name> = text.parse().ok();
    let known = name.filter(|name| keys.iter().any(|key| key.name() == name));
    if known.is_none() {
        let known = keys.iter().map(|key| key.name().without_final_dot()).collect();
        reader.error(node.mark, ConfigErrorKind::UnknownTsigKey { name: text.to_owned(), known });
    }
    known.map(KeyChoice::Named)
}
