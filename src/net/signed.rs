//! A question as it is sent, signed where its server has a key, and its answers verified.

use std::time::UNIX_EPOCH;

use crate::clock;
use crate::dns::message::{OptRecord, Question};
use crate::dns::tsig::{TsigError, Verifier};
use crate::observe::Failure;
use crate::plan::Target;

/// A question on its way.
#[derive(Debug)]
pub(crate) struct SignedQuery {
    /// The message.
    pub(crate) wire: Vec<u8>,
    /// What its answers are verified by, if it was signed.
    pub(crate) verifier: Option<Box<Verifier>>,
}

impl SignedQuery {
    /// Puts a question into octets, changed by `spell`, and signs them with the key of its target.
    pub(crate) fn new(
        question: &Question,
        opt: OptRecord,
        target: &Target,
        spell: impl FnOnce(&mut [u8]),
    ) -> Result<Self, Failure> {
        let mut wire = question.to_wire(opt);
        spell(&mut wire);
        Self::signed(wire, target)
    }

    /// Signs a message with the key of its target, if that has one.
    pub(crate) fn signed(mut wire: Vec<u8>, target: &Target) -> Result<Self, Failure> {
        let verifier = match &target.key {
            None => None,
            Some(key) => {
                let mac = key.sign(&mut wire, now()).map_err(TsigError::from)?;
                Some(Box::new(Verifier::new(key, &mac)))
            }
        };
        Ok(Self { wire, verifier })
    }

    /// Checks the signature of an answer that is one message.
    pub(crate) fn verify(&mut self, answer: &[u8]) -> Result<(), Failure> {
        let Some(verifier) = &mut self.verifier else { return Ok(()) };
        verifier.verify(answer, now())?;
        Ok(verifier.finish()?)
    }
}

/// Returns what time it is, in seconds since 1970, as signatures have it.
pub(crate) fn now() -> u64 {
    clock::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
