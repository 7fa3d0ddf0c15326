//! What is true of every server of a zone.
//!
//! In: [`Evidence`]. Out: the [`Step`] that is still missing, and at the end a [`Judgement`]. It is
//! total and deterministic: no socket, no clock, no chance.

pub mod evidence;
pub(crate) mod findings;
pub mod history;
pub(crate) mod learn;
pub mod next;
pub mod verdict;
mod zone;

pub use evidence::{EarlierResponses, Evidence, Responses};
pub use findings::code::{Code, Finding};
pub use history::History;
pub use learn::learn;
pub use next::{Ask, Explain, Read, Step, next};
pub use verdict::reference::{Reference, ReferenceKind};
pub use verdict::{Severity, Verdict};
pub use zone::{Judgement, ServerJudgement, judge};

#[cfg(test)]
mod tests;
