//! The settings of each zone, and those of catalogs and their members.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::bail;

use super::ds_file;
use crate::dns::Name;
use crate::plan::{CatalogRules, Compare, ZoneSettings};

/// The settings of each zone.
#[derive(Clone, Debug, Default)]
pub(super) struct SettingsByZone {
    /// Those of zones that are not in the configuration.
    pub(super) default: Option<Arc<ZoneSettings>>,
    pub(super) configured: Arc<HashMap<Name, Arc<ZoneSettings>>>,
    /// The catalogs of the configuration.
    pub(super) catalogs: Arc<[CatalogSettings]>,
}

/// The settings of a catalog and of its members.
#[derive(Clone, Debug)]
pub(super) struct CatalogSettings {
    pub(super) zone: Name,
    /// Those of the catalog.
    pub(super) catalog: Arc<ZoneSettings>,
    /// Those of members by the value of their `group` property.
    pub(super) groups: BTreeMap<String, Arc<ZoneSettings>>,
    /// Those of all other members.
    pub(super) default: Arc<ZoneSettings>,
}

impl SettingsByZone {
    /// The settings of a zone.
    pub(super) fn get(&self, zone: &Name) -> anyhow::Result<Arc<ZoneSettings>> {
        match self.configured.get(zone).or(self.default.as_ref()) {
            Some(settings) => {
                Self::check_ds(settings, zone)?;
                Ok(Arc::clone(settings))
            }
            None => bail!(
                "`{}` is no zone of the configuration\nhint: add it there, or name its servers with --primary and \
                 --secondary",
                zone.without_final_dot()
            ),
        }
    }

    /// The settings of a member of a catalog: its own if the configuration names it, else those of its group.
    pub(super) fn of_member(
        &self,
        catalog: &CatalogSettings,
        (zone, group): (&Name, Option<&str>),
    ) -> anyhow::Result<Arc<ZoneSettings>> {
        let of_group = || group.and_then(|group| catalog.groups.get(group)).unwrap_or(&catalog.default);
        let settings = self.configured.get(zone).unwrap_or_else(of_group);
        Self::check_ds(settings, zone)?;
        Ok(Arc::clone(settings))
    }

    /// Checks that the file of DS records, if there is one, has some of the zone.
    pub(super) fn check_ds(settings: &ZoneSettings, zone: &Name) -> anyhow::Result<()> {
        let validation = settings.comparison.validation.as_ref();
        match validation.and_then(|validation| validation.ds.as_ref()) {
            Some(ds) => ds_file::check(ds, zone),
            None => Ok(()),
        }
    }

    /// The settings of a catalog and of its members.
    pub(super) fn catalog(&self, zone: &Name) -> anyhow::Result<CatalogSettings> {
        if let Some(configured) = self.catalogs.iter().find(|catalog| catalog.zone == *zone) {
            return Ok(configured.clone());
        }
        let name = zone.without_final_dot();
        match &self.default {
            Some(settings) if settings.servers.servers.is_empty() => bail!(
                "the servers of the catalog `{name}` are not known: its records name none\n\
                 hint: name them with --primary and --secondary"
            ),
            Some(settings) => {
                let comparison = settings.comparison.clone().of_catalog(CatalogRules::DEFAULT_MAX_MEMBERS);
                let of_catalog = ZoneSettings { comparison, ..settings.as_ref().clone() };
                Ok(CatalogSettings {
                    zone: zone.clone(),
                    catalog: Arc::new(of_catalog),
                    groups: BTreeMap::new(),
                    default: Arc::clone(settings),
                })
            }
            None => bail!(
                "`{name}` is no catalog of the configuration\nhint: add it to `catalogs` there, or name its servers \
                 with --primary and --secondary"
            ),
        }
    }

    /// The settings of a zone of the configuration.
    pub(super) fn configured(&self, zone: &Name) -> Option<Arc<ZoneSettings>> {
        self.configured.get(zone).cloned()
    }

    /// Whether the records of any zone are compared.
    pub(super) fn compares_records(&self) -> bool {
        self.all().any(|settings| settings.comparison.compare == Compare::Records)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &ZoneSettings> {
        let catalogs = self.catalogs.iter().flat_map(|catalog| {
            [&catalog.catalog, &catalog.default].into_iter().chain(catalog.groups.values())
        });
        self.default.iter().chain(self.configured.values()).chain(catalogs).map(Arc::as_ref)
    }
}
