//! What the messages of every transfer have in common.

use crate::dns::malformed::Malformed;
use crate::dns::message::{NOERROR, Question};
use crate::dns::wire::{CLASS_IN, MessageReader, Scratch};

/// The most messages in a row that bring no record; servers send none at all.
pub(crate) const MOST_EMPTY: u32 = 64;

/// Why a message of a stream is no answer to its question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// It cannot be read.
    Malformed(Malformed),
    /// It answers another question.
    Mismatched,
    /// It tells of an error.
    Rcode(u16),
}

impl From<Malformed> for NoAnswer {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

/// Passes over the question of a message, and returns how many records it answers with.
pub(crate) fn answers(
    walk: &mut MessageReader<'_>,
    question: &Question,
    scratch: &mut Scratch,
) -> Result<u16, NoAnswer> {
    let header = walk.header();
    // RFC 5936 section 2.2: AA is not looked at, Knot leaves it clear in transfers.
    if header.id != question.id || !header.is_response() {
        return Err(NoAnswer::Mismatched);
    }
    if header.rcode() != NOERROR {
        return Err(NoAnswer::Rcode(header.rcode()));
    }
    // RFC 5936 section 2.2.1: the first message holds the question; later ones may leave it out.
    match walk.question(scratch)? {
        Some(asked) if asked != (question.qname.as_wire(), question.qtype, CLASS_IN) => {
            Err(NoAnswer::Mismatched)
        }
        Some(_) | None => Ok(header.counts[1]),
    }
}
