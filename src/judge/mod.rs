//! The verdict over every server of a zone, and the steps that lead to it.
//!
//! In: [`Evidence`]. Out: the [`Step`] that is still missing, and at the end a [`Judgement`] and the next
//! [`History`]. It is total and deterministic: no socket, no clock, no randomness.

pub mod catalog;
mod chain;
pub mod evidence;
pub(crate) mod findings;
pub mod history;
pub(crate) mod learn;
mod millis;
pub mod next;
mod shares;
mod unasked;
pub mod verdict;
mod zone;

pub use chain::judge;
pub use evidence::asking::{QueryList, earlier_part, part_asked};
pub use evidence::changes::ChangesQuery;
pub use evidence::copies::zonemd;
pub use evidence::{ChangesSince, EarlierResponses, Evidence, ReceivedChanges, Responses, ValidationResult};
pub use findings::code::{Code, Finding};
pub(crate) use findings::tls::destination;
pub use history::History;
pub use learn::learn;
pub use next::{CopyRead, DelegationQuery, DeltaQuery, RrsetQuestions, SoaQuery, Step, next};
pub use shares::{WrongAnswers, WrongRrsets};
pub use unasked::UnaskedServer;
pub use verdict::reference::{Reference, ReferenceKind};
pub use verdict::{Severity, Verdict};
pub use zone::{Judgement, ServerJudgement};

#[cfg(test)]
mod tests;
