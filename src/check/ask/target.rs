//! One address asked for the RRsets of a list.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::conversation::{BATCH, BracketingSoa, Conversation};
use super::doubts::{Doubts, Settled};
use super::keys::add_rrsets;
use super::list::RrsetList;
use crate::compare::answers::{AnswerScope, JudgedAnswer, judge};
use crate::digest::KeySet;
use crate::dns::answer::Answer;
use crate::dns::{Name, Rrset, Rtype, Soa};
use crate::net::BulkQuery;
use crate::observe::{
    Asked, AskedAttempt, DifferenceKind, DrawnNames, Failure, KeySighting, TimeSpan, WrongRrset,
    WrongRrsetList,
};
use crate::plan::queries::{Draw, RrsetQuery};

/// An answer that seems wrong is asked for once more; where the two do not agree, so often.
const MAX_ROUNDS: u32 = 7;

/// A cache in front of a server counts TTLs down by the second: so long is waited for the next one.
const NEXT_SECOND: Duration = Duration::from_millis(1100);

/// The most owners that are named of those whose answers vary.
const MAX_NAMED: usize = 100;

/// What one address is asked, and how its answers are judged.
pub(super) struct TargetAsker<'a> {
    pub(super) conversation: Conversation<'a>,
    pub(super) list: &'a RrsetList,
    /// The names that it is asked about.
    pub(super) draw: Draw,
    /// How its answers are judged, over TCP.
    pub(super) scope: AnswerScope<'a>,
    /// Whether the address must serve the serial of the list.
    pub(super) serials_count: bool,
    /// Whether the SOA is one of the RRsets that are compared.
    pub(super) compares_soa: bool,
    /// When the spans of the evidence start.
    pub(super) started: Instant,
}

/// A query that is asked again, with its number.
struct Again(usize, RrsetQuery);

impl BulkQuery for Again {
    fn question(&self) -> (&Name, Rtype) {
        self.1.question()
    }
}

/// What is counted of the answers of one address.
#[derive(Default)]
struct Tally {
    asked: u64,
    /// RRsets that this address cannot show.
    unaskable: u64,
    records: u64,
    bytes: u64,
    doubts: Doubts,
    /// Whether a TTL may be counted down.
    has_lower_ttl: bool,
    last_failure: Option<Failure>,
    /// Whether something was not asked, or has no answer of use.
    has_gaps: bool,
    result: WrongRrsetList,
    computed: Vec<Name>,
    alternating: Vec<Name>,
    wrong_instances: Vec<Vec<u8>>,
    /// The keys of the signatures, where each server has its own.
    keys: KeySet,
}

