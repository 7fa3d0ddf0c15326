//! The RRsets that differ, in the report.

use std::borrow::Cow;

use serde::Serialize;

use super::names::{DifferenceKindName, SignatureFieldName, as_json};
use crate::compare::{
    Completeness, Difference, DifferenceKind, Differences, RrsetText, SignatureCause, SignatureField,
};
use crate::dns::message::rcode_name;
use crate::observe::WrongAnswer;

/// The RRsets that differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct DifferencesReport {
    /// RRsets that are missing at the address.
    pub missing: u64,
    /// RRsets that only the address has.
    pub extra: u64,
    /// RRsets whose data differ.
    pub changed: u64,
    /// RRsets in which only the TTL differs.
    pub ttl: u64,
    /// RRsets and names that are answered otherwise than the reference's records require; found by queries only.
    pub answer: u64,
    /// False if so much differs that the counts are lower bounds, or that RRsets or records are left out although
    /// fewer RRsets are listed than were asked for.
    pub complete: bool,
    /// False if the counts are lower bounds.
    pub exact: bool,
    /// The number of RRsets listed.
    pub shown: usize,
    /// The first RRsets that differ: keys (DNSKEY, CDS, CDNSKEY, DS) before data, data before NSEC chains, signatures
    /// last.
    pub rrsets: Vec<DifferenceReport>,
    /// Why signatures differ, the causes of most of them first. They are counted above like other RRsets.
    pub signature_causes: Vec<SignatureCauseReport>,
    /// Whether signatures are known to differ that are not counted in these causes.
    #[serde(skip)]
    pub has_other_causes: bool,
    /// How many seconds a cache may hold what is wrong; `None` if nothing is, or not all of it is known.
    #[serde(skip)]
    pub held_for: Option<u32>,
}

/// A cause for which the signatures over some RRsets differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct SignatureCauseReport {
    /// How these RRsets of signatures differ.
    #[serde(serialize_with = "as_json::<_, DifferenceKindName, _>")]
    #[schemars(with = "DifferenceKindName")]
    pub kind: DifferenceKind,
    /// What differs in them.
    #[serde(serialize_with = "as_json::<_, SignatureFieldName, _>")]
    #[schemars(with = "SignatureFieldName")]
    pub field: SignatureField,
    /// The key tags of the reference's signatures that the address does not have, each once.
    pub reference_tags: Vec<u16>,
    /// The key tags of the address's signatures that the reference does not have, each once.
    pub found_tags: Vec<u16>,
    /// The number of RRsets with such signatures.
    pub rrsets: u64,
    /// The number of such signatures.
    pub records: u64,
    /// The same in words, as they follow the number of signatures.
    #[serde(skip)]
    pub description: String,
    /// Whether text has one line for all of them.
    #[serde(skip)]
    pub has_many: bool,
}

/// One RRset that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct DifferenceReport {
    /// The owner name, as zone-file text with the final dot.
    pub owner: String,
    /// The type, or `TYPEnnn` if it has no mnemonic (RFC 3597).
    #[serde(rename = "type")]
    pub rtype: String,
    /// How it differs.
    #[serde(serialize_with = "as_json::<_, DifferenceKindName, _>")]
    #[schemars(with = "DifferenceKindName")]
    pub kind: DifferenceKind,
    /// What the reference serves.
    pub reference: Option<RrsetReport>,
    /// What the address serves: an RRset, or where `kind` is `answer`, the answer.
    pub found: Option<FoundReport>,
    /// The position of the cause among `signature_causes`.
    #[serde(skip)]
    pub signature_cause: Option<usize>,
}

/// What an address serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum FoundReport {
    /// An RRset.
    Rrset(RrsetReport),
    /// An answer of another sort than the reference's records require.
    Answer(WrongAnswerReport),
}

/// An answer of another sort than the reference's records require.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct WrongAnswerReport {
    /// The RCODE.
    pub rcode: Cow<'static, str>,
    /// What the answer holds, in words: no data, a referral, an alias, or records.
    pub answer: String,
}

/// One RRset as zone-file text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct RrsetReport {
    /// The TTL; the lowest, if its records disagree.
    pub ttl: u32,
    /// The TTL of each record in `rdata`, if they disagree (RFC 2181 section 5.2); null if they agree.
    pub ttls: Option<Vec<u32>>,
    /// The data of each record, as zone-file text, sorted. Of many or long records, those that differ come before
    /// others; a very long one ends in `...` and its digest.
    pub rdata: Vec<String>,
    /// The number of records, those that are left out of `rdata` included.
    pub records: u64,
}

