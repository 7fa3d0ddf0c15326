//! The one comparison of contents.

use super::difference::{Differences, Scope, differences};
use crate::observe::Content;

/// How much of the contents was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// All of it.
    Whole,
}

impl Coverage {
    /// How much of a content is known.
    pub fn of(content: &Content) -> Self {
        match content {
            Content::Whole(_) => Self::Whole,
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
/// Both must have kept the records of the buckets in which they differ. If they could not, the differences are
/// not complete.
pub fn contents(reference: &Content, other: &Content, scope: &Scope<'_>) -> Comparison {
    match (reference, other) {
        (Content::Whole(reference), Content::Whole(other)) => {
            Comparison { coverage: Coverage::Whole, differences: differences(reference, other, scope) }
        }
    }
}
