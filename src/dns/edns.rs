//! EDNS (RFC 6891): the options this program asks for, and what servers say in them.

use super::wire::Record;

/// The UDP payload size we offer: no fragments on any common path (DNS flag day 2020).
pub const PAYLOAD: u16 = 1232;

/// Name server identifier (RFC 5001).
pub const NSID: u16 = 3;

/// Time until the zone expires at this server (RFC 7314).
pub const EXPIRE: u16 = 9;

/// Extended DNS error (RFC 8914).
const EXTENDED_ERROR: u16 = 15;

/// The extended error of a server whose copy of the zone has expired (RFC 8914 section 4.25: Invalid Data).
pub const INVALID_DATA: u16 = 24;

/// Extended errors taken from one reply; servers send one, or two.
const MOST_EXTENDED_ERRORS: usize = 8;

/// Octets kept of an NSID or of the text of an extended error.
const MOST_TEXT: usize = 256;

/// An extended DNS error (RFC 8914 section 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtendedError {
    /// Its number in IANA's registry.
    pub code: u16,
    /// What the server says beside it.
    pub text: Vec<u8>,
}

/// What a reply says in its OPT record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edns {
    /// The upper eight bits of the RCODE.
    pub extended_rcode: u8,
    /// Which instance answered.
    pub nsid: Option<Vec<u8>>,
    /// Seconds until the zone expires at this server.
    pub expire: Option<u32>,
    /// Why the server answers as it does.
    pub extended_errors: Vec<ExtendedError>,
}

impl Edns {
    /// Reads an OPT record; options that do not keep their form are passed over.
    pub fn read(opt: &Record<'_>) -> Self {
        let mut edns = Self { extended_rcode: opt.ttl.to_be_bytes()[0], ..Self::default() };
        let mut rest = opt.rdata;
        while let Some((&[a, b, c, d], tail)) = rest.split_first_chunk::<4>() {
            let length = usize::from(u16::from_be_bytes([c, d]));
            let Some((value, next)) = tail.split_at_checked(length) else { break };
            edns.option(u16::from_be_bytes([a, b]), value);
            rest = next;
        }
        edns
    }

    fn option(&mut self, code: u16, value: &[u8]) {
        match (code, value) {
            (NSID, nsid) if !nsid.is_empty() => self.nsid = Some(head(nsid)),
            (EXPIRE, &[a, b, c, d]) => self.expire = Some(u32::from_be_bytes([a, b, c, d])),
            (EXTENDED_ERROR, &[high, low, ref text @ ..])
                if self.extended_errors.len() < MOST_EXTENDED_ERRORS =>
            {
                let code = u16::from_be_bytes([high, low]);
                self.extended_errors.push(ExtendedError { code, text: head(text) });
            }
            _ => {}
        }
    }

    /// Returns whether the server says that its copy of the zone has expired.
    pub fn reports_expired(&self) -> bool {
        self.extended_errors.iter().any(|error| error.code == INVALID_DATA)
    }
}

fn head(text: &[u8]) -> Vec<u8> {
    text.iter().copied().take(MOST_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::Rtype;

    fn read(rdata: &[u8]) -> Edns {
        Edns::read(&Record { owner: &[0], rtype: Rtype::OPT, class: PAYLOAD, ttl: 0x0100_0000, rdata })
    }

    #[test]
    fn options_are_read_and_their_length_is_bounded() {
        let mut rdata = vec![0, 3, 1, 44];
        rdata.extend_from_slice(&[b'x'; 300]);
        rdata.extend_from_slice(b"\0\x09\0\x04\0\x01\x51\x80\0\x0f\0\x06\0\x18gone");
        let edns = read(&rdata);
        assert_eq!(edns.extended_rcode, 1);
        assert_eq!(edns.nsid.as_ref().map(Vec::len), Some(MOST_TEXT));
        assert_eq!(edns.expire, Some(86400));
        assert!(edns.reports_expired());
    }

    #[test]
    fn options_cut_short_end_the_reading() {
        assert_eq!(read(&[0, 9, 0, 4, 0]).expire, None);
        assert_eq!(read(&[0, 9, 0, 3, 0, 0, 1]).expire, None);
    }
}
