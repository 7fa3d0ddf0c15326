//! Why a message is not the response to a query.

use super::message::Question;
use super::name::Name;
use super::rtype::Rtype;
use super::wire::{CLASS_IN, MessageReader, Scratch};

/// Why a message is not the response to a query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// It has another ID.
    #[error("the response has another ID than the query")]
    Id,
    /// It is a query, or the response to another operation.
    #[error("the message is no response to a query")]
    NotResponse,
    /// It does not repeat the question.
    #[error("the response does not repeat the question")]
    NoQuestion,
    /// It spells the name in other letter case.
    #[error("the response spells the name of the question in other letter case")]
    LetterCase,
    /// It has this question, as text.
    #[error("the response answers another question: {0}")]
    Question(String),
}

impl Mismatch {
    /// Describes why a message is not the response to a query with this question.
    pub fn of(message: &[u8], question: &Question) -> Self {
        let mut scratch = Scratch::default();
        let Ok(mut reader) = MessageReader::new(message) else { return Self::NotResponse };
        let header = reader.header();
        if header.id != question.id {
            return Self::Id;
        }
        if !header.is_response() {
            return Self::NotResponse;
        }
        match reader.question(&mut scratch) {
            Ok(Some(received)) => Self::question(received),
            Ok(None) | Err(_) => Self::NoQuestion,
        }
    }

    /// Describes a question as it was received.
    pub(super) fn question((name, rtype, class): (&[u8], Rtype, u16)) -> Self {
        let name = Name::from_wire(name).map_or_else(|| "?".to_owned(), |name| name.to_string());
        let class = if class == CLASS_IN { String::new() } else { format!(" CLASS{class}") };
        Self::Question(format!("{name}{class} {rtype}"))
    }
}
