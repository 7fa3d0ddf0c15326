//! The zones of a configuration, each with its settings: `zones`, `zone_lists` and `groups`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::error::{ConfigError, ConfigErrorKind};
use super::files::{FileReader, ReferencedFile};
use super::keys::{GROUP_KEYS, ZONE_KEYS};
use super::reader::{ConfigReader, Mapping};
use super::servers::DefinedServers;
use super::settings::{InheritedSettings, MonitorSettings};
use super::yaml::{Mark, Node, Value};
use crate::dns::dsfile::DsFile;
use crate::dns::tsig::TsigKey;
use crate::dns::{Excerpt, Name};
use crate::plan::{Compare, Role, Server, ServerSelection, ZoneSettings, check_chain, parse_zone};

/// Reads the zones of a configuration and of the lists that it names.
pub(super) struct ZoneReader<'r, 't> {
    pub(super) reader: &'r mut ConfigReader<'t>,
    pub(super) files: FileReader<'r>,
    pub(super) servers: &'r DefinedServers,
    pub(super) keys: Arc<[TsigKey]>,
    /// The zones that were read so far.
    pub(super) zones: Vec<(Name, Arc<MonitorSettings>)>,
    /// The settings of each group, for members of catalogs.
    pub(super) groups: BTreeMap<String, Arc<MonitorSettings>>,
    /// The groups that catalogs name.
    pub(super) catalog_groups: HashSet<&'r str>,
    /// The place of each zone, catalogs among them.
    pub(super) locations: HashMap<Name, ZoneLocation>,
    /// The DS records of each file that was read; none of one that cannot be read.
    pub(super) ds_files: HashMap<String, Option<Arc<DsFile>>>,
}

/// The place where a zone is configured.
#[derive(Clone, Debug)]
pub(super) enum ZoneLocation {
    /// In the configuration.
    Configuration(Mark),
    /// In a line of a list of zones.
    List(Arc<str>, u64),
}

/// What the zones of a group, or those in no group, start with.
struct ZoneDefaults {
    servers: Vec<(Role, Server)>,
    settings: InheritedSettings,
    /// The same, for zones that override nothing.
    resolved: Arc<MonitorSettings>,
}

impl ZoneReader<'_, '_> {
    /// Reads the zones in no group, then the zones of all groups.
    pub(super) fn read(&mut self, root: Mapping<'_>, settings: &InheritedSettings) {
        self.members(root, settings, self.servers.all(), false);
        let Some(groups) = root.get("groups") else { return };
        for (key, node) in self.reader.entries(groups) {
            let group = self.reader.mapping(node, GROUP_KEYS);
            let settings = settings.overridden_by(group, self.reader);
            let servers = self.servers_of(group, &self.servers.all());
            let first = self.zones.len();
            let is_of_catalog = self.catalog_groups.contains(key.name.as_ref());
            let resolved = self.members(group, &settings, servers, is_of_catalog);
            self.groups.insert(key.name.to_string(), resolved);
            // The names of a catalog's members are not known yet.
            if !is_of_catalog {
                self.check_names(group, first);
            }
        }
    }

    /// Checks that each name to ask for that a mapping has is in one of the zones from this one on.
    fn check_names(&mut self, mapping: Mapping<'_>, first: usize) {
        let Some(node) = mapping.get("names") else { return };
        let zones: HashSet<&[u8]> = self.zones.iter().skip(first).map(|(zone, _)| zone.as_wire()).collect();
        let only = self.zones.get(first).filter(|_| zones.len() == 1).map(|(zone, _)| zone);
        for (mark, (name, _)) in self.reader.named_rrsets(node) {
            if !name.ancestors().any(|ancestor| zones.contains(ancestor)) {
                let zone = only.cloned();
                self.reader.error(mark, ConfigErrorKind::NameOutsideZones { name, zone });
            }
        }
    }

    /// Returns the servers that a mapping names, else the inherited ones.
    pub(super) fn servers_of(
        &mut self,
        mapping: Mapping<'_>,
        inherited: &[(Role, Server)],
    ) -> Vec<(Role, Server)> {
        match mapping.get("servers") {
            Some(node) => self.servers.named(node, self.reader),
            None => inherited.to_vec(),
        }
    }

