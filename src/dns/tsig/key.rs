//! A key that both sides have.

use std::fmt;

use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use crate::dns::name::Name;

/// A shared secret, the name by which both sides know it, and how it is used.
#[derive(Clone, PartialEq, Eq)]
pub struct TsigKey {
    name: Name,
    algorithm: Algorithm,
    secret: Zeroizing<Vec<u8>>,
}

impl TsigKey {
    /// Takes a key; its secret is wiped from memory when it is dropped.
    pub fn new(name: Name, algorithm: Algorithm, secret: Vec<u8>) -> Self {
        Self { name, algorithm, secret: Zeroizing::new(secret) }
    }

    /// Returns the name by which both sides know it.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Returns how it makes signatures.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(super) fn secret(&self) -> &[u8] {
        &self.secret
    }
}

impl fmt::Debug for TsigKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TsigKey({} {})", self.name, self.algorithm)
    }
}
