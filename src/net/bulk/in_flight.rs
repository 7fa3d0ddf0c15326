//! The queries that were sent on one connection and have no response yet.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use super::queue::QueuedQuery;
use crate::dns::Mismatch;
use crate::dns::message::{OptRecord, Question};
use crate::net::SignedQuery;

/// The length at which the order of sending is rid of queries that have ended.
const MAX_ORDER_LEN: usize = 8192;

/// A query that was sent.
#[derive(Debug)]
pub(super) struct SentQuery<T> {
    pub(super) queued: QueuedQuery<T>,
    pub(super) question: Question,
    pub(super) opt: OptRecord,
    pub(super) signed: SignedQuery,
    pub(super) sent: Instant,
    /// Its place in the order of sending.
    pub(super) number: u64,
    /// Why the last message with its id was not its response.
    pub(super) mismatch: Option<Mismatch>,
}

/// The queries in flight, by id and in the order of sending.
#[derive(Debug)]
pub(super) struct InFlight<T> {
    by_id: HashMap<u16, SentQuery<T>>,
    /// The number and the id of each, and of some that have ended.
    order: VecDeque<(u64, u16)>,
    /// The number of the next query.
    next_number: u64,
    /// Queries with lower numbers than this were sent before one that is answered.
    overtaken: u64,
}

impl<T> InFlight<T> {
    pub(super) fn new() -> Self {
        Self { by_id: HashMap::new(), order: VecDeque::new(), next_number: 0, overtaken: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// The number of the next query.
    pub(super) fn next_number(&self) -> u64 {
        self.next_number
    }

    /// Draws an id that no query in flight has, nor the probe.
    pub(super) fn free_id(&self, probe: Option<u16>) -> u16 {
        loop {
            let id = rand::random();
            if !self.by_id.contains_key(&id) && probe != Some(id) {
                return id;
            }
        }
    }

    /// Adds the next query; its number is [`InFlight::next_number`].
    pub(super) fn insert(&mut self, query: SentQuery<T>) {
        if self.order.len() >= MAX_ORDER_LEN {
            let by_id = &self.by_id;
            self.order.retain(|(number, id)| by_id.get(id).is_some_and(|query| query.number == *number));
        }
        self.order.push_back((query.number, query.question.id));
        self.next_number = query.number + 1;
        self.by_id.insert(query.question.id, query);
    }

    pub(super) fn get_mut(&mut self, id: u16) -> Option<&mut SentQuery<T>> {
        self.by_id.get_mut(&id)
    }

    /// Takes out a query that is answered.
    pub(super) fn remove_answered(&mut self, id: u16) -> Option<SentQuery<T>> {
        let query = self.by_id.remove(&id)?;
        self.overtaken = self.overtaken.max(query.number);
        Some(query)
    }

    /// The query that was sent first.
    pub(super) fn oldest(&mut self) -> Option<&SentQuery<T>> {
        while let Some((number, id)) = self.order.front() {
            if self.by_id.get(id).is_some_and(|query| query.number == *number) {
                let id = *id;
                return self.by_id.get(&id);
            }
            self.order.pop_front();
        }
        None
    }

    /// Takes out a query that was sent at this time or before, if a later one is answered already.
    pub(super) fn remove_overtaken(&mut self, sent: Instant) -> Option<SentQuery<T>> {
        let overtaken = self.overtaken;
        let id = self.oldest().filter(|query| query.sent <= sent && query.number < overtaken)?.question.id;
        self.by_id.remove(&id)
    }

    /// How long the oldest query has been in flight, and whether a later one is answered already.
    pub(super) fn oldest_age(&mut self, now: Instant) -> Option<(Duration, bool)> {
        let overtaken = self.overtaken;
        let oldest = self.oldest()?;
        Some((now.saturating_duration_since(oldest.sent), oldest.number < overtaken))
    }

    /// Takes out all queries, in the order of sending.
    pub(super) fn take_all(&mut self) -> Vec<SentQuery<T>> {
        self.order.clear();
        let mut queries: Vec<SentQuery<T>> = self.by_id.drain().map(|(_, query)| query).collect();
        queries.sort_unstable_by_key(|query| query.number);
        queries
    }
}
