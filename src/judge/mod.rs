//! What is true of every server of a zone.
//!
//! In: [`Evidence`]. Out: the [`Step`] that is still missing, and at the end a [`Judgement`]. It is
//! total and deterministic: no socket, no clock, no chance.

pub mod advice;
pub mod decide;
mod doubt;
pub mod evidence;
pub mod expect;
pub mod explain;
pub mod finding;
pub mod history;
pub mod lag;
mod lagging;
pub mod next;
mod origin;
pub mod reference;
pub mod relation;
mod remarks;
mod signatures;
mod split;
pub mod task;
pub mod verdict;
mod zone;

pub use evidence::{Earlier, Evidence, Track, ZONE_FILE};
pub use finding::{Code, Finding};
pub use history::History;
pub use next::{Ask, Explain, Read, Step, next};
pub use reference::{Reference, ReferenceKind};
pub use verdict::{Severity, Verdict};
pub use zone::{Judgement, ServerJudgement, judge};

#[cfg(test)]
mod tests;
