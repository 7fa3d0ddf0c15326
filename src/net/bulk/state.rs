//! What all connections of one run share.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::in_flight::SentQuery;
use super::outbox::{Abandoned, Outbox};
use super::pace::Pace;
use super::queue::{QueryQueue, QueuedQuery};
use crate::dns::answer::Answer;
use crate::dns::message::{BADVERS, FORMERR, NOTIMP, OptRecord, Question};
use crate::dns::{Name, Rtype};
use crate::net::QueryRecorder;
use crate::net::health::Health;
use crate::observe::{Failure, Transport};
use crate::plan::Target;

/// How often a query is sent that has no response, or whose connection ends because of it.
const MAX_FAILURES: u32 = 2;

/// The queries of one run, their answers, and what is known of the address.
pub(super) struct BulkState<T> {
    pub(super) target: Target,
    pub(super) transport: Transport,
    /// How long a query waits for its response.
    pub(super) timeout: Duration,
    pub(super) queue: QueryQueue<T>,
    pub(super) outbox: Outbox<T>,
    pub(super) pace: Pace,
    pub(super) health: Arc<Health>,
    pub(super) recorder: Option<Arc<dyn QueryRecorder>>,
    pub(super) edns: EdnsSupport,
    /// A question that the server has answered.
    pub(super) answered: Option<(Name, Rtype)>,
    /// How many queries are answered.
    pub(super) answers: u64,
}

/// Whether a server takes queries with EDNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EdnsSupport {
    /// Nothing is known: queries have it.
    Unknown,
    /// It has answered a query with EDNS, so that an error is about the question.
    Present,
    /// It has answered a query without EDNS that it did not answer with EDNS.
    Absent,
}

impl<T> BulkState<T> {
    /// The OPT record of a query.
    pub(super) fn opt(&self, query: &QueuedQuery<T>) -> OptRecord {
        let is_omitted = query.without_edns || self.edns == EdnsSupport::Absent;
        if is_omitted { OptRecord::Omitted } else { OptRecord::Dnssec }
    }

    /// Ends a query with its answer, or queues it again without EDNS if the answer may be about EDNS.
    pub(super) fn finish(
        &mut self,
        (mut queued, question, opt): (QueuedQuery<T>, Question, OptRecord),
        answer: Answer,
        rtt: Duration,
    ) {
        let is_edns_error = matches!(answer.rcode, FORMERR | NOTIMP | BADVERS);
        match opt {
            OptRecord::Omitted => {
                if !is_edns_error && self.edns == EdnsSupport::Unknown {
                    self.edns = EdnsSupport::Absent;
                }
            }
            _ if is_edns_error => {
                queued.without_edns = true;
                return self.queue.push_front(queued);
            }
            _ => self.edns = EdnsSupport::Present,
        }
        self.answers += 1;
        self.answered.get_or_insert((question.qname, question.qtype));
        self.record(&Ok(rtt));
        self.outbox.push(queued.query, Ok(answer));
    }

    /// Returns a query that has no response, to be queued again, or fails it if that has happened before.
    pub(super) fn retry(&mut self, sent: SentQuery<T>, failure: &Failure) -> Option<QueuedQuery<T>> {
        let mut queued = sent.queued;
        queued.failures += 1;
        if queued.failures < MAX_FAILURES {
            return Some(queued);
        }
        let failure = sent.mismatch.map_or_else(|| failure.clone(), Failure::from);
        self.fail(queued, failure);
        None
    }

    /// Fails a query that was sent.
    pub(super) fn fail(&mut self, queued: QueuedQuery<T>, failure: Failure) {
        let failure = match queued.over_udp {
            // A signature error tells more than the failure of UDP.
            Some(over_udp) if !matches!(failure, Failure::Tsig(_)) => over_udp,
            _ => failure,
        };
        self.record(&Err(failure.clone()));
        self.outbox.push(queued.query, Err(failure));
    }

    /// Fails all queries that the caller has handed over, and takes no more of them.
    pub(super) async fn fail_all(&mut self, failure: &Failure) -> Result<(), Abandoned> {
        self.queue.close().await;
        while let Some(queued) = self.queue.pop() {
            self.outbox.push(queued.query, Err(failure.clone()));
            if self.outbox.is_full() {
                self.outbox.send().await?;
            }
        }
        self.flush().await
    }

    /// Hands on the answers that are left.
    pub(super) async fn flush(&mut self) -> Result<(), Abandoned> {
        if self.outbox.is_empty() { Ok(()) } else { self.outbox.send().await }
    }

    /// How many queries may be sent now, of `room` at most.
    pub(super) fn admit(&mut self, room: usize, now: Instant) -> usize {
        if self.outbox.is_full() {
            return 0;
        }
        self.pace.admit(room.min(self.queue.len()), now)
    }

    fn record(&self, outcome: &Result<Duration, Failure>) {
        if let Some(recorder) = &self.recorder {
            recorder.record_query(&self.target, self.transport, outcome.as_ref().map(|rtt| *rtt));
        }
    }
}
