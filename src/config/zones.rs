//! The zones of a configuration, each with its settings: `zones`, `zone_lists` and `groups`.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use super::error::{ConfigError, ConfigErrorKind};
use super::files::{FileReader, ReferencedFile};
use super::keys::{GROUP_KEYS, ZONE_KEYS};
use super::line_servers;
use super::parents;
use super::reader::{ConfigReader, Mapping};
use super::servers::DefinedServers;
use super::settings::{InheritedSettings, MonitorSettings};
use super::yaml::{Mark, Node, Value};
use super::zone_line::{LineServers, ZoneLine};
use crate::dns::Name;
use crate::dns::dsfile::DsFile;
use crate::dns::tsig::TsigKey;
use crate::plan::{Compare, LineId, Role, Server, ServerSelection, ZoneSettings, check_chain, parse_zone};

/// Reads the zones of a configuration and of the lists that it names.
pub(super) struct ZoneReader<'r, 't> {
    pub(super) reader: &'r mut ConfigReader<'t>,
    pub(super) files: FileReader<'r>,
    pub(super) servers: &'r DefinedServers,
    pub(super) keys: Arc<[TsigKey]>,
    /// The zones that were read so far.
    pub(super) zones: Vec<ConfiguredZone>,
    /// What the zones of each group start with.
    groups: BTreeMap<String, Rc<ZoneDefaults>>,
    /// The groups that catalogs name.
    pub(super) catalog_groups: HashSet<&'r str>,
    /// The place of each zone, catalogs among them.
    locations: HashMap<Name, ZoneLocation>,
    /// The DS records of each file that was read; none of one that cannot be read.
    ds_files: HashMap<String, Option<Arc<DsFile>>>,
}

/// A zone of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredZone {
    /// The zone.
    pub zone: Name,
    /// How it is checked; many zones share their settings.
    pub settings: Arc<MonitorSettings>,
    /// What the line of a list calls it.
    pub id: Option<Arc<LineId>>,
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

impl<'r, 't> ZoneReader<'r, 't> {
    pub(super) fn new(
        reader: &'r mut ConfigReader<'t>,
        files: FileReader<'r>,
        servers: &'r DefinedServers,
        keys: Arc<[TsigKey]>,
    ) -> Self {
        Self {
            reader,
            files,
            servers,
            keys,
            zones: Vec::new(),
            groups: BTreeMap::new(),
            catalog_groups: HashSet::new(),
            locations: HashMap::new(),
            ds_files: HashMap::new(),
        }
    }

    /// Reads the zones in no group, then the zones of all groups.
    pub(super) fn read(&mut self, root: Mapping<'_>, settings: &InheritedSettings) {
        let has_zones =
            |mapping: Mapping<'_>| ["zones", "zone_lists"].iter().any(|key| mapping.get(key).is_some());
        let defaults = self.defaults(root, settings.clone(), self.servers.all(), has_zones(root));
        let mut groups = Vec::new();
        for (key, node) in root.get("groups").map(|node| self.reader.entries(node)).into_iter().flatten() {
            let group = self.reader.mapping(node, GROUP_KEYS);
            let of_group = InheritedSettings { group: Some(key.name.as_ref().into()), ..settings.clone() };
            let settings = of_group.overridden_by(group, self.reader);
            let servers = self.servers_of(group, &self.servers.all());
            let is_of_catalog = self.catalog_groups.contains(key.name.as_ref());
            let has_zones = is_of_catalog || has_zones(group);
            let defaults = Rc::new(self.defaults(group, settings, servers, has_zones));
            self.groups.insert(key.name.to_string(), Rc::clone(&defaults));
            groups.push((group, defaults, is_of_catalog));
        }
        // A line of any list may name any group.
        self.members(root, &defaults, false);
        for (group, defaults, is_of_catalog) in groups {
            let first = self.zones.len();
            self.members(group, &defaults, is_of_catalog);
            // The names of a catalog's members are not known yet.
            if !is_of_catalog {
                self.check_names(group, first);
            }
        }
    }

