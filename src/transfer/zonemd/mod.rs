//! Verifies the digest that a copy carries of itself (ZONEMD, RFC 8976).
//!
//! In: the records of a copy as they pass. Out: a [`ZonemdCheck`]. Copies begin with the records of the apex, as a
//! rule. The first records are sorted, and all others as well if a ZONEMD was among them, in bounded memory. One that
//! comes later needs another reading of the copy, which expects it.

mod published;
#[cfg(test)]
mod tests;

use ring::digest::{Algorithm, Context, Digest, SHA384, SHA512};

use self::published::PublishedDigests;
use super::sorted::{RecordSorter, SortError, SortedRecords};
use crate::dns::wire::{CLASS_IN, Record};
use crate::dns::xfr::axfr::CopySummary;
use crate::dns::{Name, Rtype};
use crate::observe::{ZonemdCheck, ZonemdFault, ZonemdHash};

/// The most bytes of records that are sorted before a ZONEMD has come: all of a small zone.
const MAX_BEFORE_ZONEMD: usize = 256 * 1024;

/// How much is hashed at once.
const BUFFER_LEN: usize = 64 * 1024;

/// Verifies the ZONEMD records of one copy.
pub(super) struct ZonemdVerifier {
    zone: Name,
    expects_zonemd: bool,
    published: PublishedDigests,
    /// Sorts the records, unless the ZONEMD was waited for in vain.
    sorter: Option<Box<RecordSorter>>,
}

impl ZonemdVerifier {
    /// A verifier that holds so many bytes of records in memory. Where it expects a ZONEMD, that may come at any place.
    pub(super) fn new(zone: &Name, memory: usize, expects_zonemd: bool) -> Self {
        let sorter = Some(Box::new(RecordSorter::of_digested(zone, memory)));
        Self { zone: zone.clone(), expects_zonemd, published: PublishedDigests::default(), sorter }
    }

    /// Adds a record of the zone other than its SOA.
    #[inline]
    pub(super) fn add(&mut self, record: &Record<'_>) {
        if self.sorter.is_some() || record.rtype == Rtype::ZONEMD {
            self.add_digested(record);
        }
    }

    fn add_digested(&mut self, record: &Record<'_>) {
        let is_apex = record.owner == self.zone.as_wire();
        // RFC 8976 section 3.3.1.1: neither ZONEMD records at the apex nor the signatures over them are included.
        if is_apex && record.rtype == Rtype::ZONEMD {
            return self.published.add(record.rdata);
        }
        if is_apex && record.covered() == Rtype::ZONEMD.0 {
            return;
        }
        let Some(sorter) = &mut self.sorter else { return };
        sorter.add(record);
        let is_waiting = !self.expects_zonemd && !self.published.is_any();
        if is_waiting && sorter.memory() > MAX_BEFORE_ZONEMD {
            self.sorter = None;
        }
    }

    /// Verifies the digests, after the last record; `None` if the copy has no ZONEMD at its apex.
    pub(super) fn finish(self, summary: &CopySummary) -> Option<ZonemdCheck> {
        let Self { zone, published, sorter, .. } = self;
        if !published.is_any() {
            return None;
        }
        let mut records = match sorter {
            Some(sorter) => DigestedRecords::Unsorted(sorter),
            None => DigestedRecords::Missing,
        };
        let verified = verify(&published, &mut records, summary);
        Some(verified.unwrap_or_else(|error| {
            tracing::debug!(%zone, %error, "cannot compute the digest of a copy");
            ZonemdCheck::NotComputed(error.to_string())
        }))
    }
}

/// The records of a copy that are digested.
enum DigestedRecords {
    /// They were dropped.
    Missing,
    Unsorted(Box<RecordSorter>),
    Sorted(SortedRecords),
}

/// Verifies digests one after the other until one matches (RFC 8976 section 4).
fn verify(
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
        let Some(computed) = records.digest(hash, summary)? else { return Ok(ZonemdCheck::Late) };
        if computed.as_ref() == zonemd.digest {
            return Ok(ZonemdCheck::Verified(hash));
        }
        let (published, computed) = (zonemd.digest.into(), computed.as_ref().into());
        faults.push(ZonemdFault::Digest { hash, published, computed });
    }
    Ok(if faults.is_empty() { ZonemdCheck::Unsupported } else { ZonemdCheck::Mismatch(faults) })
}

impl DigestedRecords {
    /// Computes the digest of the records; `None` if they are missing.
    fn digest(&mut self, hash: ZonemdHash, summary: &CopySummary) -> Result<Option<Digest>, SortError> {
        *self = match std::mem::replace(self, Self::Missing) {
            Self::Unsorted(sorter) => Self::Sorted(sorter.finish_records(&summary.soa, summary.soa_ttl)?),
            other => other,
        };
        match self {
            Self::Sorted(sorted) => digest(hash, sorted).map(Some),
            _ => Ok(None),
        }
    }
}

/// Computes the digest of sorted records by the scheme SIMPLE (RFC 8976 section 3.3.1.2).
fn digest(hash: ZonemdHash, records: &SortedRecords) -> Result<Digest, SortError> {
    let mut context = Context::new(algorithm(hash));
    let mut buffer = Vec::with_capacity(2 * BUFFER_LEN);
    records.for_each(|record| {
        push_wire(&mut buffer, record);
        if buffer.len() >= BUFFER_LEN {
            context.update(&buffer);
            buffer.clear();
        }
    })?;
    context.update(&buffer);
    Ok(context.finish())
}

fn algorithm(hash: ZonemdHash) -> &'static Algorithm {
    match hash {
        ZonemdHash::Sha384 => &SHA384,
        ZonemdHash::Sha512 => &SHA512,
    }
}

/// Appends a record in wire format (RFC 4034 section 6.2).
fn push_wire(out: &mut Vec<u8>, record: &Record<'_>) {
    out.extend_from_slice(record.owner);
    out.extend_from_slice(&record.rtype.0.to_be_bytes());
    out.extend_from_slice(&CLASS_IN.to_be_bytes());
    out.extend_from_slice(&record.ttl.to_be_bytes());
    out.extend_from_slice(&u16::try_from(record.signed.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend_from_slice(record.signed);
}
