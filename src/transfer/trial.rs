//! Whether an address gives transfers, without reading a copy.

use tokio::time::timeout;

use super::TransferClient;
use crate::dns::message::{OptRecord, Question};
use crate::dns::xfr::axfr::{AxfrReader, XfrError};
use crate::dns::{Name, Rtype, Serial};
use crate::net::SignedQuery;
use crate::observe::Failure;
use crate::plan::Target;

impl TransferClient {
    /// Asks an address for a copy, and closes the connection at the first message; gives the serial that it begins with.
    pub async fn begin_axfr(&self, target: &Target, zone: &Name) -> Result<Serial, Failure> {
        let _permit = self.client.limiter.acquire_transfer(target.address).await;
        let question = Question { id: rand::random(), qname: zone.clone(), qtype: Rtype::AXFR };
        let mut query = SignedQuery::new(question.to_wire(OptRecord::Omitted), target)?;
        let mut stream = self.client.open(target, &query).await?;
        // A server may take a while to begin with a large zone.
        let message = timeout(self.limits.idle_timeout, stream.read_message()).await;
        let message = message.map_err(|_| Failure::Timeout)??;
        query.verify(&message).map_err(XfrError::from)?;
        let mut reader = AxfrReader::new(question, self.limits.max_records);
        reader.read_message(&message, |_| ())?;
        match reader.opening_soa() {
            Some((soa, _)) => Ok(soa.serial),
            None => Err(XfrError::NoOpeningSoa.into()),
        }
    }
}
