//! A reference that gives no copy: it is asked what it has.

use std::collections::BTreeSet;
use std::time::Instant;

use tokio::sync::mpsc;

use super::conversation::{BracketingSoa, Conversation};
use super::list::RrsetList;
use crate::dns::answer::{Answer, AnswerContent};
use crate::dns::message::{NOERROR, NXDOMAIN};
use crate::dns::{Name, Rrset, Rtype};
use crate::net::BulkQuery;
use crate::observe::{Asked, AskedAttempt, Failure, TimeSpan, Transport, WrongRrsetList};
use crate::plan::Plan;
use crate::plan::queries::{ExpectedAnswer, RrsetQuery, apex_questions, name_questions, target_questions};

/// The most questions in one batch.
const BATCH: usize = 64;

/// A question without an answer that is known before.
struct OpenQuestion(Name, Rtype);

impl BulkQuery for OpenQuestion {
    fn question(&self) -> (&Name, Rtype) {
        (&self.0, self.1)
    }
}

type OpenAnswer = (OpenQuestion, Result<Answer, Failure>);

/// Asks a reference what it has.
pub(super) struct Interview<'a> {
    pub(super) conversation: Conversation<'a>,
    pub(super) plan: &'a Plan,
    /// When the spans of the evidence start.
    pub(super) started: Instant,
}

/// The questions of an interview on their way to the reference, and its answers.
struct Script {
    to_reference: mpsc::Sender<Vec<OpenQuestion>>,
    from_reference: mpsc::UnboundedReceiver<OpenAnswer>,
}

/// What the reference has answered.
#[derive(Default)]
struct Transcript {
    queries: Vec<RrsetQuery>,
    known: BTreeSet<(Vec<u8>, Rtype)>,
    records: u64,
    bytes: u64,
}

impl Interview<'_> {
    /// Asks for what every zone has at its apex, for the addresses that this names, and for the names that the user
    /// gave. The answers are a list for others.
    pub(super) async fn hold(mut self) -> Result<(RrsetList, AskedAttempt), Failure> {
        let start = self.started.elapsed();
        let mut held = self.hold_over_transport().await;
        if matches!(&held, Err(Failure::ConnectionRefused | Failure::Timeout | Failure::Closed)) {
            self.conversation.transport = Transport::Udp;
            held = self.hold_over_transport().await.or(held);
        }
        let (transcript, BracketingSoa { soa, ttl }) = held?;
        let span = TimeSpan { start, end: self.started.elapsed() };
        let asked = Asked {
            span,
            soa: soa.clone(),
            soa_ttl: ttl,
            asked: transcript.queries.iter().map(RrsetQuery::rrsets).sum::<u64>() + 1,
            askable: None,
            records: transcript.records + 1,
            bytes: transcript.bytes,
            duration: span.end.saturating_sub(start),
            wrong: WrongRrsetList::default(),
            drawn: None,
            computed: Vec::new(),
            alternating: Vec::new(),
        };
        let list = RrsetList::of_answers(transcript.queries, soa);
        Ok((list, AskedAttempt { span, asked: Ok(asked) }))
    }

    async fn hold_over_transport(&self) -> Result<(Transcript, BracketingSoa), Failure> {
        let (to_reference, queries) = mpsc::channel(1);
        let (answers, from_reference) = mpsc::unbounded_channel();
        let script = Script { to_reference, from_reference };
        let answered = |question, answer| drop(answers.send((question, answer)));
        let (held, transcript) = tokio::join!(self.conversation.hold(queries, answered), self.follow(script));
        Ok((transcript, held?))
    }

    /// Asks one question after the other, as the answers suggest.
    async fn follow(&self, mut script: Script) -> Transcript {
        let zone = &self.plan.zone;
        let mut transcript = Transcript::default();
        let mut questions = apex_questions(zone);
        questions.extend(name_questions(zone, &self.plan.rules.names));
        script.ask(&mut transcript, questions).await;
        let rrsets = transcript.queries.iter().filter_map(|query| match &query.expected {
            ExpectedAnswer::Rrset(rrset) => Some(rrset.clone()),
            _ => None,
        });
        let questions = target_questions(zone, &rrsets.collect::<Vec<_>>());
        script.ask(&mut transcript, questions).await;
        transcript
    }
}

impl Script {
    async fn ask(&mut self, transcript: &mut Transcript, questions: Vec<(Name, Rtype)>) {
        let is_soa = |(_, rtype): &(Name, Rtype)| *rtype == Rtype::SOA;
        let mut rest = questions.into_iter().filter(|question| !is_soa(question)).peekable();
        while rest.peek().is_some() {
            let batch: Vec<OpenQuestion> =
                rest.by_ref().take(BATCH).map(|(owner, rtype)| OpenQuestion(owner, rtype)).collect();
            let count = batch.len();
            if self.to_reference.send(batch).await.is_err() {
                return;
            }
            for _ in 0..count {
                let Some((question, answer)) = self.from_reference.recv().await else { return };
                if let Ok(answer) = answer {
                    transcript.take_in(question, answer);
                }
            }
        }
    }
}

impl Transcript {
    fn take_in(&mut self, OpenQuestion(qname, qtype): OpenQuestion, answer: Answer) {
        self.bytes += answer.bytes as u64;
        let Some(query) = required(qname, qtype, answer) else { return };
        let rrsets = match &query.expected {
            ExpectedAnswer::Rrset(rrset) | ExpectedAnswer::Synthesized(rrset) => vec![rrset],
            ExpectedAnswer::Referral { ns, glue } => std::iter::once(ns).chain(glue).collect(),
            ExpectedAnswer::NoData | ExpectedAnswer::NxDomain => Vec::new(),
        };
        let records = |rrset: &&Rrset| (rrset.records.len() + rrset.signatures.len()) as u64;
        self.records += rrsets.iter().map(records).sum::<u64>();
        // An alias answers queries for every type, and a delegation those for every name below it.
        if self.known.insert((query.qname.as_wire().to_vec(), query.qtype)) {
            self.queries.push(query);
        }
    }
}

/// The query that others must answer as the reference has.
fn required(qname: Name, qtype: Rtype, answer: Answer) -> Option<RrsetQuery> {
    if answer.truncated {
        return None;
    }
    let Answer { rcode, authoritative, content, .. } = answer;
    let (qname, qtype, expected) = match content {
        AnswerContent::Rrset(rrset) if authoritative => (qname, qtype, ExpectedAnswer::Rrset(rrset)),
        AnswerContent::Alias(rrset) if authoritative => (qname, Rtype::CNAME, ExpectedAnswer::Rrset(rrset)),
        AnswerContent::Referral { ns, glue } if !authoritative => {
            (ns.owner.clone(), Rtype::NS, ExpectedAnswer::Referral { ns, glue })
        }
        AnswerContent::Nothing { .. } if authoritative && rcode == NOERROR => {
            (qname, qtype, ExpectedAnswer::NoData)
        }
        AnswerContent::Nothing { .. } if authoritative && rcode == NXDOMAIN => {
            (qname, qtype, ExpectedAnswer::NxDomain)
        }
        AnswerContent::Rrset(_)
        | AnswerContent::Alias(_)
        | AnswerContent::Redirected(_)
        | AnswerContent::Referral { .. }
        | AnswerContent::Nothing { .. } => return None,
    };
    Some(RrsetQuery { qname, qtype, expected })
}
