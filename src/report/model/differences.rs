//! The RRsets that differ, in the report.

use std::borrow::Cow;

use serde::Serialize;

use super::names::{DifferenceKindName, as_json};
use crate::compare::{Completeness, Difference, DifferenceKind, Differences, RrsetText};
use crate::dns::message::rcode_name;
use crate::observe::WrongAnswer;

/// The RRsets that differ.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
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
        Self { missing, extra, changed, ttl, answer, complete, exact, shown: rrsets.len(), rrsets }
    }
}

impl From<&Difference> for DifferenceReport {
    fn from(difference: &Difference) -> Self {
        let Difference { owner, rtype, kind, reference, found, answer } = difference.clone();
        let rrset = |RrsetText { ttl, ttls, rdata, records }: RrsetText| {
            let ttls = Some(ttls).filter(|ttls| !ttls.is_empty());
            RrsetReport { ttl, ttls, rdata, records }
        };
        let answer = answer.map(|WrongAnswer { rcode, content }| {
            FoundReport::Answer(WrongAnswerReport { rcode: rcode_name(rcode), answer: content })
        });
        let found = answer.or_else(|| found.map(rrset).map(FoundReport::Rrset));
        Self { owner, rtype, kind, reference: reference.map(rrset), found }
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

    /// The words before a count that is a lower bound.
    pub(crate) fn at_least(&self) -> &'static str {
        if self.exact { "" } else { "at least " }
    }
}

/// The name of a kind of difference in JSON, in labels and in text.
pub(in crate::report) fn kind_name(kind: DifferenceKind) -> &'static str {
    match kind {
        DifferenceKind::Missing => "missing",
        DifferenceKind::Extra => "extra",
        DifferenceKind::Changed => "changed",
        DifferenceKind::Ttl => "ttl",
        DifferenceKind::Answer => "answer",
    }
}
