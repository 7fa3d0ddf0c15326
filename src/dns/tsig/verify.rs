//! Verifies the signatures of an answer: of one message, or of all messages of a transfer.

use std::fmt;

use super::error::{TsigError, TsigRecordError};
use super::key::TsigKey;
use super::mac::{HmacContext, Mac};
use super::record::{BADKEY, BADSIG, BADTIME, BADTRUNC, Tsig, TsigVariables, find, seconds};
use crate::dns::name;
use crate::dns::wire::{MessageReader, Scratch};

/// Messages without a signature that may follow one another (RFC 8945 section 5.3.1).
const MOST_UNSIGNED: u32 = 99;

/// What was seen of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// It and all messages before it are the server's.
    Verified,
    /// It has no signature: only that of a later message will tell.
    Pending,
}

/// Verifies the messages that answer one signed question, in the order in which they come.
///
/// Nothing that a message says is to be believed before [`Verifier::finish`] says so.
pub struct Verifier {
    key: TsigKey,
    hmac: HmacContext,
    /// Messages taken.
    messages: u64,
    /// Messages since the last signature.
    unsigned: u32,
    /// Lent to whoever reads a message.
    scratch: Option<Box<Scratch>>,
}

impl Verifier {
    /// Awaits the answer to a question that was signed so.
    pub fn new(key: &TsigKey, question: &Mac) -> Self {
        Self {
            key: key.clone(),
            hmac: HmacContext::after(key, question),
            messages: 0,
            unsigned: 0,
            scratch: None,
        }
    }

    /// Takes the next message, whole as it came; `now` is in seconds since 1970.
    ///
    /// A message with a fault leaves no trace: where a datagram was forged, the next may be the true one.
    /// That the message answers the question, and has its id, is for others to see.
    pub fn verify(&mut self, octets: &[u8], now: u64) -> Result<Verification, TsigError> {
        let mut scratch = self.scratch.take().unwrap_or_default();
        let seen = match find(octets, &mut scratch) {
            Ok(Some((start, tsig))) => self.signed(octets, start, &tsig, now),
            Ok(None) => self.without_signature(octets),
            Err(flaw) => Err(flaw.into()),
        };
        self.scratch = Some(scratch);
        self.messages += u64::from(seen.is_ok());
        seen
    }

    /// Ends the answer: its last message has to be signed.
    pub fn finish(&self) -> Result<(), TsigError> {
        if self.messages == 0 || self.unsigned > 0 {
            return Err(TsigError::LastUnsigned { key: self.key.name().clone() });
        }
        Ok(())
    }

    fn without_signature(&mut self, octets: &[u8]) -> Result<Verification, TsigError> {
        let key = || self.key.name().clone();
        // RFC 8945 section 5.3.1: the first and the last message must be signed.
        if self.messages == 0 {
            let rcode = MessageReader::new(octets).map_err(TsigRecordError::from)?.header().rcode();
            return Err(TsigError::Unsigned { key: key(), rcode });
        }
        if self.unsigned >= MOST_UNSIGNED {
            return Err(TsigError::TooManyUnsigned { key: key() });
        }
        self.unsigned += 1;
        self.hmac.update(octets);
        Ok(Verification::Pending)
    }

    fn signed(
        &mut self,
        octets: &[u8],
        start: usize,
        tsig: &Tsig<'_>,
        now: u64,
    ) -> Result<Verification, TsigError> {
        self.is_ours(tsig, now)?;
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
        if let Some(told) = self.told(&tsig.variables, now) {
            return Err(told);
        }
        // Against the clock, not the question: a transfer may take longer than the fudge.
        if !tsig.variables.is_near(now) {
            let TsigVariables { time, fudge, .. } = tsig.variables;
            return Err(TsigError::Skew { key: self.key.name().clone(), signed: time, now, fudge });
        }
        self.hmac = HmacContext::after(&self.key, &Mac::new(tsig.mac));
        self.unsigned = 0;
        Ok(Verification::Verified)
    }

    /// Checks what can be checked before the signature is.
    fn is_ours(&self, tsig: &Tsig<'_>, now: u64) -> Result<(), TsigError> {
        // RFC 8945 section 5.3.2: such an answer has no signature. Nothing vouches for it, and nothing
        // but this very fault comes of it.
        if tsig.mac.is_empty()
            && let Some(told) = self.told(&tsig.variables, now)
        {
            return Err(told);
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
        if !(algorithm.min_mac_len()..=algorithm.octets()).contains(&tsig.mac.len()) {
            return Err(TsigRecordError::MacLength(tsig.mac.len()).into());
        }
        Ok(())
    }

    /// Returns what the server says is wrong with the signature of the question.
    fn told(&self, variables: &TsigVariables<'_>, now: u64) -> Option<TsigError> {
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
