//! What changed between two versions of a zone (RFC 1995), asked over a connection.

use tokio::time::timeout;

use super::TransferClient;
use crate::dns::message::Question;
use crate::dns::xfr::ixfr::{self, ChangedRrsets, IxfrError, IxfrResponse};
use crate::dns::{Name, Rtype, Soa};
use crate::net::tcp::connection;
use crate::net::{SignedQuery, now};
use crate::observe::Failure;
use crate::plan::Target;

/// The most octets of an answer; the delta of a zone that changes little has a few thousand.
const MOST_OCTETS: u64 = 16 * 1024 * 1024;

impl TransferClient {
    /// Asks an address what it has changed in the zone since the version of this SOA; nothing if it does
    /// not say so in full within the idle time of a transfer, each message within the time of an answer.
    pub async fn ixfr(&self, target: &Target, zone: &Name, since: &Soa) -> Option<ChangedRrsets> {
        let _permit = self.client.limiter.acquire_transfer(target.address).await;
        let asked = timeout(self.limits.idle_timeout, self.incremental(target, zone, since)).await;
        let delta = asked.unwrap_or(Err(Failure::Timeout));
        self.client.record_transfer(target, Rtype::IXFR, delta.as_ref().map(|_| ()));
        let outcome = delta.as_ref().map(|delta| delta.as_ref().map(|delta| delta.to));
        tracing::debug!(%zone, server = %target.address, since = %since.serial, ?outcome, "asked for a delta");
        delta.ok().flatten()
    }

    /// A server that has nothing newer, or keeps no changes, has answered, and told no delta.
    async fn incremental(
        &self,
        target: &Target,
        zone: &Name,
        since: &Soa,
    ) -> Result<Option<ChangedRrsets>, Failure> {
        let question = Question { id: rand::random(), qname: zone.clone(), qtype: Rtype::IXFR };
        let mut sent = SignedQuery::signed(ixfr::query(&question, since), target)?;
        let mut stream = self.ask(target, &sent).await?;
        let mut answer = IxfrResponse::new(question, since.serial);
        let mut octets = 0;
        loop {
            let message = timeout(self.client.timeout, connection::frame(&mut stream)).await;
            // Whoever hangs up before the closing SOA has said nothing.
            let message = message.map_err(|_| Failure::Timeout)?.map_err(|_| none(&IxfrError::Incomplete))?;
            octets += message.len() as u64;
            if octets > MOST_OCTETS.min(self.limits.max_bytes) {
                return Err(none(&IxfrError::TooLarge));
            }
            if let Some(verifier) = &mut sent.verifier {
                verifier.verify(&message, now())?;
            }
            match answer.read_message(&message) {
                Ok(false) => {}
                Ok(true) => {
                    sent.verifier.as_ref().map_or(Ok(()), |verifier| verifier.finish())?;
                    return answer.end().map_or_else(|why| without(&why), |delta| Ok(Some(delta)));
                }
                Err(why) => return without(&why),
            }
        }
    }
}

/// Tells answers that hold no delta from those that fail.
fn without(why: &IxfrError) -> Result<Option<ChangedRrsets>, Failure> {
    match why {
        IxfrError::UpToDate | IxfrError::WholeZone => Ok(None),
        why => Err(none(why)),
    }
}

fn none(why: &IxfrError) -> Failure {
    Failure::TransferIncomplete(why.to_string())
}
