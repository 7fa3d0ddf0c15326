//! How much of a zone is answered wrongly: by how many servers, and for how many RRsets.

use serde::{Serialize, Serializer};

use super::evidence::Evidence;
use super::evidence::asking::answers;
use super::verdict::Verdict;
use super::verdict::decide::Decision;
use super::verdict::reference::Reference;
use crate::compare::{Coverage, Differences};
use crate::plan::{TargetId, TtlDifference};

/// The servers that give wrong answers, among those that users query. It is serialized as its ratio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WrongAnswers {
    /// The ratio of wrong answers, from 0 to 1, where each server is queried equally often.
    pub ratio: f64,
    /// The servers with an address that answers wrongly or not at all.
    pub servers: usize,
    /// Those of them with an address that answers wrongly.
    pub wrong: usize,
    /// Those of them with an address that gives no usable answer.
    pub missing: usize,
    /// All servers that users query.
    pub of: usize,
}

/// The RRsets that a server answers wrongly. They are serialized as their ratio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongRrsets {
    /// The RRsets that are missing, extra, changed or answered otherwise; with `--strict-ttl` those with another TTL too.
    pub wrong: u64,
    /// The RRsets of the reference, and those that only the server has.
    pub of: u64,
    /// Whether `wrong` is not just a lower bound.
    pub is_exact: bool,
}

impl WrongRrsets {
    /// Counts the differences from a reference with this many RRsets; `None` if it is not known whether any RRset
    /// differs.
    fn count(differences: &Differences, reference: u64, ttl: TtlDifference) -> Option<Self> {
        let &Differences { missing, extra, changed, answer, .. } = differences;
        let ttl = match ttl {
            TtlDifference::Noted => 0,
            TtlDifference::Diverged => differences.ttl,
        };
        let wrong = [extra, changed, answer, ttl].into_iter().fold(missing, u64::saturating_add);
        let is_exact = differences.is_exact();
        // A copy counts the signatures of an owner name as one RRset, a comparison each type that they cover.
        let of = reference.saturating_add(extra).max(wrong);
        (wrong > 0 || is_exact).then_some(Self { wrong, of, is_exact })
    }

    /// The part of the RRsets that is wrong, from 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "no zone has 2^52 RRsets")]
    pub fn ratio(self) -> f64 {
        if self.of == 0 { 0.0 } else { self.wrong as f64 / self.of as f64 }
    }

    /// The largest ratio of some servers.
    pub fn largest(servers: impl Iterator<Item = Option<Self>>) -> Option<Self> {
        servers.flatten().max_by(|one, other| one.ratio().total_cmp(&other.ratio()))
    }
}

impl Serialize for WrongAnswers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.ratio)
    }
}

impl Serialize for WrongRrsets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.ratio())
    }
}

/// The number of RRsets in the copy of the reference, if it was read.
pub(super) fn reference_rrsets(evidence: &Evidence, reference: Option<Reference>) -> Option<u64> {
    let copy = evidence.responses(reference?.source)?.content.as_ref()?.whole()?;
    // The SOA's RRset is not in the digest.
    Some(copy.digest.rrsets() + 1)
}

/// Counts the RRsets that a server answers wrongly, among those of the reference or among those that it was asked for;
/// `None` if its records were not compared.
pub(super) fn wrong_rrsets(
    evidence: &Evidence,
    target: TargetId,
    decision: &Decision,
    reference: Option<u64>,
) -> Option<WrongRrsets> {
    // An unconfirmed difference does not count, nor does a server that answers no queries.
    let is_answered = decision.verdict != Verdict::Unknown && !decision.verdict.is_outage();
    let comparison = decision.comparison.as_ref().filter(|_| is_answered)?;
    let of = match comparison.coverage {
        Coverage::Whole => reference,
        Coverage::Asked => answers(evidence, target).map(|asked| asked.asked),
    };
    WrongRrsets::count(&comparison.differences, of?, evidence.plan.rules.ttl)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Completeness;

    fn ratio(differences: &Differences, ttl: TtlDifference) -> Option<f64> {
        WrongRrsets::count(differences, 8, ttl).map(WrongRrsets::ratio)
    }

    #[test]
    fn missing_extra_and_changed_rrsets_are_wrong_and_extra_ones_are_more_than_the_reference_has() {
        let none = Differences::default();
        for (differences, expected) in [
            (none.clone(), 0.0),
            (Differences { missing: 1, ..none.clone() }, 0.125),
            (Differences { changed: 2, ..none.clone() }, 0.25),
            (Differences { extra: 8, ..none.clone() }, 0.5),
            (Differences { missing: 1, extra: 2, changed: 2, ..none.clone() }, 0.5),
            (Differences { missing: 8, extra: 8, ..none.clone() }, 1.0),
            (Differences { changed: 20, ..none.clone() }, 1.0),
            (Differences { ttl: 8, signatures: 8, ..none }, 0.0),
        ] {
            assert_eq!(ratio(&differences, TtlDifference::Noted), Some(expected), "{differences:?}");
        }
    }

    #[test]
    fn another_ttl_is_wrong_where_ttls_are_strict() {
        let differences = Differences { ttl: 2, missing: 2, ..Differences::default() };
        assert_eq!(ratio(&differences, TtlDifference::Noted), Some(0.25));
        assert_eq!(ratio(&differences, TtlDifference::Diverged), Some(0.5));
    }

    #[test]
    fn a_lower_bound_of_no_differences_is_no_ratio() {
        let unknown = Differences { completeness: Completeness::LowerBounds, ..Differences::default() };
        assert_eq!(ratio(&unknown, TtlDifference::Noted), None);
        let some = Differences { missing: 4, ..unknown };
        assert_eq!(ratio(&some, TtlDifference::Noted), Some(0.5));
        assert!(!WrongRrsets::count(&some, 8, TtlDifference::Noted).unwrap().is_exact);
    }
}
