//! A reference that gives no copy: it is asked what it has.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::conversation::{BracketingSoa, Conversation};
use super::list::RrsetList;
use super::script::{OpenAnswer, OpenQuestion, Script};
use super::walk::{WalkLimits, WalkedZone};
use crate::blocking;
use crate::digest::KeySet;
use crate::dns::answer::{Answer, AnswerContent};
use crate::dns::message::{NOERROR, NXDOMAIN};
use crate::dns::name::is_within;
use crate::dns::{Name, Rtype};
use crate::observe::{Asked, AskedAttempt, Failure, KeySighting, TimeSpan, WrongRrsetList};
use crate::plan::Plan;
use crate::plan::queries::{
    ExpectedAnswer, RrsetQuery, WalkEnd, apex_questions, name_questions, target_questions,
};
use crate::transfer::TransferLimits;

/// A zone that changes during an interview of this length would do so again: it is not walked then.
const LONG_INTERVIEW: Duration = Duration::from_secs(30);

/// Asks a reference what it has.
pub(super) struct Interview<'a> {
    pub(super) conversation: Conversation<'a>,
    pub(super) plan: &'a Plan,
    /// The limits of a transfer, which count for a walk, too.
    pub(super) limits: TransferLimits,
    /// Whether the zone is walked along its NSEC records.
    pub(super) walks: bool,
    /// When the spans of the evidence start.
    pub(super) started: Instant,
}

/// What the reference has answered.
#[derive(Default)]
struct Transcript {
    queries: Vec<RrsetQuery>,
    known: BTreeSet<(Vec<u8>, Rtype)>,
    records: u64,
    bytes: u64,
}

/// The result of asking over one transport.
type Held = (Transcript, Option<WalkedZone>, BracketingSoa);

impl Interview<'_> {
    /// Asks for what every zone has at its apex, for the addresses that this names, for the names that the user gave,
    /// and for all names along the NSEC records. The answers are a list for others.
    pub(super) async fn hold(mut self) -> Result<(RrsetList, AskedAttempt), Failure> {
        let start = self.started.elapsed();
        let mut held = self.hold_over_transport().await;
        if let Some(over_udp) = self.conversation.over_udp_after(&held) {
            self.conversation = over_udp;
            held = self.hold_over_transport().await.or(held);
        }
        let took = self.started.elapsed().saturating_sub(start);
        if self.walks && took > LONG_INTERVIEW && matches!(&held, Err(Failure::ChangedDuringTransfer(..))) {
            self.walks = false;
            held = self.hold_over_transport().await;
        }
        let (transcript, walked, bracket) = held?;
        let (list, mut asked) = self.list(transcript, walked, &bracket).await;
        let span = TimeSpan { start, end: self.started.elapsed() };
        (asked.span, asked.duration) = (span, span.end.saturating_sub(start));
        Ok((list, AskedAttempt { span, asked: Ok(asked) }))
    }

    async fn hold_over_transport(&self) -> Result<Held, Failure> {
        let (to_reference, queries) = mpsc::channel(1);
        let (answers, from_reference) = mpsc::unbounded_channel();
        let script = Script { to_reference, from_reference };
        // The sender ends with the conversation, and with it the waiting for answers.
        let answered = move |question, answer| drop(answers.send((question, answer)));
        let (held, (transcript, walked)) =
            tokio::join!(self.conversation.hold(queries, answered), self.follow(script));
        Ok((transcript, walked, held?))
    }

    /// Asks one question after the other, as the answers suggest.
    async fn follow(&self, mut script: Script) -> (Transcript, Option<WalkedZone>) {
        let mut transcript = Transcript::default();
        let completed = self.ask_known_names(&mut script, &mut transcript).await;
        if completed.is_none() || !self.walks {
            return (transcript, None);
        }
        let limits = WalkLimits::new(self.limits, self.conversation.until);
        let walked = WalkedZone::walk(&self.plan.zone, limits, &mut script).await;
        (transcript, Some(walked))
    }

    async fn ask_known_names(&self, script: &mut Script, transcript: &mut Transcript) -> Option<()> {
        let zone = &self.plan.zone;
        let mut questions = apex_questions(zone);
        questions.extend(name_questions(zone, &self.plan.rules.names));
        script.ask(questions, |answer| transcript.take_in(zone, answer)).await?;
        let rrsets = transcript.queries.iter().filter_map(|query| match &query.expected {
            ExpectedAnswer::Rrset(rrset) => Some(rrset.clone()),
            _ => None,
        });
        let questions = target_questions(zone, &rrsets.collect::<Vec<_>>());
        script.ask(questions, |answer| transcript.take_in(zone, answer)).await?;
        self.leave_out_child_zones(script, transcript).await
    }

    /// Leaves out what the reference has answered from a zone below that it serves too: others may not serve that, and
    /// refer to it.
    async fn leave_out_child_zones(&self, script: &mut Script, transcript: &mut Transcript) -> Option<()> {
        let zone = &self.plan.zone;
        let mut names: BTreeMap<Vec<u8>, Name> = BTreeMap::new();
        for query in &transcript.queries {
            let mut rest = query.qname.as_wire();
            while rest.len() > zone.as_wire().len() {
                names.extend(Name::from_wire(rest).map(|name| (rest.to_vec(), name)));
                let length = rest.first().map_or(0, |&length| usize::from(length));
                rest = rest.get(1 + length..).unwrap_or_default();
            }
        }
        let questions = names.into_values().map(|name| (name, Rtype::NS)).collect();
        let mut children: Vec<Name> = Vec::new();
        let take_in = |(OpenQuestion(qname, _), answer): OpenAnswer| {
            let is_apex =
                |answer: &Answer| answer.authoritative && matches!(answer.content, AnswerContent::Rrset(_));
            children.extend(answer.is_ok_and(|answer| is_apex(&answer)).then_some(qname));
        };
        script.ask(questions, take_in).await?;
        let is_of_child =
            |name: &Name| children.iter().any(|child| is_within(name.as_wire(), child.as_wire()));
        transcript.queries.retain(|query| !is_of_child(&query.qname));
        Some(())
    }

    /// Makes a list of what was answered, and counts it.
    async fn list(
        &self,
        transcript: Transcript,
        walked: Option<WalkedZone>,
        bracket: &BracketingSoa,
    ) -> (RrsetList, Asked) {
        let mut asked = transcript.asked(bracket);
        let soa_counts = u64::from(self.plan.rules.compares_soa(&self.plan.zone));
        asked.asked += soa_counts;
        let soa = bracket.soa.clone();
        let known = transcript.queries;
        let Some(walked) = walked.filter(|walked| walked.rrsets > 0) else {
            return (RrsetList::of_answers(known, soa), asked);
        };
        let (is_whole, end) = (walked.is_whole(), walked.end);
        asked.records += walked.records;
        asked.bytes += walked.bytes;
        let mut extra = self.plan.rules.names.clone();
        let is_hidden =
            |name: &Name| walked.hidden.iter().any(|cut| is_within(name.as_wire(), cut.as_wire()));
        extra.retain(|(name, _)| !is_hidden(name));
        extra.extend(walked.absent.into_iter().map(|(owner, rtype)| (owner, Some(rtype))));
        let (sorter, of_zone, ttl) = (walked.sorter, soa.clone(), bracket.ttl);
        let sorted = match blocking::run(move || sorter.finish(&of_zone, ttl)).await {
            Ok(sorted) => sorted,
            Err(error) => {
                tracing::warn!(zone = %self.plan.zone, %error, "could not sort the RRsets that were found");
                return (RrsetList::of_answers(known, soa), asked);
            }
        };
        if !is_whole {
            let shows_nsec = end != Some(WalkEnd::Minimal);
            let list = RrsetList::of_part(self.plan, (sorted, shows_nsec), known, soa);
            asked.asked = list.count().await + soa_counts;
            return (list, asked);
        }
        let list = RrsetList::of_records(self.plan, sorted, soa, extra);
        asked.asked = list.count().await;
        asked.askable = Some(asked.asked);
        (list, asked)
    }
}

