//! The SOA question with everything that may come in its way.
//!
//! UDP with EDNS first. TCP when the answer was cut or may be forged, or when two datagrams brought
//! nothing; plain DNS when the server does not take EDNS.

use std::pin::pin;
use std::time::{Duration, Instant};

use super::udp::OverUdp;
use super::{Exchanged, tcp, udp};
use crate::dns::message::{Answer, BADVERS, FORMERR, NOTIMP, Question, WithEdns};
use crate::dns::{Name, Rtype};
use crate::observe::{Datagrams, Failure, Reply, Transport};
use crate::plan::Target;

/// Asks for the SOA; says beside the reply what became of the datagrams.
pub(super) async fn soa(
    timeout: Duration,
    target: &Target,
    zone: &Name,
    over: Transport,
) -> (Result<Reply, Failure>, Datagrams) {
    let (exchanged, datagrams) = exchange(timeout, target, (zone, Rtype::SOA), over).await;
    let reply = exchanged.map(|Exchanged { answer, transport, rtt }| Reply::new(answer, transport, rtt));
    (reply, datagrams)
}

/// Asks with EDNS, and without it if the server says that it does not know what that is.
pub(super) async fn exchange(
    timeout: Duration,
    target: &Target,
    (zone, rtype): (&Name, Rtype),
    over: Transport,
) -> (Result<Exchanged, Failure>, Datagrams) {
    let begun = Instant::now();
    let asking = |with_edns| {
        let question = Question { id: rand::random(), zone: zone.clone(), rtype };
        async move {
            match over {
                Transport::Udp => over_both(timeout, target, &question, with_edns).await,
                Transport::Tcp => {
                    let answer = tcp::exchange(timeout, target, &question, with_edns).await;
                    (answer.map(|answer| (answer, Transport::Tcp)), Datagrams::Unsent)
                }
            }
        }
    };
    let mut outcome = asking(WithEdns::Yes).await;
    if let Ok((answer, _)) = &outcome.0
        && matches!(answer.rcode, FORMERR | NOTIMP | BADVERS)
    {
        outcome = asking(WithEdns::No).await;
    }
    let (answer, datagrams) = outcome;
    let exchanged = answer.map(|(answer, transport)| Exchanged { answer, transport, rtt: begun.elapsed() });
    (exchanged, datagrams)
}

type Outcome = Result<(Answer, Transport), Failure>;

/// Asks over UDP, and over TCP where UDP brings nothing or not all.
async fn over_both(
    timeout: Duration,
    target: &Target,
    question: &Question,
    with_edns: WithEdns,
) -> (Outcome, Datagrams) {
    let mut udp = pin!(udp::exchange(timeout, target, question, with_edns));
    let mut tcp = pin!(tcp::exchange(timeout, target, question, with_edns));
    let mut over_tcp = None;
    let over_udp = match tokio::time::timeout(udp::patience(timeout), &mut udp).await {
        Ok(over_udp) => over_udp,
        Err(_) => loop {
            tokio::select! {
                over_udp = &mut udp => break over_udp,
                answer = &mut tcp, if over_tcp.is_none() => over_tcp = Some(answer),
            }
        },
    };
    match over_udp {
        Ok(OverUdp { answer, repeats_spelling: true }) if !answer.header.is_truncated() => {
            return (Ok((answer, Transport::Udp)), Datagrams::Answered);
        }
        Err(Failure::FamilyUnusable) => return (Err(Failure::FamilyUnusable), Datagrams::Unanswered),
        Ok(_) | Err(_) => {}
    }
    let over_tcp = match over_tcp {
        Some(answer) => answer,
        None => tcp.await,
    };
    let datagrams = match &over_udp {
        Ok(over_udp) if is_cut(&over_udp.answer) => Datagrams::Cut,
        Ok(_) | Err(Failure::Malformed(_) | Failure::Mismatched) => Datagrams::Answered,
        Err(_) => Datagrams::Unanswered,
    };
    #[expect(clippy::match_same_arms, reason = "the order of the arms decides which failure is told")]
    let outcome = match (over_udp, over_tcp) {
        (_, Ok(answer)) => Ok((answer, Transport::Tcp)),
        // What is wrong with a signature tells more than silence.
        (_, Err(failure @ Failure::Tsig(_))) => Err(failure),
        (Ok(over_udp), Err(_)) if over_udp.answer.header.is_truncated() => Err(Failure::Truncated),
        // Some server does not repeat the spelling, and has no TCP: there is no better answer to be had.
        (Ok(over_udp), Err(_)) => Ok((over_udp.answer, Transport::Udp)),
        (Err(failure), Err(_)) => Err(failure),
    };
    (outcome, datagrams)
}

/// Returns whether an answer says no more than that there is more.
fn is_cut(answer: &Answer) -> bool {
    answer.header.is_truncated() && answer.header.counts[1] == 0
}
