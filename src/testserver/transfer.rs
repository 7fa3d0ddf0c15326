//! A transfer cut into messages, in the ways in which real servers cut them.

use super::query::Query;
use super::response::{Letters, Reply, Section};
use super::zone::Record;

/// The octets of a message at which the next one is begun, as common servers do.
const FULL: usize = 16 * 1024;

/// What the first message holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Opening {
    /// As many records as any other.
    #[default]
    Full,
    /// The SOA alone.
    SoaAlone,
}

/// Which messages repeat the question (RFC 5936 section 2.2.1 allows both).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Questions {
    /// The first.
    #[default]
    First,
    /// Every one.
    Every,
}

/// How a transfer is cut into messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Records in a message, at least one.
    pub records_per_message: usize,
    /// What the first message holds.
    pub opening: Opening,
    /// Which messages repeat the question.
    pub questions: Questions,
    /// Whether AA is set.
    pub authoritative: bool,
    /// How owners are spelled.
    pub letters: Letters,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            records_per_message: 100,
            opening: Opening::default(),
            questions: Questions::default(),
            authoritative: true,
            letters: Letters::default(),
        }
    }
}

/// Returns the messages that carry `records` as an answer to `query`.
pub fn messages(query: &Query, records: &[Record], layout: &Layout) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    let mut reply = begin(query, layout, 0);
    for record in records {
        let most = match (messages.len(), layout.opening) {
            (0, Opening::SoaAlone) => 1,
            _ => layout.records_per_message.max(1),
        };
        let full = reply.octets() + record.rdata.len() > FULL || usize::from(reply.answers()) >= most;
        if full && reply.answers() > 0 {
            messages.push(reply.into_octets());
            reply = begin(query, layout, messages.len());
        }
        reply.push(Section::Answer, record);
    }
    messages.push(reply.into_octets());
    messages
}

fn begin(query: &Query, layout: &Layout, message: usize) -> Reply {
    let mut reply = Reply::to(query).letters(layout.letters);
    if layout.authoritative {
        reply = reply.authoritative();
    }
    if message > 0 {
        reply = reply.without_edns();
    }
    match layout.questions {
        Questions::First if message > 0 => reply.without_question(),
        Questions::First | Questions::Every => reply,
    }
}
