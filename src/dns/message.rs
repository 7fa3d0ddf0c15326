//! Questions as we ask them, and the answers to SOA and NS questions.

use std::borrow::Cow;
use std::sync::LazyLock;

use hickory_proto::op::{Edns as EdnsRecord, Message, MessageType, OpCode, Query};
use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::{Name as HickoryName, RecordType};

use super::edns::{self, Edns};
use super::malformed::Malformed;
use super::name::Name;
use super::rtype::Rtype;
use super::soa::Soa;
use super::wire::{CLASS_IN, HEADER_LEN, Header, MessageReader, Record, Scratch};

/// RCODE: no error.
pub const NOERROR: u16 = 0;
/// RCODE: the server could not read the question; old servers say so to EDNS.
pub const FORMERR: u16 = 1;
/// RCODE: the server failed.
pub const SERVFAIL: u16 = 2;
/// RCODE: the name does not exist.
pub const NXDOMAIN: u16 = 3;
/// RCODE: the server does not do that.
pub const NOTIMP: u16 = 4;
/// RCODE: the server will not, by policy.
pub const REFUSED: u16 = 5;
/// RCODE: the server is not authoritative for the zone.
pub const NOTAUTH: u16 = 9;
/// RCODE: the EDNS version is not supported (RFC 6891 section 9).
pub const BADVERS: u16 = 16;

/// The most names of an NS set that are kept; the largest in use have thirteen.
const MOST_NAMES: usize = 64;

/// Whether a question carries an OPT record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptRecord {
    /// With payload size, NSID and EXPIRE.
    Included,
    /// As in RFC 1035 alone.
    Omitted,
}

/// A question, most often about a zone's apex.
#[derive(Clone, Debug)]
pub struct Question {
    /// Chosen at random for each asking.
    pub id: u16,
    /// What is asked about.
    pub qname: Name,
    /// What is asked for.
    pub qtype: Rtype,
}

/// Octets of a message's id.
const ID: usize = 2;

/// Octets of the root's name and of a type after it.
const ROOT_AND_TYPE: usize = 3;

/// What is the same in all questions.
#[derive(Debug)]
struct Frame {
    /// The header after the id.
    header: Vec<u8>,
    /// What stands after the question's name and type: the class, and the OPT record.
    tail: Vec<u8>,
}

impl OptRecord {
    /// Returns what is the same in all questions, which is encoded once.
    fn frame(self) -> &'static Frame {
        static WITH: LazyLock<Frame> = LazyLock::new(|| Frame::new(OptRecord::Included));
        static WITHOUT: LazyLock<Frame> = LazyLock::new(|| Frame::new(OptRecord::Omitted));
        match self {
            Self::Included => &WITH,
            Self::Omitted => &WITHOUT,
        }
    }
}

impl Frame {
    fn new(opt: OptRecord) -> Self {
        let mut message = Message::new(0, MessageType::Query, OpCode::Query);
        message.metadata.recursion_desired = false;
        message.add_query(Query::query(HickoryName::root(), RecordType::SOA));
        if opt == OptRecord::Included {
            let mut opt = EdnsRecord::new();
            opt.set_max_payload(edns::PAYLOAD);
            for option in [edns::NSID, edns::EXPIRE] {
                opt.options_mut().insert(EdnsOption::Unknown(option, Vec::new()));
            }
            message.set_edns(opt);
        }
        let mut header = message.to_vec().expect("one question and one OPT record fit in a message");
        let tail = header.split_off(HEADER_LEN + ROOT_AND_TYPE);
        header.truncate(HEADER_LEN);
        header.drain(..ID);
        Self { header, tail }
    }
}

impl Question {
    /// Returns the question as a message, RD clear.
    pub fn to_wire(&self, opt: OptRecord) -> Vec<u8> {
        let Frame { header, tail } = opt.frame();
        let (id, qtype) = (self.id.to_be_bytes(), self.qtype.0.to_be_bytes());
        [id.as_slice(), header, self.qname.as_wire(), &qtype, tail].concat()
    }

    /// Returns whether a message is an answer to this question and no other.
    ///
    /// A server that could not read the question, or does not know its key, may leave it out of its answer.
    pub fn is_answered_by(
        &self,
        walk: &mut MessageReader<'_>,
        scratch: &mut Scratch,
    ) -> Result<bool, Malformed> {
        let header = walk.header();
        if header.id != self.id || !header.is_response() {
            return Ok(false);
        }
        Ok(match walk.question(scratch)? {
            Some(question) => question == (self.qname.as_wire(), self.qtype, CLASS_IN),
            // NSD leaves it out when it answers BADKEY or BADSIG.
            None => matches!(header.rcode(), FORMERR | NOTIMP | NOTAUTH),
        })
    }
}

