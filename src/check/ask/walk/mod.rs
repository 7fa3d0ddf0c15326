//! A reference that gives no copy, walked along its NSEC records: each name is asked for what it has.

use std::time::{Duration, Instant};

use super::script::{OpenAnswer, OpenQuestion, Script};
use crate::dns::answer::{Answer, AnswerContent};
use crate::dns::message::{NOERROR, NXDOMAIN};
use crate::dns::wire::Record;
use crate::dns::{Name, Rrset, Rtype};
use crate::observe::Failure;
use crate::plan::queries::{NsecStep, NsecWalk, WalkAnswer, WalkEnd};
use crate::transfer::{RecordSorter, TransferLimits};

/// The most types of names that are in a bitmap of the chain and are answered with no data, and the most delegations
/// that the server hides.
const MAX_ABSENT: usize = 10_000;

/// The most types of one name that are asked for: no name in use has as many.
const MAX_TYPES: usize = 256;

/// The bounds of a walk.
#[derive(Clone, Copy, Debug)]
pub(super) struct WalkLimits {
    /// The most names.
    pub(super) names: u64,
    /// The most records and bytes.
    pub(super) transfer: TransferLimits,
    /// When the last name is asked for.
    pub(super) until: Instant,
}

impl WalkLimits {
    /// The most names: each costs a round trip.
    const MAX_NAMES: u64 = 1_000_000;

    /// The longest walk, if nothing else limits the time of the check.
    const MAX_TIME: Duration = Duration::from_hours(1);

    /// The limits of a walk that begins now. It takes half of the time that is left: the other addresses are asked
    /// afterwards.
    pub(super) fn new(transfer: TransferLimits, until: Option<Instant>) -> Self {
        let now = Instant::now();
        let time = until.map_or(Self::MAX_TIME, |until| until.saturating_duration_since(now) / 2);
        Self { names: Self::MAX_NAMES, transfer, until: now + time }
    }
}

/// What a walk has found.
pub(super) struct WalkedZone {
    zone: Name,
    /// The records of the RRsets, without the SOA.
    pub(super) sorter: RecordSorter,
    /// Types that names of the chain should have, and do not.
    pub(super) absent: Vec<(Name, Rtype)>,
    /// Delegations whose zone the server serves, too: it shows nothing of them.
    pub(super) hidden: Vec<Name>,
    /// How the walk ended; `None` if it was broken off.
    pub(super) end: Option<WalkEnd>,
    /// The numbers of names, of RRsets and records that were answered, and of bytes.
    names: u64,
    pub(super) rrsets: u64,
    pub(super) records: u64,
    pub(super) bytes: u64,
    /// Whether every RRset of the chain was answered.
    is_answered: bool,
    /// Questions that wait to be sent, and the number of those that were sent and are not answered yet.
    waiting: Vec<OpenQuestion>,
    unanswered: usize,
}

/// What an answer shows of an RRset of the chain.
enum ShownRrset {
    /// The RRset; of a delegation, its glue too.
    Present(Vec<Rrset>),
    /// There is none.
    Absent,
    /// No query shows it here, as the NS RRset of the parent where the server answers from the child zone.
    NotAskable,
    /// There is no usable answer.
    Unknown,
}

impl WalkedZone {
    /// Walks along the chain, and asks for what its names have.
    pub(super) async fn walk(zone: &Name, limits: WalkLimits, script: &mut Script) -> Self {
        let mut walked = Self {
            zone: zone.clone(),
            sorter: RecordSorter::new(zone, RecordSorter::DEFAULT_MEMORY),
            absent: Vec::new(),
            hidden: Vec::new(),
            end: None,
            names: 0,
            rrsets: 0,
            records: 0,
            bytes: 0,
            is_answered: true,
            waiting: Vec::new(),
            unanswered: 0,
        };
        let completed = walked.follow(limits, script).await;
        walked.is_answered &= completed.is_some();
        tracing::debug!(%zone, names = walked.names, rrsets = walked.rrsets, end = ?walked.end, "walked along the NSEC records");
        walked
    }

