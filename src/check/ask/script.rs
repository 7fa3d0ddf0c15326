//! Questions on their way to a reference that gives no copy, and its answers.

use tokio::sync::mpsc;

use super::conversation::BATCH;
use crate::dns::answer::Answer;
use crate::dns::{Name, Rtype};
use crate::net::BulkQuery;
use crate::observe::Failure;

/// A question without an answer that is known before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OpenQuestion(pub(super) Name, pub(super) Rtype);

impl BulkQuery for OpenQuestion {
    fn question(&self) -> (&Name, Rtype) {
        (&self.0, self.1)
    }
}

/// A question with its answer.
pub(super) type OpenAnswer = (OpenQuestion, Result<Answer, Failure>);

/// The two ends of a conversation with a reference.
pub(super) struct Script {
    pub(super) to_reference: mpsc::Sender<Vec<OpenQuestion>>,
    pub(super) from_reference: mpsc::UnboundedReceiver<OpenAnswer>,
}

impl Script {
    /// Asks questions, and hands over the answers; `None` if the conversation has ended.
    pub(super) async fn ask(
        &mut self,
        questions: Vec<(Name, Rtype)>,
        mut answered: impl FnMut(OpenAnswer),
    ) -> Option<()> {
        let is_soa = |(_, rtype): &(Name, Rtype)| *rtype == Rtype::SOA;
        let mut rest = questions.into_iter().filter(|question| !is_soa(question)).peekable();
        while rest.peek().is_some() {
            let batch: Vec<OpenQuestion> =
                rest.by_ref().take(BATCH).map(|(owner, rtype)| OpenQuestion(owner, rtype)).collect();
            let count = batch.len();
            self.send(batch).await?;
            for _ in 0..count {
                answered(self.receive().await?);
            }
        }
        Some(())
    }

    /// Sends questions; `None` if the conversation has ended.
    pub(super) async fn send(&self, questions: Vec<OpenQuestion>) -> Option<()> {
        self.to_reference.send(questions).await.ok()
    }

    /// Waits for the answer to a question that was sent; `None` if the conversation has ended.
    pub(super) async fn receive(&mut self) -> Option<OpenAnswer> {
        self.from_reference.recv().await
    }
}
