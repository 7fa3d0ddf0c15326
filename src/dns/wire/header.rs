//! The header of a message.

/// The octets of a message header (RFC 1035 section 4.1.1).
pub const HEADER_LEN: usize = 12;

/// The fixed part of a message (RFC 1035 section 4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the question said.
    pub id: u16,
    /// QR, opcode, AA, TC, RD, RA and the lower four bits of the RCODE.
    pub flags: u16,
    /// Records in the question, answer, authority and additional sections.
    pub counts: [u16; 4],
}

impl Header {
    /// Returns whether it is a response (QR) to a standard query (opcode 0).
    pub fn is_response(self) -> bool {
        self.flags & 0xf800 == 0x8000
    }

    /// Returns whether the server claims authority (AA).
    pub fn is_authoritative(self) -> bool {
        self.flags & 0x0400 != 0
    }

    /// Returns whether the answer was cut (TC).
    pub fn is_truncated(self) -> bool {
        self.flags & 0x0200 != 0
    }

    /// Returns the RCODE without the extension of EDNS.
    pub fn rcode(self) -> u16 {
        self.flags & 0x000f
    }
}
