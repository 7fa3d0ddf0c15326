//! The header of a message (RFC 1035 section 4.1.1).

/// The length of a header in octets.
pub const HEADER_LEN: usize = 12;

/// The header of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The id, which a response repeats from its query.
    pub id: u16,
    /// QR, opcode, AA, TC, RD, RA, AD, CD and the lower four bits of the RCODE.
    pub flags: u16,
    /// The numbers of entries in the question, answer, authority and additional sections.
    pub counts: [u16; 4],
}

impl Header {
    /// Whether the message is a response (QR) to a standard query (opcode 0).
    pub fn is_response(self) -> bool {
        self.flags & 0xf800 == 0x8000
    }

    /// Whether the response is authoritative (AA).
    pub fn is_authoritative(self) -> bool {
        self.flags & 0x0400 != 0
    }

    /// Whether the response is truncated (TC).
    pub fn is_truncated(self) -> bool {
        self.flags & 0x0200 != 0
    }

    /// The RCODE, without its extension in EDNS.
    pub fn rcode(self) -> u16 {
        self.flags & 0x000f
    }
}
