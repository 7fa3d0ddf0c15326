//! One zone, once: ask, observe, compare, judge.
//!
//! What to do next is decided by [`judge::next()`]; this drives it.

mod request;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use futures_util::future::{FutureExt as _, join_all};

use crate::blocking;
use crate::digest::{Buckets, Digest, HashKey, Profile};
use crate::dns::xfr::ixfr::ChangedRrsets;
use crate::dns::{Name, Rtype, Serial};
use crate::judge::{self, CopyRead, DeltaQuery, Evidence, SoaQuery, Step};
use crate::net::{Client, QueryOptions, QueryRecorder, SourcePort};
use crate::observe::{CopyAttempt, Failure, Observation, RrsetAnswer, Transport};
use crate::plan::{
    Compare, ComparisonRules, NameServer, Plan, ServerSelection, Source, Target, TargetId, ZoneSettings,
};
use crate::resolve::Finder;
use crate::transfer::{TransferClient, ZoneFile, ZoneFileReadError};

pub use request::{CheckRequest, CheckResult, Scope};

/// Questions about one zone that an address is asked at once.
const AT_ONCE: u32 = 8;

/// The pause before each question after those: servers that limit their rate do so for each zone, NSD
/// for one at 200 answers a second as it comes.
const PAUSE: Duration = Duration::from_millis(10);

/// All that a round needs from outside.
#[derive(Debug)]
pub struct Checker {
    /// Asks servers.
    pub client: Arc<Client>,
    /// Transfers copies.
    pub transfers: TransferClient,
    /// The master file that everything is held against, if there is one.
    pub zone_file: Option<ZoneFile>,
    /// Finds servers.
    pub finder: Finder,
    /// The secret of the digests.
    pub key: HashKey,
}

impl Checker {
    /// Returns another one under the same limits, with sockets and a resolver of its own.
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