    /// Returns the settings that the zones of a group start with.
    pub(super) fn group(&self, name: &str) -> Result<Arc<MonitorSettings>, ConfigErrorKind> {
        self.group_defaults(name).map(|defaults| Arc::clone(&defaults.resolved))
    }

    fn group_defaults(&self, name: &str) -> Result<Rc<ZoneDefaults>, ConfigErrorKind> {
        self.groups.get(name).cloned().ok_or_else(|| {
            let known = self.groups.keys().cloned().collect();
            ConfigErrorKind::UnknownGroup { name: name.to_owned(), known }
        })
    }

    /// Returns what the zones of each group start with.
    pub(super) fn groups(&self) -> BTreeMap<String, Arc<MonitorSettings>> {
        let groups = self.groups.iter();
        groups.map(|(name, defaults)| (name.clone(), Arc::clone(&defaults.resolved))).collect()
    }

    fn defaults(
        &mut self,
        mapping: Mapping<'_>,
        settings: InheritedSettings,
        servers: Vec<(Role, Server)>,
        has_zones: bool,
    ) -> ZoneDefaults {
        let resolved = self.resolve(settings.clone(), servers.clone(), mapping, has_zones);
        ZoneDefaults { servers, settings, resolved }
    }

    /// Checks that each name to ask for that a mapping has is in one of the zones from this one on.
    fn check_names(&mut self, mapping: Mapping<'_>, first: usize) {
        let Some(node) = mapping.get("names") else { return };
        let zones: HashSet<&[u8]> = self.zones.iter().skip(first).map(|it| it.zone.as_wire()).collect();
        let only = self.zones.get(first).filter(|_| zones.len() == 1).map(|it| &it.zone);
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

    /// Reads the zones and lists of zones of a mapping.
    fn members(&mut self, mapping: Mapping<'_>, defaults: &ZoneDefaults, is_of_catalog: bool) {
        self.check_members(mapping, &defaults.servers, is_of_catalog);
        if let Some(node) = mapping.get("zones") {
            for node in self.reader.sequence(node) {
                self.zone(node, defaults);
            }
        }
        if let Some(node) = mapping.get("zone_lists") {
            let mut known = HashMap::new();
            for node in self.reader.sequence(node) {
                self.list(node, (mapping, defaults), &mut known);
            }
        }
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
        let whole_interval = settings.whole_interval;
        let group = settings.group.clone();
        let (settings_ds, written_parents) = (settings.ds.clone(), settings.parents.clone());
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
        if let Some(delegation) = &mut rules.delegation {
            delegation.parents =
                parents::servers(&written_parents, self.servers, &self.keys, self.files, self.reader);
        }
        let given =
            ServerSelection { servers, source: None, keys: Arc::clone(&self.keys), default_key: None };
        Arc::new(MonitorSettings {
            group,
            zone: ZoneSettings { servers: given, comparison: rules },
            interval,
            // Copies that are compared by it are compared whole.
            compare_interval: compare_interval.min(whole_interval),
            whole_interval,
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
        if let Some(previous) = self.zones.last().filter(|previous| *previous.settings == *resolved) {
            resolved = Arc::clone(&previous.settings);
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
        let (Some(node), Some(configured)) = (mapping.get("ds"), self.zones.get(at)) else { return };
        let ConfiguredZone { zone, settings, .. } = configured;
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
        let read = self.files.read(ReferencedFile::DsRecords, path).and_then(|text| {
            DsFile::parse(&text).map_err(|error| format!("{}:{error}", path.escape_debug()))
        });
        let file = self.reader.of_file(mark, path, read).map(Arc::new);
        self.ds_files.insert(path.to_owned(), file.clone());
        file
    }

    /// Adds the zone that a scalar names.
    fn name(&mut self, node: &Node<'_>, settings: Arc<MonitorSettings>) {
        let Some(text) = self.reader.string(node) else { return };
        let zone = parse_zone(text);
        let zone = zone.map_err(|reason| ConfigErrorKind::InvalidZone { text: text.to_owned(), reason });
        let location = ZoneLocation::Configuration(node.mark);
        if let Err(kind) =
            zone.and_then(|zone| self.add(ConfiguredZone { zone, settings, id: None }, location))
        {
            self.reader.error(node.mark, kind);
        }
    }

    /// Adds the zones of a file, one per line; `#` begins a comment. Lines with the same servers share them.
    fn list(
        &mut self,
        node: &Node<'_>,
        (mapping, defaults): (Mapping<'_>, &ZoneDefaults),
        known: &mut HashMap<LineServers, Arc<MonitorSettings>>,
    ) {
        let Some(path) = self.reader.string(node) else { return };
        let opened = self.files.open_list(path);
        let Some(mut lines) = self.reader.of_file(node.mark, path, opened) else { return };
        let file: Arc<str> = path.into();
        loop {
            let line = match lines.next_line() {
                Ok(Some(line)) => line,
                Ok(None) => return,
                Err(reason) => {
                    self.reader.of_file::<()>(node.mark, path, Err(reason));
                    return;
                }
            };
            let parsed = match line.parse() {
                Ok(None) => continue,
                Ok(Some(parsed)) => Ok(parsed),
                Err(unreadable) => Err(ConfigErrorKind::of_line(unreadable.error)),
            };
            let added = parsed.and_then(|ZoneLine { zone, servers, id }| {
                // Most lists name nothing but zones.
                let known_settings =
                    if servers.is_default() { Some(&defaults.resolved) } else { known.get(&servers) };
                let settings = match known_settings {
                    Some(settings) => Arc::clone(settings),
                    None => {
                        let settings = self.line_settings(&servers, mapping, defaults)?;
                        known.insert(servers, Arc::clone(&settings));
                        settings
                    }
                };
                let location = ZoneLocation::List(Arc::clone(&file), line.number);
                self.add(ConfiguredZone { zone, settings, id }, location)
            });
            if let Err(kind) = added {
                let excerpt = line.excerpt();
                self.reader.add_error(ConfigError { file: path.to_owned(), excerpt, kind });
            }
        }
    }

    /// Returns the settings of zones whose lines have these servers.
    fn line_settings(
        &mut self,
        line: &LineServers,
        mapping: Mapping<'_>,
        defaults: &ZoneDefaults,
    ) -> Result<Arc<MonitorSettings>, ConfigErrorKind> {
        let group = line.group.as_deref().map(|name| self.group_defaults(name)).transpose()?;
        let defaults = group.as_deref().unwrap_or(defaults);
        let servers = line_servers::read(line, &self.keys, self.files)?;
        if servers.is_empty() {
            return Ok(Arc::clone(&defaults.resolved));
        }
        check_chain(&servers, false).map_err(ConfigErrorKind::Chain)?;
        Ok(self.resolve(defaults.settings.clone(), servers, mapping, true))
    }

    fn add(&mut self, zone: ConfiguredZone, location: ZoneLocation) -> Result<(), ConfigErrorKind> {
        self.locate(zone.zone.clone(), location)?;
        self.zones.push(zone);
        Ok(())
    }

    /// Notes the place of a zone, unless another zone has the name.
    pub(super) fn locate(&mut self, zone: Name, location: ZoneLocation) -> Result<(), ConfigErrorKind> {
        match self.locations.entry(zone) {
            Entry::Vacant(vacant) => {
                vacant.insert(location);
            }
            Entry::Occupied(occupied) => {
                let first = match occupied.get() {
                    ZoneLocation::Configuration(mark) => self.reader.location(*mark),
                    ZoneLocation::List(file, line) => format!("{}:{line}", file.escape_debug()),
                };
                return Err(ConfigErrorKind::DuplicateZone { zone: occupied.key().clone(), first });
            }
        }
        Ok(())
    }
}