impl From<&Differences> for DifferencesReport {
    fn from(differences: &Differences) -> Self {
        let &Differences { missing, extra, changed, ttl, answer, completeness, .. } = differences;
        let rrsets: Vec<DifferenceReport> = differences.listed.iter().map(DifferenceReport::from).collect();
        let (complete, exact) = (completeness == Completeness::Complete, differences.is_exact());
        let signature_causes = differences.signature_causes.iter().map(SignatureCauseReport::from).collect();
        let (shown, has_other_causes) = (rrsets.len(), differences.has_other_causes);
        Self {
            missing,
            extra,
            changed,
            ttl,
            answer,
            complete,
            exact,
            shown,
            rrsets,
            signature_causes,
            has_other_causes,
            held_for: differences.held_for,
        }
    }
}

impl From<&Difference> for DifferenceReport {
    fn from(difference: &Difference) -> Self {
        let Difference { owner, rtype, kind, reference, found, answer, signature_cause } = difference.clone();
        let rrset = |RrsetText { ttl, ttls, rdata, records }: RrsetText| {
            let ttls = Some(ttls).filter(|ttls| !ttls.is_empty());
            RrsetReport { ttl, ttls, rdata, records }
        };
        let answer = answer.map(|WrongAnswer { rcode, content, .. }| {
            FoundReport::Answer(WrongAnswerReport { rcode: rcode_name(rcode), answer: content })
        });
        let found = answer.or_else(|| found.map(rrset).map(FoundReport::Rrset));
        Self { owner, rtype, kind, reference: reference.map(rrset), found, signature_cause }
    }
}

impl From<&SignatureCause> for SignatureCauseReport {
    fn from(cause: &SignatureCause) -> Self {
        let (description, has_many) = (cause.in_words(), cause.has_many());
        let SignatureCause { kind, field, reference_tags, found_tags, rrsets, records } = cause.clone();
        Self { kind, field, reference_tags, found_tags, rrsets, records, description, has_many }
    }
}

impl FoundReport {
    /// The RRset, unless this is an answer of another sort.
    pub(in crate::report) fn rrset(&self) -> Option<&RrsetReport> {
        match self {
            Self::Rrset(rrset) => Some(rrset),
            Self::Answer(_) => None,
        }
    }

    /// The answer in words, if it is of another sort.
    pub(in crate::report) fn answer(&self) -> Option<String> {
        match self {
            Self::Rrset(_) => None,
            Self::Answer(WrongAnswerReport { rcode, answer }) => Some(format!("{rcode}, {answer}")),
        }
    }
}

impl RrsetReport {
    /// The records that are listed, each with its TTL.
    pub(in crate::report) fn listed(&self) -> impl Iterator<Item = (u32, &str)> {
        let ttls = self.ttls.iter().flatten().copied().chain(std::iter::repeat(self.ttl));
        ttls.zip(self.rdata.iter().map(String::as_str))
    }

    /// The number of records that are not listed.
    pub(in crate::report) fn unlisted(&self) -> u64 {
        self.records.saturating_sub(self.rdata.len() as u64)
    }
}

impl DifferencesReport {
    /// The number of RRsets that differ in one way.
    pub(in crate::report) fn count(&self, kind: DifferenceKind) -> u64 {
        match kind {
            DifferenceKind::Missing => self.missing,
            DifferenceKind::Extra => self.extra,
            DifferenceKind::Changed => self.changed,
            DifferenceKind::Ttl => self.ttl,
            DifferenceKind::Answer => self.answer,
        }
    }

    /// The number of RRsets that differ in any way.
    pub(crate) fn all(&self) -> u64 {
        self.missing + self.extra + self.changed + self.ttl + self.answer
    }

    /// Describes the counts: `1 missing, 2 changed`; `None` if no RRset differs.
    pub(in crate::report) fn in_words(&self) -> Option<String> {
        let kinds = [
            (DifferenceKind::Missing, "missing"),
            (DifferenceKind::Extra, "extra"),
            (DifferenceKind::Changed, "changed"),
            (DifferenceKind::Ttl, "in TTL only"),
            (DifferenceKind::Answer, "answered otherwise"),
        ];
        let counted = kinds.map(|(kind, name)| (self.count(kind), name)).into_iter();
        let parts: Vec<String> = counted
            .filter(|(number, _)| *number > 0)
            .map(|(number, name)| format!("{number} {name}"))
            .collect();
        Some(format!("{}{}", self.at_least(), parts.join(", "))).filter(|_| !parts.is_empty())
    }

    /// The words before a number of signatures that differ for one cause.
    pub(in crate::report) fn at_least_for_causes(&self) -> &'static str {
        if self.has_other_causes { "at least " } else { self.at_least() }
    }

    /// The words before a count that is a lower bound.
    pub(crate) fn at_least(&self) -> &'static str {
        if self.exact { "" } else { "at least " }
    }
}

/// The name of a kind of difference in JSON, in labels and in text.
pub(crate) fn kind_name(kind: DifferenceKind) -> &'static str {
    match kind {
        DifferenceKind::Missing => "missing",
        DifferenceKind::Extra => "extra",
        DifferenceKind::Changed => "changed",
        DifferenceKind::Ttl => "ttl",
        DifferenceKind::Answer => "answer",
    }
}
