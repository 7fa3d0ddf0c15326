//! A response that is being built.

use super::query::Query;
use super::zone::ZoneRecord;
use crate::dns::edns::PAYLOAD;
use crate::dns::name::is_within;
use crate::dns::wire::{CLASS_IN, HEADER_LEN};

/// QR: the message is a response.
const RESPONSE: u16 = 0x8000;
/// AA: the server is authoritative.
const AUTHORITATIVE: u16 = 0x0400;
/// TC: the response is truncated.
const TRUNCATED: u16 = 0x0200;
/// RD: copied from the query (RFC 1035 section 4.1.1).
const RECURSION_DESIRED: u16 = 0x0100;

/// A compression pointer to the QNAME, which follows the header.
const POINTER_TO_QNAME: [u8; 2] = [0xc0, 12];

/// The section of a message that a record goes into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// The answer section.
    Answer,
    /// The authority section.
    Authority,
    /// The additional section.
    Additional,
}

/// The case of the letters in owner names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LetterCase {
    /// Lower case.
    #[default]
    Lower,
    /// Upper case, as in servers that keep the spelling of their zone files.
    Upper,
}

/// A response to one query.
#[derive(Clone, Debug)]
pub struct ResponseBuilder {
    id: u16,
    flags: u16,
    rcode: u16,
    question: Vec<u8>,
    /// The QNAME in lower case, which owner names may be compressed against.
    qname: Option<Vec<u8>>,
    owner_case: LetterCase,
    counts: [u16; 3],
    sections: [Vec<u8>; 3],
    options: Option<Vec<u8>>,
}

impl ResponseBuilder {
    /// Starts a response: the question repeated, NOERROR, AA clear, and OPT if the query has it.
    pub fn new(query: &Query) -> Self {
        Self {
            id: query.header.id,
            flags: RESPONSE | query.header.flags & (0x7800 | RECURSION_DESIRED),
            rcode: 0,
            question: query.question.clone(),
            qname: Some(query.qname.as_wire().to_vec()),
            owner_case: LetterCase::default(),
            counts: [0; 3],
            sections: [const { Vec::new() }; 3],
            options: query.edns.as_ref().map(|_| Vec::new()),
        }
    }

    /// Sets AA.
    #[must_use]
    pub fn authoritative(mut self) -> Self {
        self.flags |= AUTHORITATIVE;
        self
    }

    /// Sets the RCODE; one above 15 needs EDNS.
    #[must_use]
    pub fn rcode(mut self, rcode: u16) -> Self {
        self.rcode = rcode;
        self
    }

    /// Removes the question.
    #[must_use]
    pub fn without_question(mut self) -> Self {
        self.question.clear();
        self.qname = None;
        self
    }

    /// Removes the OPT record.
    #[must_use]
    pub fn without_edns(mut self) -> Self {
        self.options = None;
        self
    }

    /// Removes all records but OPT, and sets TC.
    #[must_use]
    pub fn truncated(mut self) -> Self {
        self.counts = [0; 3];
        self.sections = [const { Vec::new() }; 3];
        self.flags |= TRUNCATED;
        self
    }

    /// Sets the case of the owner names of records that are added from now on.
    #[must_use]
    pub fn owner_case(mut self, case: LetterCase) -> Self {
        self.owner_case = case;
        self
    }

    /// Adds an option to the OPT record, where there is one.
    #[must_use]
    pub fn option(mut self, code: u16, value: &[u8]) -> Self {
        if let (Some(options), Ok(length)) = (&mut self.options, u16::try_from(value.len())) {
            options.extend_from_slice(&code.to_be_bytes());
            options.extend_from_slice(&length.to_be_bytes());
            options.extend_from_slice(value);
        }
        self
    }

    /// Adds a record.
    #[must_use]
    pub fn record(mut self, section: Section, record: &ZoneRecord) -> Self {
        self.push(section, record);
        self
    }

    /// Adds records.
    #[must_use]
    pub fn records<'r>(
        mut self,
        section: Section,
        records: impl IntoIterator<Item = &'r ZoneRecord>,
    ) -> Self {
        for record in records {
            self.push(section, record);
        }
        self
    }

    /// Adds a record, unless its RDATA is too long for a message.
    pub fn push(&mut self, section: Section, record: &ZoneRecord) {
        let index = match section {
            Section::Answer => 0,
            Section::Authority => 1,
            Section::Additional => 2,
        };
        let mut owner = self.compressed_owner(record);
        if self.owner_case == LetterCase::Upper {
            // No length octet and no octet of the pointer is a letter: lengths end at 63.
            owner.make_ascii_uppercase();
        }
        let (Some(out), Some(count)) = (self.sections.get_mut(index), self.counts.get_mut(index)) else {
            return;
        };
        let Ok(length) = u16::try_from(record.rdata.len()) else { return };
        out.extend_from_slice(&owner);
        out.extend_from_slice(&record.rtype.0.to_be_bytes());
        out.extend_from_slice(&CLASS_IN.to_be_bytes());
        out.extend_from_slice(&record.ttl.to_be_bytes());
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&record.rdata);
        *count = count.saturating_add(1);
    }

    /// Returns the owner name, its end replaced by a pointer if it ends in the QNAME.
    fn compressed_owner(&self, record: &ZoneRecord) -> Vec<u8> {
        let owner = record.owner.as_wire();
        // A pointer is no shorter than the root.
        let qname = self.qname.as_deref().filter(|qname| qname.len() > 2 && is_within(owner, qname));
        let prefix = qname.and_then(|qname| owner.get(..owner.len() - qname.len()));
        match prefix {
            Some(prefix) => [prefix, &POINTER_TO_QNAME].concat(),
            None => owner.to_vec(),
        }
    }

    /// The length of the message so far.
    pub fn message_len(&self) -> usize {
        let records: usize = self.sections.iter().map(Vec::len).sum();
        let opt = self.options.as_ref().map_or(0, |options| 11 + options.len());
        HEADER_LEN + self.question.len() + records + opt
    }

    /// The number of records in the answer section.
    pub fn answer_count(&self) -> u16 {
        let [answers, ..] = self.counts;
        answers
    }

    /// Builds the message.
    pub fn into_message(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.message_len());
        let [answers, authorities, additionals] = self.counts;
        let questions = u16::from(!self.question.is_empty());
        let additionals = additionals.saturating_add(u16::from(self.options.is_some()));
        let flags = self.flags | self.rcode & 0x000f;
        for word in [self.id, flags, questions, answers, authorities, additionals] {
            out.extend_from_slice(&word.to_be_bytes());
        }
        out.extend_from_slice(&self.question);
        for section in &self.sections {
            out.extend_from_slice(section);
        }
        if let Some(options) = &self.options {
            let [_, extended] = (self.rcode >> 4).to_be_bytes();
            let length = u16::try_from(options.len()).unwrap_or(u16::MAX);
            // RFC 6891 section 6.1.2: the root, type OPT, payload size, extended RCODE, version, flags.
            out.extend_from_slice(&[0, 0, 41]);
            out.extend_from_slice(&PAYLOAD.to_be_bytes());
            out.extend_from_slice(&[extended, 0, 0, 0]);
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(options);
        }
        out
    }
}
