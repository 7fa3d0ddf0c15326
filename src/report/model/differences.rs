//! The RRsets that differ, in the report.

use serde::Serialize;

use crate::compare::{Difference, Differences, Kind};

/// The RRsets that differ.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct DifferencesReport {
    /// In the reference, not here.
    pub missing: u64,
    /// Here, not in the reference.
    pub extra: u64,
    /// The data differ.
    pub changed: u64,
    /// Nothing but the TTL differs.
    pub ttl: u64,
    /// False where so much differs that the counts are lower bounds.
    pub complete: bool,
    /// How many are listed.
    pub shown: usize,
    /// The first of them.
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
    /// Returns how many RRsets differ in a way.
    pub fn count(&self, kind: Kind) -> u64 {
        match kind {
            Kind::Missing => self.missing,
            Kind::Extra => self.extra,
            Kind::Changed => self.changed,
            Kind::Ttl => self.ttl,
        }
    }

    /// Returns how many RRsets differ in any way.
    pub fn all(&self) -> u64 {
        self.missing + self.extra + self.changed + self.ttl
    }

    /// Returns the counts in words; `None` if there is nothing to count.
    pub fn in_words(&self) -> Option<String> {
        let words = [
            (Kind::Missing, "missing"),
            (Kind::Extra, "extra"),
            (Kind::Changed, "changed"),
            (Kind::Ttl, "in TTL only"),
        ];
        let counted = words.map(|(kind, word)| (self.count(kind), word)).into_iter();
        let parts: Vec<String> = counted
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| format!("{number} {word}"))
            .collect();
        Some(format!("{}{}", self.least(), parts.join(", "))).filter(|_| !parts.is_empty())
    }

    /// Returns what stands in front of a count: it may be of some alone.
    pub fn least(&self) -> &'static str {
        if self.complete { "" } else { "at least " }
    }
}
