//! DNSKEY RDATA (RFC 4034 section 2).

/// The flag of keys that sign a zone (RFC 4034 section 2.1.1).
const ZONE_KEY: u16 = 1 << 8;

/// The flag of keys that are revoked (RFC 5011 section 7).
const REVOKED: u16 = 1 << 7;

/// The flag of keys that the parent or a resolver is to point at (RFC 4034 section 2.1.1).
const SECURE_ENTRY_POINT: u16 = 1;

/// The only protocol of DNSKEY records (RFC 4034 section 2.1.2).
const PROTOCOL: u8 = 3;

/// The algorithm RSA/MD5, whose key tags are computed in another way (RFC 4034 appendix B.1).
const RSA_MD5: u8 = 1;

/// A public key of a zone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dnskey {
    /// The flags.
    pub flags: u16,
    /// The protocol, which is 3 for DNSSEC.
    pub protocol: u8,
    /// The algorithm of its signatures.
    pub algorithm: u8,
    /// The key, in the form of its algorithm.
    pub public_key: Vec<u8>,
}

impl Dnskey {
    /// Parses RDATA; `None` if it is too short.
    pub fn from_rdata(rdata: &[u8]) -> Option<Self> {
        let (&[f0, f1, protocol, algorithm], public_key) = rdata.split_first_chunk::<4>()?;
        let flags = u16::from_be_bytes([f0, f1]);
        Some(Self { flags, protocol, algorithm, public_key: public_key.to_vec() })
    }

    /// Encodes the RDATA.
    pub fn to_rdata(&self) -> Vec<u8> {
        let [f0, f1] = self.flags.to_be_bytes();
        [&[f0, f1, self.protocol, self.algorithm], self.public_key.as_slice()].concat()
    }

    /// The tag by which signatures and DS records refer to the key; other keys may have the same one (RFC 4034
    /// appendix B).
    pub fn key_tag(&self) -> u16 {
        if self.algorithm == RSA_MD5 {
            // Appendix B.1: the upper 16 of the lower 24 bits of the modulus, which ends the key.
            let tail: Option<&[u8; 3]> = self.public_key.last_chunk();
            return tail.map_or(0, |&[high, low, _]| u16::from_be_bytes([high, low]));
        }
        let rdata = self.to_rdata();
        let (words, rest) = rdata.as_chunks::<2>();
        let last = rest.first().map_or(0, |&octet| u32::from(octet) << 8);
        let sum = words.iter().fold(last, |sum, &word| sum + u32::from(u16::from_be_bytes(word)));
        let folded = (sum + (sum >> 16)) & 0xffff;
        u16::try_from(folded).unwrap_or_default()
    }

    /// Whether the key may sign records of its zone.
    pub fn is_zone_key(&self) -> bool {
        self.flags & ZONE_KEY != 0 && self.protocol == PROTOCOL
    }

    /// Whether the key is revoked, and only shows that it is (RFC 5011 section 2.1).
    pub fn is_revoked(&self) -> bool {
        self.flags & REVOKED != 0
    }

    /// Whether the key is meant to be pointed at from outside; no resolver relies on that.
    pub fn is_sep(&self) -> bool {
        self.flags & SECURE_ENTRY_POINT != 0
    }
}
