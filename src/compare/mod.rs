//! Two contents of a zone compared.
//!
//! In: two [`Content`](crate::observe::Content)s, and the buckets in which both kept their records. Out: the
//! RRsets that differ, named. It knows nothing of serials, servers or verdicts.

mod contents;
mod difference;
mod instances;

pub use contents::{Comparison, Coverage, contents};
pub use difference::{Completeness, Difference, DifferenceKind, Differences, RrsetText, Scope};
pub use instances::{Instance, instances};
