//! A reply on its way to octets.

use super::query::Query;
use super::zone::Record;
use crate::dns::edns::PAYLOAD;
use crate::dns::name::is_within;
use crate::dns::wire::{CLASS_IN, HEADER_LEN};

/// QR: this is a response.
const RESPONSE: u16 = 0x8000;
/// AA: the server has authority.
const AUTHORITATIVE: u16 = 0x0400;
/// TC: the answer was cut.
const TRUNCATED: u16 = 0x0200;
/// RD: copied from the question (RFC 1035 section 4.1.1).
const RECURSION_DESIRED: u16 = 0x0100;

/// A pointer to the name in the question, which stands right behind the header.
const TO_QUESTION: [u8; 2] = [0xc0, 12];

/// Where in a message a record goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// What was asked for.
    Answer,
    /// Who knows, or that nothing is there.
    Authority,
    /// What goes with it.
    Additional,
}

/// How the letters of owner names are spelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Letters {
    /// In lower case.
    #[default]
    Lower,
    /// In upper case, as some servers keep them from their zone files.
    Upper,
}

/// A reply to one question.
#[derive(Clone, Debug)]
pub struct Reply {
    id: u16,
    flags: u16,
    rcode: u16,
    question: Vec<u8>,
    /// The folded name that owners may be compressed against.
    asked: Option<Vec<u8>>,
    letters: Letters,
    counts: [u16; 3],
    sections: [Vec<u8>; 3],
    options: Option<Vec<u8>>,
}

impl Reply {
    /// Starts a reply with the question repeated, NOERROR, AA clear, and OPT if the question had it.
    pub fn to(query: &Query) -> Self {
        Self {
            id: query.header.id,
            flags: RESPONSE | query.header.flags & (0x7800 | RECURSION_DESIRED),
            rcode: 0,
            question: query.question.clone(),
            asked: Some(query.name.as_wire().to_vec()),
            letters: Letters::default(),
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

    /// Leaves the question out.
    #[must_use]
    pub fn without_question(mut self) -> Self {
        self.question.clear();
        self.asked = None;
        self
    }

    /// Leaves the OPT record out.
    #[must_use]
    pub fn without_edns(mut self) -> Self {
        self.options = None;
        self
    }

    /// Leaves all records out but OPT, and sets TC.
    #[must_use]
    pub fn truncated(mut self) -> Self {
        self.counts = [0; 3];
        self.sections = [const { Vec::new() }; 3];
        self.flags |= TRUNCATED;
        self
    }

    /// Spells owners from here on in these letters.
    #[must_use]
    pub fn letters(mut self, letters: Letters) -> Self {
        self.letters = letters;
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
    pub fn record(mut self, section: Section, record: &Record) -> Self {
        self.push(section, record);
        self
    }

    /// Adds records.
    #[must_use]
    pub fn records<'r>(mut self, section: Section, records: impl IntoIterator<Item = &'r Record>) -> Self {
        for record in records {
            self.push(section, record);
        }
        self
    }

    /// Adds a record; one that cannot have a length on the wire is left out.
    pub fn push(&mut self, section: Section, record: &Record) {
        let place = match section {
            Section::Answer => 0,
            Section::Authority => 1,
            Section::Additional => 2,
        };
        let mut owner = self.owner(record);
        if self.letters == Letters::Upper {
            // No length octet and no pointer to the question is a letter: lengths end at 63.
            owner.make_ascii_uppercase();
        }
        let (Some(out), Some(count)) = (self.sections.get_mut(place), self.counts.get_mut(place)) else {
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

    /// Returns the owner, its end replaced by a pointer if it ends in the name that was asked about.
    fn owner(&self, record: &Record) -> Vec<u8> {
        let owner = record.owner.as_wire();
        // A pointer saves nothing over the root.
        let asked = self.asked.as_deref().filter(|asked| asked.len() > 2 && is_within(owner, asked));
        let prefix = asked.and_then(|asked| owner.get(..owner.len() - asked.len()));
        match prefix {
            Some(prefix) => [prefix, &TO_QUESTION].concat(),
            None => owner.to_vec(),
        }
    }

    /// Returns how many octets the reply has so far.
    pub fn octets(&self) -> usize {
        let records: usize = self.sections.iter().map(Vec::len).sum();
        let opt = self.options.as_ref().map_or(0, |options| 11 + options.len());
        HEADER_LEN + self.question.len() + records + opt
    }

    /// Returns how many records are in the answer section.
    pub fn answers(&self) -> u16 {
        let [answers, ..] = self.counts;
        answers
    }

    /// Returns the message.
    pub fn into_octets(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.octets());
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
