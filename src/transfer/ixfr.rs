//! The changes between two versions of a zone, by IXFR (RFC 1995).

use std::sync::Arc;

use tokio::time::timeout;

use super::TransferClient;
use crate::digest::{DeltaDigest, Profile};
use crate::dns::message::Question;
use crate::dns::xfr::ixfr::{self, IxfrError, IxfrResponse, RecordChange};
use crate::dns::{Name, Rtype, Soa};
use crate::net::SignedQuery;
use crate::observe::{Delta, Failure};
use crate::plan::Target;

/// The most bytes of a response; that of a zone that changes little has a few thousand.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

impl TransferClient {
    /// Asks an address what has changed since the version with this SOA.
    ///
    /// `None` if it does not answer with changes, if a message takes longer than the timeout of a query, or if
    /// all of it takes longer than the idle timeout of a transfer.
    pub async fn ixfr(
        &self,
        target: &Target,
        zone: &Name,
        since: &Soa,
        profile: &Arc<Profile>,
    ) -> Option<Delta> {
        let _permit = self.client.limiter.acquire_transfer(target.address).await;
        let ended = timeout(self.limits.idle_timeout, self.changes(target, zone, since, profile)).await;
        let changes = ended.unwrap_or(Err(Failure::Timeout));
        self.client.record_transfer(target, Rtype::IXFR, changes.as_ref().map(|_| ()));
        let to = changes.as_ref().map(|delta| delta.as_ref().map(|delta| delta.changed.to));
        tracing::debug!(%zone, server = %target.address, since = %since.serial, ?to, "IXFR finished");
        changes.ok().flatten()
    }

    async fn changes(
        &self,
        target: &Target,
        zone: &Name,
        since: &Soa,
        profile: &Arc<Profile>,
    ) -> Result<Option<Delta>, Failure> {
        let question = Question { id: rand::random(), qname: zone.clone(), qtype: Rtype::IXFR };
        let mut query = SignedQuery::new(ixfr::query(&question, since), target)?;
        let mut stream = self.client.open(target, &query).await?;
        let mut response = IxfrResponse::new(question, since.serial);
        let mut digest = DeltaDigest::new(Arc::clone(profile));
        let mut bytes = 0;
        loop {
            let message = timeout(self.client.timeout, stream.read_message()).await;
            let message = message.map_err(|_| Failure::Timeout)?.map_err(|failure| match failure {
                failure @ Failure::Tls(_) => failure,
                _ => incomplete(&IxfrError::Incomplete),
            })?;
            bytes += message.len() as u64;
            if bytes > MAX_BYTES.min(self.limits.max_bytes) {
                return Err(incomplete(&IxfrError::TooLarge));
            }
            query.verify(&message)?;
            let complete = response.read_message(&message, |change, record| match change {
                RecordChange::Deleted => digest.delete(record),
                RecordChange::Added => digest.add(record),
            });
            match complete {
                Ok(false) => {}
                Ok(true) => {
                    query.finish()?;
                    return match response.end() {
                        Ok(changed) => Ok(Some(Delta { changed, digest })),
                        Err(error) => without_changes(&error),
                    };
                }
                Err(error) => return without_changes(&error),
            }
        }
    }
}

/// Tells a response without changes, which is no failure, from an error.
fn without_changes(error: &IxfrError) -> Result<Option<Delta>, Failure> {
    match error {
        IxfrError::UpToDate | IxfrError::WholeZone => Ok(None),
        error => Err(incomplete(error)),
    }
}

fn incomplete(error: &IxfrError) -> Failure {
    Failure::TransferIncomplete(error.to_string())
}
