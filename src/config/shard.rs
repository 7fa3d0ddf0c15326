//! `shard` and `vantage`: which part of the zones is checked, and from where.

use super::error::ConfigErrorKind;
use super::keys::SHARD_KEYS;
use super::reader::ConfigReader;
use super::yaml::Node;
use crate::plan::{Shard, parse_vantage};

/// Reads `shard`.
pub(super) fn read(node: &Node<'_>, reader: &mut ConfigReader<'_>) -> Option<Shard> {
    let mapping = reader.mapping(node, SHARD_KEYS);
    let index = reader.required(mapping, "index").and_then(|node| reader.index(node));
    let count = reader.required(mapping, "count").and_then(|node| reader.count(node));
    match Shard::new(index?, count?) {
        Ok(shard) => Some(shard),
        Err(error) => {
            reader.error(node.mark, ConfigErrorKind::InvalidShard(error));
            None
        }
    }
}

/// Reads `vantage`.
pub(super) fn read_vantage(node: &Node<'_>, reader: &mut ConfigReader<'_>) -> Option<String> {
    match parse_vantage(reader.string(node)?) {
        Ok(vantage) => Some(vantage),
        Err(error) => {
            reader.error(node.mark, ConfigErrorKind::InvalidVantage(error));
            None
        }
    }
}
