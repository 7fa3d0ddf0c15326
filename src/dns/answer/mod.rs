//! What a server answers to a query for an RRset, with all that a comparison needs of it.

use super::edns::Edns;
use super::malformed::Malformed;
use super::message::Question;
use super::name::{Name, is_within};
use super::rrset::{Rrset, TtlAndRdata};
use super::rtype::Rtype;
use super::soa::Soa;
use super::wire::{CLASS_IN, MessageReader, Record, Scratch};

/// The response to a query for an RRset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The RCODE, extended by EDNS.
    pub rcode: u16,
    /// Whether the response is authoritative (AA).
    pub authoritative: bool,
    /// Whether the response is truncated (TC). Nothing else but its header is used then.
    pub truncated: bool,
    /// What it holds of the name that was queried.
    pub content: AnswerContent,
    /// The SOA in the authority section, as in negative responses, with its owner name.
    pub negative: Option<(Name, Soa)>,
    /// The owner names and the RDATA of the NSEC records in the authority section, as in denials and referrals.
    pub nsec: Vec<(Name, Vec<u8>)>,
    /// Whether it has an OPT record. Without one, the server knows no DO, and sends no signatures.
    pub has_edns: bool,
    /// The NSID.
    pub nsid: Option<Vec<u8>>,
    /// The length of the message in octets.
    pub bytes: usize,
}

/// What a response holds of the name that was queried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerContent {
    /// The RRset that was queried.
    Rrset(Rrset),
    /// The CNAME RRset of the name, where another type was queried. The records of its target are left out.
    Alias(Rrset),
    /// The DNAME RRset that redirects the name (RFC 6672).
    Redirected(Rrset),
    /// A delegation, of the name itself or of one above it. Servers clear AA.
    Referral {
        /// The NS RRset in the authority section.
        ns: Rrset,
        /// The address RRsets in the additional section whose owner names are at or below the delegation.
        glue: Vec<Rrset>,
    },
    /// None of these.
    Nothing {
        /// Whether an NSEC record at the name, up to the name right behind it, denies the type. Servers that sign
        /// each response deny the name in the same way (compact denial of existence, RFC 9824).
        proves_name: bool,
    },
}

impl AnswerContent {
    /// The content of a response without any record of use.
    const NOTHING: Self = Self::Nothing { proves_name: false };

    /// The number of its records, with the signatures over them.
    pub fn records(&self) -> u64 {
        let of = |rrset: &Rrset| (rrset.records.len() + rrset.signatures.len()) as u64;
        match self {
            Self::Rrset(rrset) | Self::Alias(rrset) | Self::Redirected(rrset) => of(rrset),
            Self::Referral { ns, glue } => of(ns) + glue.iter().map(of).sum::<u64>(),
            Self::Nothing { .. } => 0,
        }
    }
}

impl Answer {
    /// Parses a message; `Ok(None)` if it is not the response to `question`.
    pub fn parse(
        octets: &[u8],
        question: &Question,
        scratch: &mut Scratch,
    ) -> Result<Option<Self>, Malformed> {
        let Some(mut reader) = question.read_response(octets, scratch)? else { return Ok(None) };
        let header = reader.header();
        let mut answer = Self {
            rcode: header.rcode(),
            authoritative: header.is_authoritative(),
            truncated: header.is_truncated(),
            content: AnswerContent::NOTHING,
            negative: None,
            nsec: Vec::new(),
            has_edns: false,
            nsid: None,
            bytes: octets.len(),
        };
        // A truncated response may hold a part of an RRset, and may end anywhere.
        if !answer.truncated {
            let mut sections = Sections::new(question);
            sections.read(&mut reader, scratch)?;
            answer.take(sections);
        }
        Ok(Some(answer))
    }

    fn take(&mut self, sections: Sections<'_>) {
        if let Some(edns) = &sections.edns {
            self.rcode |= u16::from(edns.extended_rcode) << 4;
        }
        let Sections { edns, negative, nsec, .. } = sections;
        self.has_edns = edns.is_some();
        self.nsid = edns.and_then(|edns| edns.nsid);
        self.negative = negative;
        self.nsec = nsec;
        self.content = sections.parts.content(sections.question, self.negative.is_some());
    }
}

