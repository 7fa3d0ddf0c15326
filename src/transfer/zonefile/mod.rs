//! A whole copy from a zone file: the zone as its operator wrote it.

mod error;
#[cfg(test)]
mod tests;
mod walker;

use std::path::PathBuf;
use std::time::Instant;

pub use error::ZoneFileReadError;

use error::printable;
use walker::ZoneFileWalker;

use super::sink::{Extras, Sink, SunkCopy, Wanted};
use super::sorted::{RecordSorter, SortedRrsets};
use super::{CopyOptions, TransferLimits};
use crate::blocking;
use crate::digest::Digest;
use crate::dns::Name;
use crate::dns::catalog::{Catalog, CatalogFault, CatalogReader};
use crate::observe::{Copy, CopyAttempt, Failure, TimeSpan};

/// A zone file, read anew for each copy.
#[derive(Clone, Debug)]
pub struct ZoneFile {
    path: PathBuf,
    limits: TransferLimits,
}

impl ZoneFile {
    /// The file at a path, which is read within limits.
    pub fn new(path: PathBuf, limits: TransferLimits) -> Self {
        Self { path, limits }
    }

    /// The path as it was given.
    pub fn name(&self) -> String {
        printable(&self.path)
    }

    /// Reads the whole file into `digest`.
    pub async fn read(
        &self,
        zone: &Name,
        digest: Digest,
        started: Instant,
    ) -> Result<CopyAttempt, ZoneFileReadError> {
        Ok(self.attempt(zone, (Wanted::digest(digest), CopyOptions::default()), started).await?.0)
    }

    /// Reads the whole file into `digest` and `sorter`; gives its RRsets as well.
    pub async fn read_sorted(
        &self,
        zone: &Name,
        (digest, sorter): (Digest, RecordSorter),
        started: Instant,
    ) -> Result<(CopyAttempt, Option<SortedRrsets>), ZoneFileReadError> {
        let wanted = Wanted::sorted(digest, sorter);
        let (attempt, extras) = self.attempt(zone, (wanted, CopyOptions::default()), started).await?;
        Ok((attempt, extras.sorted))
    }

    /// Reads the file once more; an error is now a failure of the attempt.
    pub async fn read_again(
        &self,
        zone: &Name,
        (digest, options): (Digest, CopyOptions),
        started: Instant,
    ) -> CopyAttempt {
        self.attempt_again(zone, (Wanted::digest(digest), options), started).await.0
    }

    /// Reads the file once more, into `digest` and `sorter`; gives its RRsets if it gives the copy.
    pub async fn read_again_sorted(
        &self,
        zone: &Name,
        (digest, sorter, options): (Digest, RecordSorter, CopyOptions),
        started: Instant,
    ) -> (CopyAttempt, Option<SortedRrsets>) {
        let wanted = Wanted::sorted(digest, sorter);
        let (attempt, extras) = self.attempt_again(zone, (wanted, options), started).await;
        (attempt, extras.sorted)
    }

    /// Reads the file once more, into `digest`, and as a catalog; gives what it lists if it gives the copy.
    pub async fn read_catalog(
        &self,
        zone: &Name,
        (digest, catalog): (Digest, CatalogReader),
        started: Instant,
    ) -> (CopyAttempt, Option<Result<Catalog, CatalogFault>>) {
        let wanted = Wanted::catalog(digest, catalog);
        let (attempt, extras) = self.attempt_again(zone, (wanted, CopyOptions::default()), started).await;
        (attempt, extras.catalog)
    }

    async fn attempt_again(
        &self,
        zone: &Name,
        into: (Wanted, CopyOptions),
        started: Instant,
    ) -> (CopyAttempt, Extras) {
        let start = started.elapsed();
        self.attempt(zone, into, started).await.unwrap_or_else(|error| {
            let span = TimeSpan { start, end: started.elapsed() };
            (CopyAttempt { span, copy: Err(Failure::from(&error)) }, Extras::default())
        })
    }

    async fn attempt(
        &self,
        zone: &Name,
        into: (Wanted, CopyOptions),
        started: Instant,
    ) -> Result<(CopyAttempt, Extras), ZoneFileReadError> {
        let start = started.elapsed();
        let (file, zone) = (self.clone(), zone.clone());
        let SunkCopy { copy, extras } = blocking::run(move || file.walk(zone, into)).await?;
        let span = TimeSpan { start, end: started.elapsed() };
        let duration = span.end.saturating_sub(start);
        Ok((CopyAttempt { span, copy: Ok(Copy { duration, ..copy }) }, extras))
    }

    fn walk(
        &self,
        zone: Name,
        (wanted, options): (Wanted, CopyOptions),
    ) -> Result<SunkCopy, ZoneFileReadError> {
        let sink = Sink::new(&zone, wanted, self.limits, options.expects_zonemd);
        let mut walker = ZoneFileWalker::new(zone.clone(), sink);
        walker.walk(&self.path)?;
        if let Some(first) = walker.first_dropped() {
            tracing::warn!(%zone, file = self.name(), first, "skipped records outside the zone");
        }
        walker.finish(&self.path, zone)
    }
}
