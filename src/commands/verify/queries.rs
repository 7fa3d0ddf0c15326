//! The queries for the RRsets of which something is expected.

use futures_util::future::join_all;

use super::wildcard::WildcardSearch;
use crate::check::{Checker, TimeLimit};
use crate::dns::{Name, Rtype};
use crate::expect::{AddressAnswers, Wanted};
use crate::plan::Plan;

/// The queries for the RRsets of which something is expected.
pub(super) struct RrsetQueries<'a> {
    pub(super) checker: &'a Checker,
    pub(super) zone: &'a Name,
    pub(super) wanted: &'a [Wanted],
    /// When all of them end.
    pub(super) limit: TimeLimit,
}

impl RrsetQueries<'_> {
    /// Asks the addresses of a plan for every RRset of which something is expected, once each.
    pub(super) async fn send(&self, plan: &Plan) -> Vec<(Wanted, AddressAnswers)> {
        let mut questions: Vec<(&Name, Rtype)> = Vec::new();
        for question in self.wanted.iter().filter_map(Wanted::question) {
            if !questions.contains(&question) {
                questions.push(question);
            }
        }
        let ask = async |question| self.checker.rrset(plan, question, self.limit).await;
        let answers = join_all(questions.iter().copied().map(ask)).await;
        let answers_to = |wanted: &Wanted| {
            let asked =
                wanted.question().and_then(|it| questions.iter().position(|question| *question == it));
            asked.and_then(|asked| answers.get(asked)).cloned().unwrap_or_default()
        };
        self.wanted.iter().map(|wanted| (wanted.clone(), answers_to(wanted))).collect()
    }

    /// Asks once more where an answer is not as expected: a server is not accused of a moment.
    pub(super) async fn confirm(
        &self,
        answers: Vec<(Wanted, AddressAnswers)>,
    ) -> Vec<(Wanted, AddressAnswers)> {
        let ask = async |(wanted, mut answers): (Wanted, AddressAnswers)| {
            let queries = answers.iter_mut().filter_map(|(target, answer)| {
                let is_unmet = answer.as_ref().is_ok_and(|answer| !wanted.is_met_by(answer));
                let (owner, rtype) = wanted.question().filter(|_| is_unmet)?;
                let query = self.checker.client.rrset(target, owner, rtype);
                Some(async move {
                    if let Some(again @ Ok(_)) = self.limit.within(query).await {
                        *answer = again;
                    }
                })
            });
            join_all(queries).await;
            (wanted, answers)
        };
        join_all(answers.into_iter().map(ask)).await
    }

    /// Adds to the answers that are not as expected the wildcards that they are from.
    pub(super) async fn add_wildcards(
        &self,
        answers: Vec<(Wanted, AddressAnswers)>,
    ) -> Vec<(Wanted, AddressAnswers)> {
        let add = async |(wanted, mut answers): (Wanted, AddressAnswers)| {
            let searches = answers.iter_mut().filter_map(|(target, answer)| {
                let answer = answer.as_mut().ok().filter(|answer| !wanted.is_met_by(answer))?;
                let question = wanted.question()?;
                let (checker, zone, limit) = (self.checker, self.zone, self.limit);
                let search = WildcardSearch { checker, target, zone, question, limit };
                Some(async move { answer.wildcard = search.source(answer).await })
            });
            join_all(searches).await;
            (wanted, answers)
        };
        join_all(answers.into_iter().map(add)).await
    }
}
