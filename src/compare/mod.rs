//! Two copies held against each other.
//!
//! In: two [`Copy`](crate::observe::Copy)s and the buckets in which both kept their records. Out: the
//! RRsets that differ, named. It knows nothing of serials, servers or verdicts.

mod difference;
mod instances;

pub use difference::{Difference, Differences, Kind, ShownRrset, differences, has_differences_beside};
pub use instances::{Instance, instances};
