//! A query on the wire, signed if its server has a key, and the check of its response.

use std::time::UNIX_EPOCH;

use crate::clock;
use crate::dns::tsig::{TsigError, Verifier};
use crate::observe::Failure;
use crate::plan::Target;

/// A query as it is sent.
#[derive(Debug)]
pub(crate) struct SignedQuery {
    /// The message.
    pub(super) wire: Vec<u8>,
    /// Verifies the response; `None` if the query is not signed.
    pub(super) verifier: Option<Box<Verifier>>,
}

impl SignedQuery {
    /// Signs a message with the key of its target, if that has one.
    pub(crate) fn new(mut wire: Vec<u8>, target: &Target) -> Result<Self, Failure> {
        let verifier = match &target.key {
            None => None,
            Some(key) => {
                let mac = key.sign(&mut wire, unix_time()).map_err(TsigError::from)?;
                Some(Box::new(Verifier::new(key, &mac)))
            }
        };
        Ok(Self { wire, verifier })
    }

    /// Verifies one message of the response.
    pub(crate) fn verify(&mut self, message: &[u8]) -> Result<(), TsigError> {
        match &mut self.verifier {
            None => Ok(()),
            Some(verifier) => verifier.verify(message, unix_time()).map(drop),
        }
    }

    /// Checks that the response may end here: its last message must be signed.
    pub(crate) fn finish(&self) -> Result<(), TsigError> {
        self.verifier.as_ref().map_or(Ok(()), |verifier| verifier.finish())
    }

    /// Verifies a response that is one message.
    pub(super) fn verify_single(&mut self, message: &[u8]) -> Result<(), TsigError> {
        self.verify(message)?;
        self.finish()
    }
}

/// The time in seconds since 1970, as signatures have it.
fn unix_time() -> u64 {
    clock::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
