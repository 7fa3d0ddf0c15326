//! A transfer split into messages, in the ways of real servers.

use super::query::Query;
use super::response::{LetterCase, ResponseBuilder, Section};
use super::zone::ZoneRecord;

/// The length at which a message is full, as in common servers.
const FULL_MESSAGE_LEN: usize = 16 * 1024;

/// The records of the first message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FirstMessage {
    /// As many as in any other.
    #[default]
    Full,
    /// The SOA alone.
    SoaOnly,
}

/// The messages that have a question section (RFC 5936 section 2.2.1 allows both).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QuestionSection {
    /// The first.
    #[default]
    First,
    /// Every one.
    Every,
}

/// How a transfer is split into messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferLayout {
    /// Records in a message, at least one.
    pub records_per_message: usize,
    /// The records of the first message.
    pub first_message: FirstMessage,
    /// The messages that have a question section.
    pub question: QuestionSection,
    /// Whether AA is set.
    pub authoritative: bool,
    /// The case of owner names.
    pub owner_case: LetterCase,
}

impl Default for TransferLayout {
    fn default() -> Self {
        Self {
            records_per_message: 100,
            first_message: FirstMessage::default(),
            question: QuestionSection::default(),
            authoritative: true,
            owner_case: LetterCase::default(),
        }
    }
}

/// Splits `records` into the messages of a response to `query`.
pub fn transfer_messages(query: &Query, records: &[ZoneRecord], layout: &TransferLayout) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    let mut response = start_message(query, layout, 0);
    for record in records {
        let max_records = match (messages.len(), layout.first_message) {
            (0, FirstMessage::SoaOnly) => 1,
            _ => layout.records_per_message.max(1),
        };
        let is_full = response.message_len() + record.rdata.len() > FULL_MESSAGE_LEN
            || usize::from(response.answer_count()) >= max_records;
        if is_full && response.answer_count() > 0 {
            messages.push(response.into_message());
            response = start_message(query, layout, messages.len());
        }
        response.push(Section::Answer, record);
    }
    messages.push(response.into_message());
    messages
}

fn start_message(query: &Query, layout: &TransferLayout, index: usize) -> ResponseBuilder {
    let mut response = ResponseBuilder::new(query).owner_case(layout.owner_case);
    if layout.authoritative {
        response = response.authoritative();
    }
    if index > 0 {
        response = response.without_edns();
    }
    match layout.question {
        QuestionSection::First if index > 0 => response.without_question(),
        QuestionSection::First | QuestionSection::Every => response,
    }
}
