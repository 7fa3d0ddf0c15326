//! One message of any kind that asks a question, and its response with the records of all sections.

use super::edns::Edns;
use super::malformed::Malformed;
use super::message::{OptRecord, Question};
use super::mismatch::Mismatch;
use super::name::Name;
use super::rtype::Rtype;
use super::wire::{CLASS_IN, Header, MessageReader, OPCODE_NOTIFY, OPCODE_QUERY, Record, Scratch};

/// AA in the flags of a header.
const AUTHORITATIVE: u16 = 0x0400;

/// RD in the flags of a header.
const RECURSION_DESIRED: u16 = 0x0100;

/// What a message with a question wants of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryKind {
    /// What the server knows by itself: a query with RD clear.
    Iterative,
    /// The answer, wherever it comes from: a query with RD set.
    Recursive,
    /// That it looks for a new version of the zone in the question (NOTIFY, RFC 1996).
    Notify,
}

impl QueryKind {
    fn opcode(self) -> u16 {
        match self {
            Self::Iterative | Self::Recursive => OPCODE_QUERY,
            Self::Notify => OPCODE_NOTIFY,
        }
    }

    /// The flags of the message.
    fn flags(self) -> u16 {
        match self {
            Self::Iterative => 0,
            Self::Recursive => RECURSION_DESIRED,
            // RFC 1996 section 4.5: AA is set. No SOA follows: a server that has its serial already would not look.
            Self::Notify => OPCODE_NOTIFY << 11 | AUTHORITATIVE,
        }
    }

    /// Encodes the message that asks a question.
    pub fn to_wire(self, question: &Question, opt: OptRecord) -> Vec<u8> {
        let mut wire = question.to_wire(opt);
        if let Some(flags) = wire.get_mut(2..4) {
            flags.copy_from_slice(&self.flags().to_be_bytes());
        }
        wire
    }

    /// Describes why a message is not the response to one of this kind with this question.
    pub fn mismatch(self, message: &[u8], question: &Question) -> Mismatch {
        Mismatch::of_operation(message, question, self.opcode())
    }
}

/// A record of class IN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedRecord {
    /// Its owner name.
    pub owner: Name,
    /// Its type.
    pub rtype: Rtype,
    /// Its TTL in seconds.
    pub ttl: u32,
    /// Its RDATA in canonical form.
    pub rdata: Vec<u8>,
}

impl OwnedRecord {
    /// Copies a record; `None` if its class is not IN.
    fn new(record: &Record<'_>) -> Option<Self> {
        let owner = Name::from_wire(record.owner).filter(|_| record.class == CLASS_IN)?;
        Some(Self { owner, rtype: record.rtype, ttl: record.ttl, rdata: record.rdata.to_vec() })
    }
}

/// A response with the records of all sections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WholeMessage {
    /// The header: flags and counts.
    pub header: Header,
    /// The RCODE, with its extension in EDNS.
    pub rcode: u16,
    /// The content of the OPT record, if there is one.
    pub edns: Option<Edns>,
    /// The records of the answer section.
    pub answer: Vec<OwnedRecord>,
    /// The records of the authority section.
    pub authority: Vec<OwnedRecord>,
    /// The records of the additional section, without the OPT record.
    pub additional: Vec<OwnedRecord>,
}

impl WholeMessage {
    /// Parses a message; `Ok(None)` if it is not the response to one of this kind with this question.
    ///
    /// The sections of a truncated message are empty: it may hold a part of an RRset, and may end anywhere.
    pub fn parse(octets: &[u8], question: &Question, kind: QueryKind) -> Result<Option<Self>, Malformed> {
        let mut scratch = Scratch::default();
        let mut reader = MessageReader::new(octets)?;
        if !question.is_answered_in(&mut reader, &mut scratch, kind.opcode())? {
            return Ok(None);
        }
        let header = reader.header();
        let mut message = Self {
            header,
            rcode: header.rcode(),
            edns: None,
            answer: Vec::new(),
            authority: Vec::new(),
            additional: Vec::new(),
        };
        if !header.is_truncated() {
            message.read_sections(&mut reader, &mut scratch)?;
        }
        Ok(Some(message))
    }

    fn read_sections(
        &mut self,
        reader: &mut MessageReader<'_>,
        scratch: &mut Scratch,
    ) -> Result<(), Malformed> {
        let [_, answers, authorities, additionals] = self.header.counts;
        for _ in 0..answers {
            self.answer.extend(OwnedRecord::new(&reader.record(scratch)?));
        }
        for _ in 0..authorities {
            self.authority.extend(OwnedRecord::new(&reader.record(scratch)?));
        }
        for _ in 0..additionals {
            let record = reader.record(scratch)?;
            if record.rtype != Rtype::OPT {
                self.additional.extend(OwnedRecord::new(&record));
            } else if self.edns.is_none() {
                let edns = Edns::parse(&record);
                self.rcode |= u16::from(edns.extended_rcode) << 4;
                self.edns = Some(edns);
            }
        }
        Ok(())
    }
}

