//! The header of a message (RFC 1035 section 4.1.1).

/// The length of a header in octets.
pub const HEADER_LEN: usize = 12;

/// The opcode of a standard query.
pub const OPCODE_QUERY: u16 = 0;

/// The opcode of a message that tells a server of a new version of a zone (RFC 1996).
pub const OPCODE_NOTIFY: u16 = 4;

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
    /// Whether the message is a response (QR) to a standard query.
    pub fn is_response(self) -> bool {
        self.is_response_to(OPCODE_QUERY)
    }

    /// Whether the message is a response (QR) to a message with this opcode.
    pub fn is_response_to(self, opcode: u16) -> bool {
        self.flags & 0xf800 == 0x8000 | opcode << 11
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
