//! A query over UDP: when it is sent, and which datagram is its response.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::dns::message::{
    FORMERR, NOTIMP, OptRecord, Question, Response, echoes_case, has_question, randomize_case,
};
use crate::dns::wire::Scratch;
use crate::dns::{Mismatch, Rtype};
use crate::net::SignedQuery;
use crate::observe::Failure;
use crate::plan::Target;

/// How often a query is sent.
pub(in crate::net) const MAX_SENDS: u32 = 3;

/// A response over UDP: it repeats the random case of the QNAME, which a forger does not know, unless it is an error
/// without a question in response to EDNS.
#[derive(Debug)]
pub(in crate::net) struct UdpResponse {
    pub(in crate::net) response: Response,
    /// When the query was sent first.
    pub(in crate::net) sent: Instant,
    /// The time from then to the response.
    pub(in crate::net) rtt: Duration,
}

/// The result of a query over UDP.
pub(in crate::net) type UdpResult = Result<UdpResponse, Failure>;

/// How far a query over UDP has come.
#[derive(Debug)]
pub(in crate::net) enum UdpProgress {
    /// It has ended.
    Done(UdpResult),
    /// It was sent for the last time, without a response so far.
    RetriesExhausted {
        /// Gets the result.
        result: oneshot::Receiver<UdpResult>,
        /// Whether there was a response without the random case.
        is_case_lost: bool,
    },
}

/// Gets the progress of a query, and when it was sent first.
pub(in crate::net) type ProgressReceiver = oneshot::Receiver<(UdpProgress, Instant)>;

/// What the caller waits for.
#[derive(Debug)]
enum Caller {
    AwaitsProgress(oneshot::Sender<(UdpProgress, Instant)>),
    AwaitsResult(oneshot::Sender<UdpResult>),
    Gone,
}

/// What to do with a query whose time is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeoutAction {
    /// Send it again.
    Resend,
    /// Drop it: it has ended, or its caller is gone.
    Drop,
}

/// A query that waits to be sent, or for its response.
#[derive(Debug)]
pub(in crate::net) struct PendingUdpQuery {
    question: Question,
    opt: OptRecord,
    query: SignedQuery,
    caller: Caller,
    sends: u32,
    first_sent: Instant,
    /// When it is to be sent again, or fails.
    deadline: Instant,
    /// When it fails at the latest; `None`: the timeout after it was sent first.
    latest: Option<Instant>,
    /// The failure if no response comes.
    last_failure: Failure,
    /// Whether there was a response without the random case: the server may not preserve it, or another host sent it.
    is_case_lost: bool,
    /// An error without a question, as old servers send it in response to EDNS; a response may still come.
    edns_error: Option<UdpResponse>,
}

impl PendingUdpQuery {
    /// Makes a query with a QNAME in random case; the receiver gets its progress, and when it was sent first.
    pub(in crate::net) fn new(
        question: Question,
        opt: OptRecord,
        target: &Target,
        latest: Option<Instant>,
    ) -> Result<(Box<Self>, ProgressReceiver), Failure> {
        let mut wire = question.to_wire(opt);
        randomize_case(&mut wire, rand::random());
        let query = SignedQuery::new(wire, target)?;
        let (sender, receiver) = oneshot::channel();
        let now = Instant::now();
        let pending = Self {
            question,
            opt,
            query,
            caller: Caller::AwaitsProgress(sender),
            sends: 0,
            first_sent: now,
            deadline: now,
            latest,
            last_failure: Failure::Timeout,
            is_case_lost: false,
            edns_error: None,
        };
        Ok((Box::new(pending), receiver))
    }

    pub(super) fn id(&self) -> u16 {
        self.question.id
    }

    /// The message to be sent.
    pub(super) fn wire(&self) -> &[u8] {
        &self.query.wire
    }

    /// When the query is to be sent again, or fails.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Whether it counts against the window; after its last retry it keeps no other query waiting.
    pub(super) fn occupies_window(&self) -> bool {
        matches!(self.caller, Caller::AwaitsProgress(_))
    }

    /// Whether the caller no longer waits for it.
    fn is_abandoned(&self) -> bool {
        match &self.caller {
            Caller::AwaitsProgress(sender) => sender.is_closed(),
            Caller::AwaitsResult(sender) => sender.is_closed(),
            Caller::Gone => true,
        }
    }

    /// The time from query to response, if the query was sent once.
    pub(super) fn rtt_sample(&self, now: Instant) -> Option<Duration> {
        (self.sends == 1).then(|| now.saturating_duration_since(self.first_sent))
    }