    /// Has every query from now on counted.
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
            Scope::All(zone, rules) => self.finder.plan(zone, servers, rules.clone()).await,
            Scope::Planned(plan) => plan,
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
        let evidence = self.gather(evidence, servers, started).await;
        Ok(conclude(evidence, remembers).await)
    }

    /// Reads the zone file, if there is one, to see whether anything is wrong with it.
    pub async fn check_zone_file(&self, zone: &Name) -> Result<(), ZoneFileReadError> {
        let profile = self.profile(&ComparisonRules::new(Compare::Records));
        self.read_zone_file(zone, &profile, SystemTime::UNIX_EPOCH, Instant::now()).await.map(drop)
    }

    /// Finds the servers of a zone.
    pub async fn plan(&self, zone: Name, terms: &ZoneSettings) -> Plan {
        self.finder.plan(zone, &terms.servers, terms.comparison.clone()).await
    }

    /// Asks every server of a plan for an RRset.
    pub async fn rrset(
        &self,
        plan: &Plan,
        owner: &Name,
        rtype: Rtype,
    ) -> Vec<(Target, Result<RrsetAnswer, Failure>)> {
        let ask = async |target: &Target| (target.clone(), self.client.rrset(target, owner, rtype).await);
        join_all(plan.targets.iter().map(ask)).await
    }

    /// Returns how digests are made.
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

    async fn gather(
        &self,
        mut evidence: Box<Evidence>,
        given: &ServerSelection,
        started: Instant,
    ) -> Box<Evidence> {
        loop {
            let step;
            (evidence, step) = apart(evidence, judge::next).await;
            match step {
                Step::QuerySoa(asks) => {
                    for (target, observations) in self.ask(&evidence, &asks, started).await {
                        evidence.observe_soa(target, observations);
                    }
                }
                Step::ReadCopies(reads) => {
                    for (source, reading) in Box::pin(self.read(&evidence, reads, started)).await {
                        evidence.observe_copy(source, reading);
                    }
                }
                Step::LookUpMname(name) => {
                    let candidates = Box::pin(self.mname(&evidence.plan, given, &name)).await;
                    evidence.observe_mname(name, candidates);
                }
                Step::QueryNs(target) => {
                    let name_servers = Box::pin(self.name_servers(&evidence, target)).await;
                    evidence.plan.name_servers = Some(name_servers);
                }
                Step::QueryUnsigned(targets) => {
                    for (target, observation) in
                        Box::pin(self.ask_unsigned(&evidence, &targets, started)).await
                    {
                        evidence.observe_unsigned(target, observation);
                    }
                }
                Step::FetchDeltas(explain) => {
                    for (since, delta) in Box::pin(self.explain(&evidence, &explain)).await {
                        evidence.observe_delta(explain.reference, since, delta);
                    }
                }
                Step::Done => return evidence,
            }
        }
    }

    async fn ask(
        &self,
        evidence: &Evidence,
        asks: &[SoaQuery],
        started: Instant,
    ) -> Vec<(TargetId, Vec<Observation>)> {
        let mut questions = Vec::with_capacity(asks.len());
        for (place, ask) in asks.iter().enumerate() {
            let Some(target) = evidence.plan.target(ask.target) else { continue };
            // Whoever is asked once and never before is one of many; all others are asked from ports of
            // their own, to see who else answers at the address.
            let first = evidence.responses(ask.target).is_some_and(|responses| responses.attempts == 0);
            let source_port = if first && ask.samples == 1 { SourcePort::Shared } else { SourcePort::Fresh };
            let how = QueryOptions { transport: ask.transport, source_port };
            questions.extend((0..ask.samples).map(|number| (place, target, how, pause(number))));
        }
        let questions = questions.into_iter().map(async |(place, target, how, pause)| {
            if let Some(pause) = pause {
                Box::pin(tokio::time::sleep(pause)).await;
            }
            (place, self.client.soa(target, &evidence.plan.zone, how, started).await)
        });
        let mut looks: Vec<_> = asks.iter().map(|ask| (ask.target, Vec::new())).collect();
        for (place, observation) in join_all(questions).await {
            if let Some((_, observations)) = looks.get_mut(place) {
                observations.push(observation);
            }
        }
        looks
    }

    async fn ask_unsigned(
        &self,
        evidence: &Evidence,
        targets: &[TargetId],
        started: Instant,
    ) -> Vec<(TargetId, Observation)> {
        let looks = targets.iter().filter_map(|&id| {
            let target = Target { key: None, ..evidence.plan.target(id)?.clone() };
            Some(async move {
                let how = QueryOptions { transport: Transport::Udp, source_port: SourcePort::Shared };
                (id, self.client.soa(&target, &evidence.plan.zone, how, started).await)
            })
        });
        join_all(looks).await
    }

    async fn read(
        &self,
        evidence: &Evidence,
        reads: Vec<CopyRead>,
        started: Instant,
    ) -> Vec<(Source, CopyAttempt)> {
        let readings = reads.into_iter().filter_map(|CopyRead { source, keep }| {
            let digest = Digest::new(Arc::clone(&evidence.profile), keep, evidence.origin);
            let zone = &evidence.plan.zone;
            match source {
                Source::Target(target) => {
                    let target = evidence.plan.target(target)?;
                    let reading = self.transfers.axfr(target, zone, digest, started);
                    Some(async move { (source, reading.await) }.right_future())
                }
                Source::ZoneFile => {
                    let file = self.zone_file.as_ref()?;
                    let reading = file.read_again(zone, digest, started);
                    Some(async move { (source, reading.await) }.left_future())
                }
            }
        });
        join_all(readings).await
    }

    async fn explain(
        &self,
        evidence: &Evidence,
        explain: &DeltaQuery,
    ) -> Vec<(Serial, Option<ChangedRrsets>)> {
        let target = evidence.plan.target(explain.reference);
        let deltas = explain.since.iter().map(async |since| {
            let delta = match target {
                Some(target) => self.transfers.ixfr(target, &evidence.plan.zone, since).await,
                None => None,
            };
            (since.serial, delta)
        });
        join_all(deltas).await
    }

    /// Looks up the primary that the SOA names, unless it is among the servers already.
    async fn mname(&self, plan: &Plan, given: &ServerSelection, name: &Name) -> Vec<Target> {
        if plan.targets.iter().any(|target| target.host.as_ref() == Some(name)) {
            return Vec::new();
        }
        self.finder.primary_targets(name, given).await
    }

    async fn name_servers(&self, evidence: &Evidence, target: TargetId) -> Vec<NameServer> {
        let Some(target) = evidence.plan.target(target) else { return Vec::new() };
        let names = self.client.name_servers(target, &evidence.plan.zone).await;
        let silent = |id: TargetId| evidence.responses(id).is_some_and(|responses| responses.soa().is_none());
        if evidence.primaries().any(silent) {
            // Whether a silent primary is hidden is told by its address.
            return self.finder.name_server_addresses(names).await;
        }
        names.into_iter().map(|name| NameServer { name, addresses: Vec::new() }).collect()
    }
}

/// Returns how long one of many questions about one zone waits for its turn, if it does.
fn pause(number: u32) -> Option<Duration> {
    number.checked_sub(AT_ONCE).map(|after| PAUSE * (after + 1))
}

/// Judges what was gathered, and draws up the history after it.
async fn conclude(evidence: Box<Evidence>, remembers: bool) -> CheckResult {
    let work = move |evidence: &Evidence| {
        let judgement = judge::judge(evidence);
        let history = remembers.then(|| judge::learn(evidence, &judgement));
        (judgement, history)
    };
    let (evidence, (judgement, history)) = apart(evidence, work).await;
    tracing::info!(zone = %evidence.plan.zone, verdict = judgement.verdict.code(), "judged");
    CheckResult { evidence, judgement, history }
}

/// Works on evidence: on a thread of its own where it holds large copies, for the sockets do not wait.
async fn apart<T: Send + 'static>(
    evidence: Box<Evidence>,
    work: impl FnOnce(&Evidence) -> T + Send + 'static,
) -> (Box<Evidence>, T) {
    if !evidence.is_large() {
        let done = work(&evidence);
        return (evidence, done);
    }
    let working = blocking::run(move || {
        let done = work(&evidence);
        (evidence, done)
    });
    working.await
}
