//! A question as it came from the network.

use crate::dns::wire::{CLASS_IN, HEADER_LEN, Header, MessageReader, Scratch};
use crate::dns::{Name, Rtype};

/// A question, read far enough to be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The header it came with.
    pub header: Header,
    /// What is asked about.
    pub name: Name,
    /// What is asked for.
    pub rtype: Rtype,
    /// In which class.
    pub class: u16,
    /// The question section octet by octet, to be sent back as it came.
    pub question: Vec<u8>,
    /// What the OPT record says, if there is one.
    pub edns: Option<Options>,
}

/// What the OPT record of a question says (RFC 6891).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The largest datagram the client takes.
    pub payload: u16,
    /// The version of EDNS.
    pub version: u8,
    /// The codes of the options that were sent.
    pub codes: Vec<u16>,
}

impl Query {
    /// Reads a message; `None` if it is not one plain question.
    pub fn read(octets: &[u8]) -> Option<Self> {
        let mut scratch = Scratch::default();
        let mut walk = MessageReader::new(octets).ok()?;
        let header = walk.header();
        if header.flags & 0x8000 != 0 {
            return None;
        }
        let (name, rtype, class) = walk.question(&mut scratch).ok()??;
        let name = Name::from_wire(name)?;
        let end = HEADER_LEN + name.as_wire().len() + 4;
        let question = octets.get(HEADER_LEN..end)?.to_vec();
        let spelled = question.get(..name.as_wire().len())?;
        if !spelled.eq_ignore_ascii_case(name.as_wire()) {
            return None;
        }
        let [_, answers, authorities, additionals] = header.counts.map(u32::from);
        let mut edns = None;
        for _ in 0..answers + authorities + additionals {
            let record = walk.record(&mut scratch).ok()?;
            if record.rtype == Rtype::OPT {
                let [_, version, ..] = record.ttl.to_be_bytes();
                edns = Some(Options { payload: record.class, version, codes: codes(record.rdata) });
            }
        }
        Some(Self { header, name, rtype, class, question, edns })
    }

    /// Returns whether it asks for a whole zone (RFC 5936), or for what changed in it (RFC 1995).
    pub fn is_transfer(&self) -> bool {
        matches!(self.rtype, Rtype::AXFR | Rtype::IXFR)
    }

    /// Returns whether it sends an option of EDNS.
    pub fn has_option(&self, code: u16) -> bool {
        self.edns.as_ref().is_some_and(|edns| edns.codes.contains(&code))
    }

    /// Returns the most octets that an answer in a datagram may have.
    pub fn payload(&self) -> usize {
        usize::from(self.edns.as_ref().map_or(512, |edns| edns.payload.max(512)))
    }

    /// Returns the question in one line, for a log.
    pub fn to_text(&self) -> String {
        let class = if self.class == CLASS_IN { String::new() } else { format!(" CLASS{}", self.class) };
        let edns = match &self.edns {
            Some(edns) => format!(" EDNS{:?}", edns.codes),
            None => String::new(),
        };
        format!("{}{class} {}{edns}", self.name, self.rtype)
    }
}

fn codes(rdata: &[u8]) -> Vec<u16> {
    let mut codes = Vec::new();
    let mut rest = rdata;
    while let Some((&[a, b, c, d], tail)) = rest.split_first_chunk::<4>() {
        codes.push(u16::from_be_bytes([a, b]));
        let Some(next) = tail.get(usize::from(u16::from_be_bytes([c, d]))..) else { break };
        rest = next;
    }
    codes
}
