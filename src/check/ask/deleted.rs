//! RRsets that the reference has deleted since earlier versions: servers that missed it still answer them.

use crate::check::gather::Gatherer;
use crate::dns::{Name, Rtype, Serial, Soa};
use crate::judge::Evidence;
use crate::plan::{Source, Target};

/// The most earlier versions that the reference is asked about. Its journal may not go back to the oldest.
const MAX_VERSIONS: usize = 3;

impl Gatherer<'_> {
    /// Returns the RRsets that have changed at the reference since the oldest version that it still knows of, of those
    /// that earlier checks have seen.
    pub(super) async fn changed_rrsets(
        &self,
        evidence: &Evidence,
        source: Source,
        soa: &Soa,
    ) -> Vec<(Name, Option<Rtype>)> {
        let Some(target) = source.target().and_then(|target| evidence.plan.target(target)) else {
            return Vec::new();
        };
        for since in earlier_serials(evidence, soa.serial) {
            if let Some(changed) =
                self.changed_since(evidence, target, Soa { serial: since, ..soa.clone() }).await
            {
                return changed;
            }
        }
        Vec::new()
    }

    async fn changed_since(
        &self,
        evidence: &Evidence,
        target: &Target,
        since: Soa,
    ) -> Option<Vec<(Name, Option<Rtype>)>> {
        let (zone, profile) = (&evidence.plan.zone, &evidence.profile);
        let delta = self.checker.transfers.ixfr(target, zone, &since, profile);
        let changed = self.limit.of_step().within(delta).await?.ok()?.changed;
        let rrsets =
            changed.rrsets().filter_map(|(owner, rtype)| Some((Name::from_wire(owner)?, Some(rtype))));
        Some(rrsets.collect())
    }
}

/// The serials of earlier versions: the oldest, and others on the way to the newest.
fn earlier_serials(evidence: &Evidence, current: Serial) -> Vec<Serial> {
    let versions = evidence.history.versions.iter().map(|version| version.serial);
    let earlier: Vec<Serial> = versions.filter(|&serial| current.is_newer_than(serial)).collect();
    let step = earlier.len().div_ceil(MAX_VERSIONS).max(1);
    earlier.into_iter().step_by(step).collect()
}
