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

use super::sink::{Sink, SunkCopy};
use super::sorted::{RecordSorter, SortedRrsets};
use super::{CopyOptions, TransferLimits};
use crate::blocking;
use crate::digest::Digest;
use crate::dns::Name;
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
        Ok(self.attempt(zone, (digest, None, CopyOptions::default()), started).await?.0)
    }

    /// Reads the file once more; an error is now a failure of the attempt.
    pub async fn read_again(
        &self,
        zone: &Name,
        (digest, options): (Digest, CopyOptions),
        started: Instant,
    ) -> CopyAttempt {
        self.attempt_again(zone, (digest, None, options), started).await.0
    }

    /// Reads the file once more, into `digest` and `sorter`; gives its RRsets if it gives the copy.
    pub async fn read_again_sorted(
        &self,
        zone: &Name,
        (digest, sorter, options): (Digest, RecordSorter, CopyOptions),
        started: Instant,
    ) -> (CopyAttempt, Option<SortedRrsets>) {
        self.attempt_again(zone, (digest, Some(sorter), options), started).await
    }

    async fn attempt_again(
        &self,
        zone: &Name,
        into: (Digest, Option<RecordSorter>, CopyOptions),
        started: Instant,
    ) -> (CopyAttempt, Option<SortedRrsets>) {
        let start = started.elapsed();
        self.attempt(zone, into, started).await.unwrap_or_else(|error| {
            let span = TimeSpan { start, end: started.elapsed() };
            (CopyAttempt { span, copy: Err(Failure::from(&error)) }, None)
        })
    }

    async fn attempt(
        &self,
        zone: &Name,
        into: (Digest, Option<RecordSorter>, CopyOptions),
        started: Instant,
    ) -> Result<(CopyAttempt, Option<SortedRrsets>), ZoneFileReadError> {
        let start = started.elapsed();
        let (file, zone) = (self.clone(), zone.clone());
        let (copy, sorted) = blocking::run(move || file.walk(zone, into)).await?;
        let span = TimeSpan { start, end: started.elapsed() };
        let duration = span.end.saturating_sub(start);
        Ok((CopyAttempt { span, copy: Ok(Copy { duration, ..copy }) }, sorted))
    }

    fn walk(
        &self,
        zone: Name,
        (digest, sorter, options): (Digest, Option<RecordSorter>, CopyOptions),
    ) -> Result<SunkCopy, ZoneFileReadError> {
        let sink = Sink::new(&zone, (digest, sorter), self.limits, options.expects_zonemd);
        let mut walker = ZoneFileWalker::new(zone.clone(), sink);
        walker.walk(&self.path)?;
        if let Some(first) = walker.first_dropped() {
            tracing::warn!(%zone, file = self.name(), first, "skipped records outside the zone");
        }
        walker.finish(&self.path, zone)
    }
}