    /// Whether these are all RRsets of the zone that queries can see.
    pub(super) fn is_whole(&self) -> bool {
        self.end == Some(WalkEnd::Whole) && self.is_answered
    }

    /// Goes from name to name; `None` if the conversation has ended.
    async fn follow(&mut self, limits: WalkLimits, script: &mut Script) -> Option<()> {
        let mut walk = NsecWalk::new(self.zone.clone());
        while let Some((qname, qtype)) = walk.question() {
            if self.is_beyond(limits) {
                break;
            }
            let question = OpenQuestion(qname, qtype);
            let answer = self.ask_step(question, script).await?;
            let (steps, own) = self.read_step(&answer);
            if let Some(step) = walk.answer(&steps) {
                self.names += 1;
                self.take_step(&step, own);
            }
        }
        self.end = walk.end();
        self.send_waiting(script).await?;
        while self.unanswered > 0 {
            let answer = script.receive().await?;
            self.take_in(answer);
        }
        Some(())
    }

    fn is_beyond(&self, limits: WalkLimits) -> bool {
        let WalkLimits { names, transfer, until } = limits;
        self.names >= names
            || self.records > transfer.max_records
            || self.bytes > transfer.max_bytes
            || Instant::now() >= until
    }

    /// Asks the next question of the walk, beside those that wait.
    async fn ask_step(
        &mut self,
        question: OpenQuestion,
        script: &mut Script,
    ) -> Option<Result<Answer, Failure>> {
        self.waiting.push(question.clone());
        self.send_waiting(script).await?;
        loop {
            let (answered, answer) = script.receive().await?;
            if answered == question {
                self.unanswered = self.unanswered.saturating_sub(1);
                self.bytes += answer.as_ref().map_or(0, |answer| answer.bytes as u64);
                return Some(answer);
            }
            self.take_in((answered, answer));
        }
    }

    async fn send_waiting(&mut self, script: &Script) -> Option<()> {
        let waiting = std::mem::take(&mut self.waiting);
        self.unanswered += waiting.len();
        if waiting.is_empty() { Some(()) } else { script.send(waiting).await }
    }

    /// Reads the answer to a question of the walk: the NSEC records, and the NSEC RRset if it was the answer.
    fn read_step(&self, answer: &Result<Answer, Failure>) -> (WalkAnswer, Option<Rrset>) {
        let usable = answer
            .as_ref()
            .ok()
            .filter(|answer| !answer.truncated && matches!(answer.rcode, NOERROR | NXDOMAIN));
        let Some(answer) = usable else { return (WalkAnswer::Nothing, None) };
        let own = match &answer.content {
            AnswerContent::Rrset(rrset) if rrset.rtype == Rtype::NSEC && answer.authoritative => Some(rrset),
            _ => None,
        };
        let of_rrset =
            own.into_iter().flat_map(|rrset| rrset.records.iter().map(|(_, rdata)| (&rrset.owner, rdata)));
        let of_authority = answer.nsec.iter().map(|(owner, rdata)| (owner, rdata));
        let steps: Vec<NsecStep> =
            of_rrset.chain(of_authority).filter_map(|(owner, rdata)| NsecStep::parse(owner, rdata)).collect();
        if !steps.is_empty() {
            return (WalkAnswer::Nsec(steps), own.cloned());
        }
        let is_of_child = self.is_of_child(answer);
        let walked = match &answer.content {
            AnswerContent::Alias(_) | AnswerContent::Redirected(_) => WalkAnswer::Alias,
            AnswerContent::Referral { .. } if !answer.authoritative => WalkAnswer::Referral,
            _ if is_of_child => WalkAnswer::Referral,
            _ => WalkAnswer::Nothing,
        };
        (walked, None)
    }

