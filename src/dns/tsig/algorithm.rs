//! The algorithms of keys.

use std::fmt;
use std::str::FromStr;

/// The algorithm of a key (RFC 8945 section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// HMAC-MD5, which must not be used any more, but still is.
    Md5,
    /// HMAC-SHA-1.
    Sha1,
    /// HMAC-SHA-224.
    Sha224,
    /// HMAC-SHA-256, the recommended one.
    Sha256,
    /// HMAC-SHA-384.
    Sha384,
    /// HMAC-SHA-512.
    Sha512,
}

/// The text is not the name of an algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a TSIG algorithm; known are {}", Algorithm::list())]
pub struct UnknownAlgorithm;

impl Algorithm {
    /// All algorithms, the recommended one first.
    pub const ALL: [Self; 6] =
        [Self::Sha256, Self::Sha512, Self::Sha384, Self::Sha224, Self::Sha1, Self::Md5];

    /// The name, as in key files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "hmac-md5",
            Self::Sha1 => "hmac-sha1",
            Self::Sha224 => "hmac-sha224",
            Self::Sha256 => "hmac-sha256",
            Self::Sha384 => "hmac-sha384",
            Self::Sha512 => "hmac-sha512",
        }
    }

    /// The names of all algorithms in one line.
    pub fn list() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// The name in canonical wire format (RFC 8945 section 6).
    pub(crate) fn as_wire(self) -> &'static [u8] {
        match self {
            Self::Md5 => b"\x08hmac-md5\x07sig-alg\x03reg\x03int\0",
            Self::Sha1 => b"\x09hmac-sha1\0",
            Self::Sha224 => b"\x0bhmac-sha224\0",
            Self::Sha256 => b"\x0bhmac-sha256\0",
            Self::Sha384 => b"\x0bhmac-sha384\0",
            Self::Sha512 => b"\x0bhmac-sha512\0",
        }
    }

    /// The length of a MAC in octets.
    pub(crate) fn mac_len(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The length of the shortest truncated MAC in octets.
    pub(crate) fn min_mac_len(self) -> usize {
        // RFC 8945 section 5.2.2.1: not less than the larger of 10 octets and half of the hash.
        (self.mac_len() / 2).max(10)
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    /// Parses a name in any letter case, with or without a final dot.
    fn from_str(text: &str) -> Result<Self, UnknownAlgorithm> {
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        match name.as_str() {
            "hmac-md5.sig-alg.reg.int" => Ok(Self::Md5),
            name => Self::ALL.into_iter().find(|known| known.name() == name).ok_or(UnknownAlgorithm),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parsed_as_in_key_files_and_as_in_messages() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
            assert_eq!(algorithm.name().to_ascii_uppercase().parse(), Ok(algorithm));
            let name = crate::dns::Name::from_wire(algorithm.as_wire()).unwrap();
            assert_eq!(name.to_string().parse(), Ok(algorithm));
        }
        assert_eq!("HMAC-MD5.SIG-ALG.REG.INT".parse(), Ok(Algorithm::Md5));
        assert_eq!("hmac-sha3".parse::<Algorithm>(), Err(UnknownAlgorithm));
    }
}
