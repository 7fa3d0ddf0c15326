//! Why a message is not the response to a query.

use super::message::Question;
use super::name;
use super::rtype::Rtype;
use super::wire::{CLASS_IN, Header, MessageReader, OPCODE_QUERY, Scratch};

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
        Self::of_operation(message, question, OPCODE_QUERY)
    }

    /// Describes why a message is not the response to one with this question and this opcode.
    pub(super) fn of_operation(message: &[u8], question: &Question, opcode: u16) -> Self {
        let mut scratch = Scratch::default();
        let Ok(mut reader) = MessageReader::new(message) else { return Self::NotResponse };
        if let Some(mismatch) = Self::of_header(&reader.header(), question, opcode) {
            return mismatch;
        }
        match reader.question(&mut scratch) {
            Ok(Some(received)) => Self::question(received),
            Ok(None) | Err(_) => Self::NoQuestion,
        }
    }

    /// Describes why a message with this header is not the response to one with this question and this opcode.
    pub(super) fn of_header(header: &Header, question: &Question, opcode: u16) -> Option<Self> {
        if header.id != question.id {
            Some(Self::Id)
        } else if !header.is_response_to(opcode) {
            Some(Self::NotResponse)
        } else {
            None
        }
    }

    /// Describes a question as it was received.
    pub(super) fn question((name, rtype, class): (&[u8], Rtype, u16)) -> Self {
        let class = if class == CLASS_IN { String::new() } else { format!(" CLASS{class}") };
        Self::Question(format!("{}{class} {rtype}", name::display(name)))
    }
}