    /// Reads the zones and lists of zones of a mapping; returns the settings that it gives to zones.
    fn members(
        &mut self,
        group: Mapping<'_>,
        settings: &InheritedSettings,
        servers: Vec<(Role, Server)>,
        is_of_catalog: bool,
    ) -> Arc<MonitorSettings> {
        let has_zones = is_of_catalog || ["zones", "zone_lists"].iter().any(|key| group.get(key).is_some());
        let resolved = self.resolve(settings.clone(), servers.clone(), group, has_zones);
        self.check_members(group, &servers, is_of_catalog);
        let defaults = ZoneDefaults { servers, settings: settings.clone(), resolved };
        if let Some(node) = group.get("zones") {
            for node in self.reader.sequence(node) {
                self.zone(node, &defaults);
            }
        }
        if let Some(node) = group.get("zone_lists") {
            for node in self.reader.sequence(node) {
                self.list(node, &defaults.resolved);
            }
        }
        defaults.resolved
    }

    /// Checks the servers of the zones of a mapping that name none themselves, as members of catalogs never do.
    fn check_members(&mut self, group: Mapping<'_>, servers: &[(Role, Server)], is_of_catalog: bool) {
        let names_servers = |node: &Node<'_>| match &node.value {
            Value::Mapping(entries) => entries.iter().any(|(key, _)| key.name == "servers"),
            _ => false,
        };
        let zones = group.get("zones").into_iter().flat_map(|node| match &node.value {
            Value::Sequence(zones) => zones.as_slice(),
            _ => &[],
        });
        let inheriting = zones.filter(|zone| !names_servers(zone)).map(|zone| zone.mark).next();
        let inheriting = inheriting.or_else(|| group.get("zone_lists").map(|lists| lists.mark));
        let of_catalog = is_of_catalog.then(|| group.get("servers").map_or(group.mark(), |node| node.mark));
        if let Some(mark) = inheriting.or(of_catalog) {
            self.check_chain(mark, servers);
        }
    }

    /// Checks that the signers among the servers of a zone are part of a chain.
    pub(super) fn check_chain(&mut self, mark: Mark, servers: &[(Role, Server)]) {
        if let Err(error) = check_chain(servers, false) {
            self.reader.error(mark, ConfigErrorKind::Chain(error));
        }
    }

    /// Returns what holds for zones with these settings and servers, which a mapping sets; it may have no zones.
    pub(super) fn resolve(
        &mut self,
        settings: InheritedSettings,
        servers: Vec<(Role, Server)>,
        mapping: Mapping<'_>,
        has_zones: bool,
    ) -> Arc<MonitorSettings> {
        let (interval, compare_interval) = (settings.interval, settings.compare_interval);
        let settings_ds = settings.ds.clone();
        let without_compare = InheritedSettings { compare: None, ..settings.clone() };
        let are_servers_defined = !servers.is_empty();
        let has_signer = servers.iter().any(|(role, _)| *role == Role::Signer);
        if has_signer && settings.compare == Some(Compare::Serials) && has_zones {
            let node = mapping.get("compare").or_else(|| mapping.get("servers"));
            let mark = node.map_or_else(|| mapping.mark(), |node| node.mark);
            self.reader.error(mark, ConfigErrorKind::UncomparableSigner);
        }
        let rules = settings.rules(are_servers_defined).or_else(|_| {
            let mark = mapping.get("compare").or_else(|| mapping.get("serials")).map(|node| node.mark);
            if let Some(mark) = mark {
                self.reader.error(mark, ConfigErrorKind::NothingToCompare);
            }
            without_compare.rules(are_servers_defined)
        });
        let mut rules = rules.expect("the default of `compare` fits any serials");
        if let (Some(validation), Some((path, mark))) = (&mut rules.validation, &settings_ds) {
            validation.ds = self.ds_file(path, *mark);
        }
        let given =
            ServerSelection { servers, source: None, keys: Arc::clone(&self.keys), default_key: None };
        Arc::new(MonitorSettings {
            zone: ZoneSettings { servers: given, comparison: rules },
            interval,
            compare_interval,
        })
    }

    /// Reads a zone: its name, or a mapping with its name and more.
    fn zone(&mut self, node: &Node<'_>, defaults: &ZoneDefaults) {
        if !matches!(node.value, Value::Mapping(_)) {
            let settings = Arc::clone(&defaults.resolved);
            self.name(node, settings);
            return;
        }
        let mapping = self.reader.mapping(node, ZONE_KEYS);
        let settings = defaults.settings.overridden_by(mapping, self.reader);
        let servers = self.servers_of(mapping, &defaults.servers);
        if let Some(node) = mapping.get("servers") {
            self.check_chain(node.mark, &servers);
        }
        let mut resolved = self.resolve(settings, servers, mapping, mapping.get("zone").is_some());
        // Consecutive zones with equal settings share them in memory.
        if let Some((_, previous)) = self.zones.last().filter(|(_, previous)| **previous == *resolved) {
            resolved = Arc::clone(previous);
        }
        if let Some(node) = self.reader.required(mapping, "zone") {
            let first = self.zones.len();
            self.name(node, resolved);
            if self.zones.len() > first {
                self.check_names(mapping, first);
                self.check_ds(mapping, first);
            }
        }
    }

    /// Checks that the file of DS records that a zone names has some of it.
    fn check_ds(&mut self, mapping: Mapping<'_>, at: usize) {
        let (Some(node), Some((zone, settings))) = (mapping.get("ds"), self.zones.get(at)) else { return };
        let Some(validation) = &settings.zone.comparison.validation else {
            self.reader.error(node.mark, ConfigErrorKind::UnusedDs);
            return;
        };
        if validation.ds.as_ref().is_some_and(|ds| !ds.has(zone)) {
            let path = self.reader.string(node).unwrap_or_default().to_owned();
            let zone = zone.clone();
            self.reader.error(node.mark, ConfigErrorKind::NoDsOfZone { path, zone });
        }
    }

    /// Returns the DS records of a file, which is read once.
    fn ds_file(&mut self, path: &str, mark: Mark) -> Option<Arc<DsFile>> {
        if let Some(known) = self.ds_files.get(path) {
            return known.clone();
        }
        let read = (self.files)(ReferencedFile::DsRecords, path).and_then(|text| {
            DsFile::parse(&text).map_err(|error| format!("{}:{error}", path.escape_debug()))
        });
        let file = self.reader.of_file(mark, path, read).map(Arc::new);
        self.ds_files.insert(path.to_owned(), file.clone());
        file
    }

    /// Adds the zone that a scalar names.
    fn name(&mut self, node: &Node<'_>, settings: Arc<MonitorSettings>) {
        let Some(text) = self.reader.string(node) else { return };
        if let Err(kind) = self.add(text, ZoneLocation::Configuration(node.mark), settings) {
            self.reader.error(node.mark, kind);
        }
    }

    /// Adds the zones of a file, one per line; `#` begins a comment.
    fn list(&mut self, node: &Node<'_>, settings: &Arc<MonitorSettings>) {
        let Some(path) = self.reader.string(node) else { return };
        let read = (self.files)(ReferencedFile::ZoneList, path);
        let Some(text) = self.reader.of_file(node.mark, path, read) else { return };
        let file: Arc<str> = path.into();
        for (number, line) in (1_u64..).zip(text.lines()) {
            let Some(zone) = zone_in_line(line) else { continue };
            let location = ZoneLocation::List(Arc::clone(&file), number);
            if let Err(kind) = self.add(zone, location, Arc::clone(settings)) {
                let start = line.len() - line.trim_start().len();
                let excerpt = Excerpt::new(number, line.as_bytes(), start, start + zone.len());
                self.reader.add_error(ConfigError { file: path.to_owned(), excerpt, kind });
            }
        }
    }

    fn add(
        &mut self,
        text: &str,
        location: ZoneLocation,
        settings: Arc<MonitorSettings>,
    ) -> Result<(), ConfigErrorKind> {
        let zone = self.locate(text, location)?;
        self.zones.push((zone, settings));
        Ok(())
    }

    /// Parses the name of a zone and notes its place, unless another zone has the name.
    pub(super) fn locate(&mut self, text: &str, location: ZoneLocation) -> Result<Name, ConfigErrorKind> {
        let zone: Name = parse_zone(text)
            .map_err(|reason| ConfigErrorKind::InvalidZone { text: text.to_owned(), reason })?;
        if let Some(location) = self.locations.get(&zone) {
            let first = match location {
                ZoneLocation::Configuration(mark) => self.reader.location(*mark),
                ZoneLocation::List(file, line) => format!("{}:{line}", file.escape_debug()),
            };
            return Err(ConfigErrorKind::DuplicateZone { zone, first });
        }
        self.locations.insert(zone.clone(), location);
        Ok(zone)
    }
}

/// Returns the zone in a line of a list of zones; `None` if the line is empty or a comment, which `#` begins.
pub fn zone_in_line(line: &str) -> Option<&str> {
    line.split('#').next().map(str::trim).filter(|zone| !zone.is_empty())
}