/// What is read from the sections of a response.
struct Sections<'q> {
    question: &'q Question,
    edns: Option<Edns>,
    negative: Option<(Name, Soa)>,
    nsec: Vec<(Name, Vec<u8>)>,
    parts: Parts,
}

/// The RRsets of a response that may be its content.
#[derive(Default)]
struct Parts {
    /// The RRset that was queried.
    queried: Collected,
    /// The CNAME RRset of the name.
    alias: Collected,
    /// The owner name of the DNAME RRset, and the RRset.
    dname: Option<(Name, Collected)>,
    /// Signatures over DNAME RRsets, with their owner names: they may come before what they cover.
    dname_signatures: Vec<(Vec<u8>, TtlAndRdata)>,
    /// The owner name of the NS RRset in the authority section, and the RRset.
    ns: Option<(Name, Collected)>,
    /// The address records of the additional section.
    addresses: Vec<(Vec<u8>, Rtype, TtlAndRdata)>,
    proves_name: bool,
}

/// The records of one RRset, and the signatures over it.
#[derive(Default)]
struct Collected {
    records: Vec<TtlAndRdata>,
    signatures: Vec<TtlAndRdata>,
}

impl Collected {
    fn rrset(self, owner: Name, rtype: Rtype) -> Rrset {
        Rrset::new(owner, rtype, self.records, self.signatures)
    }
}

fn owned(record: &Record<'_>) -> TtlAndRdata {
    (record.ttl, record.rdata.to_vec())
}

impl<'q> Sections<'q> {
    fn new(question: &'q Question) -> Self {
        Self { question, edns: None, negative: None, nsec: Vec::new(), parts: Parts::default() }
    }