/// Spells the question of a message in letters of either case, chosen by random bits.
///
/// Servers repeat the question letter by letter, so that who forges an answer has to guess the spelling
/// beside id and port (draft-vixie-dnsext-dns0x20).
pub fn randomize_case(message: &mut [u8], bits: [u8; 32]) {
    let bits = bits.into_iter().flat_map(|octet| (0..8).map(move |bit| octet & 1 << bit != 0));
    // No length of a label is a letter.
    let name = question_name(message).map_or(0, <[u8]>::len);
    for (octet, capital) in message.iter_mut().skip(HEADER_LEN).take(name).zip(bits) {
        if capital {
            octet.make_ascii_uppercase();
        }
    }
}

/// Returns whether an answer repeats the spelling of the question, or holds none.
pub fn echoes_case(sent: &[u8], answer: &[u8]) -> bool {
    let asked = answer.get(4..6).is_some_and(|count| count != [0, 0]);
    let name = question_name(sent).unwrap_or_default();
    !asked || answer.get(HEADER_LEN..).is_some_and(|question| question.starts_with(name))
}

/// Returns the octets of the question's name; it is first in the message and so never compressed.
fn question_name(message: &[u8]) -> Option<&[u8]> {
    let question = message.get(HEADER_LEN..)?;
    let mut end = 0;
    loop {
        let length = usize::from(*question.get(end)?);
        end += 1 + length;
        if length == 0 {
            return question.get(..end);
        }
    }
}

/// What a server answered to a question about the apex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Flags and counts.
    pub header: Header,
    /// The RCODE with the extension of EDNS.
    pub rcode: u16,
    /// What stood in the OPT record, if there was one.
    pub edns: Option<Edns>,
    /// The zone's SOA records in the answer section.
    pub soas: Vec<Soa>,
    /// The names of the zone's NS records in the answer section.
    pub name_servers: Vec<Name>,
    /// TTLs and canonical data of all records of the asked name and type but a SOA: of a delegation, those
    /// in the authority section.
    pub records: Vec<(u32, Vec<u8>)>,
}

impl Response {
    /// Reads a message; `Ok(None)` if it does not answer `question`.
    pub fn parse(octets: &[u8], question: &Question) -> Result<Option<Self>, Malformed> {
        Self::parse_with(octets, question, &mut Scratch::default())
    }

    /// Reads one of many messages, with room that is used again.
    pub fn parse_with(
        octets: &[u8],
        question: &Question,
        scratch: &mut Scratch,
    ) -> Result<Option<Self>, Malformed> {
        let mut walk = MessageReader::new(octets)?;
        if !question.is_answered_by(&mut walk, scratch)? {
            return Ok(None);
        }
        let header = walk.header();
        let mut answer = Self {
            header,
            rcode: header.rcode(),
            edns: None,
            soas: Vec::new(),
            name_servers: Vec::new(),
            records: Vec::new(),
        };
        match answer.sections(&mut walk, scratch, question) {
            // A server may cut a truncated answer anywhere: it is asked for again over TCP.
            Err(_) if header.is_truncated() => Ok(Some(answer)),
            read => read.map(|()| Some(answer)),
        }
    }

    fn sections(
        &mut self,
        walk: &mut MessageReader<'_>,
        scratch: &mut Scratch,
        question: &Question,
    ) -> Result<(), Malformed> {
        let [_, answers, authorities, additionals] = self.header.counts.map(u32::from);
        for index in 0..answers + authorities + additionals {
            let record = walk.record(scratch)?;
            // Who delegates a name tells of its NS set there, and without authority.
            let delegates = question.qtype == Rtype::NS && index < answers + authorities;
            if index < answers || delegates {
                self.record(&record, question);
            }
            if index < answers {
                self.answer(&record, question);
            } else if record.rtype == Rtype::OPT && index >= answers + authorities && self.edns.is_none() {
                let edns = Edns::read(&record);
                self.rcode |= u16::from(edns.extended_rcode) << 4;
                self.edns = Some(edns);
            }
        }
        Ok(())
    }

    fn record(&mut self, record: &Record<'_>, question: &Question) {
        let asked = record.owner == question.qname.as_wire() && record.rtype == question.qtype;
        if asked && record.class == CLASS_IN && record.rtype != Rtype::SOA {
            self.records.push((record.ttl, record.rdata.to_vec()));
        }
    }

    fn answer(&mut self, record: &Record<'_>, question: &Question) {
        if record.owner != question.qname.as_wire() || record.class != CLASS_IN {
            return;
        }
        match record.rtype {
            // Two are enough to see that there is not exactly one.
            Rtype::SOA if self.soas.len() < 2 => self.soas.extend(Soa::from_rdata(record.rdata)),
            Rtype::NS if self.name_servers.len() < MOST_NAMES => {
                self.name_servers.extend(Name::from_wire(record.rdata));
            }
            _ => {}
        }
    }

