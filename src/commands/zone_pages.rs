//! The pages that `serve` has for the zones of a configuration.

use super::zone_settings::SettingsByZone;
use crate::dns::Name;
use crate::plan::ExternalUrl;
use crate::report::ZoneReport;

/// The pages that `serve` has for the zones of a configuration.
pub(super) struct ZonePages {
    pub(super) url: ExternalUrl,
    /// The settings of these zones, and of catalogs.
    pub(super) settings: SettingsByZone,
}

impl ZonePages {
    /// Returns the URL of the page of a zone; `None` if `serve` does not monitor it.
    pub(super) fn of(&self, report: &ZoneReport) -> Option<String> {
        let zone: Name = report.zone.parse().ok()?;
        let is_catalog = |zone: &Name| self.settings.catalogs.iter().any(|catalog| catalog.zone == *zone);
        let is_member = report.membership.as_ref().is_some_and(|membership| is_catalog(&membership.catalog));
        let is_monitored = is_member || is_catalog(&zone) || self.settings.configured.contains_key(&zone);
        is_monitored.then(|| self.url.zone_page(&zone))
    }
}
