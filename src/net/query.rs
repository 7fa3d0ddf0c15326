//! The SOA question with everything that may come in its way.
//!
//! UDP with EDNS first. TCP when the answer was cut or may be forged, or when two datagrams brought
//! nothing; plain DNS when the server does not take EDNS.

use std::time::Instant;

use super::tcp::connection;
use super::tcp::shared::{Lost, PendingQuery};
use super::udp::pending::{self, OverUdp, Pending, Word};
use super::udp::pool::SourcePort;
use super::{Client, Exchanged, SignedQuery};
use crate::dns::message::{BADVERS, FORMERR, NOTIMP, OptRecord, Question, Response};
use crate::dns::{Name, Rtype};
use crate::observe::{Failure, Transport, UdpOutcome};
use crate::plan::Target;

/// How a question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryOptions {
    /// Whether in datagrams first, or over a connection alone.
    pub transport: Transport,
    /// Whether it shares its port, and its connection, with others.
    pub source_port: SourcePort,
}

/// Asks with EDNS, and without it if the server says that it does not know what that is; says beside the
/// answer what became of the datagrams.
pub(super) async fn exchange(
    asker: &Client,
    target: &Target,
    (zone, rtype): (&Name, Rtype),
    how: QueryOptions,
) -> (Result<Exchanged, Failure>, UdpOutcome) {
    let question = || Question { id: rand::random(), qname: zone.clone(), qtype: rtype };
    let asking = Asking { asker, target, port: how.source_port };
    let (outcome, datagrams) = asking.ask(question(), OptRecord::Included, how.transport).await;
    match outcome {
        Ok(exchanged) if matches!(exchanged.answer.rcode, FORMERR | NOTIMP | BADVERS) => {
            asking.ask(question(), OptRecord::Omitted, how.transport).await
        }
        outcome => (outcome, datagrams),
    }
}

/// A question on its way through whatever brings an answer.
struct Asking<'a> {
    asker: &'a Client,
    target: &'a Target,
    port: SourcePort,
}

