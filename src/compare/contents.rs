//! The one comparison of contents.

use super::difference::{Completeness, Differences, Scope, asked_differences, differences, soa_differences};
use crate::observe::Content;

/// How much of the contents was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// All of it.
    Whole,
    /// The RRsets that were asked for by queries.
    Asked,
}

impl Coverage {
    /// How much of a content is known.
    pub fn of(content: &Content) -> Self {
        match content {
            Content::Whole(_) => Self::Whole,
            Content::Asked(_) => Self::Asked,
        }
    }
}

/// How a content differs from the reference's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// How much was compared.
    pub coverage: Coverage,
    /// What differs.
    pub differences: Differences,
}

/// Compares a content with the reference's.
///
/// Of two copies, both must have kept the records of the buckets in which they differ. If they could not, the
/// differences are not complete. What queries have shown was held against the reference's records already, answer
/// by answer.
pub fn contents(reference: &Content, other: &Content, scope: &Scope<'_>) -> Comparison {
    let (coverage, differences) = match (reference, other) {
        (Content::Whole(reference), Content::Whole(other)) => {
            (Coverage::Whole, differences(reference, other, scope))
        }
        (_, Content::Asked(asked)) => (Coverage::Asked, asked_differences(reference.soa(), asked, scope)),
        // No record of the copy was held against the reference.
        (Content::Asked(_), Content::Whole(_)) => {
            let soa = soa_differences([reference.soa(), other.soa()], scope);
            (Coverage::Asked, Differences { completeness: Completeness::LowerBounds, ..soa })
        }
    };
    Comparison { coverage, differences }
}
