//! Verifies the digest that a copy carries of itself (ZONEMD, RFC 8976).
//!
//! In: the records of a copy as they pass. Out: a [`ZonemdCheck`]. Copies begin with the records of the apex, as a
//! rule. The first records are sorted, and all others as well if a ZONEMD was among them, in bounded memory; what comes
//! in order is hashed at once. A ZONEMD that comes later needs another reading of the copy, which expects it.

mod hasher;
mod published;
#[cfg(test)]
mod tests;

use self::hasher::{ZoneHasher, digest_of};
use self::published::PublishedDigests;
use super::sorted::{RecordSorter, SortError, SortedRecords};
use crate::dns::wire::Record;
use crate::dns::xfr::axfr::CopySummary;
use crate::dns::{Name, Rtype, Soa};
use crate::observe::{ZonemdCheck, ZonemdFault, ZonemdHash};

/// The most bytes of records that are sorted before a ZONEMD has come: all of a small zone.
const MAX_BEFORE_ZONEMD: usize = 256 * 1024;

/// Verifies the ZONEMD records of one copy.
pub(super) struct ZonemdVerifier {
    zone: Name,
    expects_zonemd: bool,
    published: PublishedDigests,
    /// Whether the SOA was added, which comes first in most copies.
    has_soa: bool,
    /// Whether names of the zone are hashed: servers send those records last, and so out of order.
    has_nsec3: bool,
    records: DigestedRecords,
}

/// The records of a copy that are digested.
#[derive(Default)]
struct DigestedRecords {
    /// Sorts the records; absent if a ZONEMD was waited for in vain.
    sorter: Option<Box<RecordSorter>>,
    /// Hashes what leaves the memory of the sorter, as long as it comes in order.
    hasher: Option<Box<ZoneHasher>>,
    /// The records, once they are sorted.
    sorted: Option<SortedRecords>,
}

impl ZonemdVerifier {
    /// A verifier that holds so many bytes of records in memory. Where it expects a ZONEMD, that may come at any place.
    pub(super) fn new(zone: &Name, memory: usize, expects_zonemd: bool) -> Self {
        let sorter = Some(Box::new(RecordSorter::of_digested(zone, memory)));
        Self {
            zone: zone.clone(),
            expects_zonemd,
            published: PublishedDigests::default(),
            has_soa: false,
            has_nsec3: false,
            records: DigestedRecords { sorter, ..DigestedRecords::default() },
        }
    }

    /// Adds the SOA of the zone, as soon as it is known.
    pub(super) fn add_soa(&mut self, soa: &Soa, ttl: u32) {
        if let Some(sorter) = &mut self.records.sorter
            && !self.has_soa
        {
            sorter.add_soa(soa, ttl);
            self.has_soa = true;
        }
    }

    /// Adds a record of the zone other than its SOA.
    #[inline]
    pub(super) fn add(&mut self, record: &Record<'_>) {
        if self.records.sorter.is_some() || record.rtype == Rtype::ZONEMD {
            self.add_digested(record);
        }
    }

    fn add_digested(&mut self, record: &Record<'_>) {
        if record.owner == self.zone.as_wire() {
            // RFC 8976 section 3.3.1.1: neither ZONEMD records at the apex nor the signatures over them are included.
            if record.rtype == Rtype::ZONEMD {
                return self.published.add(record.rdata);
            }
            if record.covered() == Rtype::ZONEMD.0 {
                return;
            }
            self.has_nsec3 |= record.rtype == Rtype::NSEC3PARAM;
        }
        let Some(sorter) = &mut self.records.sorter else { return };
        if sorter.is_full_for(record.owner) {
            if !sorter.has_spilled() && self.has_soa && !self.has_nsec3 {
                let first = self.published.verifiable().next();
                self.records.hasher = first.map(|(hash, _)| Box::new(ZoneHasher::new(&self.zone, hash)));
            }
            self.records.spill();
        }
        let Some(sorter) = &mut self.records.sorter else { return };
        sorter.add(record);
        let is_waiting = !self.expects_zonemd && !self.published.is_any();
        if is_waiting && sorter.memory() > MAX_BEFORE_ZONEMD {
            self.records.sorter = None;
        }
    }

    /// Verifies the digests, after the last record; `None` if the copy has no ZONEMD at its apex.
    pub(super) fn finish(mut self, summary: &CopySummary) -> Option<ZonemdCheck> {
        if !self.published.is_any() {
            return None;
        }
        self.add_soa(&summary.soa, summary.soa_ttl);
        let Self { zone, published, mut records, .. } = self;
        let verified = verify(&zone, &published, &mut records, summary);
        Some(verified.unwrap_or_else(|error| {
            tracing::debug!(%zone, %error, "cannot compute the digest of a copy");
            ZonemdCheck::NotComputed(error.to_string())
        }))
    }
}

/// Verifies digests one after the other until one matches (RFC 8976 section 4).
fn verify(
    zone: &Name,
    published: &PublishedDigests,
    records: &mut DigestedRecords,
    summary: &CopySummary,
) -> Result<ZonemdCheck, SortError> {
    let mut faults = Vec::new();
    for (hash, zonemd) in published.verifiable() {
        let soa = summary.soa.serial;
        if zonemd.serial != soa {
            faults.push(ZonemdFault::Serial { zonemd: zonemd.serial, soa });
            continue;
        }
        let Some(computed) = records.digest(zone, hash)? else { return Ok(ZonemdCheck::Late) };
        if *computed == *zonemd.digest {
            return Ok(ZonemdCheck::Verified(hash));
        }
        faults.push(ZonemdFault::Digest { hash, published: zonemd.digest.into(), computed });
    }
    Ok(if faults.is_empty() { ZonemdCheck::Unsupported } else { ZonemdCheck::Mismatch(faults) })
}

impl DigestedRecords {
    /// Makes room in the memory of the sorter.
    fn spill(&mut self) {
        let Some(sorter) = &mut self.sorter else { return };
        let Some(hasher) = &mut self.hasher else { return sorter.spill_memory() };
        let ZoneHasher { decoder, context, .. } = hasher.as_mut();
        if !sorter.spill_to(decoder, |record| context.add(record)) {
            self.hasher = None;
        }
    }

    /// Computes the digest of the records; `None` if they are missing.
    fn digest(&mut self, zone: &Name, hash: ZonemdHash) -> Result<Option<Box<[u8]>>, SortError> {
        if let Some(sorter) = &mut self.sorter {
            if !sorter.has_spilled() {
                self.hasher = Some(Box::new(ZoneHasher::new(zone, hash)));
            }
            if let Some(mut hasher) = self.hasher.take_if(|hasher| hasher.hash == hash) {
                let ZoneHasher { decoder, context, .. } = hasher.as_mut();
                if sorter.visit_last(decoder, |record| context.add(record))? {
                    return Ok(Some(hasher.finish()));
                }
            }
        }
        if let Some(sorter) = self.sorter.take() {
            self.sorted = Some(sorter.finish_records()?);
        }
        self.sorted.as_ref().map(|sorted| digest_of(sorted, hash)).transpose()
    }
}
