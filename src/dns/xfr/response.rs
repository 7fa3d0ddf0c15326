//! The checks of a message that AXFR and IXFR have in common.

use crate::dns::malformed::Malformed;
use crate::dns::message::{NOERROR, Question};
use crate::dns::mismatch::Mismatch;
use crate::dns::wire::{CLASS_IN, MessageReader, OPCODE_QUERY, Scratch};

/// The maximum number of messages in a row without a record; servers send none.
pub(crate) const MAX_EMPTY_MESSAGES: u32 = 64;

/// Why a message is no part of the response to a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ResponseError {
    /// The message cannot be parsed.
    Malformed(Malformed),
    /// The message responds to another query.
    Mismatched(Mismatch),
    /// The message has an RCODE other than NOERROR.
    Rcode(u16),
    /// The message lacks records (TC).
    Truncated,
}

impl From<Malformed> for ResponseError {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

/// Reads the header and the question of a message; returns the number of records in its answer section.
pub(crate) fn answer_count(
    reader: &mut MessageReader<'_>,
    question: &Question,
    scratch: &mut Scratch,
) -> Result<u16, ResponseError> {
    let header = reader.header();
    // AA is ignored: Knot leaves it clear in transfers.
    if let Some(mismatch) = Mismatch::of_header(&header, question, OPCODE_QUERY) {
        return Err(ResponseError::Mismatched(mismatch));
    }
    if header.rcode() != NOERROR {
        return Err(ResponseError::Rcode(header.rcode()));
    }
    // RFC 5936 section 2.2.1: TC is clear in a transfer. Records that a message lacks would be differences.
    if header.is_truncated() {
        return Err(ResponseError::Truncated);
    }
    // RFC 5936 section 2.2.1: the first message has the question, later ones may leave it out.
    match reader.question(scratch)? {
        Some(received) if received != (question.qname.as_wire(), question.qtype, CLASS_IN) => {
            Err(ResponseError::Mismatched(Mismatch::question(received)))
        }
        Some(_) | None => Ok(header.counts[1]),
    }
}
