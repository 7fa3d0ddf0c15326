//! One copy, read outside of a check, with its RRsets in order.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use super::checker::Checker;
use crate::digest::{Buckets, Digest};
use crate::dns::{Name, Soa};
use crate::net::{QueryOptions, SourcePort};
use crate::observe::{CopyAttempt, Failure, Transport};
use crate::plan::{Compare, ComparisonRules, Target};
use crate::transfer::{CopyOptions, RecordSorter, SortedRrsets, ZoneFile, ZoneFileReadError};

/// How often a transfer is tried that a newer version of the zone ends.
const MAX_ATTEMPTS: u32 = 3;

/// A whole copy of a zone.
#[derive(Clone, Debug)]
pub struct SortedCopy {
    /// Its SOA.
    pub soa: Soa,
    /// The TTL of that.
    pub soa_ttl: u32,
    /// Its RRsets in canonical order, the SOA among them.
    pub rrsets: SortedRrsets,
}

impl Checker {
    /// Transfers the copy of an address.
    pub async fn transfer_sorted(&self, zone: &Name, target: &Target) -> Result<SortedCopy, Failure> {
        for _ in 1..MAX_ATTEMPTS {
            match self.transfer_sorted_once(zone, target).await {
                Err(Failure::Superseded { .. } | Failure::ChangedDuringTransfer(..)) => {}
                other => return other,
            }
        }
        self.transfer_sorted_once(zone, target).await
    }

    async fn transfer_sorted_once(&self, zone: &Name, target: &Target) -> Result<SortedCopy, Failure> {
        let (digest, sorter) = self.digest_and_sorter(zone);
        let what = (digest, sorter, CopyOptions::default());
        let (attempt, rrsets) = self.transfers.axfr_sorted(target, zone, what, Instant::now()).await;
        SortedCopy::new(attempt, rrsets)
    }

    /// Reads a zone file.
    pub async fn read_file_sorted(
        &self,
        zone: &Name,
        file: &ZoneFile,
    ) -> Result<Result<SortedCopy, Failure>, ZoneFileReadError> {
        let (attempt, rrsets) = file.read_sorted(zone, self.digest_and_sorter(zone), Instant::now()).await?;
        Ok(SortedCopy::new(attempt, rrsets))
    }

    /// Asks an address for the SOA of a zone, which it must have with authority.
    pub async fn soa(&self, zone: &Name, target: &Target) -> Result<Soa, Failure> {
        let options = QueryOptions { transport: Transport::Udp, source_port: SourcePort::Shared };
        let observation = self.client.soa(target, zone, options, Instant::now()).await;
        observation.soa().cloned().ok_or_else(|| observation.failure().cloned().unwrap_or(Failure::NoSoa))
    }

    /// A digest is made with every copy; nobody needs this one.
    fn digest_and_sorter(&self, zone: &Name) -> (Digest, RecordSorter) {
        let profile = self.profile(&ComparisonRules::new(Compare::Records));
        let digest = Digest::new(Arc::clone(&profile), Buckets::none(), SystemTime::UNIX_EPOCH);
        (digest, RecordSorter::new(zone, RecordSorter::DEFAULT_MEMORY))
    }
}

impl SortedCopy {
    fn new(attempt: CopyAttempt, rrsets: Option<SortedRrsets>) -> Result<Self, Failure> {
        let copy = attempt.copy?;
        let rrsets =
            rrsets.ok_or_else(|| Failure::LimitExceeded("the records could not be sorted".to_owned()))?;
        Ok(Self { soa: copy.summary.soa, soa_ttl: copy.summary.soa_ttl, rrsets })
    }
}
