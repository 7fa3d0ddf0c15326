//! Two contents of a zone compared.
//!
//! In: two [`Content`](crate::observe::Content)s, and the buckets in which both kept their records, or an answer
//! and what it must be. Out: the RRsets that differ, named. It knows nothing of serials, servers or verdicts.

pub mod answers;
mod contents;
mod difference;
mod instances;
mod ttls;

pub use contents::{Comparison, Coverage, contents};
pub use difference::{
    Completeness, Difference, DifferenceKind, Differences, OtherKeys, RrsetText, Scope, SignatureCause,
    SignatureField, has_data_of, rrset_text, tags_in_words,
};
pub use instances::{Instance, instances};