    /// Counts a send and sets the deadline: each wait is longer by `wait`, and all end with the `timeout`.
    pub(super) fn mark_sent(&mut self, now: Instant, wait: Duration, timeout: Duration) {
        if self.sends == 0 {
            self.first_sent = now;
        }
        self.sends += 1;
        let is_last = self.sends == MAX_SENDS;
        let latest = self.latest.unwrap_or(self.first_sent + timeout);
        self.deadline = if is_last { latest } else { latest.min(now + wait * self.sends) };
        if is_last {
            self.report_exhausted();
        }
    }

    /// Shortens the wait, where the round-trip time was not known when the query was sent.
    pub(super) fn shorten_wait(&mut self, now: Instant, wait: Duration) {
        if self.sends < MAX_SENDS {
            self.deadline = self.deadline.min(now + wait);
        }
    }

    /// Tells the caller that the last retry is sent, so that it can try another transport.
    fn report_exhausted(&mut self) {
        if let Caller::AwaitsProgress(caller) = std::mem::replace(&mut self.caller, Caller::Gone) {
            let (sender, receiver) = oneshot::channel();
            let progress =
                UdpProgress::RetriesExhausted { result: receiver, is_case_lost: self.is_case_lost };
            if caller.send((progress, self.first_sent)).is_ok() {
                self.caller = Caller::AwaitsResult(sender);
            }
        }
    }

    /// Takes a datagram as the response; returns whether it is one that can be trusted.
    pub(super) fn accept(&mut self, message: &[u8], now: Instant, scratch: &mut Scratch) -> bool {
        let sent = self.first_sent;
        let rtt = now.saturating_duration_since(sent);
        match Response::parse_with(message, &self.question, scratch) {
            // Whoever guesses the id can send a header. It is no reason for more than a query without EDNS.
            Ok(Some(response)) if !has_question(message) && self.query.verifier.is_none() => {
                self.last_failure = Mismatch::NoQuestion.into();
                if self.opt != OptRecord::Omitted && matches!(response.rcode, FORMERR | NOTIMP) {
                    self.edns_error = Some(UdpResponse { response, sent, rtt });
                }
            }
            Ok(Some(response)) if echoes_case(&self.query.wire, message) => {
                // A truncated response is not used but asked for again over TCP.
                let is_truncated = response.header.is_truncated();
                let verified = if is_truncated { Ok(()) } else { self.query.verify_single(message) };
                match verified {
                    Ok(()) => {
                        self.finish(Ok(UdpResponse { response, sent, rtt }));
                        return true;
                    }
                    Err(error) => self.last_failure = error.into(),
                }
            }
            Ok(Some(response)) => {
                // A response that is wrong in any case is as good as none.
                self.is_case_lost |= self.question.qtype != Rtype::SOA || response.soa().is_some();
                self.last_failure = Mismatch::LetterCase.into();
            }
            Ok(None) => self.last_failure = Mismatch::of(message, &self.question).into(),
            Err(malformed) => self.last_failure = Failure::Malformed(malformed.to_string()),
        }
        false
    }

    /// Ends the query at its deadline, or has it sent again.
    pub(super) fn on_timeout(&mut self) -> TimeoutAction {
        if let Some(error) = self.edns_error.take() {
            self.finish(Ok(error));
            return TimeoutAction::Drop;
        }
        // A retry does not mend a wrong signature.
        if self.sends >= MAX_SENDS || matches!(self.last_failure, Failure::Tsig(_)) {
            self.fail(self.last_failure.clone());
            return TimeoutAction::Drop;
        }
        if self.is_case_lost {
            // The next time is the last: TCP tells sooner whether the server does not preserve the case.
            self.sends = MAX_SENDS - 1;
        }
        if self.is_abandoned() { TimeoutAction::Drop } else { TimeoutAction::Resend }
    }

    /// Ends the query with a failure.
    pub(super) fn fail(&mut self, failure: Failure) {
        self.finish(Err(failure));
    }

    fn finish(&mut self, result: UdpResult) {
        // Sending fails if the caller no longer waits.
        match std::mem::replace(&mut self.caller, Caller::Gone) {
            Caller::AwaitsProgress(sender) => drop(sender.send((UdpProgress::Done(result), self.first_sent))),
            Caller::AwaitsResult(sender) => drop(sender.send(result)),
            Caller::Gone => {}
        }
    }
}
