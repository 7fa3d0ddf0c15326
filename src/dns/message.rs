//! Queries for a record type of a name, and the responses to them.

use std::borrow::Cow;
use std::sync::LazyLock;

use hickory_proto::op::{Edns as EdnsRecord, Message, MessageType, OpCode, Query};
use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::{Name as HickoryName, RecordType};

use super::edns::{self, Edns};
use super::malformed::Malformed;
use super::name::{Name, is_within};
use super::rtype::Rtype;
use super::soa::Soa;
use super::wire::{
    CLASS_IN, HEADER_LEN, Header, MessageReader, OPCODE_NOTIFY, OPCODE_QUERY, Record, Scratch,
};

/// RCODE: no error.
pub const NOERROR: u16 = 0;
/// RCODE: the server cannot parse the query; old servers answer so to EDNS.
pub const FORMERR: u16 = 1;
/// RCODE: the server failed to answer.
pub const SERVFAIL: u16 = 2;
/// RCODE: the name does not exist.
pub const NXDOMAIN: u16 = 3;
/// RCODE: the server does not implement this kind of query.
pub const NOTIMP: u16 = 4;
/// RCODE: the server refuses, by policy.
pub const REFUSED: u16 = 5;
/// RCODE: the name that a DNAME record leads to is too long (RFC 6672 section 2.2).
pub const YXDOMAIN: u16 = 6;
/// RCODE: the server is not authoritative for the zone.
pub const NOTAUTH: u16 = 9;
/// RCODE: the EDNS version is not supported (RFC 6891 section 9).
pub const BADVERS: u16 = 16;

/// The maximum number of names kept of an NS RRset; the largest in use have thirteen.
const MAX_NAME_SERVERS: usize = 64;

/// Whether a query has an OPT record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptRecord {
    /// It has one: with a payload size, NSID and EXPIRE.
    Included,
    /// It has one: with a payload size, NSID, and DO set, which requests signatures (RFC 4035 section 3.2.1).
    Dnssec,
    /// It has none: plain DNS of RFC 1035.
    Omitted,
}

/// A query: one question, and the id of the message that asks it.
#[derive(Clone, Debug)]
pub struct Question {
    /// The id, chosen at random for each query.
    pub id: u16,
    /// The name that is queried, in most queries the apex of a zone.
    pub qname: Name,
    /// The type that is queried.
    pub qtype: Rtype,
}

/// The length of a message's id in octets.
const ID_LEN: usize = 2;

/// The length of the root's name and of a QTYPE behind it, in octets.
const ROOT_AND_TYPE_LEN: usize = 3;

/// The parts that all queries have in common.
#[derive(Debug)]
struct QueryTemplate {
    /// The header after the id.
    header: Vec<u8>,
    /// What follows QNAME and QTYPE: QCLASS, and the OPT record.
    tail: Vec<u8>,
}

impl OptRecord {
    /// Returns the parts that all queries have in common; they are encoded once.
    fn template(self) -> &'static QueryTemplate {
        static WITH: LazyLock<QueryTemplate> = LazyLock::new(|| QueryTemplate::new(OptRecord::Included));
        static DNSSEC: LazyLock<QueryTemplate> = LazyLock::new(|| QueryTemplate::new(OptRecord::Dnssec));
        static WITHOUT: LazyLock<QueryTemplate> = LazyLock::new(|| QueryTemplate::new(OptRecord::Omitted));
        match self {
            Self::Included => &WITH,
            Self::Dnssec => &DNSSEC,
            Self::Omitted => &WITHOUT,
        }
    }
}

impl QueryTemplate {
    fn new(opt_record: OptRecord) -> Self {
        let mut message = Message::new(0, MessageType::Query, OpCode::Query);
        message.metadata.recursion_desired = false;
        message.add_query(Query::query(HickoryName::root(), RecordType::SOA));
        let options: &[u16] = match opt_record {
            OptRecord::Included => &[edns::NSID, edns::EXPIRE],
            OptRecord::Dnssec => &[edns::NSID],
            OptRecord::Omitted => &[],
        };
        if opt_record != OptRecord::Omitted {
            let mut opt = EdnsRecord::new();
            opt.set_max_payload(edns::PAYLOAD).set_dnssec_ok(opt_record == OptRecord::Dnssec);
            for option in options {
                opt.options_mut().insert(EdnsOption::Unknown(*option, Vec::new()));
            }
            message.set_edns(opt);
        }
        let mut header = message.to_vec().expect("one question and one OPT record fit in a message");
        let tail = header.split_off(HEADER_LEN + ROOT_AND_TYPE_LEN);
        header.truncate(HEADER_LEN);
        header.drain(..ID_LEN);
        Self { header, tail }
    }
}

