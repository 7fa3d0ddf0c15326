//! Verifies signatures with the keys of zones.

use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    RsaParameters, UnparsedPublicKey, VerificationAlgorithm,
};

use super::dnskey::Dnskey;

/// The octet in front of an uncompressed point of a curve, which DNSKEY records leave out (RFC 6605 section 4).
const UNCOMPRESSED: u8 = 4;

/// The lengths of the moduli that are computed with, in octets; the keys of zones have 512 to 4096 bits (RFC 5702
/// section 2).
const MODULUS_LEN: std::ops::RangeInclusive<usize> = 128..=1024;

/// The exponents that are computed with.
const EXPONENT: std::ops::Range<u64> = 3..1 << 33;

/// A key that is ready to verify signatures.
#[derive(Clone, Debug)]
pub struct VerifyingKey(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Rsa(&'static RsaParameters, PublicKeyComponents<Vec<u8>>),
    Curve(UnparsedPublicKey<Vec<u8>>),
}

impl VerifyingKey {
    /// Prepares a key; `None` if its signatures cannot be verified here: its algorithm is not known, or it is too
    /// short or too long.
    pub fn new(key: &Dnskey) -> Option<Self> {
        let rsa = |parameters| Some(Kind::Rsa(parameters, rsa_components(&key.public_key)?));
        let curve = |algorithm: &'static dyn VerificationAlgorithm, prefix: &[u8]| {
            let point = [prefix, &key.public_key].concat();
            Some(Kind::Curve(UnparsedPublicKey::new(algorithm, point)))
        };
        let kind = match key.algorithm {
            // RSA/SHA-1, under two numbers (RFC 3110, RFC 5155 section 2).
            5 | 7 => rsa(&RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
            8 => rsa(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
            10 => rsa(&RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
            13 => curve(&ECDSA_P256_SHA256_FIXED, &[UNCOMPRESSED]),
            14 => curve(&ECDSA_P384_SHA384_FIXED, &[UNCOMPRESSED]),
            15 => curve(&ED25519, &[]),
            _ => None,
        };
        kind.map(Self)
    }

    /// Whether signatures of an algorithm can be verified.
    pub fn knows(algorithm: u8) -> bool {
        matches!(algorithm, 5 | 7 | 8 | 10 | 13 | 14 | 15)
    }

    /// Whether a signature over some data is by this key.
    pub fn verify(&self, data: &[u8], signature: &[u8]) -> bool {
        match &self.0 {
            Kind::Rsa(parameters, components) => components.verify(parameters, data, signature).is_ok(),
            Kind::Curve(key) => key.verify(data, signature).is_ok(),
        }
    }
}

/// Splits an RSA key into exponent and modulus (RFC 3110 section 2).
fn rsa_components(key: &[u8]) -> Option<PublicKeyComponents<Vec<u8>>> {
    let (length, rest) = match key {
        [0, l0, l1, rest @ ..] => (usize::from(u16::from_be_bytes([*l0, *l1])), rest),
        [length, rest @ ..] => (usize::from(*length), rest),
        [] => return None,
    };
    let (exponent, modulus) = rest.split_at_checked(length)?;
    let (exponent, modulus) = (without_leading_zeros(exponent), without_leading_zeros(modulus));
    let value = exponent
        .iter()
        .try_fold(0_u64, |value, &octet| value.checked_mul(256).map(|shifted| shifted | u64::from(octet)))?;
    let is_known = EXPONENT.contains(&value) && value % 2 == 1 && MODULUS_LEN.contains(&modulus.len());
    is_known.then(|| PublicKeyComponents { n: modulus.to_vec(), e: exponent.to_vec() })
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|&&octet| octet == 0).count();
    number.get(zeros..).unwrap_or_default()
}
