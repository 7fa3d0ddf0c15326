//! The changes between two versions of a zone, by IXFR (RFC 1995).

use std::sync::Arc;

use tokio::time::timeout;

use super::TransferClient;
use crate::digest::{DeltaDigest, Profile};
use crate::dns::message::Question;
use crate::dns::xfr::axfr::XfrError;
use crate::dns::xfr::ixfr::{self, Change, IxfrError, IxfrResponse};
use crate::dns::{Name, Rtype, Soa};
use crate::net::SignedQuery;
use crate::observe::{Delta, DeltaError, Failure};
use crate::plan::Target;

/// The most bytes of a response; that of a zone that changes little has a few thousand.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

impl TransferClient {
    /// Asks an address what has changed since the version with this SOA.
    ///
    /// A message may take as long as a query, and all of it as long as a transfer may pause.
    pub async fn ixfr(
        &self,
        target: &Target,
        zone: &Name,
        since: &Soa,
        profile: &Arc<Profile>,
    ) -> Result<Delta, DeltaError> {
        let _permit = self.client.limiter.acquire_transfer(target.address).await;
        let ended = timeout(self.limits.idle_timeout, self.changes(target, zone, since, profile)).await;
        let changes = ended.unwrap_or(Err(IxfrFailure::Interrupted(Failure::Timeout)));
        let failure = changes.as_ref().err().and_then(IxfrFailure::failure);
        self.client.record_transfer(target, Rtype::IXFR, failure.as_ref().map_or(Ok(()), Err));
        let to = changes.as_ref().map(|delta| delta.changed.to);
        tracing::debug!(%zone, server = %target.address, since = %since.serial, ?to, "IXFR finished");
        changes.map_err(|failure| match failure {
            IxfrFailure::Interrupted(_) | IxfrFailure::Response(IxfrError::UpToDate) => {
                DeltaError::Interrupted
            }
            IxfrFailure::Response(_) => DeltaError::NotGiven,
        })
    }

    async fn changes(
        &self,
        target: &Target,
        zone: &Name,
        since: &Soa,
        profile: &Arc<Profile>,
    ) -> Result<Delta, IxfrFailure> {
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
                return Err(IxfrError::TooLarge.into());
            }
            query.verify(&message).map_err(Failure::from)?;
            let is_complete = response.read_message(&message, |change| match change {
                Change::Deleted(record) => digest.delete(record),
                Change::Added(record) => digest.add(record),
                Change::Reached(serial) => digest.reach(serial),
            })?;
            if is_complete {
                query.finish().map_err(Failure::from)?;
                return Ok(Delta { changed: response.end()?, digest });
            }
        }
    }
}

/// Why no changes were read.
#[derive(Debug)]
enum IxfrFailure {
    /// The query could not be sent, or the response did not come to its end.
    Interrupted(Failure),
    /// The response has no changes, or such as do not follow one another.
    Response(IxfrError),
}

impl From<Failure> for IxfrFailure {
    fn from(failure: Failure) -> Self {
        Self::Interrupted(failure)
    }
}

impl From<IxfrError> for IxfrFailure {
    fn from(error: IxfrError) -> Self {
        Self::Response(error)
    }
}

impl IxfrFailure {
    /// The failure of the transfer; a response without changes is none.
    fn failure(&self) -> Option<Failure> {
        let error = match self {
            Self::Interrupted(failure) => return Some(failure.clone()),
            Self::Response(error) => error,
        };
        Some(match error {
            IxfrError::UpToDate | IxfrError::WholeZone => return None,
            IxfrError::Malformed(malformed) => XfrError::Malformed(*malformed).into(),
            IxfrError::Mismatched(mismatch) => XfrError::Mismatched(mismatch.clone()).into(),
            IxfrError::Rcode(rcode) => XfrError::Rcode(*rcode).into(),
            IxfrError::Truncated => XfrError::Truncated.into(),
            IxfrError::Inconsistent => Failure::MalformedTransfer(error.to_string()),
            IxfrError::TooLarge => Failure::LimitExceeded(error.to_string()),
            IxfrError::Incomplete => incomplete(error),
        })
    }
}

fn incomplete(error: &IxfrError) -> Failure {
    Failure::TransferIncomplete(error.to_string())
}