impl Question {
    /// Encodes the query as a message, with RD clear.
    pub fn to_wire(&self, opt: OptRecord) -> Vec<u8> {
        let QueryTemplate { header, tail } = opt.template();
        let (id, qtype) = (self.id.to_be_bytes(), self.qtype.0.to_be_bytes());
        [id.as_slice(), header, self.qname.as_wire(), &qtype, tail].concat()
    }

    /// Begins to read a message behind its question; `Ok(None)` if it is not the response to this query.
    pub(super) fn read_response<'m>(
        &self,
        octets: &'m [u8],
        scratch: &mut Scratch,
    ) -> Result<Option<MessageReader<'m>>, Malformed> {
        let mut reader = MessageReader::new(octets)?;
        let is_response = self.is_answered_by(&mut reader, scratch)?;
        Ok(is_response.then_some(reader))
    }

    /// Whether a message is the response to this query.
    ///
    /// A server that cannot parse the query, or does not know its key, may leave out the question.
    pub fn is_answered_by(
        &self,
        reader: &mut MessageReader<'_>,
        scratch: &mut Scratch,
    ) -> Result<bool, Malformed> {
        self.is_answered_in(reader, scratch, OPCODE_QUERY)
    }

    /// Whether a message is the response to one that asks this question with an opcode.
    pub(super) fn is_answered_in(
        &self,
        reader: &mut MessageReader<'_>,
        scratch: &mut Scratch,
        opcode: u16,
    ) -> Result<bool, Malformed> {
        let header = reader.header();
        if header.id != self.id || !header.is_response_to(opcode) {
            return Ok(false);
        }
        Ok(match reader.question(scratch)? {
            Some(question) => question == (self.qname.as_wire(), self.qtype, CLASS_IN),
            // NSD leaves out the question in every error that it replies to NOTIFY.
            None if opcode == OPCODE_NOTIFY => header.rcode() != NOERROR,
            // NSD leaves out the question when it answers BADKEY or BADSIG.
            None => matches!(header.rcode(), FORMERR | NOTIMP | NOTAUTH),
        })
    }
}

/// Sets the letters of a query's QNAME to upper or lower case, by random bits (0x20 encoding).
///
/// Servers repeat the question letter by letter, so that a forged response has to match the case of each
/// letter, beside id and port (draft-vixie-dnsext-dns0x20).
pub fn randomize_case(message: &mut [u8], bits: [u8; 32]) {
    let bits = bits.into_iter().flat_map(|octet| (0..8).map(move |bit| octet & 1 << bit != 0));
    // No length octet is a letter.
    let name = question_name(message).map_or(0, <[u8]>::len);
    for (octet, upper) in message.iter_mut().skip(HEADER_LEN).take(name).zip(bits) {
        if upper {
            octet.make_ascii_uppercase();
        }
    }
}

/// Whether a response repeats the question of a query letter by letter, or has no question.
pub fn echoes_case(query: &[u8], response: &[u8]) -> bool {
    let name = question_name(query).unwrap_or_default();
    !has_question(response) || response.get(HEADER_LEN..).is_some_and(|question| question.starts_with(name))
}

/// Whether a message has a question.
pub fn has_question(message: &[u8]) -> bool {
    message.get(4..6).is_some_and(|count| count != [0, 0])
}

/// Returns the QNAME of a message; it is the first name in the message, and so never compressed.
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

/// The response to a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The header: flags and counts.
    pub header: Header,
    /// The RCODE, with its extension in EDNS.
    pub rcode: u16,
    /// The content of the OPT record, if there is one.
    pub edns: Option<Edns>,
    /// The SOA records of the name in the answer section, at most two.
    pub soas: Vec<Soa>,
    /// The names in the NS records of the name in the answer section.
    pub name_servers: Vec<Name>,
    /// TTL and canonical RDATA of each record of the name and the type, except for SOA. The records of a
    /// delegation are those in the authority section.
    pub records: Vec<(u32, Vec<u8>)>,
    /// What leads from the name elsewhere, unless the type is SOA.
    pub redirect: Option<Box<Redirect>>,
    /// The zone whose SOA is in the authority section, as in negative responses, unless the type is SOA.
    pub negative_from: Option<Name>,
}