impl Transcript {
    fn take_in(&mut self, zone: &Name, (OpenQuestion(qname, qtype), answer): OpenAnswer) {
        let Ok(answer) = answer else { return };
        self.bytes += answer.bytes as u64;
        let records = answer.content.records();
        let Some(query) = required(zone, (qname, qtype), answer) else { return };
        self.records += records;
        // An alias answers queries for every type, and a delegation those for every name below it.
        if self.known.insert((query.qname.as_wire().to_vec(), query.qtype)) {
            self.queries.push(query);
        }
    }

    /// The keys of the signatures in the answers.
    fn keys(&self) -> KeySet {
        let mut keys = KeySet::default();
        for query in &self.queries {
            if let ExpectedAnswer::Rrset(rrset) = &query.expected {
                keys.add_rrset(rrset);
            }
        }
        keys
    }

    /// Counts the answers; the SOA only among the records.
    fn asked(&self, bracket: &BracketingSoa) -> Asked {
        Asked {
            span: TimeSpan::default(),
            soa: bracket.soa.clone(),
            soa_ttl: bracket.ttl,
            asked: self.queries.iter().map(RrsetQuery::rrsets).sum(),
            askable: None,
            records: self.records + 1,
            bytes: self.bytes,
            duration: Duration::ZERO,
            wrong: WrongRrsetList::default(),
            has_gaps: false,
            drawn: None,
            computed: Vec::new(),
            alternating: Vec::new(),
            wrong_instances: Vec::new(),
            keys: vec![KeySighting { span: TimeSpan::default(), keys: self.keys() }],
        }
    }
}

/// The query that others must answer as the reference has.
fn required(zone: &Name, (qname, qtype): (Name, Rtype), answer: Answer) -> Option<RrsetQuery> {
    let is_of_zone = answer.negative.as_ref().is_none_or(|(owner, _)| owner == zone);
    if answer.truncated || !is_of_zone {
        return None;
    }
    let Answer { rcode, authoritative, content, .. } = answer;
    let (qname, qtype, expected) = match content {
        AnswerContent::Rrset(rrset) if authoritative => (qname, qtype, ExpectedAnswer::Rrset(rrset)),
        AnswerContent::Alias(rrset) if authoritative => (qname, Rtype::CNAME, ExpectedAnswer::Rrset(rrset)),
        AnswerContent::Referral { ns, glue } if !authoritative && is_below(&ns.owner, zone) => {
            (ns.owner.clone(), Rtype::NS, ExpectedAnswer::Referral { ns, glue })
        }
        // A server that signs each response says the same of a name that does not exist (RFC 9824).
        AnswerContent::Nothing { proves_name: true } if qname != *zone => return None,
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

fn is_below(name: &Name, zone: &Name) -> bool {
    name != zone && is_within(name.as_wire(), zone.as_wire())
}
