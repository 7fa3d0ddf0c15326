//! The catalogs of a configuration, whose members are checked too: `catalogs`.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::error::ConfigErrorKind;
use super::keys::CATALOG_KEYS;
use super::reader::Mapping;
use super::settings::{InheritedSettings, MonitorSettings};
use super::yaml::{Node, Value};
use super::zones::{ZoneLocation, ZoneReader};
use crate::dns::{Name, escape};
use crate::plan::{CatalogRules, ZoneSettings, parse_zone};

/// The maximum of `max_members`.
const MAX_MEMBERS: usize = 10_000_000;

/// The maximum size of a `group` property: a string of a TXT record (RFC 1035 section 3.3).
const MAX_GROUP_BYTES: usize = 255;

/// A catalog zone, and how its members are checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogConfig {
    /// The catalog.
    pub zone: Name,
    /// The settings of the catalog itself.
    pub settings: Arc<MonitorSettings>,
    /// The settings of members by the value of their `group` property, escaped as [`Member`] has it.
    ///
    /// [`Member`]: crate::dns::catalog::Member
    pub groups: BTreeMap<String, Arc<MonitorSettings>>,
    /// The settings of all other members.
    pub default: Arc<MonitorSettings>,
}

impl CatalogConfig {
    /// Returns the settings of a member with this `group` property.
    pub fn settings_of(&self, group: Option<&str>) -> &Arc<MonitorSettings> {
        group.and_then(|group| self.groups.get(group)).unwrap_or(&self.default)
    }

    /// Returns the maximum number of members.
    pub fn max_members(&self) -> usize {
        self.settings.zone.comparison.catalog.map_or(0, |rules| rules.max_members)
    }

    /// Returns the settings of the catalog and those that its members may have.
    pub(super) fn all_settings(&self) -> impl Iterator<Item = &Arc<MonitorSettings>> {
        [&self.settings, &self.default].into_iter().chain(self.groups.values())
    }
}

/// Returns the names of the groups that catalogs name, defined or not.
pub(super) fn groups(root: Mapping<'_>) -> HashSet<&str> {
    let mut groups = HashSet::new();
    let Some(Value::Sequence(catalogs)) = root.get("catalogs").map(|node| &node.value) else { return groups };
    for catalog in catalogs {
        let Value::Mapping(entries) = &catalog.value else { continue };
        for (key, node) in entries {
            match (key.name.as_ref(), &node.value) {
                ("default_group", Value::Scalar(name)) => groups.extend([name.as_ref()]),
                ("groups", Value::Mapping(entries)) => {
                    let names = entries.iter().filter_map(|(_, node)| match &node.value {
                        Value::Scalar(name) => Some(name.as_ref()),
                        _ => None,
                    });
                    groups.extend(names);
                }
                _ => {}
            }
        }
    }
    groups
}

/// Reads `catalogs`, after all zones and groups.
pub(super) fn read(
    root: Mapping<'_>,
    settings: &InheritedSettings,
    zones: &mut ZoneReader<'_, '_>,
) -> Vec<CatalogConfig> {
    let Some(node) = root.get("catalogs") else { return Vec::new() };
    let nodes = zones.reader.sequence(node).iter();
    nodes.filter_map(|node| catalog(node, settings, zones)).collect()
}

/// Reads a catalog: its name, or a mapping with its name and more.
fn catalog(
    node: &Node<'_>,
    settings: &InheritedSettings,
    zones: &mut ZoneReader<'_, '_>,
) -> Option<CatalogConfig> {
    let mapping = match node.value {
        Value::Mapping(_) => zones.reader.mapping(node, CATALOG_KEYS),
        _ => Mapping::empty(node.mark),
    };
    let settings = settings.overridden_by(mapping, zones.reader);
    let servers = zones.servers_of(mapping, &zones.servers.all());
    let servers_mark = mapping.get("servers").map_or(node.mark, |node| node.mark);
    let names_none = match mapping.get("servers").map(|node| &node.value) {
        Some(Value::Sequence(names)) => names.is_empty(),
        Some(_) => false,
        None => zones.servers.len() == 0,
    };
    if names_none {
        zones.reader.error(servers_mark, ConfigErrorKind::NoCatalogServers);
    }
    zones.check_chain(servers_mark, &servers);
    let of_members = zones.resolve(settings, servers, mapping, true);
    let mut max_members = CatalogRules::DEFAULT_MAX_MEMBERS;
    mapping.set("max_members", &mut max_members, |node| zones.reader.count_up_to(node, MAX_MEMBERS));
    let groups = member_groups(mapping, zones);
    let default = mapping.get("default_group").and_then(|node| group(node, zones));
    let name = match node.value {
        Value::Mapping(_) => zones.reader.required(mapping, "zone")?,
        _ => node,
    };
    let zone = zone(name, zones)?;
    let settings = Arc::new(of_catalog(&of_members, max_members));
    Some(CatalogConfig { zone, settings, groups, default: default.unwrap_or(of_members) })
}

/// Returns the name of a catalog, which no zone and no other catalog has.
fn zone(node: &Node<'_>, zones: &mut ZoneReader<'_, '_>) -> Option<Name> {
    let text = zones.reader.string(node)?;
    let zone = parse_zone(text);
    let zone = zone.map_err(|reason| ConfigErrorKind::InvalidZone { text: text.to_owned(), reason });
    let location = ZoneLocation::Configuration(node.mark);
    match zone.and_then(|zone| zones.locate(zone.clone(), location).map(|()| zone)) {
        Ok(zone) => Some(zone),
        Err(kind) => {
            zones.reader.error(node.mark, kind);
            None
        }
    }
}

/// Returns the settings of a catalog whose members have these.
fn of_catalog(members: &MonitorSettings, max_members: usize) -> MonitorSettings {
    let ZoneSettings { servers, comparison } = members.zone.clone();
    let zone = ZoneSettings { servers, comparison: comparison.of_catalog(max_members) };
    MonitorSettings { zone, ..members.clone() }
}

/// Reads the groups of members by their `group` property.
fn member_groups(
    mapping: Mapping<'_>,
    zones: &mut ZoneReader<'_, '_>,
) -> BTreeMap<String, Arc<MonitorSettings>> {
    let mut groups = BTreeMap::new();
    let Some(node) = mapping.get("groups") else { return groups };
    for (key, node) in zones.reader.entries(node) {
        if key.name.len() > MAX_GROUP_BYTES {
            zones.reader.error(key.mark, ConfigErrorKind::GroupValueTooLong);
        }
        if matches!(node.value, Value::Null) {
            zones.reader.error(key.mark, ConfigErrorKind::MissingValue);
            continue;
        }
        if let Some(settings) = group(node, zones) {
            groups.insert(escape::text(key.name.as_bytes()), settings);
        }
    }
    groups
}

/// Returns the settings of the group that a scalar names.
fn group(node: &Node<'_>, zones: &mut ZoneReader<'_, '_>) -> Option<Arc<MonitorSettings>> {
    let name = zones.reader.string(node)?;
    match zones.group(name) {
        Ok(settings) => Some(settings),
        Err(kind) => {
            zones.reader.error(node.mark, kind);
            None
        }
    }
}