/// What leads from a name elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redirect {
    /// The name is an alias of this one (RFC 1034 section 3.6.2).
    Cname(Name),
    /// Everything below `owner` is below `target` instead (RFC 6672).
    Dname {
        /// The owner name of the DNAME record.
        owner: Name,
        /// The target.
        target: Name,
    },
    /// The server delegates `owner`, and everything below it, to other servers.
    Delegation {
        /// The owner name of the delegation, which is the name itself or above it.
        owner: Name,
        /// The name servers.
        name_servers: Vec<Name>,
    },
}

impl Response {
    /// Parses a message; `Ok(None)` if it is not the response to `question`.
    pub fn parse(octets: &[u8], question: &Question) -> Result<Option<Self>, Malformed> {
        Self::parse_with(octets, question, &mut Scratch::default())
    }

    /// Parses a message, like [`Response::parse`], with buffers that are reused.
    pub fn parse_with(
        octets: &[u8],
        question: &Question,
        scratch: &mut Scratch,
    ) -> Result<Option<Self>, Malformed> {
        let Some(mut reader) = question.read_response(octets, scratch)? else { return Ok(None) };
        let header = reader.header();
        let mut response = Self {
            header,
            rcode: header.rcode(),
            edns: None,
            soas: Vec::new(),
            name_servers: Vec::new(),
            records: Vec::new(),
            redirect: None,
            negative_from: None,
        };
        match response.sections(&mut reader, scratch, question) {
            // A server may cut a truncated response anywhere: the query is sent again over TCP.
            Err(_) if header.is_truncated() => Ok(Some(response)),
            parsed => parsed.map(|()| Some(response)),
        }
    }

    fn sections(
        &mut self,
        reader: &mut MessageReader<'_>,
        scratch: &mut Scratch,
        question: &Question,
    ) -> Result<(), Malformed> {
        let [_, answers, authorities, additionals] = self.header.counts.map(u32::from);
        for index in 0..answers + authorities + additionals {
            let record = reader.record(scratch)?;
            // A referral has the NS RRset of a delegation in the authority section, without AA.
            let is_referral = question.qtype == Rtype::NS && index < answers + authorities;
            if index < answers || is_referral {
                self.add_record(&record, question);
            }
            if question.qtype != Rtype::SOA && index < answers + authorities {
                self.add_redirect(&record, question, index < answers);
            }
            if index < answers {
                self.add_apex_record(&record, question);
            } else if record.rtype == Rtype::OPT && index >= answers + authorities && self.edns.is_none() {
                let edns = Edns::parse(&record);
                self.rcode |= u16::from(edns.extended_rcode) << 4;
                self.edns = Some(edns);
            }
        }
        Ok(())
    }

    fn add_record(&mut self, record: &Record<'_>, question: &Question) {
        let matches = record.owner == question.qname.as_wire() && record.rtype == question.qtype;
        if matches && record.class == CLASS_IN && record.rtype != Rtype::SOA {
            self.records.push((record.ttl, record.rdata.to_vec()));
        }
    }

    /// Takes in a record of the answer section or the authority section that leads elsewhere.
    fn add_redirect(&mut self, record: &Record<'_>, question: &Question, is_answer: bool) {
        let qname = question.qname.as_wire();
        if record.class != CLASS_IN || !is_within(qname, record.owner) {
            return;
        }
        let names = || Name::from_wire(record.owner).zip(Name::from_wire(record.rdata));
        match (is_answer, record.rtype) {
            // The server makes a CNAME record from the DNAME record (RFC 6672 section 3.1).
            (true, Rtype::DNAME) if record.owner != qname => {
                let dname = names().map(|(owner, target)| Redirect::Dname { owner, target });
                self.redirect = dname.map(Box::new).or(self.redirect.take());
            }
            (true, Rtype::CNAME) if record.owner == qname && question.qtype != Rtype::CNAME => {
                let cname = || Name::from_wire(record.rdata).map(|target| Box::new(Redirect::Cname(target)));
                self.redirect = self.redirect.take().or_else(cname);
            }
            (false, Rtype::NS) if !self.header.is_authoritative() => self.add_delegation(names()),
            (false, Rtype::SOA) => self.negative_from = Name::from_wire(record.owner),
            _ => {}
        }
    }

