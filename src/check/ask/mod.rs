//! Addresses asked for their RRsets, where they give no transfer or the user wants it.
//!
//! ```text
//!  list ──▶ queries, each with the answer that the records require ──▶ conversation ──▶ judged answers
//!                                                                          ▲                  │
//!                                                                          └── what seems ◀───┘
//!                                                                              wrong, again
//! ```

mod alone;
mod confirm;
mod conversation;
mod deleted;
mod doubts;
mod interview;
mod keys;
mod list;
mod script;
mod target;
mod walk;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::gather::Gatherer;
use crate::compare::answers::AnswerScope;
use crate::digest::{Buckets, Digest};
use crate::judge::{self, Evidence, QueryList, RrsetQuestions};
use crate::observe::{AskedAttempt, CopyAttempt, Failure, Transport};
use crate::plan::queries::Draw;
use crate::plan::{Cover, Plan, Source, Target, TargetId};
use crate::transfer::RecordSorter;
pub use alone::{AskAloneError, AskedAlone, KnownRrsets};
use conversation::Conversation;
use interview::Interview;
use list::RrsetList;
use target::TargetAsker;

/// Where queries have a rate, a check of monitoring asks as many as may be sent to one address in this time.
const MONITORING_TIME: Duration = Duration::from_mins(1);

/// The result of asking some targets.
pub(super) struct AskedTargets {
    /// The copy from which the list was made, if it was.
    pub(super) copy: Option<(Source, CopyAttempt)>,
    /// What each target answered.
    pub(super) asked: Vec<(TargetId, AskedAttempt)>,
}

impl Gatherer<'_> {
    /// Asks targets for the RRsets of the zone.
    pub(super) async fn ask_rrsets(&self, evidence: &Evidence, questions: RrsetQuestions) -> AskedTargets {
        let start = self.started.elapsed();
        let RrsetQuestions { list, targets } = questions;
        let (copy, list, of_reference) = match list {
            QueryList::Copy(source) => {
                let (attempt, list) = self.list_of_copy(evidence, source).await;
                (Some((source, attempt)), list, None)
            }
            QueryList::Answers(reference) => match self.list_of_answers(evidence, reference).await {
                Ok((list, asked)) => (None, Ok(list), Some((reference, asked))),
                Err(failure) => (None, Err(failure.clone()), Some((reference, self.failed(start, failure)))),
            },
        };
        let mut asked: Vec<(TargetId, AskedAttempt)> = match &list {
            Ok(list) => join_all(targets.iter().map(|&id| self.ask_target(evidence, id, list))).await,
            Err(failure) => targets.iter().map(|&id| (id, self.failed(start, failure.clone()))).collect(),
        };
        if let (Ok(list), Some((reference, _))) = (&list, &of_reference) {
            self.confirm(evidence, *reference, list, &mut asked).await;
        }
        asked.extend(of_reference);
        self.ask_keys(evidence, &mut asked).await;
        AskedTargets { copy, asked }
    }

    fn failed(&self, start: Duration, failure: Failure) -> AskedAttempt {
        AskedAttempt { span: self.span_since(start), asked: Err(failure) }
    }

    /// Reads the copy of the reference once more, for the list of its RRsets.
    async fn list_of_copy(
        &self,
        evidence: &Evidence,
        source: Source,
    ) -> (CopyAttempt, Result<RrsetList, Failure>) {
        let responses = evidence.responses(source);
        let keep =
            responses.and_then(|it| it.copy()).map_or_else(Buckets::none, |copy| copy.digest.kept_buckets());
        let digest = Digest::new(Arc::clone(&evidence.profile), keep, evidence.origin);
        let sorter = RecordSorter::new(&evidence.plan.zone, RecordSorter::DEFAULT_MEMORY);
        let (attempt, sorted) = self.read_sorted(evidence, source, (digest, sorter)).await;
        let list = match (&attempt.copy, sorted) {
            (Ok(copy), Some(sorted)) => {
                let soa = copy.summary.soa.clone();
                let mut extra = evidence.plan.rules.names.clone();
                extra.extend(self.changed_rrsets(evidence, source, &soa).await);
                let list = RrsetList::of_records(&evidence.plan, sorted, soa, extra);
                Ok(list.of_file(source == Source::ZoneFile))
            }
            (Err(failure), _) => Err(failure.clone()),
            (Ok(_), None) => Err(Failure::LimitExceeded("the list of RRsets could not be made".to_owned())),
        };
        (attempt, list)
    }

    /// Asks the reference what it has, for a list of RRsets.
    async fn list_of_answers(
        &self,
        evidence: &Evidence,
        reference: TargetId,
    ) -> Result<(RrsetList, AskedAttempt), Failure> {
        let plan = &evidence.plan;
        let target = plan.target(reference).ok_or(Failure::Closed)?;
        let (conversation, limits) = (self.conversation(plan, target), self.checker.transfers.limits);
        Interview { conversation, plan, limits, walks: true, started: self.started }.hold().await
    }

    fn conversation<'a>(&'a self, plan: &'a Plan, target: &'a Target) -> Conversation<'a> {
        Conversation {
            client: &self.checker.client,
            target,
            zone: &plan.zone,
            transport: connection_to(target),
            until: self.limit.of_step().until,
        }
    }

    /// Draws the names that a target is asked about: of those that earlier checks have not asked about at this serial.
    fn draw(&self, evidence: &Evidence, id: TargetId, list: &RrsetList) -> Draw {
        let (Some(target), Some(askable)) = (evidence.plan.target(id), list.askable()) else {
            return Draw::all();
        };
        let rules = &evidence.plan.rules;
        // A check of many that follow each other leaves time for those of other zones.
        let affordable = (!rules.interval.is_zero())
            .then(|| self.checker.client.limiter.queries_within(target.address, MONITORING_TIME))
            .flatten()
            .filter(|&count| count < askable);
        let cover = match (rules.cover, affordable) {
            (None, None) => return Draw::all(),
            (Some(cover), None) => cover,
            (None, Some(affordable)) => Cover::Count(affordable),
            (Some(cover), Some(affordable)) => Cover::Count(cover.of(askable).min(affordable)),
        };
        let start = judge::earlier_part(evidence, id).map_or_else(rand::random, |part| part.next);
        Draw::cover(cover, askable, self.checker.key.0, start)
    }

    async fn ask_target(
        &self,
        evidence: &Evidence,
        id: TargetId,
        list: &RrsetList,
    ) -> (TargetId, AskedAttempt) {
        let plan = &evidence.plan;
        let Some(target) = plan.target(id) else {
            return (id, self.failed(self.started.elapsed(), Failure::Closed));
        };
        let conversation = self.conversation(plan, target);
        let asker = TargetAsker {
            conversation,
            list,
            draw: self.draw(evidence, id, list),
            scope: AnswerScope {
                zone: &plan.zone,
                profile: &evidence.profile,
                is_file: list.is_of_file,
                transport: connection_to(target),
            },
            serials_count: plan.rules.serials_count(),
            compares_soa: plan.rules.compares_soa(&plan.zone),
            started: self.started,
        };
        (id, asker.ask().await)
    }
}

/// What a connection to a target runs over.
fn connection_to(target: &Target) -> Transport {
    target.tls.as_ref().map_or(Transport::Tcp, |_| Transport::Tls)
}
