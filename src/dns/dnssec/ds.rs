//! DS RDATA (RFC 4034 section 5).

use ring::digest::{self, Context};

use super::dnskey::Dnskey;
use super::verifying_key::VerifyingKey;
use crate::dns::name::Name;

/// A digest of a key, which the parent zone publishes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ds {
    /// The tag of the key.
    pub key_tag: u16,
    /// The algorithm of the key.
    pub algorithm: u8,
    /// The type of the digest.
    pub digest_type: u8,
    /// The digest.
    pub digest: Vec<u8>,
}

impl Ds {
    /// The digest type SHA-1, which counts only where there is no other (RFC 4509 section 3).
    pub const SHA1: u8 = 1;

    /// Parses RDATA; `None` if it is too short.
    pub fn from_rdata(rdata: &[u8]) -> Option<Self> {
        let (&[t0, t1, algorithm, digest_type], digest) = rdata.split_first_chunk::<4>()?;
        let key_tag = u16::from_be_bytes([t0, t1]);
        Some(Self { key_tag, algorithm, digest_type, digest: digest.to_vec() })
    }

    /// Encodes the RDATA.
    pub fn to_rdata(&self) -> Vec<u8> {
        let [t0, t1] = self.key_tag.to_be_bytes();
        [&[t0, t1, self.algorithm, self.digest_type], self.digest.as_slice()].concat()
    }

    /// Whether digests of this type can be computed: SHA-1, SHA-256 (RFC 4509) and SHA-384 (RFC 6605).
    pub fn has_known_digest_type(&self) -> bool {
        self.digest_algorithm().is_some()
    }

    /// Whether it is the digest of a key of the zone `owner` (RFC 4034 section 5.1.4).
    pub fn matches(&self, owner: &Name, key: &Dnskey) -> bool {
        let Some(algorithm) = self.digest_algorithm() else { return false };
        if self.algorithm != key.algorithm || self.key_tag != key.key_tag() {
            return false;
        }
        let mut context = Context::new(algorithm);
        context.update(owner.as_wire());
        context.update(&key.to_rdata());
        context.finish().as_ref() == self.digest
    }

    fn digest_algorithm(&self) -> Option<&'static digest::Algorithm> {
        match self.digest_type {
            Self::SHA1 => Some(&digest::SHA1_FOR_LEGACY_USE_ONLY),
            2 => Some(&digest::SHA256),
            4 => Some(&digest::SHA384),
            _ => None,
        }
    }
}

/// The DS records that resolvers use: those of known algorithms and digest types, and SHA-1 only where there is no
/// other (RFC 4509 section 3).
pub fn supported_ds(ds: &[Ds]) -> Vec<&Ds> {
    let is_supported = |ds: &&Ds| VerifyingKey::knows(ds.algorithm) && ds.has_known_digest_type();
    let mut supported: Vec<&Ds> = ds.iter().filter(is_supported).collect();
    if supported.iter().any(|ds| ds.digest_type != Ds::SHA1) {
        supported.retain(|ds| ds.digest_type != Ds::SHA1);
    }
    supported
}
