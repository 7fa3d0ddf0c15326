//! The RRsets that differ, in the report.

use serde::Serialize;

use crate::compare::{Difference, Differences, Kind};

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
    pub rrsets: Vec<Difference>,
}

impl From<&Differences> for DifferencesReport {
    fn from(differences: &Differences) -> Self {
        let &Differences { missing, extra, changed, ttl, complete, .. } = differences;
        let rrsets = differences.shown.clone();
        Self { missing, extra, changed, ttl, complete, shown: rrsets.len(), rrsets }
    }
}

impl DifferencesReport {
    /// The number of RRsets that differ in one way.
    pub(in crate::report) fn count(&self, kind: Kind) -> u64 {
        match kind {
            Kind::Missing => self.missing,
            Kind::Extra => self.extra,
            Kind::Changed => self.changed,
            Kind::Ttl => self.ttl,
        }
    }

    /// The number of RRsets that differ in any way.
    pub(crate) fn all(&self) -> u64 {
        self.missing + self.extra + self.changed + self.ttl
    }

    /// Describes the counts: `1 missing, 2 changed`; `None` if no RRset differs.
    pub(in crate::report) fn in_words(&self) -> Option<String> {
        let kinds = [
            (Kind::Missing, "missing"),
            (Kind::Extra, "extra"),
            (Kind::Changed, "changed"),
            (Kind::Ttl, "in TTL only"),
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
pub(in crate::report) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Missing => "missing",
        Kind::Extra => "extra",
        Kind::Changed => "changed",
        Kind::Ttl => "ttl",
    }
}