    /// Takes in the owner name and the name server of an NS record in the authority section.
    fn add_delegation(&mut self, names: Option<(Name, Name)>) {
        let Some((new_owner, name_server)) = names else { return };
        match self.redirect.as_deref_mut() {
            None => {
                let name_servers = vec![name_server];
                self.redirect = Some(Box::new(Redirect::Delegation { owner: new_owner, name_servers }));
            }
            Some(Redirect::Delegation { owner, name_servers })
                if *owner == new_owner && name_servers.len() < MAX_NAME_SERVERS =>
            {
                name_servers.push(name_server);
            }
            Some(_) => {}
        }
    }

    fn add_apex_record(&mut self, record: &Record<'_>, question: &Question) {
        if record.owner != question.qname.as_wire() || record.class != CLASS_IN {
            return;
        }
        match record.rtype {
            // Two are enough to tell that there is more than one.
            Rtype::SOA if self.soas.len() < 2 => self.soas.extend(Soa::from_rdata(record.rdata)),
            Rtype::NS if self.name_servers.len() < MAX_NAME_SERVERS => {
                self.name_servers.extend(Name::from_wire(record.rdata));
            }
            _ => {}
        }
    }

    /// Returns the SOA of the name, if the response is an authoritative NOERROR with exactly one.
    pub fn soa(&self) -> Option<&Soa> {
        match self.soas.as_slice() {
            [soa] if self.rcode == NOERROR && self.header.is_authoritative() => Some(soa),
            _ => None,
        }
    }
}

/// How many seconds a cache may hold a record with this TTL: one with the first bit set counts as 0 (RFC 2181 section 8).
pub fn held_ttl(ttl: u32) -> u32 {
    if ttl > i32::MAX.cast_unsigned() { 0 } else { ttl }
}