    fn read(&mut self, reader: &mut MessageReader<'_>, scratch: &mut Scratch) -> Result<(), Malformed> {
        let [_, answers, authorities, additionals] = reader.header().counts.map(u32::from);
        // Addresses in the additional section are of use in a referral alone.
        let may_refer = !reader.header().is_authoritative() || answers == 0;
        for index in 0..answers + authorities + additionals {
            let record = reader.record(scratch)?;
            let (is_answer, is_authority) = (index < answers, index < answers + authorities);
            match record.rtype {
                Rtype::OPT if !is_authority && self.edns.is_none() => self.edns = Some(Edns::parse(&record)),
                _ if record.class != CLASS_IN => {}
                _ if is_answer => self.parts.add_answer(self.question, &record),
                _ if is_authority => self.add_authority(&record),
                Rtype::A | Rtype::AAAA if may_refer => {
                    self.parts.addresses.push((record.owner.to_vec(), record.rtype, owned(&record)));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn add_authority(&mut self, record: &Record<'_>) {
        match record.rtype {
            Rtype::SOA if self.negative.is_none() => {
                self.negative = Name::from_wire(record.owner).zip(Soa::from_rdata(record.rdata));
            }
            Rtype::NSEC => {
                self.parts.proves_name |= denies_compactly(self.question, record);
                let owner = Name::from_wire(record.owner);
                self.nsec.extend(owner.map(|owner| (owner, record.rdata.to_vec())));
            }
            Rtype::NS => add_above(&mut self.parts.ns, self.question, record),
            _ => {}
        }
    }
}

impl Parts {
    /// Takes in a record of the answer section. Servers mix the order of its RRsets.
    fn add_answer(&mut self, question: &Question, record: &Record<'_>) {
        let is_qname = record.owner == question.qname.as_wire();
        let covered = Rtype(record.covered());
        match record.rtype {
            rtype if is_qname && rtype == question.qtype => self.queried.records.push(owned(record)),
            Rtype::CNAME if is_qname => self.alias.records.push(owned(record)),
            Rtype::RRSIG if is_qname && covered == question.qtype => {
                self.queried.signatures.push(owned(record));
            }
            Rtype::RRSIG if is_qname && covered == Rtype::CNAME => self.alias.signatures.push(owned(record)),
            Rtype::RRSIG if covered == Rtype::DNAME => {
                self.dname_signatures.push((record.owner.to_vec(), owned(record)));
            }
            Rtype::DNAME if !is_qname => add_above(&mut self.dname, question, record),
            _ => {}
        }
    }

    fn content(mut self, question: &Question, is_negative: bool) -> AnswerContent {
        if let Some(dname) = self.take_dname(question) {
            return AnswerContent::Redirected(dname);
        }
        let Question { qname, qtype, .. } = question;
        if !self.queried.records.is_empty() {
            return AnswerContent::Rrset(self.queried.rrset(qname.clone(), *qtype));
        }
        if !self.alias.records.is_empty() {
            return AnswerContent::Alias(self.alias.rrset(qname.clone(), Rtype::CNAME));
        }
        match self.ns.take() {
            Some((cut, ns)) if !is_negative => {
                let glue = self.glue(&cut);
                AnswerContent::Referral { ns: ns.rrset(cut, Rtype::NS), glue }
            }
            _ => AnswerContent::Nothing { proves_name: self.proves_name },
        }
    }

    /// Takes the DNAME RRset that redirects the name: a CNAME RRset of the name follows from it, or there is none.
    ///
    /// A DNAME RRset above the name may also belong to the target of the name's CNAME RRset.
    fn take_dname(&mut self, question: &Question) -> Option<Rrset> {
        let (owner, dname) = self.dname.as_mut()?;
        let target = &dname.records.first()?.1;
        let prefix = question.qname.as_wire().strip_suffix(owner.as_wire())?;
        let synthesized = [prefix, target].concat();
        let at_name = [&self.queried, &self.alias].map(|collected| &collected.records);
        if at_name.into_iter().flatten().any(|(_, rdata)| *rdata != synthesized) {
            return None;
        }
        let signatures = std::mem::take(&mut self.dname_signatures).into_iter();
        let own = signatures.filter(|(signed, _)| *signed == owner.as_wire());
        dname.signatures = own.map(|(_, signature)| signature).collect();
        let (owner, dname) = self.dname.take()?;
        Some(dname.rrset(owner, Rtype::DNAME))
    }

    fn glue(&mut self, cut: &Name) -> Vec<Rrset> {
        let mut addresses = std::mem::take(&mut self.addresses);
        addresses.retain(|(owner, ..)| is_within(owner, cut.as_wire()));
        addresses.sort_unstable();
        let rrsets = addresses.chunk_by(|(owner, rtype, _), other| (owner, rtype) == (&other.0, &other.1));
        let rrset = |records: &[(Vec<u8>, Rtype, TtlAndRdata)]| {
            let (owner, rtype, _) = records.first()?;
            let records = records.iter().map(|(.., record)| record.clone()).collect();
            Some(Rrset::new(Name::from_wire(owner)?, *rtype, records, Vec::new()))
        };
        rrsets.filter_map(rrset).collect()
    }
}

/// Adds a record to the RRset of the first owner name that is above the name in the question, or is it.
fn add_above(rrset: &mut Option<(Name, Collected)>, question: &Question, record: &Record<'_>) {
    if rrset.is_none() && is_within(question.qname.as_wire(), record.owner) {
        *rrset = Name::from_wire(record.owner).map(|owner| (owner, Collected::default()));
    }
    if let Some((owner, collected)) = rrset
        && owner.as_wire() == record.owner
    {
        collected.records.push(owned(record));
    }
}

/// Whether an NSEC record is at the name in the question, and has the name right behind it as its next name.
fn denies_compactly(question: &Question, nsec: &Record<'_>) -> bool {
    let qname = question.qname.as_wire();
    let next = nsec.rdata.strip_prefix(&[1, 0]);
    nsec.owner == qname && next.is_some_and(|next| next.starts_with(qname))
}

#[cfg(test)]
pub(crate) mod tests;
