//! Computes MACs (message authentication codes).

use hmac::digest::KeyInit as _;
use hmac::{Hmac, Mac as _};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};

use super::algorithm::Algorithm;
use super::key::TsigKey;

/// The length of the longest MAC in octets.
const MAX_MAC: usize = 64;

/// A MAC, in full length or truncated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mac {
    octets: [u8; MAX_MAC],
    length: usize,
}

impl Mac {
    /// Copies a MAC; octets beyond the longest MAC are left out.
    pub(crate) fn new(octets: &[u8]) -> Self {
        let mut mac = Self { octets: [0; MAX_MAC], length: 0 };
        for (to, from) in mac.octets.iter_mut().zip(octets) {
            *to = *from;
            mac.length += 1;
        }
        mac
    }

    /// The octets of the MAC.
    pub fn as_octets(&self) -> &[u8] {
        self.octets.get(..self.length).unwrap_or_default()
    }
}

/// An HMAC that is being computed.
#[derive(Clone)]
pub(crate) enum HmacContext {
    Md5(Hmac<Md5>),
    Sha1(Hmac<Sha1>),
    Sha224(Hmac<Sha224>),
    Sha256(Hmac<Sha256>),
    Sha384(Hmac<Sha384>),
    Sha512(Hmac<Sha512>),
}

/// Evaluates an expression with the HMAC of any hash function.
macro_rules! with_hmac {
    ($hmac:expr, $hash:ident => $expression:expr) => {
        match $hmac {
            HmacContext::Md5($hash) => $expression,
            HmacContext::Sha1($hash) => $expression,
            HmacContext::Sha224($hash) => $expression,
            HmacContext::Sha256($hash) => $expression,
            HmacContext::Sha384($hash) => $expression,
            HmacContext::Sha512($hash) => $expression,
        }
    };
}

/// Why making an HMAC cannot fail.
const ANY_LENGTH: &str = "HMAC takes a key of any length";

impl HmacContext {
    /// Starts with no message.
    pub(crate) fn new(key: &TsigKey) -> Self {
        let secret = key.secret();
        match key.algorithm() {
            Algorithm::Md5 => Self::Md5(Hmac::new_from_slice(secret).expect(ANY_LENGTH)),
            Algorithm::Sha1 => Self::Sha1(Hmac::new_from_slice(secret).expect(ANY_LENGTH)),
            Algorithm::Sha224 => Self::Sha224(Hmac::new_from_slice(secret).expect(ANY_LENGTH)),
            Algorithm::Sha256 => Self::Sha256(Hmac::new_from_slice(secret).expect(ANY_LENGTH)),
            Algorithm::Sha384 => Self::Sha384(Hmac::new_from_slice(secret).expect(ANY_LENGTH)),
            Algorithm::Sha512 => Self::Sha512(Hmac::new_from_slice(secret).expect(ANY_LENGTH)),
        }
    }

    /// Starts with the MAC of the previous message, behind its length (RFC 8945 section 5.3).
    pub(crate) fn after(key: &TsigKey, prior: &Mac) -> Self {
        let mut hmac = Self::new(key);
        let octets = prior.as_octets();
        // A MAC has at most 64 octets.
        hmac.update(&u16::try_from(octets.len()).unwrap_or_default().to_be_bytes());
        hmac.update(octets);
        hmac
    }

    /// Adds octets.
    pub(crate) fn update(&mut self, octets: &[u8]) {
        with_hmac!(self, hash => hash.update(octets));
    }

    /// Returns the MAC of the octets that were added.
    pub(crate) fn finish(self) -> Mac {
        with_hmac!(self, hash => Mac::new(&hash.finalize().into_bytes()))
    }

    /// Whether `mac` is the MAC of the octets that were added, or its beginning.
    ///
    /// The comparison takes constant time.
    pub(crate) fn verifies(self, mac: &[u8]) -> bool {
        with_hmac!(self, hash => hash.verify_truncated_left(mac).is_ok())
    }
}