    /// Whether an answer is a denial of a zone below this one.
    fn is_of_child(&self, answer: &Answer) -> bool {
        answer.negative.as_ref().is_some_and(|(owner, _)| *owner != self.zone)
    }

    /// Takes in what a name has: the NSEC RRset, if it was shown, and questions for the other RRsets.
    fn take_step(&mut self, step: &NsecStep, nsec: Option<Rrset>) {
        let mut questions = step.questions(&self.zone);
        questions.retain(|(_, rtype)| *rtype != Rtype::SOA);
        let is_nsec = |(owner, rtype): &(Name, Rtype)| *rtype == Rtype::NSEC && *owner == step.owner;
        if let Some(nsec) = nsec.filter(|nsec| nsec.owner == step.owner)
            && questions.iter().any(is_nsec)
        {
            questions.retain(|question| !is_nsec(question));
            self.add(&nsec);
        }
        self.is_answered &= questions.len() <= MAX_TYPES;
        questions.truncate(MAX_TYPES);
        self.waiting.extend(questions.into_iter().map(|(owner, rtype)| OpenQuestion(owner, rtype)));
    }

    fn take_in(&mut self, (OpenQuestion(qname, qtype), answer): OpenAnswer) {
        self.unanswered = self.unanswered.saturating_sub(1);
        let shown = match answer {
            Ok(answer) => {
                self.bytes += answer.bytes as u64;
                self.shown(&qname, qtype, answer)
            }
            Err(_) => ShownRrset::Unknown,
        };
        match shown {
            ShownRrset::Present(rrsets) => rrsets.iter().for_each(|rrset| self.add(rrset)),
            ShownRrset::Absent if self.absent.len() < MAX_ABSENT => self.absent.push((qname, qtype)),
            ShownRrset::NotAskable if qtype != Rtype::NS => {}
            ShownRrset::NotAskable if self.hidden.len() < MAX_ABSENT => self.hidden.push(qname),
            ShownRrset::Absent | ShownRrset::NotAskable | ShownRrset::Unknown => self.is_answered = false,
        }
    }

    /// Reads the answer to a question for an RRset of the chain.
    fn shown(&self, qname: &Name, qtype: Rtype, answer: Answer) -> ShownRrset {
        let is_cut = qtype == Rtype::NS && *qname != self.zone;
        let is_of_child = self.is_of_child(&answer);
        let Answer { rcode, authoritative, truncated, content, .. } = answer;
        match content {
            _ if truncated => ShownRrset::Unknown,
            // The server serves the child zone, too.
            AnswerContent::Rrset(_) if authoritative && is_cut => ShownRrset::NotAskable,
            AnswerContent::Rrset(rrset) if authoritative => ShownRrset::Present(vec![rrset]),
            AnswerContent::Referral { ns, glue } if !authoritative && is_cut && ns.owner == *qname => {
                ShownRrset::Present(std::iter::once(ns).chain(glue).collect())
            }
            AnswerContent::Nothing { .. } if authoritative && is_of_child => ShownRrset::NotAskable,
            AnswerContent::Nothing { .. } if authoritative && rcode == NOERROR && !is_cut => {
                ShownRrset::Absent
            }
            AnswerContent::Rrset(_)
            | AnswerContent::Alias(_)
            | AnswerContent::Redirected(_)
            | AnswerContent::Referral { .. }
            | AnswerContent::Nothing { .. } => ShownRrset::Unknown,
        }
    }

    /// Adds an RRset to the list.
    fn add(&mut self, rrset: &Rrset) {
        let records = rrset.records.iter().map(|record| (rrset.rtype, record));
        let signatures = rrset.signatures.iter().map(|record| (Rtype::RRSIG, record));
        let owner = rrset.owner.as_wire();
        for (rtype, (ttl, rdata)) in records.chain(signatures) {
            self.sorter.add(&Record::new(owner, rtype, *ttl, rdata));
            self.records += 1;
        }
        self.rrsets += 1;
    }
}

#[cfg(test)]
mod tests;
