//! EDNS (RFC 6891): the options that queries request, and the options of responses.

use super::wire::Record;

/// The UDP payload size of queries: small enough for no fragments on common paths (DNS flag day 2020).
pub const PAYLOAD: u16 = 1232;

/// Option: the name server identifier (RFC 5001).
pub const NSID: u16 = 3;

/// Option: the time until the zone expires at the server (RFC 7314).
pub const EXPIRE: u16 = 9;

/// Option: an extended DNS error (RFC 8914).
const EXTENDED_ERROR: u16 = 15;

/// The extended error of a server whose zone has expired (RFC 8914 section 4.25: Invalid Data).
pub const INVALID_DATA: u16 = 24;

/// The extended error of a server that does not serve the zone.
const NOT_AUTHORITATIVE: u16 = 20;

/// The maximum number of extended errors kept of a response; servers send one or two.
const MAX_EXTENDED_ERRORS: usize = 8;

/// The maximum length kept of an NSID, or of the text of an extended error, in octets.
const MAX_TEXT_LEN: usize = 256;

/// An extended DNS error (RFC 8914 section 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtendedError {
    /// The INFO-CODE.
    pub code: u16,
    /// The EXTRA-TEXT.
    pub text: Vec<u8>,
}

impl ExtendedError {
    /// The name of its code in IANA's registry, unless it has none.
    pub fn name(&self) -> Option<&'static str> {
        EXTENDED_ERROR_NAMES.get(usize::from(self.code)).copied()
    }
}

/// The names of extended errors in IANA's registry, by their codes from 0.
const EXTENDED_ERROR_NAMES: [&str; 31] = [
    "Other",
    "Unsupported DNSKEY Algorithm",
    "Unsupported DS Digest Type",
    "Stale Answer",
    "Forged Answer",
    "DNSSEC Indeterminate",
    "DNSSEC Bogus",
    "Signature Expired",
    "Signature Not Yet Valid",
    "DNSKEY Missing",
    "RRSIGs Missing",
    "No Zone Key Bit Set",
    "NSEC Missing",
    "Cached Error",
    "Not Ready",
    "Blocked",
    "Censored",
    "Filtered",
    "Prohibited",
    "Stale NXDOMAIN Answer",
    "Not Authoritative",
    "Not Supported",
    "No Reachable Authority",
    "Network Error",
    "Invalid Data",
    "Signature Expired before Valid",
    "Too Early",
    "Unsupported NSEC3 Iterations Value",
    "Unable to conform to policy",
    "Synthesized",
    "Invalid Query Type",
];

/// The content of a response's OPT record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edns {
    /// The upper eight bits of the RCODE.
    pub extended_rcode: u8,
    /// The NSID, which tells the instances of an anycast server apart.
    pub nsid: Option<Vec<u8>>,
    /// Seconds until the zone expires at the server.
    pub expire: Option<u32>,
    /// The extended DNS errors.
    pub extended_errors: Vec<ExtendedError>,
}

impl Edns {
    /// Parses an OPT record; malformed options are ignored.
    pub fn parse(opt: &Record<'_>) -> Self {
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
            (NSID, nsid) if !nsid.is_empty() => self.nsid = Some(truncated(nsid)),
            (EXPIRE, &[a, b, c, d]) => self.expire = Some(u32::from_be_bytes([a, b, c, d])),
            (EXTENDED_ERROR, &[high, low, ref text @ ..])
                if self.extended_errors.len() < MAX_EXTENDED_ERRORS =>
            {
                let code = u16::from_be_bytes([high, low]);
                self.extended_errors.push(ExtendedError { code, text: truncated(text) });
            }
            _ => {}
        }
    }

    /// Whether the server reports that it does not serve the zone (RFC 8914 section 4.21).
    pub fn reports_not_authoritative(&self) -> bool {
        self.extended_errors.iter().any(|error| error.code == NOT_AUTHORITATIVE)
    }

    /// Whether the server reports that its zone has expired.
    pub fn reports_expired(&self) -> bool {
        self.extended_errors.iter().any(|error| error.code == INVALID_DATA)
    }
}

fn truncated(text: &[u8]) -> Vec<u8> {
    text.iter().copied().take(MAX_TEXT_LEN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::Rtype;

    fn parse(rdata: &[u8]) -> Edns {
        Edns::parse(&Record { class: PAYLOAD, ..Record::new(&[0], Rtype::OPT, 0x0100_0000, rdata) })
    }

    #[test]
    fn options_are_parsed_and_long_ones_truncated() {
        let mut rdata = vec![0, 3, 1, 44];
        rdata.extend_from_slice(&[b'x'; 300]);
        rdata.extend_from_slice(b"\0\x09\0\x04\0\x01\x51\x80\0\x0f\0\x06\0\x18gone");
        let edns = parse(&rdata);
        assert_eq!(edns.extended_rcode, 1);
        assert_eq!(edns.nsid.as_ref().map(Vec::len), Some(MAX_TEXT_LEN));
        assert_eq!(edns.expire, Some(86400));
        assert!(edns.reports_expired());
    }

    #[test]
    fn an_incomplete_option_is_ignored() {
        assert_eq!(parse(&[0, 9, 0, 4, 0]).expire, None);
        assert_eq!(parse(&[0, 9, 0, 3, 0, 0, 1]).expire, None);
    }
}
