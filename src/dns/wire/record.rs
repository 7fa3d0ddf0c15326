//! A record in canonical form.

use crate::dns::rtype::Rtype;

/// Class IN (RFC 1035 section 3.2.4).
pub const CLASS_IN: u16 = 1;

/// A record in canonical form (RFC 4034 section 6.2): names decompressed and in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The owner name in wire format.
    pub owner: &'a [u8],
    /// The type.
    pub rtype: Rtype,
    /// The class; in an OPT record, the UDP payload size of the sender.
    pub class: u16,
    /// The TTL in seconds.
    pub ttl: u32,
    /// The RDATA.
    pub rdata: &'a [u8],
    /// The RDATA as it is signed, and digested for ZONEMD: the names in it are in lower case in the types of RFC 4034
    /// section 6.2 without NSEC (RFC 6840 section 5.1), and as they were received in all others.
    pub signed: &'a [u8],
}

impl<'a> Record<'a> {
    /// A record of class IN whose RDATA is signed as it stands here.
    pub const fn new(owner: &'a [u8], rtype: Rtype, ttl: u32, rdata: &'a [u8]) -> Self {
        Self { owner, rtype, class: CLASS_IN, ttl, rdata, signed: rdata }
    }

    /// What RRsets of one owner name differ in: the type, and for a signature the type that it covers.
    pub fn kind(&self) -> (Rtype, u16) {
        (self.rtype, self.covered())
    }

    /// The type that an RRSIG record covers (RFC 4034 section 3.1.1); 0 for every other record.
    pub fn covered(&self) -> u16 {
        let covered = self.rdata.first_chunk::<2>().filter(|_| self.rtype == Rtype::RRSIG);
        covered.map_or(0, |&octets| u16::from_be_bytes(octets))
    }
}
