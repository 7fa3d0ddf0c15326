//! Verifies responses: one message, or all messages of a transfer.

use std::fmt;

use super::error::{TsigError, TsigRecordError};
use super::key::TsigKey;
use super::mac::{HmacContext, Mac};
use super::record::{BADKEY, BADSIG, BADTIME, BADTRUNC, Tsig, TsigVariables, find, seconds};
use crate::dns::name;
use crate::dns::wire::{MessageReader, Scratch};

/// The maximum number of messages in a row without a signature (RFC 8945 section 5.3.1).
const MAX_UNSIGNED: u32 = 99;

/// The result of verifying a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureStatus {
    /// This message, and all messages before it, are authentic.
    Verified,
    /// This message has no signature; the signature of a later message covers it.
    Pending,
}

/// Verifies the messages of the response to a signed query, in the order in which they are received.
///
/// No message is authentic before [`Verifier::finish`] has succeeded.
pub struct Verifier {
    key: TsigKey,
    hmac: HmacContext,
    /// The messages accepted so far.
    messages: u64,
    /// The messages since the last signature.
    unsigned: u32,
    /// Taken while a message is read.
    scratch: Option<Box<Scratch>>,
}

impl Verifier {
    /// Starts to verify the response to the query that has this MAC.
    pub fn new(key: &TsigKey, query: &Mac) -> Self {
        Self {
            key: key.clone(),
            hmac: HmacContext::after(key, query),
            messages: 0,
            unsigned: 0,
            scratch: None,
        }
    }

    /// Verifies the next message, as it was received; `now` is in seconds since 1970.
    ///
    /// An error does not change the verifier: if a datagram was forged, the next one may be authentic. The
    /// caller checks that the message is the response to its query.
    pub fn verify(&mut self, octets: &[u8], now: u64) -> Result<SignatureStatus, TsigError> {
        let mut scratch = self.scratch.take().unwrap_or_default();
        let result = match find(octets, &mut scratch) {
            Ok(Some((start, tsig))) => self.verify_signed(octets, start, &tsig, now),
            Ok(None) => self.verify_unsigned(octets),
            Err(error) => Err(error.into()),
        };
        self.scratch = Some(scratch);
        self.messages += u64::from(result.is_ok());
        result
    }

    /// Ends the response, whose last message must be signed.
    pub fn finish(&self) -> Result<(), TsigError> {
        if self.messages == 0 || self.unsigned > 0 {
            return Err(TsigError::LastUnsigned { key: self.key.name().clone() });
        }
        Ok(())
    }

    fn verify_unsigned(&mut self, octets: &[u8]) -> Result<SignatureStatus, TsigError> {
        let key = || self.key.name().clone();
        // RFC 8945 section 5.3.1: the first and the last message must be signed.
        if self.messages == 0 {
            let rcode = MessageReader::new(octets).map_err(TsigRecordError::from)?.header().rcode();
            return Err(TsigError::Unsigned { key: key(), rcode });
        }
        if self.unsigned >= MAX_UNSIGNED {
            return Err(TsigError::TooManyUnsigned { key: key() });
        }
        self.unsigned += 1;
        self.hmac.update(octets);
        Ok(SignatureStatus::Pending)
    }

    fn verify_signed(
        &mut self,
        octets: &[u8],
        start: usize,
        tsig: &Tsig<'_>,
        now: u64,
    ) -> Result<SignatureStatus, TsigError> {
        self.check_record(tsig, now)?;
        let mut hmac = self.hmac.clone();
        tsig.digest_message_into(octets, start, &mut hmac);
        if self.messages == 0 {
            tsig.variables.digest_into(&self.key, &mut hmac);
        } else {
            // RFC 8945 section 5.3.1: after the first message, the timers alone.
            tsig.variables.digest_timers_into(&mut hmac);
        }
        if !hmac.verifies(tsig.mac) {
            return Err(TsigError::WrongMac { key: self.key.name().clone(), message: self.messages + 1 });
        }
        if let Some(error) = self.server_error(&tsig.variables, now) {
            return Err(error);
        }
        // The time is compared to the clock, not to the query: a transfer may take longer than the fudge.
        if !tsig.variables.is_near(now) {
            let TsigVariables { time, fudge, .. } = tsig.variables;
            return Err(TsigError::Skew { key: self.key.name().clone(), signed: time, now, fudge });
        }
        self.hmac = HmacContext::after(&self.key, &Mac::new(tsig.mac));
        self.unsigned = 0;
        Ok(SignatureStatus::Verified)
    }

    /// Checks the record, before the MAC is verified.
    fn check_record(&self, tsig: &Tsig<'_>, now: u64) -> Result<(), TsigError> {
        // RFC 8945 section 5.3.2: a response with BADKEY or BADSIG has no MAC. It may be forged, and all it
        // can cause is this error.
        if tsig.mac.is_empty()
            && let Some(error) = self.server_error(&tsig.variables, now)
        {
            return Err(error);
        }
        let key = || self.key.name().clone();
        if !tsig.is_of(&self.key) {
            return Err(TsigError::OtherKey { key: key(), found: name::display(tsig.key) });
        }
        let algorithm = self.key.algorithm();
        if !tsig.is_by(algorithm) {
            let found = name::display(tsig.algorithm);
            return Err(TsigError::OtherAlgorithm { key: key(), algorithm, found });
        }
        if !(algorithm.min_mac_len()..=algorithm.mac_len()).contains(&tsig.mac.len()) {
            return Err(TsigRecordError::MacLength(tsig.mac.len()).into());
        }
        Ok(())
    }

    /// The error that the server reports about the signature of the query.
    fn server_error(&self, variables: &TsigVariables<'_>, now: u64) -> Option<TsigError> {
        let key = self.key.name().clone();
        Some(match variables.error {
            0 => return None,
            BADSIG => TsigError::BadSig { key },
            BADKEY => TsigError::BadKey { key, algorithm: self.key.algorithm() },
            BADTIME => {
                let server = <[u8; 6]>::try_from(variables.other).ok().map(seconds);
                TsigError::BadTime { key, server, now }
            }
            BADTRUNC => TsigError::BadTrunc { key },
            error => TsigError::Refused { key, error },
        })
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("key", &self.key)
            .field("messages", &self.messages)
            .field("unsigned", &self.unsigned)
            .finish_non_exhaustive()
    }
}
