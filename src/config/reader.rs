//! Converts nodes to values: an error is noted at its place, and reading goes on.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU64;
use std::ops::Range;
use std::str::FromStr;
use std::time::Duration;

use super::error::{ConfigError, ConfigErrorKind};
use super::keys::{LIMITS, MappingKeys};
use super::redacted::{hidden, redacted};
use super::yaml::{MappingKey, Mark, Node, Value};
use crate::dns::{Excerpt, Name, Rtype};
use crate::plan::{
    CacheResolver, Cover, ParseUrlError, QueryRate, parse_duration, parse_named_rrset,
    parse_positive_duration,
};

/// The shortest time between two checks of a zone.
const MIN_INTERVAL: Duration = Duration::from_secs(1);

/// The longest time between two checks of a zone.
const MAX_INTERVAL: Duration = Duration::from_hours(24 * 366);

/// The maximum number of errors that are reported of a configuration and the files it names.
const MAX_ERRORS: usize = 200;

/// A configuration file and the errors in it.
#[derive(Debug)]
pub(super) struct ConfigReader<'t> {
    file: &'t str,
    text: &'t str,
    /// The keys of a file with secrets, of whose lines nothing else is shown.
    shown_keys: Option<&'t [&'static str]>,
    /// The errors in the order in which they were found.
    pub(super) errors: Vec<ConfigError>,
}

/// A mapping whose keys were checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mapping<'n> {
    mark: Mark,
    entries: &'n [(MappingKey<'n>, Node<'n>)],
}

impl<'n> Mapping<'n> {
    /// Returns the value of a key, if it has one.
    pub(super) fn get(&self, name: &str) -> Option<&'n Node<'n>> {
        self.entry(name).map(|(_, node)| node)
    }

    /// Returns the place of a key and its value, if it has one.
    pub(super) fn entry(&self, name: &str) -> Option<(Mark, &'n Node<'n>)> {
        let (key, node) = self.entries.iter().find(|(key, _)| key.name == name)?;
        (!matches!(node.value, Value::Null)).then_some((key.mark, node))
    }

    /// A mapping without keys.
    pub(super) fn empty(mark: Mark) -> Self {
        Self { mark, entries: &[] }
    }

    /// Returns where the mapping begins.
    pub(super) fn mark(&self) -> Mark {
        self.mark
    }

    /// Replaces a setting by the value of a key, if the key has one that can be read.
    pub(super) fn set<T>(&self, key: &str, setting: &mut T, read: impl FnOnce(&'n Node<'n>) -> Option<T>) {
        if let Some(value) = self.get(key).and_then(read) {
            *setting = value;
        }
    }
}

impl<'t> ConfigReader<'t> {
    pub(super) fn new(file: &'t str, text: &'t str) -> Self {
        Self { file, text, shown_keys: None, errors: Vec::new() }
    }

