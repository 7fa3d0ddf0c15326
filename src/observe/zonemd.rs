//! The result of verifying the digest that a zone carries itself (ZONEMD, RFC 8976).

use crate::dns::Serial;

/// The result of verifying the ZONEMD records of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZonemdCheck {
    /// A record matches the copy (RFC 8976 section 4).
    Verified(ZonemdHash),
    /// Records of a known scheme and hash algorithm are there, and none of them matches.
    Mismatch(Vec<ZonemdFault>),
    /// No record has a scheme and a hash algorithm that are known and occur once.
    Unsupported,
    /// The digest was not computed: it came out of order, after other names.
    Late,
    /// The digest was not computed: the records could not be sorted, as on a disk that is full. This is why.
    NotComputed(String),
}

/// A hash algorithm of ZONEMD (RFC 8976 section 5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZonemdHash {
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// Why a ZONEMD record does not match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZonemdFault {
    /// It is for another serial than the SOA's.
    Serial {
        /// The serial in the record.
        zonemd: Serial,
        /// The serial of the SOA.
        soa: Serial,
    },
    /// The digest of the copy is another one.
    Digest {
        /// The hash algorithm.
        hash: ZonemdHash,
        /// The digest in the record.
        published: Box<[u8]>,
        /// The digest of the copy.
        computed: Box<[u8]>,
    },
}
