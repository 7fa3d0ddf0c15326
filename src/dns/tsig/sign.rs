//! Signs queries and the messages of responses.

use super::error::TsigRecordError;
use super::key::TsigKey;
use super::mac::{HmacContext, Mac};
use super::record::{Tsig, TsigVariables};
use crate::dns::wire::MessageReader;

/// The seconds by which the clocks of client and server may differ (RFC 8945 section 10).
pub const FUDGE: u16 = 300;

impl TsigKey {
    /// Signs a query; returns the MAC, by which the response is verified.
    ///
    /// `now` is in seconds since 1970. The query must not change afterwards, and has to be signed again if it
    /// is sent again later.
    pub fn sign(&self, message: &mut Vec<u8>, now: u64) -> Result<Mac, TsigRecordError> {
        let variables = TsigVariables { time: now, fudge: FUDGE, error: 0, other: &[] };
        Signer::for_query(self).sign(message, &variables)
    }
}

/// Signs a query, or the messages of a response in the order in which they are sent.
#[derive(Clone)]
pub(crate) struct Signer {
    key: TsigKey,
    hmac: HmacContext,
    signed: u64,
}

impl Signer {
    /// Starts with a query.
    pub(crate) fn for_query(key: &TsigKey) -> Self {
        Self { key: key.clone(), hmac: HmacContext::new(key), signed: 0 }
    }

    /// Starts with the response to the query that has this MAC.
    pub(crate) fn for_response(key: &TsigKey, query: &Mac) -> Self {
        Self { key: key.clone(), hmac: HmacContext::after(key, query), signed: 0 }
    }

    /// Adds a message that is sent without a signature.
    pub(crate) fn add_unsigned(&mut self, message: &[u8]) {
        self.hmac.update(message);
    }

    /// Signs a message, and returns the MAC.
    pub(crate) fn sign(
        &mut self,
        message: &mut Vec<u8>,
        variables: &TsigVariables<'_>,
    ) -> Result<Mac, TsigRecordError> {
        let original_id = MessageReader::new(message)?.header().id;
        let mut hmac = self.hmac.clone();
        hmac.update(message);
        // RFC 8945 section 5.3.1: after the first message, the timers alone.
        if self.signed == 0 {
            variables.digest_into(&self.key, &mut hmac);
        } else {
            variables.digest_timers_into(&mut hmac);
        }
        let mac = hmac.finish();
        let record = Tsig {
            key: self.key.name().as_wire(),
            algorithm: self.key.algorithm().as_wire(),
            variables: *variables,
            mac: mac.as_octets(),
            original_id,
        };
        record.append(message)?;
        self.hmac = HmacContext::after(&self.key, &mac);
        self.signed += 1;
        Ok(mac)
    }
}