    /// Returns the zone's SOA if the answer is NOERROR, authoritative, and holds exactly that.
    pub fn soa(&self) -> Option<&Soa> {
        match self.soas.as_slice() {
            [soa] if self.rcode == NOERROR && self.header.is_authoritative() => Some(soa),
            _ => None,
        }
    }
}

/// Returns an RCODE by its name in IANA's registry.
pub fn rcode_name(rcode: u16) -> Cow<'static, str> {
    let name = match rcode {
        NOERROR => "NOERROR",
        FORMERR => "FORMERR",
        SERVFAIL => "SERVFAIL",
        NXDOMAIN => "NXDOMAIN",
        NOTIMP => "NOTIMP",
        REFUSED => "REFUSED",
        6 => "YXDOMAIN",
        7 => "YXRRSET",
        8 => "NXRRSET",
        NOTAUTH => "NOTAUTH",
        10 => "NOTZONE",
        BADVERS => "BADVERS",
        23 => "BADCOOKIE",
        other => return format!("RCODE{other}").into(),
    };
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question() -> Question {
        Question { id: 7, qname: "example.com".parse().unwrap(), qtype: Rtype::SOA }
    }

    /// A reply with the given flags, its question, and one SOA.
    fn reply(flags: u16) -> Vec<u8> {
        let mut wire = question().to_wire(OptRecord::Omitted);
        wire[2..4].copy_from_slice(&flags.to_be_bytes());
        wire[7] = 1;
        wire.extend_from_slice(b"\xc0\x0c\0\x06\0\x01\0\0\x0e\x10\0\x1a\x02NS\xc0\x0c\0\0\0\0\x2a");
        wire.extend_from_slice(&[0; 16]);
        wire
    }

    #[test]
    fn a_question_asks_without_recursion_for_nsid_and_expire() {
        let wire = question().to_wire(OptRecord::Included);
        assert_eq!(wire[2..4], [0, 0]);
        assert_eq!(wire[wire.len() - 8..], [0, 3, 0, 0, 0, 9, 0, 0]);
        assert_eq!(question().to_wire(OptRecord::Omitted).len(), 12 + 13 + 4);
    }

    #[test]
    fn the_spelling_of_a_question_is_chosen_and_known_again() {
        let plain = question().to_wire(OptRecord::Included);
        let mut spelled = plain.clone();
        randomize_case(&mut spelled, [0b0101_0101; 32]);
        assert_eq!(spelled[12..25], *b"\x07eXaMpLe\x03cOm\0");
        assert_eq!(spelled[25..], plain[25..]);
        let asked_so = Response::parse(&reply(0x8400), &question());
        assert!(asked_so.is_ok());
        assert!(echoes_case(&plain, &reply(0x8400)));
        assert!(!echoes_case(&spelled, &reply(0x8400)));
        let mut without_question = reply(0x8401);
        without_question[5] = 0;
        assert!(echoes_case(&spelled, &without_question));
    }

    #[test]
    fn an_authoritative_answer_gives_the_soa() {
        let answer = Response::parse(&reply(0x8400), &question()).unwrap().unwrap();
        let soa = answer.soa().unwrap();
        assert_eq!((soa.serial.0, soa.mname.to_string().as_str()), (42, "ns.example.com."));
    }

    #[test]
    fn other_ids_questions_and_queries_are_no_answers() {
        let mut other_id = reply(0x8400);
        other_id[1] = 8;
        let mut other_name = reply(0x8400);
        other_name[13] = b'X';
        for message in [other_id, other_name, reply(0x0400)] {
            assert_eq!(Response::parse(&message, &question()), Ok(None));
        }
    }

    #[test]
    fn without_authority_or_with_two_soas_there_is_none() {
        let not_authoritative = Response::parse(&reply(0x8000), &question()).unwrap().unwrap();
        assert_eq!(not_authoritative.soa(), None);
        let mut two = reply(0x8400);
        let soa = two[29..].to_vec();
        two[7] = 2;
        two.extend_from_slice(&soa);
        assert_eq!(Response::parse(&two, &question()).unwrap().unwrap().soa(), None);
    }

    #[test]
    fn a_truncated_answer_may_end_anywhere() {
        let whole = reply(0x8600);
        let cut = Response::parse(&whole[..40], &question()).unwrap().unwrap();
        assert!(cut.header.is_truncated());
        assert_eq!(Response::parse(&reply(0x8400)[..40], &question()), Err(Malformed::Short));
    }
}
