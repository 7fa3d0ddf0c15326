//! The queries that wait to be sent.

use std::collections::VecDeque;

use tokio::sync::mpsc;

use crate::dns::{Name, Rtype};
use crate::observe::Failure;

/// One of many queries to an address, with whatever the caller needs to know of it.
pub trait BulkQuery {
    /// QNAME and QTYPE.
    fn question(&self) -> (&Name, Rtype);
}

/// A query that waits to be sent.
#[derive(Debug)]
pub(super) struct QueuedQuery<T> {
    /// The caller's query.
    pub(super) query: T,
    /// How often it was sent without a response, as far as the fault may be its own.
    pub(super) failures: u32,
    /// Whether the server has answered it with an error that may be about EDNS.
    pub(super) without_edns: bool,
    /// Why it has no answer over UDP, if it is to be sent over TCP.
    pub(super) over_udp: Option<Failure>,
}

/// The queries that wait to be sent, and those still to come from the caller.
#[derive(Debug)]
pub(super) struct QueryQueue<T> {
    waiting: VecDeque<QueuedQuery<T>>,
    receiver: mpsc::Receiver<Vec<T>>,
    is_open: bool,
    /// As many may wait before more are received.
    low_water: usize,
}

impl<T> QueryQueue<T> {
    pub(super) fn new(receiver: mpsc::Receiver<Vec<T>>, low_water: usize) -> Self {
        Self { waiting: VecDeque::new(), receiver, is_open: true, low_water }
    }

    /// Makes a queue of these queries alone.
    pub(super) fn of(waiting: VecDeque<QueuedQuery<T>>) -> Self {
        let (_, receiver) = mpsc::channel(1);
        Self { waiting, receiver, is_open: false, low_water: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether no query waits, and none can come any more.
    pub(super) fn is_finished(&self) -> bool {
        self.waiting.is_empty() && !self.is_open
    }

    /// Whether more queries are to be received.
    pub(super) fn has_room(&self) -> bool {
        self.is_open && self.waiting.len() < self.low_water
    }

    /// Waits for queries of the caller.
    ///
    /// Cancel safe: no query is lost if the future is dropped.
    pub(super) async fn receive(&mut self) {
        let received = self.receiver.recv().await;
        self.take(received);
    }

    /// Takes no more queries of the caller than its channel holds already.
    pub(super) async fn close(&mut self) {
        self.receiver.close();
        while self.is_open {
            self.receive().await;
        }
    }

    pub(super) fn pop(&mut self) -> Option<QueuedQuery<T>> {
        self.waiting.pop_front()
    }

    /// Queues a query that is to be sent again, before all others.
    pub(super) fn push_front(&mut self, query: QueuedQuery<T>) {
        self.waiting.push_front(query);
    }

    /// Queues a query that is to be sent again, behind all others.
    pub(super) fn push_back(&mut self, query: QueuedQuery<T>) {
        self.waiting.push_back(query);
    }

    fn take(&mut self, received: Option<Vec<T>>) {
        match received {
            None => self.is_open = false,
            Some(queries) => {
                let queued = |query| QueuedQuery { query, failures: 0, without_edns: false, over_udp: None };
                self.waiting.extend(queries.into_iter().map(queued));
            }
        }
    }
}
