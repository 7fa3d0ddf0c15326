//! Many queries to one address about one version of the zone: its SOA before them, and after them.

use std::time::Instant;

use tokio::sync::mpsc;

use crate::dns::answer::{Answer, AnswerContent};
use crate::dns::message::NOERROR;
use crate::dns::{Name, Rtype, Soa};
use crate::net::{BulkQuery, Client};
use crate::observe::{Failure, Transport};
use crate::plan::Target;

/// The most queries in one batch.
pub(super) const BATCH: usize = 64;

/// How many batches of queries, and of answers, wait between two tasks.
pub(super) const QUEUED_BATCHES: usize = 4;

/// A query of a conversation.
enum Item<Q> {
    /// For the SOA of the zone.
    Soa(Name),
    /// Of the caller.
    Query(Q),
}

impl<Q: BulkQuery> BulkQuery for Item<Q> {
    fn question(&self) -> (&Name, Rtype) {
        match self {
            Self::Soa(zone) => (zone, Rtype::SOA),
            Self::Query(query) => query.question(),
        }
    }
}

/// A query with its answer.
type AnsweredItem<Q> = (Item<Q>, Result<Answer, Failure>);

/// Whom to ask, and how.
#[derive(Clone, Copy)]
pub(super) struct Conversation<'a> {
    pub(super) client: &'a Client,
    pub(super) target: &'a Target,
    pub(super) zone: &'a Name,
    pub(super) transport: Transport,
    /// When no more queries are sent.
    pub(super) until: Option<Instant>,
}

/// The SOA of a zone, as an address served it before and after it was asked.
#[derive(Clone, Debug)]
pub(super) struct BracketingSoa {
    pub(super) soa: Soa,
    pub(super) ttl: u32,
    /// Whether there was time to ask every query in between.
    pub(super) is_all_asked: bool,
}

impl Conversation<'_> {
    /// Returns the conversation over UDP, if this one was over TCP and failed in a way in which that may not.
    pub(super) fn over_udp_after<T>(self, outcome: &Result<T, Failure>) -> Option<Self> {
        let is_without_tcp =
            matches!(outcome, Err(Failure::ConnectionRefused | Failure::Timeout | Failure::Closed));
        let may_change = is_without_tcp && self.transport == Transport::Tcp;
        may_change.then_some(Self { transport: Transport::Udp, ..self })
    }

    /// Asks every query of a channel, and hands over each with its answer.
    ///
    /// Fails if the address does not serve one version from the first answer to the last.
    pub(super) async fn hold<Q: BulkQuery + Send + 'static>(
        self,
        queries: mpsc::Receiver<Vec<Q>>,
        answered: impl FnMut(Q, Result<Answer, Failure>),
    ) -> Result<BracketingSoa, Failure> {
        let (to_address, sent) = mpsc::channel(QUEUED_BATCHES);
        let (answers, from_address) = mpsc::channel(QUEUED_BATCHES);
        let asking = self.client.ask_many(self.target, self.transport, sent, answers);
        let talk = Talk { zone: self.zone, until: self.until, to_address, from_address };
        let (asked, talked) = tokio::join!(asking, talk.run(queries, answered));
        match (asked, talked) {
            (_, Ok(soa)) => Ok(soa),
            // Why the address cannot be asked tells more than that it was not.
            (Err(failure), Err(_)) | (Ok(()), Err(failure)) => Err(failure),
        }
    }
}

/// The caller's side of a conversation.
struct Talk<'a, Q> {
    zone: &'a Name,
    until: Option<Instant>,
    to_address: mpsc::Sender<Vec<Item<Q>>>,
    from_address: mpsc::Receiver<Vec<AnsweredItem<Q>>>,
}

impl<Q> Talk<'_, Q> {
    async fn run(
        mut self,
        queries: mpsc::Receiver<Vec<Q>>,
        answered: impl FnMut(Q, Result<Answer, Failure>),
    ) -> Result<BracketingSoa, Failure> {
        let before = self.ask_soa().await?;
        let is_all_asked = self.exchange(queries, answered).await?;
        let after = self.ask_soa().await?;
        if before.soa != after.soa {
            return Err(Failure::ChangedDuringTransfer(before.soa.serial, after.soa.serial));
        }
        Ok(BracketingSoa { is_all_asked, ..before })
    }

    async fn ask_soa(&mut self) -> Result<BracketingSoa, Failure> {
        let query = vec![Item::Soa(self.zone.clone())];
        self.to_address.send(query).await.map_err(|_| Failure::Closed)?;
        let answers = self.from_address.recv().await.ok_or(Failure::Closed)?;
        let (_, answer) = answers.into_iter().next().ok_or(Failure::Closed)?;
        soa_of(answer?)
    }

    /// Returns whether every query was asked before the time was over.
    async fn exchange(
        &mut self,
        mut queries: mpsc::Receiver<Vec<Q>>,
        mut answered: impl FnMut(Q, Result<Answer, Failure>),
    ) -> Result<bool, Failure> {
        let mut is_all_asked = true;
        let mut waiting: Option<Vec<Item<Q>>> = None;
        let (mut unanswered, mut is_open) = (0, true);
        while is_open || waiting.is_some() || unanswered > 0 {
            let over = async {
                match self.until {
                    Some(until) => tokio::time::sleep_until(until.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                batch = queries.recv(), if is_open && waiting.is_none() => match batch {
                    Some(batch) => waiting = Some(batch.into_iter().map(Item::Query).collect()),
                    None => is_open = false,
                },
                permit = self.to_address.reserve(), if waiting.is_some() => {
                    let (permit, batch) = (permit.map_err(|_| Failure::Closed)?, waiting.take().unwrap_or_default());
                    unanswered += batch.len();
                    permit.send(batch);
                }
                answers = self.from_address.recv() => {
                    for (item, answer) in answers.ok_or(Failure::Closed)? {
                        unanswered = unanswered.saturating_sub(1);
                        if let Item::Query(query) = item {
                            answered(query, answer);
                        }
                    }
                }
                () = over, if is_open => {
                    (is_open, waiting, is_all_asked) = (false, None, false);
                    queries.close();
                }
            }
        }
        Ok(is_all_asked)
    }
}

/// Takes the SOA from an answer.
fn soa_of(answer: Answer) -> Result<BracketingSoa, Failure> {
    if answer.rcode != NOERROR {
        return Err(Failure::Rcode(answer.rcode));
    }
    if !answer.authoritative {
        return Err(Failure::NotAuthoritative);
    }
    let AnswerContent::Rrset(rrset) = answer.content else { return Err(Failure::NoSoa) };
    match rrset.records.as_slice() {
        [(ttl, rdata)] => {
            let soa = Soa::from_rdata(rdata).ok_or(Failure::NoSoa)?;
            Ok(BracketingSoa { soa, ttl: *ttl, is_all_asked: true })
        }
        _ => Err(Failure::NoSoa),
    }
}
