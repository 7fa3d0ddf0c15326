//! Copies that are the same record for record, from whatever source.

use super::Evidence;
use super::responses::{MIN_OBSERVATIONS, Responses, ServedVersion};
use crate::dns::Rtype;
use crate::observe::ZonemdCheck;
use crate::plan::Source;

/// Returns every source of a copy that counts: the zone file, and the targets that are judged.
pub(crate) fn sources(evidence: &Evidence) -> impl Iterator<Item = Source> {
    let file = evidence.zone_file.as_ref().map(|_| Source::ZoneFile);
    file.into_iter().chain(evidence.judged().map(Source::Target))
}

/// Returns every source whose last copy is the same as that of this one, record for record; this one first.
///
/// Where the comparison leaves records out, its sums do not show that these are equal, and no two copies count as the
/// same.
pub(crate) fn sources_of_same_copy(evidence: &Evidence, source: Source) -> Vec<Source> {
    let copied = |source: Source| evidence.responses(source).and_then(Responses::copied_version);
    let Some(own) = copied(source) else { return Vec::new() };
    let is_other = |other: &Source| *other != source && !evidence.profile.may_skip();
    let is_same = |other: &Source| copied(*other).is_some_and(|other| other.has_records_of(own));
    std::iter::once(source).chain(sources(evidence).filter(is_other).filter(is_same)).collect()
}

/// Whether the last copy of a source was read twice, from there or from another source of the same.
pub(crate) fn is_read_twice(evidence: &Evidence, source: Source) -> bool {
    let Some(own) = evidence.responses(source).and_then(Responses::copied_version) else { return false };
    let readings = |source: Source| {
        let versions = evidence.responses(source).map_or([].as_slice(), |responses| &responses.versions);
        versions.iter().filter(|version| version.has_records_of(own)).count()
    };
    let all: usize = sources_of_same_copy(evidence, source).into_iter().map(readings).sum();
    all >= MIN_OBSERVATIONS
}

/// Returns the result of verifying the ZONEMD records of the last copy of a source; `None` if it has none, or they are
/// not wanted.
pub fn zonemd(evidence: &Evidence, source: Source) -> Option<&ZonemdCheck> {
    let is_ignored = evidence.plan.rules.content.ignored.contains(&Rtype::ZONEMD);
    // The digest that a signer makes is verified on the link to the secondaries.
    let is_made_anew = source.target().is_some_and(|target| evidence.renumbers(target));
    if is_ignored || is_made_anew {
        return None;
    }
    let check = |source: Source| evidence.responses(source)?.copy()?.zonemd.as_ref();
    let own = check(source)?;
    let is_computed =
        |check: &&ZonemdCheck| !matches!(check, ZonemdCheck::Late | ZonemdCheck::NotComputed(_));
    if is_computed(&own) {
        return Some(own);
    }
    let mut others = sources_of_same_copy(evidence, source).into_iter().filter_map(check);
    Some(others.find(is_computed).unwrap_or(own))
}

/// Whether the last copy of a source is to be read once more for its ZONEMD records: the digest was not computed, or
/// it does not match and was computed once.
pub(crate) fn is_zonemd_unsettled(evidence: &Evidence, source: Source) -> bool {
    match zonemd(evidence, source) {
        Some(ZonemdCheck::Late) => true,
        Some(ZonemdCheck::Mismatch(_)) => !is_read_twice(evidence, source),
        Some(ZonemdCheck::Verified(_) | ZonemdCheck::Unsupported | ZonemdCheck::NotComputed(_)) | None => {
            false
        }
    }
}

impl ServedVersion {
    /// Whether two versions are the same in every record that is compared, the SOA with its serial and the signatures
    /// included.
    pub(super) fn has_records_of(&self, other: &Self) -> bool {
        self.sums == other.sums && self.soa == other.soa && self.soa_ttl == other.soa_ttl
    }
}
