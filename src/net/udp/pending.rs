//! A question in datagrams: what is sent, and what counts as its answer.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::dns::message::{OptRecord, Question, Response, echoes_case, randomize_case};
use crate::dns::wire::Scratch;
use crate::net::SignedQuery;
use crate::observe::Failure;
use crate::plan::Target;

/// How often a question is sent.
const MOST_SENDS: u32 = 3;

/// An answer, and whether it can be believed.
#[derive(Debug)]
pub(crate) struct OverUdp {
    pub(crate) answer: Response,
    /// Whether the answer repeats the question letter by letter, as one that was forged would not.
    pub(crate) echoes_case: bool,
    /// When the question was sent first.
    pub(crate) sent: Instant,
    /// From then to the answer.
    pub(crate) rtt: Duration,
}

/// What came of a question in datagrams.
pub(crate) type Outcome = Result<OverUdp, Failure>;

/// What is said to whoever asked.
#[derive(Debug)]
pub(crate) enum Word {
    /// It is over.
    Outcome(Outcome),
    /// It was sent as often as it is, and nothing came yet; the outcome still may.
    Overdue(oneshot::Receiver<Outcome>),
}

/// Who waits for a question.
#[derive(Debug)]
enum Waiting {
    ForWord(oneshot::Sender<Word>),
    ForOutcome(oneshot::Sender<Outcome>),
    Nobody,
}

/// A question on its way.
#[derive(Debug)]
pub(crate) struct Pending {
    question: Question,
    sent: SignedQuery,
    waiting: Waiting,
    sends: u32,
    /// When it was sent first.
    begun: Instant,
    /// When it is sent again, or given up.
    due: Instant,
    /// What came that was no answer, or that nothing came.
    failure: Failure,
    /// An answer that does not repeat the spelling; a better one may still come.
    misspelled: Option<OverUdp>,
}

/// What is to be done with a question whose time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Send it again.
    Send,
    /// Forget it: whoever asked knows.
    Forget,
}

impl Pending {
    /// Puts a question into octets, in a spelling of its own; the receiver gets the word on it.
    pub(crate) fn new(
        question: Question,
        opt: OptRecord,
        target: &Target,
    ) -> Result<(Box<Self>, oneshot::Receiver<Word>), Failure> {
        let sent = SignedQuery::new(&question, opt, target, |wire| randomize_case(wire, rand::random()))?;
        let (sender, receiver) = oneshot::channel();
        let now = Instant::now();
        let pending = Self {
            question,
            sent,
            waiting: Waiting::ForWord(sender),
            sends: 0,
            begun: now,
            due: now,
            failure: Failure::Timeout,
            misspelled: None,
        };
        Ok((Box::new(pending), receiver))
    }

    pub(crate) fn id(&self) -> u16 {
        self.question.id
    }

    /// Returns the message to be sent.
    pub(crate) fn wire(&self) -> &[u8] {
        &self.sent.wire
    }

    /// Returns when it is sent again, or given up.
    pub(crate) fn due(&self) -> Instant {
        self.due
    }

    /// Returns whether it still counts as under way; what is overdue does not keep others from being sent.
    pub(crate) fn is_under_way(&self) -> bool {
        matches!(self.waiting, Waiting::ForWord(_))
    }

    /// Returns whether nobody waits for it any more.
    pub(crate) fn is_forsaken(&self) -> bool {
        match &self.waiting {
            Waiting::ForWord(waiting) => waiting.is_closed(),
            Waiting::ForOutcome(waiting) => waiting.is_closed(),
            Waiting::Nobody => true,
        }
    }

    /// Returns how long the answer took, if the question was sent once.
    pub(crate) fn round_trip(&self, now: Instant) -> Option<Duration> {
        (self.sends == 1).then(|| now.saturating_duration_since(self.begun))
    }

    /// Takes in that it was sent: each time it waits twice as long, the last time for the whole `timeout`.
    pub(crate) fn was_sent(&mut self, now: Instant, wait: Duration, timeout: Duration) {
        if self.sends == 0 {
            self.begun = now;
        }
        self.sends += 1;
        let last = self.sends == MOST_SENDS;
        self.due = now + if last { timeout } else { wait * self.sends };
        if last {
            self.overdue();
        }
    }

    /// Takes in how long to wait, where nobody knew when it was sent.
    pub(crate) fn hasten(&mut self, now: Instant, wait: Duration) {
        if self.sends < MOST_SENDS {
            self.due = self.due.min(now + wait);
        }
    }

    /// Tells whoever asked that it may be time to try something else.
    fn overdue(&mut self) {
        if let Waiting::ForWord(waiting) = std::mem::replace(&mut self.waiting, Waiting::Nobody) {
            let (sender, receiver) = oneshot::channel();
            if waiting.send(Word::Overdue(receiver)).is_ok() {
                self.waiting = Waiting::ForOutcome(sender);
            }
        }
    }

    /// Reads a datagram with its id; returns whether it is the answer.
    pub(crate) fn hear(&mut self, message: &[u8], now: Instant, scratch: &mut Scratch) -> bool {
        let over_udp = |answer, echoes_case, begun| OverUdp {
            answer,
            echoes_case,
            sent: begun,
            rtt: now.saturating_duration_since(begun),
        };
        match Response::parse_with(message, &self.question, scratch) {
            Ok(Some(answer)) if echoes_case(&self.sent.wire, message) => {
                // Whatever was cut is asked for again over TCP, and not used.
                let verified = if answer.header.is_truncated() { Ok(()) } else { self.sent.verify(message) };
                match verified {
                    Ok(()) => {
                        self.end(Ok(over_udp(answer, true, self.begun)));
                        return true;
                    }
                    Err(failure) => self.failure = failure,
                }
            }
            Ok(Some(answer)) if self.sent.verifier.is_none() => {
                self.misspelled = Some(over_udp(answer, false, self.begun));
            }
            // What is signed repeats the question as it was signed.
            Ok(Some(_) | None) => self.failure = Failure::Mismatched,
            Err(malformed) => self.failure = Failure::Malformed(malformed.to_string()),
        }
        false
    }

    /// Decides what to do when its time has come.
    pub(crate) fn comes_due(&mut self) -> Due {
        if let Some(misspelled) = self.misspelled.take() {
            self.end(Ok(misspelled));
            return Due::Forget;
        }
        // What is wrong with a signature is not mended by asking again.
        if self.sends >= MOST_SENDS || matches!(self.failure, Failure::Tsig(_)) {
            self.fail(self.failure.clone());
            return Due::Forget;
        }
        if self.is_forsaken() { Due::Forget } else { Due::Send }
    }

    /// Ends it without an answer.
    pub(crate) fn fail(&mut self, failure: Failure) {
        self.end(Err(failure));
    }

    fn end(&mut self, outcome: Outcome) {
        // Whoever has gone does not want to know.
        match std::mem::replace(&mut self.waiting, Waiting::Nobody) {
            Waiting::ForWord(waiting) => drop(waiting.send(Word::Outcome(outcome))),
            Waiting::ForOutcome(waiting) => drop(waiting.send(outcome)),
            Waiting::Nobody => {}
        }
    }
}
