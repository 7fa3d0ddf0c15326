//! The zones of a configuration, each with what holds for it.

use std::collections::HashMap;
use std::sync::Arc;

use super::MonitorSettings;
use super::error::{ConfigError, Fault};
use super::keys::{GROUP_KEYS, ZONE_KEYS};
use super::reader::{Fields, Reader};
use super::servers::{FileReader, ReferencedFile, Servers};
use super::settings::Choices;
use super::yaml::{Node, Place, Value};
use crate::dns::{Name, Position, tsig};
use crate::plan::{Role, Server, ServerSelection, ZoneSettings};

/// Reads zones of a file, and writes down what is wrong.
pub(super) struct Zones<'r, 't> {
    pub(super) reader: &'r mut Reader<'t>,
    pub(super) files: FileReader<'r>,
    pub(super) servers: &'r Servers,
    pub(super) keys: Arc<[tsig::TsigKey]>,
    /// The zones so far.
    pub(super) found: Vec<(Name, Arc<MonitorSettings>)>,
    /// Where each zone is.
    pub(super) places: HashMap<Name, Seat>,
}

/// Where a zone was named.
#[derive(Clone, Debug)]
pub(super) enum Seat {
    /// In the configuration.
    Here(Place),
    /// In a line of a list of zones.
    Listed(Arc<str>, u64),
}

/// What holds for several zones: who is asked, and how.
struct Shared {
    servers: Vec<(Role, Server)>,
    choices: Choices,
    settings: Arc<MonitorSettings>,
}

impl Zones<'_, '_> {
    /// Reads the zones in no group, then those of all groups.
    pub(super) fn read(&mut self, file: Fields<'_>, choices: &Choices) {
        self.members(file, choices, self.servers.all());
        let Some(groups) = file.get("groups") else { return };
        for (_, node) in self.reader.entries(groups) {
            let fields = self.reader.fields(node, GROUP_KEYS);
            let choices = choices.but(fields, self.reader);
            let servers = self.chosen(fields, &self.servers.all());
            self.members(fields, &choices, servers);
        }
    }

    /// Returns the servers that a map names, else `usual` ones.
    fn chosen(&mut self, fields: Fields<'_>, usual: &[(Role, Server)]) -> Vec<(Role, Server)> {
        match fields.get("servers") {
            Some(node) => self.servers.named(node, self.reader),
            None => usual.to_vec(),
        }
    }

    /// Reads the zones and lists of zones in a map.
    fn members(&mut self, fields: Fields<'_>, choices: &Choices, servers: Vec<(Role, Server)>) {
        let settings = self.settings(choices.clone(), servers.clone(), fields);
        let shared = Shared { servers, choices: choices.clone(), settings };
        if let Some(node) = fields.get("zones") {
            for node in self.reader.list(node) {
                self.zone(node, &shared);
            }
        }
        if let Some(node) = fields.get("zone_lists") {
            for node in self.reader.list(node) {
                self.list(node, &shared.settings);
            }
        }
    }

    fn settings(
        &mut self,
        choices: Choices,
        servers: Vec<(Role, Server)>,
        fields: Fields<'_>,
    ) -> Arc<MonitorSettings> {
        let (interval, compare_interval) = (choices.interval, choices.compare_interval);
        let records = Choices { compare: None, ..choices.clone() };
        let named = !servers.is_empty();
        let rules = choices.rules(named).or_else(|_| {
            let place = fields.get("compare").or_else(|| fields.get("serials")).map(|node| node.place);
            if let Some(place) = place {
                self.reader.complain(place, Fault::NothingToCompare);
            }
            records.rules(named)
        });
        let rules = rules.expect("without a choice, what fits the serials is compared");
        let given = ServerSelection { servers, source: None, keys: Arc::clone(&self.keys), usual_key: None };
        Arc::new(MonitorSettings { zone: ZoneSettings { given, rules }, interval, compare_interval })
    }

    /// Reads a zone: its name, or a map with that and more.
    fn zone(&mut self, node: &Node<'_>, shared: &Shared) {
        if !matches!(node.value, Value::Map(_)) {
            let settings = Arc::clone(&shared.settings);
            self.named(node, settings);
            return;
        }
        let fields = self.reader.fields(node, ZONE_KEYS);
        let choices = shared.choices.but(fields, self.reader);
        let servers = self.chosen(fields, &shared.servers);
        let mut settings = self.settings(choices, servers, fields);
        // Zones that say the same one after the other share it.
        if let Some((_, last)) = self.found.last().filter(|(_, last)| **last == *settings) {
            settings = Arc::clone(last);
        }
        if let Some(node) = self.reader.needed(fields, "zone") {
            self.named(node, settings);
        }
    }

    /// Adds the zone that a text names.
    fn named(&mut self, node: &Node<'_>, settings: Arc<MonitorSettings>) {
        let Some(text) = self.reader.text(node) else { return };
        if let Err(fault) = self.add(text, Seat::Here(node.place), settings) {
            self.reader.complain(node.place, fault);
        }
    }

    /// Adds the zones of a file, one a line; `#` begins a comment.
    fn list(&mut self, node: &Node<'_>, settings: &Arc<MonitorSettings>) {
        let Some(path) = self.reader.text(node) else { return };
        let text = match (self.files)(ReferencedFile::ZoneList, path) {
            Ok(text) => text,
            Err(reason) => {
                self.reader.complain(node.place, Fault::File { path: path.to_owned(), reason });
                return;
            }
        };
        let file: Arc<str> = path.into();
        for (number, line) in (1_u64..).zip(text.lines()) {
            let Some(zone) = zone_in_line(line) else { continue };
            let seat = Seat::Listed(Arc::clone(&file), number);
            if let Err(fault) = self.add(zone, seat, Arc::clone(settings)) {
                let start = line.len() - line.trim_start().len();
                let spot = Position::new(number, line.as_bytes(), start, start + zone.len());
                self.reader.add(ConfigError { file: path.to_owned(), spot, fault });
            }
        }
    }

    fn add(&mut self, text: &str, seat: Seat, settings: Arc<MonitorSettings>) -> Result<(), Fault> {
        let zone: Name = text.parse().map_err(|reason| Fault::Zone { text: text.to_owned(), reason })?;
        if let Some(seat) = self.places.get(&zone) {
            let place = match seat {
                Seat::Here(place) => self.reader.shown(*place),
                Seat::Listed(file, line) => format!("{}:{line}", file.escape_debug()),
            };
            return Err(Fault::ZoneTwice { zone, place });
        }
        self.places.insert(zone.clone(), seat);
        self.found.push((zone, settings));
        Ok(())
    }
}

/// Returns the zone in a line of a list of zones; nothing if it is empty, or a comment, which `#` begins.
pub fn zone_in_line(line: &str) -> Option<&str> {
    line.split('#').next().map(str::trim).filter(|zone| !zone.is_empty())
}
