//! The RRsets that differ, in the report.

use serde::Serialize;

use super::names::{DifferenceKindName, as_json};
use crate::compare::{Difference, DifferenceKind, Differences, RrsetText};

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
    /// False if so many RRsets differ that the counts are lower bounds.
    pub complete: bool,
    /// The number of RRsets listed.
    pub shown: usize,
    /// The first RRsets that differ.
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
    /// What the address serves.
    pub found: Option<RrsetReport>,
}

/// One RRset as zone-file text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct RrsetReport {
    /// The TTL; the lowest, if its records disagree.
    pub ttl: u32,
    /// The data of each record, as zone-file text, sorted.
    pub rdata: Vec<String>,
}

impl From<&Differences> for DifferencesReport {
    fn from(differences: &Differences) -> Self {
        let &Differences { missing, extra, changed, ttl, complete, .. } = differences;
        let rrsets: Vec<DifferenceReport> = differences.listed.iter().map(DifferenceReport::from).collect();
        Self { missing, extra, changed, ttl, complete, shown: rrsets.len(), rrsets }
    }
}

impl From<&Difference> for DifferenceReport {
    fn from(difference: &Difference) -> Self {
        let Difference { owner, rtype, kind, reference, found } = difference.clone();
        let rrset = |rrset: RrsetText| RrsetReport { ttl: rrset.ttl, rdata: rrset.rdata };
        Self { owner, rtype, kind, reference: reference.map(rrset), found: found.map(rrset) }
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
        }
    }

    /// The number of RRsets that differ in any way.
    pub(crate) fn all(&self) -> u64 {
        self.missing + self.extra + self.changed + self.ttl
    }

    /// Describes the counts: `1 missing, 2 changed`; `None` if no RRset differs.
    pub(in crate::report) fn in_words(&self) -> Option<String> {
        let kinds = [
            (DifferenceKind::Missing, "missing"),
            (DifferenceKind::Extra, "extra"),
            (DifferenceKind::Changed, "changed"),
            (DifferenceKind::Ttl, "in TTL only"),
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
        if self.complete { "" } else { "at least " }
    }
}

/// The name of a kind of difference in JSON, in labels and in text.
pub(in crate::report) fn kind_name(kind: DifferenceKind) -> &'static str {
    match kind {
        DifferenceKind::Missing => "missing",
        DifferenceKind::Extra => "extra",
        DifferenceKind::Changed => "changed",
        DifferenceKind::Ttl => "ttl",
    }
}