/// Returns the name of an RCODE in IANA's registry.
pub fn rcode_name(rcode: u16) -> Cow<'static, str> {
    let name = match rcode {
        NOERROR => "NOERROR",
        FORMERR => "FORMERR",
        SERVFAIL => "SERVFAIL",
        NXDOMAIN => "NXDOMAIN",
        NOTIMP => "NOTIMP",
        REFUSED => "REFUSED",
        YXDOMAIN => "YXDOMAIN",
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

    /// A response with these flags, the question, and one SOA record.
    fn response(flags: u16) -> Vec<u8> {
        let mut wire = question().to_wire(OptRecord::Omitted);
        wire[2..4].copy_from_slice(&flags.to_be_bytes());
        wire[7] = 1;
        wire.extend_from_slice(b"\xc0\x0c\0\x06\0\x01\0\0\x0e\x10\0\x1a\x02NS\xc0\x0c\0\0\0\0\x2a");
        wire.extend_from_slice(&[0; 16]);
        wire
    }

    #[test]
    fn a_query_clears_rd_and_requests_nsid_and_expire() {
        let wire = question().to_wire(OptRecord::Included);
        assert_eq!(wire[2..4], [0, 0]);
        assert_eq!(wire[wire.len() - 8..], [0, 3, 0, 0, 0, 9, 0, 0]);
        assert_eq!(question().to_wire(OptRecord::Omitted).len(), 12 + 13 + 4);
    }

    #[test]
    fn a_query_for_signatures_sets_do_and_requests_nsid() {
        let wire = question().to_wire(OptRecord::Dnssec);
        assert_eq!(wire[12 + 13 + 4..], [0, 0, 41, 4, 208, 0, 0, 0x80, 0, 0, 4, 0, 3, 0, 0]);
    }

    #[test]
    fn the_case_of_a_question_is_random_and_must_be_echoed() {
        let plain = question().to_wire(OptRecord::Included);
        let mut mixed_case = plain.clone();
        randomize_case(&mut mixed_case, [0b0101_0101; 32]);
        assert_eq!(mixed_case[12..25], *b"\x07eXaMpLe\x03cOm\0");
        assert_eq!(mixed_case[25..], plain[25..]);
        assert!(Response::parse(&response(0x8400), &question()).is_ok());
        assert!(echoes_case(&plain, &response(0x8400)));
        assert!(!echoes_case(&mixed_case, &response(0x8400)));
        let mut without_question = response(0x8401);
        without_question[5] = 0;
        assert!(echoes_case(&mixed_case, &without_question));
    }

    #[test]
    fn an_authoritative_response_yields_the_soa() {
        let parsed = Response::parse(&response(0x8400), &question()).unwrap().unwrap();
        let soa = parsed.soa().unwrap();
        assert_eq!((soa.serial.0, soa.mname.to_string().as_str()), (42, "ns.example.com."));
    }

    #[test]
    fn a_message_with_another_id_or_question_or_without_qr_is_no_response() {
        let mut other_id = response(0x8400);
        other_id[1] = 8;
        let mut other_name = response(0x8400);
        other_name[13] = b'X';
        for message in [other_id, other_name, response(0x0400)] {
            assert_eq!(Response::parse(&message, &question()), Ok(None));
        }
    }

    #[test]
    fn a_response_without_aa_or_with_two_soas_yields_no_soa() {
        let not_authoritative = Response::parse(&response(0x8000), &question()).unwrap().unwrap();
        assert_eq!(not_authoritative.soa(), None);
        let mut two = response(0x8400);
        let soa = two[29..].to_vec();
        two[7] = 2;
        two.extend_from_slice(&soa);
        assert_eq!(Response::parse(&two, &question()).unwrap().unwrap().soa(), None);
    }

    /// A response to a query for the TXT records of `a.b.example.com`, with these records behind the question.
    fn txt_response(flags: u16, counts: [u8; 2], records: &[u8]) -> Response {
        let qname = "a.b.example.com".parse().unwrap();
        let question = Question { id: 7, qname, qtype: Rtype(16) };
        let mut wire = question.to_wire(OptRecord::Omitted);
        wire[2..4].copy_from_slice(&flags.to_be_bytes());
        (wire[7], wire[9]) = (counts[0], counts[1]);
        wire.extend_from_slice(records);
        Response::parse(&wire, &question).unwrap().unwrap()
    }

    #[test]
    fn an_alias_a_dname_and_a_delegation_are_told_from_an_answer() {
        // `a.b.example.com`, `b.example.com` and `example.com` are at 12, 14 and 16.
        let cname = b"\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x03\x01c\0";
        let dname = b"\xc0\x0e\0\x27\0\x01\0\0\0\x3c\0\x03\x01d\0";
        let ns = b"\xc0\x0e\0\x02\0\x01\0\0\0\x3c\0\x04\x02ns\0";
        let other = b"\xc0\x10\0\x05\0\x01\0\0\0\x3c\0\x03\x01c\0";
        let name = |text: &str| -> Name { text.parse().unwrap() };
        let owner = name("b.example.com");
        let delegation =
            Redirect::Delegation { owner: owner.clone(), name_servers: vec![name("ns"), name("ns")] };
        let dname_redirect = Redirect::Dname { owner, target: name("d") };
        for (flags, counts, records, expected) in [
            (0x8400, [1, 0], cname.to_vec(), Some(Redirect::Cname(name("c")))),
            (0x8400, [2, 0], [cname.as_slice(), dname].concat(), Some(dname_redirect.clone())),
            (0x8400, [2, 0], [dname.as_slice(), cname].concat(), Some(dname_redirect)),
            (0x8000, [0, 2], [ns.as_slice(), ns].concat(), Some(delegation)),
            // The NS RRset of an authoritative response is that of the zone.
            (0x8400, [0, 1], ns.to_vec(), None),
            (0x8400, [1, 0], other.to_vec(), None),
        ] {
            assert_eq!(txt_response(flags, counts, &records).redirect.map(|it| *it), expected, "{records:?}");
        }
        let mut soa = b"\xc0\x0e\0\x06\0\x01\0\0\0\x3c\0\x16\0\0".to_vec();
        soa.extend_from_slice(&[0; 20]);
        let negative = txt_response(0x8403, [0, 1], &soa);
        assert_eq!((negative.redirect, negative.negative_from), (None, Some(name("b.example.com"))));
    }

    #[test]
    fn a_truncated_response_may_end_anywhere() {
        let whole = response(0x8600);
        let truncated = Response::parse(&whole[..40], &question()).unwrap().unwrap();
        assert!(truncated.header.is_truncated());
        assert_eq!(Response::parse(&response(0x8400)[..40], &question()), Err(Malformed::UnexpectedEnd));
    }
}
