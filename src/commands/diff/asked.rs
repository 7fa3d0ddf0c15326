//! What queries have shown of one side, as records of both.

use crate::dns::Rrset;
use crate::observe::{Asked, WrongAnswer, WrongRrset};

/// The most answers that are named of those that show no records.
const MAX_NAMED: usize = 20;

/// Which side was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AskedSide {
    Reference,
    Target,
}

/// The RRsets that differ, of those that were asked for.
pub(super) struct AskedRecords {
    /// As the side has them that says what to ask for.
    pub(super) known: Vec<Rrset>,
    /// As the side has them that was asked.
    pub(super) found: Vec<Rrset>,
    pub(super) gaps: Gaps,
    /// The number of RRsets that were answered.
    pub(super) asked: u64,
    /// The number that queries can see, if it is known.
    pub(super) askable: Option<u64>,
}

/// What the answers leave open.
#[derive(Default)]
pub(super) struct Gaps {
    /// Whether something was not answered.
    pub(super) has_unanswered: bool,
    /// The number of RRsets that differ and are not kept.
    pub(super) unlisted: u64,
    /// The number of answers that show no records of the RRset.
    pub(super) unclear: u64,
    /// Some of these, in words.
    pub(super) named: Vec<String>,
    /// The number of owners whose answers vary.
    pub(super) varying: usize,
}

impl Gaps {
    /// Whether there may be differences that are not known.
    pub(super) fn are_there(&self) -> bool {
        self.has_unanswered || self.unlisted > 0 || self.unclear > 0 || self.varying > 0
    }

    /// Whether there are differences that cannot be told as records.
    pub(super) fn has_differences(&self) -> bool {
        self.unlisted > 0 || self.unclear > 0
    }
}

impl AskedRecords {
    /// Takes the records from what was answered.
    pub(super) fn new(asked: Asked) -> Self {
        let mut gaps = Gaps {
            has_unanswered: asked.has_gaps,
            unlisted: asked.wrong.unlisted.iter().sum(),
            varying: asked.computed.len() + asked.alternating.len(),
            ..Gaps::default()
        };
        let mut wrong = asked.wrong.listed;
        wrong.sort_by(|one, other| (&one.owner, one.rtype).cmp(&(&other.owner, other.rtype)));
        // A wildcard is asked for by its own name, and by a name that it answers for.
        wrong.dedup_by(|one, other| (&one.owner, one.rtype) == (&other.owner, other.rtype));
        let (mut known, mut found) = (Vec::new(), Vec::new());
        for rrset in wrong {
            match rrset {
                // Whether a name without records exists depends on the records below it.
                WrongRrset { reference: None, answer: Some(ref answer), .. } if is_denial(answer) => {}
                WrongRrset { answer: Some(ref answer), .. } => gaps.add_unclear(&rrset, answer),
                WrongRrset { reference, found: here, .. } => {
                    known.extend(reference);
                    found.extend(here);
                }
            }
        }
        Self { known, found, gaps, asked: asked.asked, askable: asked.askable }
    }
}

/// Whether an answer only denies records, in the words in which answers are described.
fn is_denial(answer: &WrongAnswer) -> bool {
    matches!(answer.content.as_str(), "no data" | "no such name")
}

impl Gaps {
    fn add_unclear(&mut self, rrset: &WrongRrset, answer: &WrongAnswer) {
        self.unclear += 1;
        if self.named.len() < MAX_NAMED {
            self.named.push(format!("{} {}: answered with {}", rrset.owner, rrset.rtype, answer.content));
        }
    }
}
