//! The answers on their way to the caller.

use tokio::sync::mpsc;

use crate::dns::answer::Answer;
use crate::observe::Failure;

/// The number of answers that are handed on at once while more keep coming.
const BATCH_LEN: usize = 64;

/// As many answers may wait for the caller before no more queries are sent.
const MAX_WAITING: usize = 256;

/// The length of all their messages may be as much.
const MAX_WAITING_BYTES: usize = 1024 * 1024;

/// Queries, each with its answer, or why there is none.
pub(in crate::net) type Answered<T> = Vec<(T, Result<Answer, Failure>)>;

/// The caller has dropped its receiver.
#[derive(Debug)]
pub(super) struct Abandoned;

/// The answers that wait for the caller.
#[derive(Debug)]
pub(super) struct Outbox<T> {
    sender: mpsc::Sender<Answered<T>>,
    waiting: Answered<T>,
    bytes: usize,
}

impl<T> Outbox<T> {
    pub(super) fn new(sender: mpsc::Sender<Answered<T>>) -> Self {
        Self { sender, waiting: Vec::new(), bytes: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether so many answers wait that no more queries are to be sent.
    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() >= MAX_WAITING || self.bytes >= MAX_WAITING_BYTES
    }

    pub(super) fn push(&mut self, query: T, result: Result<Answer, Failure>) {
        self.bytes += result.as_ref().map_or(0, |answer| answer.bytes);
        self.waiting.push((query, result));
        if self.waiting.len() >= BATCH_LEN
            && let Ok(permit) = self.sender.try_reserve()
        {
            self.bytes = 0;
            permit.send(std::mem::take(&mut self.waiting));
        }
    }

    /// Hands on all answers when the caller has room for them; with none, waits until the caller is gone.
    ///
    /// Cancel safe: answers stay here if the future is dropped.
    pub(super) async fn send(&mut self) -> Result<(), Abandoned> {
        if self.waiting.is_empty() {
            self.sender.closed().await;
            return Err(Abandoned);
        }
        let permit = self.sender.reserve().await.map_err(|_| Abandoned)?;
        self.bytes = 0;
        permit.send(std::mem::take(&mut self.waiting));
        Ok(())
    }
}
