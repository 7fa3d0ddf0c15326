//! What to ask of a zone, RRset by RRset, and what its servers must answer.
//!
//! In: the records of a zone, in canonical order. Out: queries, each with the answer that an authoritative server
//! must give for these records. Where no records are known, there are queries without such an answer.

mod askable;
mod delegation;
mod draw;
mod extra;
mod names;
mod query;
mod questions;
mod random;
mod rrsets;
mod scope;
#[cfg(test)]
mod tests;
mod walk;

pub use askable::is_computed;
pub use draw::Draw;
pub use query::{ExpectedAnswer, RrsetQuery};
pub use questions::{apex_questions, name_questions, target_questions};
pub use rrsets::{QuerySelection, RrsetQueries};
pub use walk::{NsecStep, NsecWalk, WalkAnswer, WalkEnd};
