//! From a tree to values: whatever is not as its key needs it is written down, and the reading goes on.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU64;
use std::time::Duration;

use super::error::{ConfigError, Fault};
use super::keys::{COSTS, Keys};
use super::yaml::{Node, Place, Value};
use crate::dns::Position;
use crate::plan::{duration, some_time};

/// Nobody is asked more often.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

/// Nobody is asked less often.
const LONGEST_INTERVAL: Duration = Duration::from_hours(24 * 366);

/// The most mistakes that are told of one file and all it names.
const MOST: usize = 200;

/// A file, and what is wrong in it.
#[derive(Debug)]
pub(super) struct Reader<'t> {
    file: &'t str,
    text: &'t str,
    /// What is wrong, in the order in which it was found.
    pub(super) mistakes: Vec<ConfigError>,
}

/// The keys of a map that were given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'n> {
    place: Place,
    entries: &'n [(super::yaml::Key<'n>, Node<'n>)],
}

impl<'n> Fields<'n> {
    /// Returns the value of a key, if it has one.
    pub(super) fn get(&self, name: &str) -> Option<&'n Node<'n>> {
        let (_, node) = self.entries.iter().find(|(key, _)| key.name == name)?;
        (!matches!(node.value, Value::Nothing)).then_some(node)
    }
}

impl<'t> Reader<'t> {
    pub(super) fn new(file: &'t str, text: &'t str) -> Self {
        Self { file, text, mistakes: Vec::new() }
    }

    /// Writes down what is wrong at a place of the file.
    pub(super) fn complain(&mut self, place: Place, fault: Fault) {
        if self.mistakes.len() >= MOST {
            return;
        }
        let line = self.text.lines().nth(place.line.saturating_sub(1)).unwrap_or_default();
        let octets = |column: usize| line.char_indices().nth(column).map_or(line.len(), |(start, _)| start);
        let spot = Position::new(place.line as u64, line.as_bytes(), octets(place.from), octets(place.to));
        self.add(ConfigError { file: self.file.to_owned(), spot, fault });
    }

    /// Writes down what is wrong in this file or another; of one place, only what was found first.
    pub(super) fn add(&mut self, mistake: ConfigError) {
        let place = |mistake: &ConfigError| (mistake.spot.line, mistake.spot.column);
        let known = |other: &ConfigError| other.file == mistake.file && place(other) == place(&mistake);
        if self.mistakes.len() < MOST && !self.mistakes.iter().any(known) {
            self.mistakes.push(mistake);
        }
    }

    /// Returns where something stands, as people write it.
    pub(super) fn shown(&self, place: Place) -> String {
        format!("{}:{}:{}", self.file.escape_debug(), place.line, place.from + 1)
    }

    /// Returns the keys of a map, those that may be there; nothing is a map without keys.
    pub(super) fn fields<'n>(&mut self, node: &'n Node<'n>, keys: Keys) -> Fields<'n> {
        let entries = self.entries(node);
        let known = || keys.iter().copied().flatten().map(|key| key.name);
        for (key, node) in entries {
            let name = key.name.as_ref();
            if known().any(|known| known == name) {
                if matches!(node.value, Value::Nothing) && !can_be_empty(name) {
                    self.complain(key.place, Fault::NoValue);
                }
            } else if name == "web_config" && known().any(|known| known == "open_probe") {
                self.complain(key.place, Fault::NotOffered("web_config"));
            } else if COSTS.iter().any(|cost| cost.name == name) && known().any(|known| known == "interval") {
                self.complain(key.place, Fault::OfTheProbe(name.to_owned()));
            } else {
                let fault = Fault::UnknownKey { key: name.to_owned(), known: known().collect() };
                self.complain(key.place, fault);
            }
        }
        Fields { place: node.place, entries }
    }

