//! A query as it came from the network.

use crate::dns::wire::{CLASS_IN, HEADER_LEN, Header, MessageReader, Scratch};
use crate::dns::{Name, Rtype, Serial, Soa};

/// QR in the flags of a header: the message is a response.
const RESPONSE: u16 = 0x8000;

/// The largest datagram that a client without EDNS takes (RFC 1035 section 2.3.4).
const MIN_UDP_LEN: u16 = 512;

/// A query, parsed far enough to be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Its header.
    pub header: Header,
    /// The queried name.
    pub qname: Name,
    /// The queried type.
    pub qtype: Rtype,
    /// The queried class.
    pub qclass: u16,
    /// The bytes of the question section, to be sent back unchanged.
    pub question: Vec<u8>,
    /// Its OPT record, if it has one.
    pub edns: Option<QueryEdns>,
    /// The version that the client has, if it asks for the changes since (RFC 1995 section 3).
    pub since: Option<Serial>,
}

/// The OPT record of a query (RFC 6891).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryEdns {
    /// The largest datagram that the client takes.
    pub payload_size: u16,
    /// The version of EDNS.
    pub version: u8,
    /// The codes of its options.
    pub option_codes: Vec<u16>,
}

impl Query {
    /// Parses a message; `None` if it is not a query with one question.
    pub fn parse(message: &[u8]) -> Option<Self> {
        let mut scratch = Scratch::default();
        let mut reader = MessageReader::new(message).ok()?;
        let header = reader.header();
        if header.flags & RESPONSE != 0 {
            return None;
        }
        let (qname, qtype, qclass) = reader.question(&mut scratch).ok()??;
        let qname = Name::from_wire(qname)?;
        let end = HEADER_LEN + qname.as_wire().len() + 4;
        let question = message.get(HEADER_LEN..end)?.to_vec();
        // A compressed name does not stand here in full, and could not be sent back unchanged.
        let spelled = question.get(..qname.as_wire().len())?;
        if !spelled.eq_ignore_ascii_case(qname.as_wire()) {
            return None;
        }
        let [_, answers, authorities, additionals] = header.counts.map(u32::from);
        let (mut edns, mut since) = (None, None);
        for _ in 0..answers + authorities + additionals {
            let record = reader.record(&mut scratch).ok()?;
            if record.rtype == Rtype::OPT {
                let [_, version, ..] = record.ttl.to_be_bytes();
                let option_codes = option_codes(record.rdata);
                edns = Some(QueryEdns { payload_size: record.class, version, option_codes });
            } else if record.rtype == Rtype::SOA && qtype == Rtype::IXFR {
                since = Soa::from_rdata(record.rdata).map(|soa| soa.serial);
            }
        }
        Some(Self { header, qname, qtype, qclass, question, edns, since })
    }

    /// Whether it asks for a whole zone (RFC 5936), or for the changes to one (RFC 1995).
    pub fn is_transfer(&self) -> bool {
        matches!(self.qtype, Rtype::AXFR | Rtype::IXFR)
    }

    /// Whether it has an EDNS option.
    pub fn has_option(&self, code: u16) -> bool {
        self.edns.as_ref().is_some_and(|edns| edns.option_codes.contains(&code))
    }

    /// The length of the longest response that the client takes over UDP.
    pub fn max_udp_len(&self) -> usize {
        usize::from(self.edns.as_ref().map_or(MIN_UDP_LEN, |edns| edns.payload_size.max(MIN_UDP_LEN)))
    }

    /// Formats the query in one line, for a log.
    pub fn to_text(&self) -> String {
        let class = if self.qclass == CLASS_IN { String::new() } else { format!(" CLASS{}", self.qclass) };
        let edns = match &self.edns {
            Some(edns) => format!(" EDNS{:?}", edns.option_codes),
            None => String::new(),
        };
        format!("{}{class} {}{edns}", self.qname, self.qtype)
    }
}

fn option_codes(rdata: &[u8]) -> Vec<u16> {
    let mut codes = Vec::new();
    let mut rest = rdata;
    while let Some((&[a, b, c, d], tail)) = rest.split_first_chunk::<4>() {
        codes.push(u16::from_be_bytes([a, b]));
        let Some(next) = tail.get(usize::from(u16::from_be_bytes([c, d]))..) else { break };
        rest = next;
    }
    codes
}
