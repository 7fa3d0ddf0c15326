//! What is done with each record of a copy, from a transfer or from a zone file.

use std::fmt;
use std::time::Duration;

use super::TransferLimits;
use super::sorted::{RecordSorter, SortError, SortedRrsets};
use super::zonemd::ZonemdVerifier;
use crate::digest::Digest;
use crate::dns::catalog::{Catalog, CatalogFault, CatalogReader};
use crate::dns::wire::Record;
use crate::dns::xfr::axfr::CopySummary;
use crate::dns::{Name, Soa};
use crate::observe::Copy;

/// Takes the records of one copy, within limits.
///
/// AXFR and zone files walk their records into the same sink: a new consumer of records is a new member.
pub(super) struct Sink {
    wanted: Wanted,
    zonemd: Box<ZonemdVerifier>,
    limits: TransferLimits,
    bytes: u64,
}

/// What is wanted of a copy: its digest, and more.
pub(super) struct Wanted {
    digest: Digest,
    /// Sorts its RRsets.
    sorter: Option<RecordSorter>,
    /// Reads what it lists, as a catalog.
    catalog: Option<Box<CatalogReader>>,
}

/// A copy, and what else was wanted of it.
pub(super) struct SunkCopy {
    pub(super) copy: Copy,
    pub(super) extras: Extras,
}

/// What was wanted of a copy beside its digest.
#[derive(Default)]
pub(super) struct Extras {
    pub(super) sorted: Option<SortedRrsets>,
    pub(super) catalog: Option<Result<Catalog, CatalogFault>>,
}

/// A limit that a copy exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExceededLimit {
    /// It has more than this number of bytes.
    Bytes(u64),
    /// It has more than this number of records.
    Records(u64),
}

impl Wanted {
    /// Only the digest.
    pub(super) fn digest(digest: Digest) -> Self {
        Self { digest, sorter: None, catalog: None }
    }

    /// The RRsets as well.
    pub(super) fn sorted(digest: Digest, sorter: RecordSorter) -> Self {
        Self { sorter: Some(sorter), ..Self::digest(digest) }
    }

    /// The members of a catalog as well.
    pub(super) fn catalog(digest: Digest, catalog: CatalogReader) -> Self {
        Self { catalog: Some(Box::new(catalog)), ..Self::digest(digest) }
    }
}

impl Sink {
    pub(super) fn new(zone: &Name, wanted: Wanted, limits: TransferLimits, expects_zonemd: bool) -> Self {
        let zonemd = Box::new(ZonemdVerifier::new(zone, RecordSorter::DEFAULT_MEMORY, expects_zonemd));
        Self { wanted, zonemd, limits, bytes: 0 }
    }

    /// Takes the SOA of the zone, each time that it may have come.
    #[inline]
    pub(super) fn soa(&mut self, soa: Option<(&Soa, u32)>) {
        if let Some((soa, ttl)) = soa {
            self.zonemd.add_soa(soa, ttl);
        }
    }

    /// Takes a record of the zone other than its SOA.
    #[inline]
    pub(super) fn record(&mut self, record: &Record<'_>) {
        self.wanted.digest.add(record);
        if let Some(sorter) = &mut self.wanted.sorter {
            sorter.add(record);
        }
        if let Some(catalog) = &mut self.wanted.catalog {
            catalog.add(record);
        }
        self.zonemd.add(record);
    }

    /// Counts bytes that were read.
    pub(super) fn count_bytes(&mut self, count: usize) -> Result<(), ExceededLimit> {
        self.bytes += count as u64;
        match self.limits.max_bytes {
            max if self.bytes > max => Err(ExceededLimit::Bytes(max)),
            _ => Ok(()),
        }
    }

    /// Checks how many records were read.
    pub(super) fn check_records(&self, count: u64) -> Result<(), ExceededLimit> {
        match self.limits.max_records {
            max if count > max => Err(ExceededLimit::Records(max)),
            _ => Ok(()),
        }
    }

    /// Makes the copy, after its last record; its duration is for the caller to set.
    pub(super) fn finish(self, summary: CopySummary) -> Result<SunkCopy, SortError> {
        let Self { wanted: Wanted { digest, sorter, catalog }, zonemd, bytes, .. } = self;
        let sorted = sorter.map(|sorter| sorter.finish(&summary.soa, summary.soa_ttl)).transpose()?;
        let catalog = catalog.map(|catalog| catalog.finish());
        let zonemd = zonemd.finish(&summary);
        let copy = Copy { summary, digest, bytes, duration: Duration::ZERO, zonemd };
        Ok(SunkCopy { copy, extras: Extras { sorted, catalog } })
    }
}

impl ExceededLimit {
    /// The command-line flag that sets the limit.
    pub(super) fn flag(self) -> &'static str {
        match self {
            Self::Bytes(_) => "--max-transfer-bytes",
            Self::Records(_) => "--max-transfer-records",
        }
    }
}

impl fmt::Display for ExceededLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(max) => write!(f, "more than {max} bytes"),
            Self::Records(max) => write!(f, "more than {max} records"),
        }
    }
}