    /// Returns the value of a key that must be there.
    pub(super) fn needed<'n>(&mut self, fields: Fields<'n>, key: &'static str) -> Option<&'n Node<'n>> {
        let there = fields.entries.iter().any(|(known, _)| known.name == key);
        if !there {
            self.complain(fields.place, Fault::Missing(key));
        }
        fields.get(key)
    }

    /// Returns what is in a map.
    pub(super) fn entries<'n>(&mut self, node: &'n Node<'n>) -> &'n [(super::yaml::Key<'n>, Node<'n>)] {
        match &node.value {
            Value::Map(entries) => entries,
            Value::Nothing => &[],
            other => {
                self.complain(
                    node.place,
                    Fault::Kind { expected: "a map of keys and values", found: other.kind() },
                );
                &[]
            }
        }
    }

    /// Returns what is in a list.
    pub(super) fn list<'n>(&mut self, node: &'n Node<'n>) -> &'n [Node<'n>] {
        match &node.value {
            Value::List(list) => list,
            other => {
                self.complain(
                    node.place,
                    Fault::Kind { expected: "a list, as in [ONE, TWO]", found: other.kind() },
                );
                &[]
            }
        }
    }

    /// Returns a text.
    pub(super) fn text<'n>(&mut self, node: &'n Node<'n>) -> Option<&'n str> {
        match &node.value {
            Value::Text(text) => Some(text),
            other => {
                self.complain(node.place, Fault::Kind { expected: "a text", found: other.kind() });
                None
            }
        }
    }

    /// Returns a text as something else.
    fn parsed<T>(
        &mut self,
        node: &Node<'_>,
        expected: &'static str,
        write: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(node)?;
        let parsed = parse(text);
        if parsed.is_none() {
            let fault = Fault::Value { text: text.to_owned(), expected, write: write.to_owned() };
            self.complain(node.place, fault);
        }
        parsed
    }

    /// Returns one of a few words as what it stands for.
    pub(super) fn word<T: Copy>(&mut self, node: &Node<'_>, words: &[(&str, T)]) -> Option<T> {
        let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        self.parsed(node, "one of the words that are known here", &known.join(" or "), |text| {
            words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning)
        })
    }

    pub(super) fn flag(&mut self, node: &Node<'_>) -> Option<bool> {
        self.parsed(node, "`true` or `false`", "`true` or `false`", |text| text.parse().ok())
    }

    /// Returns a number from 1.
    pub(super) fn count<T: TryFrom<u64>>(&mut self, node: &Node<'_>) -> Option<T> {
        self.parsed(node, "a number that can be used here", "a number from 1, in digits", |text| {
            let count: NonZeroU64 = text.parse().ok()?;
            count.get().try_into().ok()
        })
    }

    /// Returns a time that is not zero.
    pub(super) fn duration(&mut self, node: &Node<'_>) -> Option<Duration> {
        self.parsed(node, "a duration", "a number and a unit, as in 60s, 10m or 1h 30m", |text| {
            some_time(text).ok()
        })
    }

    /// Returns how long it is from one question to the next of the same.
    pub(super) fn interval(&mut self, node: &Node<'_>) -> Option<Duration> {
        self.parsed(
            node,
            "an interval",
            "a number and a unit, as in 60s or 10m, from 1s to 366 days",
            |text| duration(text).ok().filter(|time| (SHORTEST_INTERVAL..=LONGEST_INTERVAL).contains(time)),
        )
    }

    /// Returns what a time stands for, or `auto`.
    pub(super) fn duration_or_auto<T>(
        &mut self,
        node: &Node<'_>,
        auto: T,
        fixed: impl FnOnce(Duration) -> T,
    ) -> Option<T> {
        self.parsed(node, "a duration", "`auto`, or a number and a unit, as in 60s or 10m", |text| match text
        {
            "auto" => Some(auto),
            text => duration(text).ok().map(fixed),
        })
    }

    pub(super) fn address(&mut self, node: &Node<'_>) -> Option<IpAddr> {
        self.parsed(node, "an address to ask from", "an IPv4 or IPv6 address", |text| text.parse().ok())
    }

    pub(super) fn socket(&mut self, node: &Node<'_>) -> Option<SocketAddr> {
        let write = "ADDRESS:PORT, as in 127.0.0.1:15353 or \"[::1]:15353\"";
        self.parsed(node, "an address and a port to listen on", write, |text| text.parse().ok())
    }

    /// Returns RR types.
    pub(super) fn types(&mut self, node: &Node<'_>) -> Vec<crate::dns::Rtype> {
        let write = "a mnemonic, or TYPE and its number";
        let nodes = self.list(node).iter();
        nodes.filter_map(|node| self.parsed(node, "an RR type", write, |text| text.parse().ok())).collect()
    }
}

/// Lists and maps may be left empty, as when all that was in them is commented out.
fn can_be_empty(key: &str) -> bool {
    matches!(key, "probe" | "tsig_keys" | "servers" | "groups" | "zones" | "zone_lists" | "metrics" | "http")
}
