//! A record of a message, in canonical form.

use crate::dns::rtype::Rtype;

/// Class IN (RFC 1035 section 3.2.4).
pub const CLASS_IN: u16 = 1;

/// One record in canonical form (RFC 4034 section 6.2): names decompressed and folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The owner name in wire form.
    pub owner: &'a [u8],
    /// Its type.
    pub rtype: Rtype,
    /// Its class; for OPT the sender's UDP payload size.
    pub class: u16,
    /// Seconds it may be cached, as sent.
    pub ttl: u32,
    /// Its data.
    pub rdata: &'a [u8],
}

impl Record<'_> {
    /// Returns the type that a signature covers (RFC 4034 section 3.1.1); 0 if it is none.
    pub fn covered(&self) -> u16 {
        let covered = self.rdata.first_chunk::<2>().filter(|_| self.rtype == Rtype::RRSIG);
        covered.map_or(0, |&octets| u16::from_be_bytes(octets))
    }
}
