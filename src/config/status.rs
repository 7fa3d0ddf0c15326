//! Where a server is asked what it says of its own zones: `status` of a server.

use super::error::ConfigErrorKind;
use super::files::{FileReader, ReferencedFile};
use super::keys::STATUS_KEYS;
use super::reader::{ConfigReader, Mapping};
use super::yaml::Node;
use crate::plan::{ApiKey, ControlCommand, HttpUrl, ParseApiKeyError, StatusChannel};

/// The keys of which each names a channel.
const CHANNELS: [&str; 4] = ["bind", "powerdns", "nsd", "knot"];

/// Reads `status`: exactly one channel.
pub(super) fn read(
    node: &Node<'_>,
    files: FileReader<'_>,
    reader: &mut ConfigReader<'_>,
) -> Option<StatusChannel> {
    let mapping = reader.mapping(node, STATUS_KEYS);
    let mut named = CHANNELS.into_iter().filter_map(|key| Some((key, mapping.get(key)?)));
    let Some((channel, value)) = named.next() else {
        reader.error(mapping.mark(), ConfigErrorKind::NoStatusChannel);
        return None;
    };
    if let Some((_, second)) = named.next() {
        reader.error(second.mark, ConfigErrorKind::TwoStatusChannels);
        return None;
    }
    if let Some(node) = mapping.get("key_file").filter(|_| channel != "powerdns") {
        reader.error(node.mark, ConfigErrorKind::UnusedKeyFile);
    }
    match channel {
        "bind" => url(value, reader).map(StatusChannel::Bind),
        "powerdns" => {
            // Both are read, so that the errors of both are told.
            let (url, key) = (url(value, reader), api_key(mapping, files, reader));
            Some(StatusChannel::PowerDns(url?, key?))
        }
        "nsd" => command(value, reader).map(StatusChannel::Nsd),
        _ => command(value, reader).map(StatusChannel::Knot),
    }
}

fn url(node: &Node<'_>, reader: &mut ConfigReader<'_>) -> Option<HttpUrl> {
    reader.url(node, ConfigErrorKind::InvalidUrl)
}

/// Reads the key of the API from the file that `key_file` names.
fn api_key(mapping: Mapping<'_>, files: FileReader<'_>, reader: &mut ConfigReader<'_>) -> Option<ApiKey> {
    let node = reader.required(mapping, "key_file")?;
    let path = reader.string(node)?;
    let parse = |text: &str| text.parse().map_err(|error: ParseApiKeyError| error.to_string());
    let key = files.read(ReferencedFile::ApiKey, path).and_then(|text| parse(&text));
    reader.of_file(node.mark, path, key)
}

/// Reads a program and its first arguments.
fn command(node: &Node<'_>, reader: &mut ConfigReader<'_>) -> Option<ControlCommand> {
    let words: Vec<&str> = reader.sequence(node).iter().filter_map(|node| reader.string(node)).collect();
    match words.as_slice() {
        [program, arguments @ ..] if !program.is_empty() => Some(ControlCommand {
            program: (*program).to_owned(),
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
        }),
        _ => {
            reader.error(node.mark, ConfigErrorKind::NoCommand);
            None
        }
    }
}
