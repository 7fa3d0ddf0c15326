//! Makes signatures: of a question, or of the messages of an answer.

use super::error::TsigRecordError;
use super::key::TsigKey;
use super::mac::{HmacContext, Mac};
use super::record::{Tsig, TsigVariables};
use crate::dns::wire::MessageReader;

/// Seconds by which the clocks of both sides may differ (RFC 8945 section 10).
pub const FUDGE: u16 = 300;

impl TsigKey {
    /// Appends a signature to a question; returns what its answers are verified by.
    ///
    /// `now` is in seconds since 1970. The signature covers the message as it is: nothing in it may
    /// change any more, and one that is sent again later is signed again.
    pub fn sign(&self, message: &mut Vec<u8>, now: u64) -> Result<Mac, TsigRecordError> {
        let variables = TsigVariables { time: now, fudge: FUDGE, error: 0, other: &[] };
        Signer::question(self).sign(message, &variables)
    }
}

/// Signs messages that belong together, in the order in which they are sent.
#[derive(Clone)]
pub(crate) struct Signer {
    key: TsigKey,
    hmac: HmacContext,
    signed: u64,
}

impl Signer {
    /// Begins with a question.
    pub(crate) fn question(key: &TsigKey) -> Self {
        Self { key: key.clone(), hmac: HmacContext::new(key), signed: 0 }
    }

    /// Begins with the answer to a question that had this signature.
    pub(crate) fn answers(key: &TsigKey, question: &Mac) -> Self {
        Self { key: key.clone(), hmac: HmacContext::after(key, question), signed: 0 }
    }

    /// Takes note of a message that is sent without a signature.
    pub(crate) fn pass(&mut self, message: &[u8]) {
        self.hmac.update(message);
    }

    /// Appends a signature to a message, and returns it.
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