impl TargetAsker<'_> {
    /// Asks for every RRset, and once more for those whose answers seem wrong.
    pub(super) async fn ask(mut self) -> AskedAttempt {
        let start = self.started.elapsed();
        let mut asked = self.ask_over_transport(start).await;
        if let Some(over_udp) = self.conversation.over_udp_after(&asked) {
            self.scope.transport = over_udp.transport;
            self.conversation = over_udp;
            // Where nothing answers over UDP either, the first failure tells more.
            asked = self.ask_over_transport(start).await.or(asked);
        }
        AskedAttempt { span: TimeSpan { start, end: self.started.elapsed() }, asked }
    }

    async fn ask_over_transport(&self, start: Duration) -> Result<Asked, Failure> {
        let mut tally = Tally::default();
        let soa = self.ask_all(&mut tally).await?;
        tally.has_gaps |= !soa.is_all_asked;
        self.ask_again(&mut tally, &soa).await?;
        self.settle(&mut tally);
        if tally.asked == 0
            && let Some(failure) = tally.last_failure
        {
            return Err(failure);
        }
        let span = TimeSpan { start, end: self.started.elapsed() };
        let askable = self.list.askable().map(|askable| askable.saturating_sub(tally.unaskable));
        Ok(Asked {
            span,
            soa: soa.soa,
            soa_ttl: soa.ttl,
            // The SOA is asked for before the others and after them, be it compared or not.
            asked: tally.asked + u64::from(self.compares_soa),
            askable,
            records: tally.records + 1,
            bytes: tally.bytes,
            duration: span.end.saturating_sub(start),
            wrong: tally.result,
            has_gaps: tally.has_gaps,
            drawn: self.draw.hashes().map(|(start, length)| DrawnNames { start, length }),
            computed: tally.computed,
            alternating: tally.alternating,
            wrong_instances: tally.wrong_instances,
            keys: vec![KeySighting { span, keys: tally.keys }],
        })
    }

    /// Asks every query of the list once.
    async fn ask_all(&self, tally: &mut Tally) -> Result<BracketingSoa, Failure> {
        let queries = self.list.queries(&self.draw);
        let conversation = self.conversation;
        let soa = conversation.hold(queries, |query, answer| self.take_in(tally, query, answer)).await?;
        self.check_serial(&soa.soa)?;
        Ok(soa)
    }

    fn check_serial(&self, soa: &Soa) -> Result<(), Failure> {
        let of_list = self.list.soa.serial;
        if self.serials_count && of_list != soa.serial {
            return Err(Failure::ChangedDuringTransfer(of_list, soa.serial));
        }
        Ok(())
    }

    fn take_in(&self, tally: &mut Tally, query: RrsetQuery, answer: Result<Answer, Failure>) {
        let judged = match &answer {
            Ok(answer) => {
                tally.bytes += answer.bytes as u64;
                tally.records += answer.content.records();
                if self.scope.profile.content.multi_signer {
                    add_rrsets(&mut tally.keys, &answer.content);
                }
                judge(&query, answer, &self.scope)
            }
            Err(failure) => JudgedAnswer::Unusable(failure.clone()),
        };
        match judged {
            JudgedAnswer::Same => tally.asked += query.rrsets(),
            JudgedAnswer::OtherSignatures => {
                tally.asked += query.rrsets();
                tally.result.signatures += 1;
            }
            JudgedAnswer::NotAskable => tally.unaskable += query.rrsets(),
            JudgedAnswer::Differs(wrong) => {
                tally.has_lower_ttl |= wrong.iter().all(has_lower_ttl);
                tally.has_gaps |= !tally.doubts.add(query, answer);
            }
            JudgedAnswer::Unusable(failure) => {
                tally.last_failure = Some(failure);
                tally.has_gaps |= !tally.doubts.add(query, answer);
            }
        }
    }

    /// Asks again, over other connections, for what seems wrong.
    async fn ask_again(&self, tally: &mut Tally, soa: &BracketingSoa) -> Result<(), Failure> {
        if tally.has_lower_ttl {
            tokio::time::sleep(NEXT_SECOND).await;
        }
        for _ in 1..MAX_ROUNDS {
            let unsettled = tally.doubts.unsettled();
            if unsettled.is_empty() {
                break;
            }
            let (batches, queries) = mpsc::channel(1);
            let feed = async {
                let mut rest = unsettled.into_iter().map(|(number, query)| Again(number, query)).peekable();
                while rest.peek().is_some() {
                    let batch: Vec<Again> = rest.by_ref().take(BATCH).collect();
                    if batches.send(batch).await.is_err() {
                        break;
                    }
                }
                drop(batches);
            };
            let doubts = &mut tally.doubts;
            let answered = |Again(number, _): Again, answer| doubts.answer(number, answer);
            let (again, ()) = tokio::join!(self.conversation.hold(queries, answered), feed);
            let again = again?;
            if again.soa != soa.soa {
                return Err(Failure::ChangedDuringTransfer(soa.soa.serial, again.soa.serial));
            }
        }
        Ok(())
    }

    fn settle(&self, tally: &mut Tally) {
        for settled in std::mem::take(&mut tally.doubts).settle(&self.scope) {
            match settled {
                Settled::Right(query) => tally.asked += query.rrsets(),
                Settled::Wrong(query, wrong) => {
                    tally.asked += query.rrsets();
                    for wrong in wrong {
                        tally.result.add(wrong);
                    }
                }
                Settled::Unanswered(failure) => {
                    tally.last_failure = Some(failure);
                    tally.has_gaps = true;
                }
                Settled::Alternating(query, instances) => {
                    push_owner(&mut tally.alternating, &query);
                    for nsid in instances {
                        if tally.wrong_instances.len() < MAX_NAMED && !tally.wrong_instances.contains(&nsid) {
                            tally.wrong_instances.push(nsid);
                        }
                    }
                }
                Settled::Computed(query) => push_owner(&mut tally.computed, &query),
            }
        }
    }
}

/// Whether an RRset differs in nothing but a TTL that is lower than the reference's.
fn has_lower_ttl(wrong: &WrongRrset) -> bool {
    let ttl =
        |rrset: &Option<Rrset>| rrset.iter().flat_map(|rrset| &rrset.records).map(|(ttl, _)| *ttl).min();
    wrong.kind == DifferenceKind::Ttl && ttl(&wrong.found) < ttl(&wrong.reference)
}

fn push_owner(owners: &mut Vec<Name>, query: &RrsetQuery) {
    if owners.len() < MAX_NAMED && !owners.contains(query.owner()) {
        owners.push(query.owner().clone());
    }
}