    /// Reads a file with secrets: errors show its keys, and the characters that they are about.
    pub(super) fn of_secrets(file: &'t str, text: &'t str, keys: &'t [&'static str]) -> Self {
        Self { shown_keys: Some(keys), ..Self::new(file, text) }
    }

    /// What messages call the file.
    pub(super) fn file(&self) -> &'t str {
        self.file
    }

    /// Notes an error in the configuration file.
    pub(super) fn error(&mut self, mark: Mark, kind: ConfigErrorKind) {
        if self.errors.len() >= MAX_ERRORS {
            return;
        }
        self.add_error(ConfigError { file: self.file.to_owned(), excerpt: self.excerpt(mark), kind });
    }

    /// Notes an error at a value that holds a secret, which is not shown.
    pub(super) fn error_without_value(&mut self, mark: Mark, kind: ConfigErrorKind) {
        let excerpt =
            self.excerpt_of(mark, |line, columns| hidden(&line, |column| columns.contains(&column)));
        self.add_error(ConfigError { file: self.file.to_owned(), excerpt, kind });
    }

    /// Returns the line of a mark, with that marked.
    pub(super) fn excerpt(&self, mark: Mark) -> Excerpt {
        self.excerpt_of(mark, |line, _| line)
    }

    fn excerpt_of(&self, mark: Mark, hide: impl FnOnce(String, Range<usize>) -> String) -> Excerpt {
        let line = self.text.lines().nth(mark.line.saturating_sub(1)).unwrap_or_default();
        let columns = mark.start..mark.end;
        let line = match self.shown_keys {
            None => line.to_owned(),
            Some(keys) => redacted(line, &columns, keys),
        };
        let line = hide(line, columns);
        let byte = |column: usize| line.char_indices().nth(column).map_or(line.len(), |(start, _)| start);
        let (start, end) = (byte(mark.start), byte(mark.end));
        Excerpt::new(mark.line as u64, line.as_bytes(), start, end)
    }

    /// Returns what was read of a file that is named at a mark; notes why it cannot be read.
    pub(super) fn of_file<T>(&mut self, mark: Mark, path: &str, read: Result<T, String>) -> Option<T> {
        let note =
            |reason| self.error(mark, ConfigErrorKind::UnreadableFile { path: path.to_owned(), reason });
        read.map_err(note).ok()
    }

    /// Notes an error in any file; at one place, only the first.
    pub(super) fn add_error(&mut self, error: ConfigError) {
        let place = |error: &ConfigError| error.excerpt.position;
        let is_known = |other: &ConfigError| other.file == error.file && place(other) == place(&error);
        if self.errors.len() < MAX_ERRORS && !self.errors.iter().any(is_known) {
            self.errors.push(error);
        }
    }

    /// Returns `FILE:LINE:COLUMN` of a mark.
    pub(super) fn location(&self, mark: Mark) -> String {
        format!("{}:{}:{}", self.file.escape_debug(), mark.line, mark.start + 1)
    }

    /// Checks the keys of a mapping against those it may have; null is a mapping without keys.
    pub(super) fn mapping<'n>(&mut self, node: &'n Node<'n>, keys: MappingKeys) -> Mapping<'n> {
        let entries = self.entries(node);
        let known = || keys.iter().copied().flatten().map(|key| key.name);
        for (key, node) in entries {
            let name = key.name.as_ref();
            if known().any(|known| known == name) {
                if matches!(node.value, Value::Null) && !can_be_empty(name) {
                    self.error(key.mark, ConfigErrorKind::MissingValue);
                }
            } else if LIMITS.iter().any(|limit| limit.name == name)
                && known().any(|known| known == "interval")
            {
                self.error(key.mark, ConfigErrorKind::ProbeOnly(name.to_owned()));
            } else {
                let kind = ConfigErrorKind::UnknownKey { key: name.to_owned(), known: known().collect() };
                self.error(key.mark, kind);
            }
        }
        Mapping { mark: node.mark, entries }
    }

    /// Returns the value of a required key.
    pub(super) fn required<'n>(&mut self, mapping: Mapping<'n>, key: &'static str) -> Option<&'n Node<'n>> {
        if !mapping.entries.iter().any(|(known, _)| known.name == key) {
            self.error(mapping.mark, ConfigErrorKind::MissingKey(key));
        }
        mapping.get(key)
    }

    /// Returns the entries of a mapping with any keys.
    pub(super) fn entries<'n>(&mut self, node: &'n Node<'n>) -> &'n [(MappingKey<'n>, Node<'n>)] {
        match &node.value {
            Value::Mapping(entries) => entries,
            Value::Null => &[],
            other => {
                let expected = "a map of keys and values";
                self.error(node.mark, ConfigErrorKind::WrongNodeKind { expected, found: other.kind() });
                &[]
            }
        }
    }

    /// Returns the nodes of a sequence.
    pub(super) fn sequence<'n>(&mut self, node: &'n Node<'n>) -> &'n [Node<'n>] {
        match &node.value {
            Value::Sequence(nodes) => nodes,
            other => {
                let expected = "a list, as in [ONE, TWO]";
                self.error(node.mark, ConfigErrorKind::WrongNodeKind { expected, found: other.kind() });
                &[]
            }
        }
    }

    pub(super) fn string<'n>(&mut self, node: &'n Node<'n>) -> Option<&'n str> {
        match &node.value {
            Value::Scalar(text) => Some(text),
            other => {
                let expected = "a string";
                self.error(node.mark, ConfigErrorKind::WrongNodeKind { expected, found: other.kind() });
                None
            }
        }
    }

    /// Returns the strings of a sequence, each with its place.
    pub(super) fn strings(&mut self, node: &Node<'_>) -> Vec<(String, Mark)> {
        let nodes = self.sequence(node).iter();
        nodes.filter_map(|node| Some((self.string(node)?.to_owned(), node.mark))).collect()
    }

    /// Parses a string; an error says that it is not what is `expected`, and how that is written.
    fn parse<T>(
        &mut self,
        node: &Node<'_>,
        expected: &'static str,
        syntax: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.string(node)?;
        let parsed = parse(text);
        if parsed.is_none() {
            let (value, syntax) = (text.to_owned(), syntax.to_owned());
            self.error(node.mark, ConfigErrorKind::InvalidValue { value, expected, syntax });
        }
        parsed
    }

    /// Returns the value that a word stands for.
    pub(super) fn one_of<T: Copy>(&mut self, node: &Node<'_>, words: &[(&str, T)]) -> Option<T> {
        let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        self.parse(node, "one of the known values", &known.join(" or "), |text| {
            words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
        })
    }

    pub(super) fn boolean(&mut self, node: &Node<'_>) -> Option<bool> {
        self.parse(node, "`true` or `false`", "`true` or `false`", |text| text.parse().ok())
    }

    /// Returns a number from 1.
    pub(super) fn count<T: TryFrom<u64>>(&mut self, node: &Node<'_>) -> Option<T> {
        self.parse(node, "a number that can be used here", "a number from 1, in digits", |text| {
            let count: NonZeroU64 = text.parse().ok()?;
            count.get().try_into().ok()
        })
    }

    /// Returns a number from 1 to a maximum.
    pub(super) fn count_up_to(&mut self, node: &Node<'_>, max: usize) -> Option<usize> {
        let syntax = format!("a number from 1 to {max}, in digits");
        self.parse(node, "a number that can be used here", &syntax, |text| {
            text.parse().ok().filter(|count| (1..=max).contains(count))
        })
    }

    /// Returns a number from 0.
    pub(super) fn index(&mut self, node: &Node<'_>) -> Option<u32> {
        self.parse(node, "a number that can be used here", "a number from 0, in digits", |text| {
            text.parse().ok()
        })
    }

    /// Returns a number of queries per second.
    pub(super) fn query_rate(&mut self, node: &Node<'_>) -> Option<QueryRate> {
        let syntax = "a number from 1, in digits, or N/PROCESSES, as in 100/3";
        self.parse(node, "a number that can be used here", syntax, |text| text.parse().ok())
    }

    /// Returns a duration that is not zero.
    pub(super) fn duration(&mut self, node: &Node<'_>) -> Option<Duration> {
        self.parse(node, "a duration", "a number and a unit, as in 60s, 10m or 1h 30m", |text| {
            parse_positive_duration(text).ok()
        })
    }

    /// Returns the time between two checks.
    pub(super) fn interval(&mut self, node: &Node<'_>) -> Option<Duration> {
        let syntax = "a number and a unit, as in 60s or 10m, from 1s to 366 days";
        self.parse(node, "an interval", syntax, |text| {
            parse_duration(text).ok().filter(|interval| (MIN_INTERVAL..=MAX_INTERVAL).contains(interval))
        })
    }

    /// Returns `auto`, or the value for a duration.
    pub(super) fn duration_or_auto<T>(
        &mut self,
        node: &Node<'_>,
        auto: T,
        fixed: impl FnOnce(Duration) -> T,
    ) -> Option<T> {
        let syntax = "`auto`, or a number and a unit, as in 60s or 10m";
        self.parse(node, "a duration", syntax, |text| match text {
            "auto" => Some(auto),
            text => parse_duration(text).ok().map(fixed),
        })
    }

    pub(super) fn ip_address(&mut self, node: &Node<'_>) -> Option<IpAddr> {
        self.parse(node, "an address to ask from", "an IPv4 or IPv6 address", |text| text.parse().ok())
    }

    pub(super) fn socket_address(&mut self, node: &Node<'_>) -> Option<SocketAddr> {
        let syntax = "ADDRESS:PORT, as in 127.0.0.1:19353 or \"[::1]:19353\"";
        self.parse(node, "an address and a port to listen on", syntax, |text| text.parse().ok())
    }

    /// Returns a URL; an error of this kind shows none that may hold a password.
    pub(super) fn url<T: FromStr<Err = ParseUrlError>>(
        &mut self,
        node: &Node<'_>,
        kind: fn(ParseUrlError) -> ConfigErrorKind,
    ) -> Option<T> {
        match self.string(node)?.parse() {
            Ok(url) => Some(url),
            Err(error @ (ParseUrlError::Credentials | ParseUrlError::Path)) => {
                self.error_without_value(node.mark, kind(error));
                None
            }
            Err(error) => {
                self.error(node.mark, kind(error));
                None
            }
        }
    }

    /// Returns the host names of a sequence.
    pub(super) fn host_names(&mut self, node: &Node<'_>) -> Vec<String> {
        let syntax = "a name without a port, as in monitor.example.com";
        let is_host = |name: &str| {
            let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            name != "." && name.bytes().all(is_part) && name.parse::<Name>().is_ok()
        };
        let nodes = self.sequence(node).iter();
        let host_name =
            |node| self.parse(node, "a host name", syntax, |text| is_host(text).then(|| text.to_owned()));
        nodes.filter_map(host_name).collect()
    }

    /// Returns how much to ask for.
    pub(super) fn cover(&mut self, node: &Node<'_>) -> Option<Cover> {
        let text = self.string(node)?;
        match text.parse() {
            Ok(cover) => Some(cover),
            Err(reason) => {
                self.error(node.mark, ConfigErrorKind::InvalidCover { text: text.to_owned(), reason });
                None
            }
        }
    }

    /// Returns the names to ask for of a sequence, each with its place.
    pub(super) fn named_rrsets(&mut self, node: &Node<'_>) -> Vec<(Mark, (Name, Option<Rtype>))> {
        let mut named = Vec::new();
        for node in self.sequence(node) {
            let Some(text) = self.string(node) else { continue };
            match parse_named_rrset(text) {
                Ok(rrset) => named.push((node.mark, rrset)),
                Err(reason) => self.error(node.mark, ConfigErrorKind::InvalidRrsetName(reason)),
            }
        }
        named
    }

    /// Returns the resolvers of a sequence.
    pub(super) fn cache_resolvers(&mut self, node: &Node<'_>) -> Vec<CacheResolver> {
        let mut resolvers = Vec::new();
        for node in self.sequence(node) {
            let Some(text) = self.string(node) else { continue };
            match text.parse() {
                Ok(resolver) => resolvers.push(resolver),
                Err(reason) => self.error(node.mark, ConfigErrorKind::InvalidAddress(reason)),
            }
        }
        resolvers
    }

    /// Returns the RR types of a sequence.
    pub(super) fn rr_types(&mut self, node: &Node<'_>) -> Vec<Rtype> {
        let syntax = "a mnemonic, or TYPE and its number";
        let nodes = self.sequence(node).iter();
        nodes.filter_map(|node| self.parse(node, "an RR type", syntax, |text| text.parse().ok())).collect()
    }
}

/// Whether a key may have no value, as when all sequences and mappings below it are commented out.
fn can_be_empty(key: &str) -> bool {
    let empty =
        ["probe", "tsig_keys", "servers", "groups", "zones", "zone_lists", "catalogs", "metrics", "http"];
    empty.contains(&key)
}
