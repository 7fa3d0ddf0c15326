//! RRsets that the reference has deleted since earlier versions: servers that missed it still answer them.

use crate::check::gather::Gatherer;
use crate::dns::{Name, Rtype, Serial, Soa};
use crate::judge::Evidence;
use crate::plan::Source;

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
        let Source::Target(target) = source else { return Vec::new() };
        for since in earlier_serials(evidence, soa.serial) {
            let since = Soa { serial: since, ..soa.clone() };
            if let Ok(delta) = self.delta(evidence, target, &since).await {
                let rrsets = delta.changed.rrsets();
                let named = rrsets.filter_map(|(owner, rtype)| Some((Name::from_wire(owner)?, Some(rtype))));
                return named.collect();
            }
        }
        Vec::new()
    }
}

/// The serials of earlier versions: the oldest, and others on the way to the newest.
fn earlier_serials(evidence: &Evidence, current: Serial) -> Vec<Serial> {
    let versions = evidence.history.versions.iter().map(|version| version.serial);
    let earlier: Vec<Serial> = versions.filter(|&serial| current.is_newer_than(serial)).collect();
    let step = earlier.len().div_ceil(MAX_VERSIONS).max(1);
    earlier.into_iter().step_by(step).collect()
}
