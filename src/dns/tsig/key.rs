//! A key that client and server share.

use std::fmt;

use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use crate::dns::name::Name;

/// A key: its name, algorithm and secret.
#[derive(Clone, PartialEq, Eq)]
pub struct TsigKey {
    name: Name,
    algorithm: Algorithm,
    secret: Zeroizing<Vec<u8>>,
}

impl TsigKey {
    /// Makes a key, whose secret is wiped from memory when it is dropped.
    pub fn new(name: Name, algorithm: Algorithm, secret: Vec<u8>) -> Self {
        Self { name, algorithm, secret: Zeroizing::new(secret) }
    }

    /// The name, by which client and server know the key.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The algorithm.
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