/// Returns the records of a section that belong to an RRset, in the order of the message.
pub fn records<'s>(
    section: &'s [OwnedRecord],
    owner: &Name,
    rtype: Rtype,
) -> impl Iterator<Item = &'s OwnedRecord> {
    section.iter().filter(move |record| record.rtype == rtype && record.owner == *owner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::message::{BADVERS, NOERROR, NXDOMAIN, REFUSED};

    fn question() -> Question {
        Question { id: 7, qname: "example.com".parse().unwrap(), qtype: Rtype::NS }
    }

    /// A response with these flags and counts, and records behind the question.
    fn response(flags: u16, counts: [u8; 3], records: &[&[u8]]) -> Vec<u8> {
        let mut wire = question().to_wire(OptRecord::Omitted);
        wire[2..4].copy_from_slice(&flags.to_be_bytes());
        (wire[7], wire[9], wire[11]) = (counts[0], counts[1], counts[2]);
        [wire.as_slice(), &records.concat()].concat()
    }

    fn parse(octets: &[u8], kind: QueryKind) -> Result<Option<WholeMessage>, Malformed> {
        WholeMessage::parse(octets, &question(), kind)
    }

    /// A record of the name in the question with the name `ns` in it, or an address of that.
    const NS: &[u8] = b"\xc0\x0c\0\x02\0\x01\0\0\x0e\x10\0\x05\x02NS\xc0\x0c";
    const ADDRESS: &[u8] = b"\x02ns\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02\x01";
    const CHAOS: &[u8] = b"\xc0\x0c\0\x02\0\x03\0\0\x0e\x10\0\x05\x02ns\xc0\x0c";
    /// BADVERS, and a stale answer (RFC 8914 section 4.4). Its payload size is the number of class IN.
    const OPT: &[u8] = b"\0\0\x29\0\x01\x01\0\0\0\0\x06\0\x0f\0\x02\0\x03";

    #[test]
    fn a_query_asks_for_recursion_or_not_and_a_notify_has_its_opcode_and_aa() {
        for (kind, flags) in [
            (QueryKind::Iterative, [0, 0]),
            (QueryKind::Recursive, [0x01, 0]),
            (QueryKind::Notify, [0x24, 0]),
        ] {
            let wire = kind.to_wire(&question(), OptRecord::Included);
            assert_eq!(wire[2..4], flags, "{kind:?}");
            assert_eq!(wire[4..], question().to_wire(OptRecord::Included)[4..]);
        }
    }

    #[test]
    fn the_records_of_class_in_are_kept_by_section_in_canonical_form() {
        let octets = response(0x8000, [1, 2, 2], &[NS, NS, CHAOS, ADDRESS, OPT]);
        let message = parse(&octets, QueryKind::Iterative).unwrap().unwrap();
        let name = |text: &str| -> Name { text.parse().unwrap() };
        let ns = OwnedRecord {
            owner: name("example.com"),
            rtype: Rtype::NS,
            ttl: 3600,
            rdata: b"\x02ns\x07example\x03com\0".to_vec(),
        };
        let address = OwnedRecord {
            owner: name("ns.example.com"),
            rtype: Rtype::A,
            ttl: 60,
            rdata: vec![192, 0, 2, 1],
        };
        assert_eq!((&message.answer, &message.authority), (&vec![ns.clone()], &vec![ns.clone()]));
        assert_eq!(message.additional, [address]);
        assert_eq!(message.rcode, BADVERS);
        assert_eq!(message.edns.unwrap().extended_errors[0].code, 3);
        let found = |owner: &str, rtype| records(&message.authority, &name(owner), rtype).count();
        assert_eq!((found("EXAMPLE.com", Rtype::NS), found("example.com", Rtype::A)), (1, 0));
        assert_eq!(found("com", Rtype::NS), 0);
    }

    #[test]
    fn a_message_with_another_id_question_or_opcode_is_no_response() {
        let answer = response(0x8400, [1, 0, 0], &[NS]);
        assert!(parse(&answer, QueryKind::Recursive).unwrap().is_some());
        assert_eq!(parse(&answer, QueryKind::Notify), Ok(None));
        assert_eq!(QueryKind::Notify.mismatch(&answer, &question()), Mismatch::NotResponse);
        let taken = response(0xa400, [0, 0, 0], &[]);
        assert!(parse(&taken, QueryKind::Notify).unwrap().is_some());
        assert_eq!(parse(&taken, QueryKind::Iterative), Ok(None));
        let (mut other_id, mut other_name) = (taken.clone(), taken);
        other_id[1] = 8;
        other_name[13] = b'x';
        for (message, mismatch) in [
            (other_id, Mismatch::Id),
            (other_name, Mismatch::Question("xxample.com. NS".to_owned())),
            (b"junk".to_vec(), Mismatch::NotResponse),
        ] {
            assert_eq!(QueryKind::Notify.mismatch(&message, &question()), mismatch);
            assert_ne!(parse(&message, QueryKind::Notify).map(|it| it.is_some()), Ok(true));
        }
    }

    #[test]
    fn an_error_that_is_replied_to_notify_may_be_without_the_question() {
        for (rcode, kind, is_response) in [
            (REFUSED, QueryKind::Notify, true),
            (NXDOMAIN, QueryKind::Notify, true),
            (NOERROR, QueryKind::Notify, false),
            (REFUSED, QueryKind::Iterative, false),
        ] {
            let mut octets = response(0x8000 | kind.flags() | rcode, [0; 3], &[]);
            octets.truncate(12);
            octets[5] = 0;
            let message = parse(&octets, kind).unwrap();
            assert_eq!(message.is_some_and(|it| it.rcode == rcode), is_response, "{rcode} {kind:?}");
        }
    }

    #[test]
    fn a_truncated_message_may_end_anywhere_and_has_empty_sections() {
        let octets = response(0x8600, [9, 9, 9], &[NS, &NS[..5]]);
        let message = parse(&octets, QueryKind::Iterative).unwrap().unwrap();
        assert!(message.header.is_truncated() && message.answer.is_empty());
        let octets = response(0x8400, [2, 0, 0], &[NS, &NS[..5]]);
        assert_eq!(parse(&octets, QueryKind::Iterative), Err(Malformed::UnexpectedEnd));
    }
}