impl Asking<'_> {
    async fn ask(
        &self,
        question: Question,
        opt: OptRecord,
        over: Transport,
    ) -> (Result<Exchanged, Failure>, UdpOutcome) {
        match over {
            Transport::Udp => self.over_both(question, opt).await,
            Transport::Tcp => (self.over_tcp(question, opt).await, UdpOutcome::NotSent),
        }
    }

    /// Asks over UDP, and over TCP where UDP brings nothing or not all; does not wait long for who has been
    /// silent for long.
    async fn over_both(
        &self,
        question: Question,
        opt: OptRecord,
    ) -> (Result<Exchanged, Failure>, UdpOutcome) {
        let asked = Pending::new(question.clone(), opt, self.target).and_then(|(pending, word)| {
            let silence = self.asker.lanes.ask(self.target, self.port, self.asker.timeout, pending)?;
            Ok((word, silence))
        });
        let (word, silence) = match asked {
            Ok(asked) => asked,
            Err(failure) => return self.after(Word::Outcome(Err(failure)), question, opt).await,
        };
        let asking = async {
            // A socket that is gone without a word is gone with the program.
            let word = word.await.unwrap_or(Word::Outcome(Err(Failure::Closed)));
            self.after(word, question, opt).await
        };
        let (outcome, datagrams) = match silence.short_timeout(self.asker.timeout) {
            None => asking.await,
            Some(patience) => tokio::time::timeout(patience, Box::pin(asking))
                .await
                .unwrap_or((Err(Failure::Timeout), UdpOutcome::Unanswered)),
        };
        silence.record(&outcome);
        (outcome, datagrams)
    }

    /// Takes what UDP brings, and asks over TCP where that is nothing or not all.
    async fn after(
        &self,
        word: Word,
        question: Question,
        opt: OptRecord,
    ) -> (Result<Exchanged, Failure>, UdpOutcome) {
        let mut over_tcp = None;
        let over_udp = match word {
            Word::Outcome(outcome) => outcome,
            Word::Overdue(mut outcome) => {
                let mut tcp = Box::pin(self.over_tcp(question.clone(), opt));
                loop {
                    tokio::select! {
                        outcome = &mut outcome => break outcome.unwrap_or(Err(Failure::Closed)),
                        answer = &mut tcp, if over_tcp.is_none() => {
                            let answered = answer.is_ok();
                            over_tcp = Some(answer);
                            if answered {
                                break Err(Failure::Timeout);
                            }
                        }
                    }
                }
            }
        };
        match over_udp {
            Ok(OverUdp { answer, echoes_case: true, sent, rtt }) if !answer.header.is_truncated() => {
                let exchanged = Exchanged { answer, transport: Transport::Udp, sent, rtt };
                return (Ok(exchanged), UdpOutcome::Answered);
            }
            Err(Failure::FamilyUnusable) => return (Err(Failure::FamilyUnusable), UdpOutcome::Unanswered),
            Ok(_) | Err(_) => {}
        }
        let over_tcp = match over_tcp {
            Some(answer) => answer,
            None => Box::pin(self.over_tcp(question, opt)).await,
        };
        (told(&over_udp, over_tcp), fate(&over_udp))
    }

    /// Asks over TCP: on the connection that is shared, or on one of its own.
    async fn over_tcp(&self, question: Question, opt: OptRecord) -> Result<Exchanged, Failure> {
        let sent = Instant::now();
        let exchanged = |answer| Exchanged { answer, transport: Transport::Tcp, sent, rtt: sent.elapsed() };
        if self.port == SourcePort::Shared {
            let wire = SignedQuery::new(&question, opt, self.target, |_| {})?;
            let (call, answer) = PendingQuery::new(question.clone(), wire);
            self.asker.lanes.call(self.target, self.asker.timeout, call);
            match answer.await.unwrap_or(Err(Lost::CutOff)) {
                Ok(answer) => return Ok(exchanged(answer)),
                Err(Lost::Told(failure)) => return Err(failure),
                Err(Lost::CutOff) => {}
            }
        }
        connection::exchange(self.asker.timeout, self.target, &question, opt).await.map(exchanged)
    }
}

/// Returns what became of the datagrams of a question that they did not answer for good.
fn fate(over_udp: &pending::Outcome) -> UdpOutcome {
    match over_udp {
        Ok(over_udp) if is_cut(&over_udp.answer) => UdpOutcome::Truncated,
        Ok(_) | Err(Failure::Malformed(_) | Failure::Mismatched) => UdpOutcome::Answered,
        Err(_) => UdpOutcome::Unanswered,
    }
}

/// Returns what to tell when UDP brought nothing for good.
fn told(over_udp: &pending::Outcome, over_tcp: Result<Exchanged, Failure>) -> Result<Exchanged, Failure> {
    match (over_udp, over_tcp) {
        (_, Ok(exchanged)) => Ok(exchanged),
        // What is wrong with a signature tells more than silence.
        (_, Err(failure @ Failure::Tsig(_))) => Err(failure),
        (Ok(OverUdp { answer, .. }), Err(_)) if answer.header.is_truncated() => Err(Failure::Truncated),
        (Ok(OverUdp { answer, sent, rtt, .. }), Err(_)) => {
            // Some server does not repeat the spelling, and has no TCP: there is no better answer to be had.
            let (answer, transport) = (answer.clone(), Transport::Udp);
            Ok(Exchanged { answer, transport, sent: *sent, rtt: *rtt })
        }
        (Err(failure), Err(_)) => Err(failure.clone()),
    }
}

/// Returns whether an answer says no more than that there is more.
fn is_cut(answer: &Response) -> bool {
    answer.header.is_truncated() && answer.header.counts[1] == 0
}
