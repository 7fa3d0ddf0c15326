//! Reads a zone as a catalog.

use std::sync::Arc;

use super::gather::Gatherer;
use crate::digest::{Buckets, Digest};
use crate::dns::catalog::CatalogReader;
use crate::judge::Evidence;
use crate::judge::catalog::CatalogReading;
use crate::plan::Source;

impl Gatherer<'_> {
    /// Reads the zone of a source as a catalog; `None` if it gives no whole copy in time.
    pub(super) async fn read_catalog(&self, evidence: &Evidence, source: Source) -> Option<CatalogReading> {
        let rules = evidence.plan.rules.catalog?;
        let zone = &evidence.plan.zone;
        let digest = Digest::new(Arc::clone(&evidence.profile), Buckets::none(), evidence.origin);
        let into = (digest, CatalogReader::new(zone.clone(), rules.max_members));
        let read = async {
            match source {
                Source::Target(target) => {
                    let target = evidence.plan.target(target)?;
                    Some(self.checker.transfers.axfr_catalog(target, zone, into, self.started).await)
                }
                Source::ZoneFile => {
                    let file = self.checker.zone_file.as_ref()?;
                    Some(file.read_catalog(zone, into, self.started).await)
                }
            }
        };
        let (attempt, catalog) = self.limit.of_step().within(read).await.flatten()?;
        let (serial, catalog) = (attempt.copy.ok()?.summary.soa.serial, catalog?);
        let members = catalog.as_ref().map_or(0, |catalog| catalog.members.len());
        tracing::debug!(%zone, %serial, members, "catalog read");
        Some(CatalogReading {
            serial,
            at: evidence.wall_time(attempt.span.end),
            catalog: catalog.map(Arc::new),
        })
    }
}
