//! One zone, once: query, observe, compare, judge.
//!
//! In: a [`CheckRequest`]. Out: a [`CheckResult`]. What to do next is decided by [`judge::next()`]; this does it.

mod gather;
mod request;

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use futures_util::future::join_all;

use crate::blocking;
use crate::digest::{Buckets, Digest, HashKey, Profile};
use crate::dns::{Name, Rtype};
use crate::judge::{self, Evidence};
use crate::net::{Client, QueryRecorder};
use crate::observe::{CopyAttempt, Failure, RrsetAnswer};
use crate::plan::{Compare, ComparisonRules, Plan, Target, ZoneSettings};
use crate::resolve::Finder;
use crate::transfer::{TransferClient, ZoneFile, ZoneFileReadError};

pub use request::{CheckRequest, CheckResult, CheckScope};

use gather::Gatherer;

/// Checks zones.
#[derive(Debug)]
pub struct Checker {
    /// Sends queries.
    pub client: Arc<Client>,
    /// Transfers copies.
    pub transfers: TransferClient,
    /// The zone file that servers are compared with, if there is one.
    pub zone_file: Option<ZoneFile>,
    /// Looks up servers and their addresses.
    pub finder: Finder,
    /// The secret of the digests.
    pub key: HashKey,
}

impl Checker {
    /// Another checker within the same limits, with sockets and a resolver of its own.
    #[must_use]
    pub fn fork(&self) -> Self {
        let client = Arc::new(self.client.fork());
        Self {
            transfers: TransferClient { client: Arc::clone(&client), limits: self.transfers.limits },
            client,
            finder: self.finder.fork(),
            zone_file: self.zone_file.clone(),
            key: self.key.clone(),
        }
    }

    /// Counts every query from now on.
    pub fn count_with(&mut self, recorder: Arc<dyn QueryRecorder>) {
        self.client = Arc::new(self.client.fork().recorded_by(recorder));
        self.transfers.client = Arc::clone(&self.client);
    }

    /// Checks one zone, once.
    ///
    /// No query is sent before the zone file, if there is one, was read whole.
    pub async fn check(&self, request: CheckRequest<'_>) -> Result<CheckResult, ZoneFileReadError> {
        let CheckRequest { scope, servers, history, earlier, now } = request;
        let began = Instant::now();
        let profile = self.profile(scope.rules());
        let zone_file = Box::pin(self.read_zone_file(scope.zone(), &profile, now, began)).await?;
        let plan = match scope {
            CheckScope::All(zone, rules) => self.finder.plan(zone, servers, rules.clone()).await,
            CheckScope::Planned(plan) => plan,
        };
        let remembers = history.is_some();
        let evidence = Evidence::new(plan, profile, now).with_history(history.unwrap_or_default());
        let mut evidence = Box::new(evidence.with_earlier(earlier));
        if let Some((name, reading)) = zone_file {
            // Spans count from the earliest response that is carried along.
            let span = reading.span.shifted_by(evidence.start);
            evidence.observe_zone_file(name, CopyAttempt { span, ..reading });
        }
        let started = began.checked_sub(evidence.start).unwrap_or(began);
        let evidence = Gatherer { checker: self, servers, started }.gather(evidence).await;
        Ok(conclude(evidence, remembers).await)
    }

    /// Checks that the zone file can be read, if there is one.
    pub async fn check_zone_file(&self, zone: &Name) -> Result<(), ZoneFileReadError> {
        let profile = self.profile(&ComparisonRules::new(Compare::Records));
        self.read_zone_file(zone, &profile, SystemTime::UNIX_EPOCH, Instant::now()).await.map(drop)
    }

    /// Looks up the servers of a zone.
    pub async fn plan(&self, zone: Name, settings: &ZoneSettings) -> Plan {
        self.finder.plan(zone, &settings.servers, settings.comparison.clone()).await
    }

    /// Asks every target of a plan for an RRset.
    pub async fn rrset(
        &self,
        plan: &Plan,
        owner: &Name,
        rtype: Rtype,
    ) -> Vec<(Target, Result<RrsetAnswer, Failure>)> {
        let ask = async |target: &Target| (target.clone(), self.client.rrset(target, owner, rtype).await);
        join_all(plan.targets.iter().map(ask)).await
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
async fn conclude(evidence: Box<Evidence>, remembers: bool) -> CheckResult {
    let work = move |evidence: &Evidence| {
        let judgement = judge::judge(evidence);
        let history = remembers.then(|| judge::learn(evidence, &judgement));
        (judgement, history)
    };
    let (evidence, (judgement, history)) = judge_on_thread(evidence, work).await;
    tracing::info!(zone = %evidence.plan.zone, verdict = judgement.verdict.code(), "zone checked");
    CheckResult { evidence, judgement, history }
}

/// Works on evidence: on a thread for blocking work if it holds large copies, since sockets must not wait for that.
async fn judge_on_thread<T: Send + 'static>(
    evidence: Box<Evidence>,
    work: impl FnOnce(&Evidence) -> T + Send + 'static,
) -> (Box<Evidence>, T) {
    let is_large = evidence.is_large();
    let work = move || {
        let done = work(&evidence);
        (evidence, done)
    };
    if is_large { blocking::run(work).await } else { work() }
}
