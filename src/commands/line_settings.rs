//! The settings of the zones of a list, whose lines may name servers of their own.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::bail;

use super::setup::{LineOptions, chain_error, check_servers, combined_settings, default_settings};
use super::zone_settings::SettingsByZone;
use crate::config::{LineServers, suggestion};
use crate::dns::Name;
use crate::plan::{LineId, Role, Server, ServerSelection, ZoneSettings, check_chain};

/// The maximum number of sets of servers that are known at once; then all are forgotten.
const MAX_KNOWN: usize = 4096;

/// Gives each line its settings; lines with the same servers share them.
pub(super) struct LineSettings {
    by_zone: SettingsByZone,
    options: LineOptions,
    /// The groups that a line has named, with the options of the command line.
    groups: HashMap<String, Arc<ZoneSettings>>,
    known: HashMap<LineServers, KnownSettings>,
}

/// The settings of lines that name the same servers.
struct KnownSettings {
    /// The settings that these are made from.
    base: Option<Arc<ZoneSettings>>,
    settings: Arc<ZoneSettings>,
}

impl LineSettings {
    pub(super) fn new(by_zone: SettingsByZone, options: LineOptions) -> Self {
        Self { by_zone, options, groups: HashMap::new(), known: HashMap::new() }
    }

    /// The settings of a zone whose line names these servers.
    pub(super) fn get(&mut self, zone: &Name, line: &LineServers) -> anyhow::Result<Arc<ZoneSettings>> {
        if line.is_default() {
            return self.by_zone.get(zone);
        }
        let base = match &line.group {
            Some(group) => Some(self.group(group)?),
            None => self.by_zone.configured(zone),
        };
        let is_of_base = |known: &&KnownSettings| match (&known.base, &base) {
            (Some(known), Some(base)) => Arc::ptr_eq(known, base),
            (known, base) => known.is_none() && base.is_none(),
        };
        let settings = match self.known.get(line).filter(is_of_base) {
            Some(known) => Arc::clone(&known.settings),
            None => {
                let settings = self.of_servers(line, base.as_ref())?;
                if self.known.len() >= MAX_KNOWN {
                    self.known.clear();
                }
                let known = KnownSettings { base, settings: Arc::clone(&settings) };
                self.known.insert(line.clone(), known);
                settings
            }
        };
        SettingsByZone::check_ds(&settings, zone)?;
        Ok(settings)
    }

    /// What the configuration calls a zone.
    pub(super) fn id(&self, zone: &Name) -> Option<Arc<LineId>> {
        self.options.ids.get(zone).cloned()
    }

    /// The settings of the zones of a group.
    fn group(&mut self, name: &str) -> anyhow::Result<Arc<ZoneSettings>> {
        if let Some(settings) = self.groups.get(name) {
            return Ok(Arc::clone(settings));
        }
        let LineOptions { selection, rules, groups, .. } = &self.options;
        let Some(groups) = groups else {
            bail!("`group` is a group of the configuration, and there is none\nhint: give it with --config");
        };
        let Some(settings) = groups.get(name) else {
            let hint = match groups.keys().collect::<Vec<_>>().as_slice() {
                [] => "the configuration has no groups".to_owned(),
                known => suggestion(name, known),
            };
            bail!("the group `{}` is not defined\nhint: {hint}", name.escape_debug());
        };
        let settings = Arc::new(combined_settings(&settings.zone, selection, rules)?);
        self.groups.insert(name.to_owned(), Arc::clone(&settings));
        Ok(settings)
    }

    /// Makes the settings of lines that name these servers.
    fn of_servers(
        &mut self,
        line: &LineServers,
        base: Option<&Arc<ZoneSettings>>,
    ) -> anyhow::Result<Arc<ZoneSettings>> {
        let servers = line.parse()?;
        if let Some(base) = base.filter(|_| servers.is_empty()) {
            return Ok(Arc::clone(base));
        }
        self.check(&servers)?;
        let selection = ServerSelection { servers, ..self.options.selection.clone() };
        Ok(Arc::new(match base {
            Some(base) => combined_settings(base, &selection, &self.options.rules)?,
            None => default_settings(&selection, &self.options.rules)?,
        }))
    }

    /// Checks servers as those of the command line are checked.
    fn check(&mut self, servers: &[(Role, Server)]) -> anyhow::Result<()> {
        check_chain(servers, false).map_err(|error| chain_error(&error))?;
        check_servers(servers.iter().map(|(_, server)| server), &self.options.selection.keys)?;
        self.options.tls.load(servers.iter().map(|(_, server)| server))
    }
}
