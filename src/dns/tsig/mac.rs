//! The hash that a signature is made of.

use hmac::digest::KeyInit as _;
use hmac::{Hmac, Mac as _};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};

use super::algorithm::Algorithm;
use super::key::TsigKey;

/// The octets of the longest signature.
const MOST: usize = 64;

/// The octets of a signature, whole or cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mac {
    octets: [u8; MOST],
    length: usize,
}

impl Mac {
    /// Takes the octets of a signature; those that no hash can have are left out.
    pub(crate) fn new(octets: &[u8]) -> Self {
        let mut mac = Self { octets: [0; MOST], length: 0 };
        for (to, from) in mac.octets.iter_mut().zip(octets) {
            *to = *from;
            mac.length += 1;
        }
        mac
    }

    /// Returns the octets.
    pub fn as_octets(&self) -> &[u8] {
        self.octets.get(..self.length).unwrap_or_default()
    }
}

/// A hash that more octets can be given to.
#[derive(Clone)]
pub(crate) enum HmacContext {
    Md5(Hmac<Md5>),
    Sha1(Hmac<Sha1>),
    Sha224(Hmac<Sha224>),
    Sha256(Hmac<Sha256>),
    Sha384(Hmac<Sha384>),
    Sha512(Hmac<Sha512>),
}

/// Does the same for every hash function.
macro_rules! each {
    ($hmac:expr, $hash:ident => $what:expr) => {
        match $hmac {
            HmacContext::Md5($hash) => $what,
            HmacContext::Sha1($hash) => $what,
            HmacContext::Sha224($hash) => $what,
            HmacContext::Sha256($hash) => $what,
            HmacContext::Sha384($hash) => $what,
            HmacContext::Sha512($hash) => $what,
        }
    };
}

/// What is promised of the only error that making a hash knows.
const ANY_LENGTH: &str = "HMAC takes a key of any length";

impl HmacContext {
    /// Starts anew.
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

    /// Starts anew with the signature of the message before, and its length (RFC 8945 section 5.3).
    pub(crate) fn after(key: &TsigKey, prior: &Mac) -> Self {
        let mut hmac = Self::new(key);
        let octets = prior.as_octets();
        // A signature has at most 64 octets.
        hmac.update(&u16::try_from(octets.len()).unwrap_or_default().to_be_bytes());
        hmac.update(octets);
        hmac
    }

    /// Takes more octets in.
    pub(crate) fn update(&mut self, octets: &[u8]) {
        each!(self, hash => hash.update(octets));
    }

    /// Returns the signature of what was taken in.
    pub(crate) fn finish(self) -> Mac {
        each!(self, hash => Mac::new(&hash.finalize().into_bytes()))
    }

    /// Returns whether this is the signature of what was taken in, or its beginning.
    ///
    /// How long that takes does not depend on where they differ.
    pub(crate) fn verifies(self, mac: &[u8]) -> bool {
        each!(self, hash => hash.verify_truncated_left(mac).is_ok())
    }
}
