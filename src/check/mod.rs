//! One zone, once: query, observe, compare, judge.
//!
//! In: a [`CheckRequest`]. Out: a [`CheckResult`]. What to do next is decided by [`judge::next()`]; this does it.

mod addresses;
mod ask;
mod caches;
mod catalog;
mod checker;
mod delegation;
mod gather;
mod request;
mod sorted_copy;
mod status;
mod time_limit;
mod validate;

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use futures_util::future::join;
use tokio::sync::OnceCell;

use crate::caches::CachesReading;
use crate::digest::{Buckets, Digest, Profile};
use crate::dns::Name;
use crate::judge::{self, Evidence, History, Judgement};
use crate::observe::CopyAttempt;
use crate::plan::{Compare, ComparisonRules, Link};
use crate::transfer::ZoneFileReadError;

pub use ask::{AskAloneError, AskedAlone, KnownRrsets};
pub use checker::Checker;
pub use request::{CheckRequest, CheckResult, CheckScope};
pub use sorted_copy::SortedCopy;
pub use time_limit::TimeLimit;

use caches::CacheReader;
use gather::{Gatherer, judge_on_thread};

impl Checker {
    /// Checks one zone, once.
    ///
    /// No query is sent before the zone file, if there is one, was read whole.
    pub async fn check(&self, request: CheckRequest<'_>) -> Result<CheckResult, ZoneFileReadError> {
        let CheckRequest { scope, servers, history, earlier, catalog, now, until, asks_status } = request;
        let began = Instant::now();
        // The first link of the chain begins with the zone file, if there is one.
        let link = Link::first(scope.roles(servers));
        let profile = self.profile(&link.rules(scope.rules().clone()));
        let zone_file = Box::pin(self.read_zone_file(scope.zone(), &profile, now, began)).await?;
        // The time that a file takes is not taken from the servers.
        let until = match &zone_file {
            Some(_) => until.map(|until| until.max(Instant::now() + self.client.timeout)),
            None => until,
        };
        let plan = match scope {
            CheckScope::All(zone, rules) => self.finder.plan(zone, servers, rules.clone()).await,
            CheckScope::Planned(plan) => *plan,
        };
        self.be_polite(servers, &plan.rules, &plan.targets);
        let (rules, remembers) = (plan.rules.clone(), history.is_some());
        let evidence = Evidence::new(plan, link, profile, now).with_history(history.unwrap_or_default());
        let mut evidence = Box::new(evidence.with_earlier(earlier).with_catalog(catalog));
        if let Some((name, reading)) = zone_file {
            // Spans count from the earliest response that is carried along.
            let span = reading.span.shifted_by(evidence.start);
            evidence.observe_zone_file(name, CopyAttempt { span, ..reading });
        }
        let started = began.checked_sub(evidence.start).unwrap_or(began);
        let limit = TimeLimit { until };
        let gatherer = |limit| Gatherer { checker: self, servers, started, limit, ds: OnceCell::new() };
        let mut evidence = match evidence.link {
            Link::ToSigner => {
                let first = Box::pin(gatherer(limit.of_half()).gather(evidence)).await;
                Box::new(Evidence::after(first, rules.clone(), self.profile(&rules)))
            }
            Link::Whole | Link::FromSigner => evidence,
        };
        evidence = gatherer(limit).gather(evidence).await;
        let (evidence, judgement, history) = conclude(evidence, remembers).await;
        let reader = CacheReader { checker: self, servers, limit };
        let statuses = async {
            if asks_status { self.statuses(&evidence, &judgement, limit).await } else { Vec::new() }
        };
        let resolvers = reader.read(&evidence, &judgement);
        let (resolvers, statuses) = join(Box::pin(resolvers), Box::pin(statuses)).await;
        let caches = CachesReading { at: evidence.wall_time(started.elapsed()), resolvers };
        Ok(CheckResult { evidence, judgement, history, caches, statuses })
    }

    /// Checks that the zone file can be read, if there is one.
    pub async fn check_zone_file(&self, zone: &Name) -> Result<(), ZoneFileReadError> {
        let profile = self.profile(&ComparisonRules::new(Compare::Records));
        self.read_zone_file(zone, &profile, SystemTime::UNIX_EPOCH, Instant::now()).await.map(drop)
    }

    /// How digests are made under these rules.
    fn profile(&self, rules: &ComparisonRules) -> Arc<Profile> {
        Arc::new(Profile { key: self.key.clone(), content: rules.content.clone() })
    }

    /// Reads the zone file for the first time.
    async fn read_zone_file(
        &self,
        zone: &Name,
        profile: &Arc<Profile>,
        now: SystemTime,
        started: Instant,
    ) -> Result<Option<(String, CopyAttempt)>, ZoneFileReadError> {
        let Some(file) = &self.zone_file else { return Ok(None) };
        let digest = Digest::new(Arc::clone(profile), Buckets::none(), now);
        Ok(Some((file.name(), file.read(zone, digest, started).await?)))
    }
}

/// Judges complete evidence, and makes the history after it if there is one to keep.
async fn conclude(evidence: Box<Evidence>, remembers: bool) -> (Box<Evidence>, Judgement, Option<History>) {
    let work = move |evidence: &Evidence| {
        let judgement = judge::judge(evidence);
        let history = remembers.then(|| judge::learn(evidence, &judgement));
        (judgement, history)
    };
    let (evidence, (judgement, history)) = judge_on_thread(evidence, work).await;
    tracing::info!(zone = %evidence.plan.zone, verdict = judgement.verdict.code(), "zone checked");
    (evidence, judgement, history)
}
