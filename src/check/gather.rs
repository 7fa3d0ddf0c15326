//! Carries out the steps of one check, until its evidence is complete.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{FutureExt as _, join_all};
use tokio::sync::OnceCell;

use super::checker::Checker;
use super::time_limit::TimeLimit;
use crate::blocking;
use crate::digest::Digest;
use crate::dns::{Name, Serial, Soa};
use crate::judge::{
    self, ChangesQuery, ChangesSince, CopyRead, DeltaQuery, Evidence, ReceivedChanges, Responses, SoaQuery,
    Step,
};
use crate::net::{QueryOptions, SourcePort};
use crate::observe::{CopyAttempt, Delta, DeltaError, Failure, Observation, TimeSpan, Transport, UdpOutcome};
use crate::plan::{NameServer, ServerSelection, Source, Target, TargetId};
use crate::transfer::{AfterEnd, CopyOptions, RecordSorter, SortedRrsets};
use crate::validate::DsRecords;

/// The most queries for one zone that are sent to an address at once.
const MAX_BURST: u32 = 8;

/// The pause before each query after those. Servers limit the rate for each zone: NSD to 200 responses a second,
/// unless configured.
const QUERY_INTERVAL: Duration = Duration::from_millis(10);

/// A check of serials waits so long for changes, its turn to ask for them among it: its verdicts wait for them.
const MAX_FOLLOW: Duration = Duration::from_secs(5);

/// Carries out the steps of one check.
pub(super) struct Gatherer<'a> {
    pub(super) checker: &'a Checker,
    /// The servers that were named, and the keys.
    pub(super) servers: &'a ServerSelection,
    /// When the spans of the evidence start.
    pub(super) started: Instant,
    /// When the check ends at the latest, with what is known then.
    pub(super) limit: TimeLimit,
    /// The DS records of the zone, once they are known.
    pub(super) ds: OnceCell<DsRecords>,
}

impl Gatherer<'_> {
    /// Does what [`judge::next()`] asks for, until nothing is missing or the time is over.
    pub(super) async fn gather(&self, mut evidence: Box<Evidence>) -> Box<Evidence> {
        while !self.limit.is_over() {
            let step;
            (evidence, step) = judge_on_thread(evidence, judge::next).await;
            if step == Step::Done {
                break;
            }
            self.take(step, &mut evidence).await;
        }
        evidence
    }

    /// Takes one step, and adds what it shows to the evidence.
    async fn take(&self, step: Step, evidence: &mut Evidence) {
        match step {
            Step::QuerySoa(queries) => {
                for (target, observations) in self.query_soa(evidence, &queries).await {
                    evidence.observe_soa(target, observations);
                }
            }
            Step::ReadCopies(reads) => {
                for (source, attempt) in Box::pin(self.read_copies(evidence, reads)).await {
                    evidence.observe_copy(source, attempt);
                }
            }
            Step::FollowChanges(query) => {
                let changes = Box::pin(self.follow_changes(evidence, query)).await;
                evidence.observe_changes(changes);
            }
            Step::LookUpMname(name) => {
                let candidates = Box::pin(self.look_up_mname(evidence, &name)).await;
                evidence.observe_mname(name, candidates);
            }
            Step::QueryNs(target) => {
                let name_servers = Box::pin(self.limit.of_step().within(self.query_ns(evidence, target)));
                evidence.plan.name_servers = Some(name_servers.await.unwrap_or_default());
            }
            Step::QueryUnsigned(targets) => {
                for (target, observation) in Box::pin(self.query_unsigned(evidence, &targets)).await {
                    evidence.observe_unsigned(target, observation);
                }
            }
            Step::ReadCatalog(source) => {
                let reading = Box::pin(self.read_catalog(evidence, source)).await;
                evidence.observe_catalog(reading);
            }
            Step::AskRrsets(questions) => {
                let asked = Box::pin(self.ask_rrsets(evidence, questions)).await;
                if let Some((source, attempt)) = asked.copy {
                    evidence.observe_copy(source, attempt);
                }
                for (target, attempt) in asked.asked {
                    evidence.observe_asked(target, attempt);
                }
            }
            Step::FetchDeltas(query) => {
                for (since, delta) in Box::pin(self.fetch_deltas(evidence, &query)).await {
                    evidence.observe_delta(query.reference, since, delta);
                }
            }
            Step::Validate(sources) => {
                for copy in Box::pin(self.validate(evidence, sources)).await {
                    copy.add_to(evidence);
                }
                evidence.unknown_ds = self.unknown_ds();
            }
            Step::AskDelegation(query) => {
                evidence.delegation = Some(Box::pin(self.ask_delegation(evidence, query)).await);
            }
            Step::Done => {}
        }
    }

    async fn query_soa(
        &self,
        evidence: &Evidence,
        queries: &[SoaQuery],
    ) -> Vec<(TargetId, Vec<Observation>)> {
        let mut samples = Vec::with_capacity(queries.len());
        for (index, query) in queries.iter().enumerate() {
            let Some(target) = evidence.plan.target(query.target) else { continue };
            // Most addresses are asked once, and share sockets. Further queries come from ports of their own: they
            // may reach other instances behind the address.
            let is_first = evidence.responses(query.target).is_some_and(|responses| responses.attempts == 0);
            let source_port =
                if is_first && query.samples == 1 { SourcePort::Shared } else { SourcePort::Fresh };
            let options = QueryOptions { transport: query.transport, source_port };
            samples.extend((0..query.samples).map(|number| (index, target, options, number)));
        }
        let limit = self.limit.of_step();
        let begun = self.started.elapsed();
        let samples = samples.into_iter().map(async |(index, target, options, number)| {
            let query = async {
                wait_for_turn(number).await;
                let zone = &evidence.plan.zone;
                self.checker.client.soa(target, zone, options, self.started).await
            };
            (index, limit.within(query).await)
        });
        let mut by_target: Vec<_> = queries.iter().map(|query| (query.target, Vec::new())).collect();
        for (index, observation) in join_all(samples).await {
            if let Some((_, observations)) = by_target.get_mut(index) {
                observations.extend(observation);
            }
        }
        for (target, observations) in &mut by_target {
            let has_earlier = |responses: &Responses| !responses.observations.is_empty();
            if observations.is_empty() && !evidence.responses(*target).is_some_and(has_earlier) {
                observations.push(self.unanswered(begun));
            }
        }
        by_target
    }

    /// The span from a moment of the evidence until now.
    pub(super) fn span_since(&self, start: Duration) -> TimeSpan {
        TimeSpan { start, end: self.started.elapsed() }
    }

    /// The observation of a query that was begun then and is not waited for any longer.
    fn unanswered(&self, begun: Duration) -> Observation {
        Observation {
            span: self.span_since(begun),
            response: Err(Failure::Timeout),
            udp: UdpOutcome::Unanswered,
        }
    }

    async fn query_unsigned(
        &self,
        evidence: &Evidence,
        targets: &[TargetId],
    ) -> Vec<(TargetId, Observation)> {
        let queries = targets.iter().filter_map(|&id| {
            let target = Target { key: None, ..evidence.plan.target(id)?.clone() };
            Some(async move {
                let options = QueryOptions { transport: Transport::Udp, source_port: SourcePort::Shared };
                let (zone, begun) = (&evidence.plan.zone, self.started.elapsed());
                let query = self.checker.client.soa(&target, zone, options, self.started);
                let observation = self.limit.of_step().within(query).await;
                (id, observation.unwrap_or_else(|| self.unanswered(begun)))
            })
        });
        join_all(queries).await
    }

    async fn read_copies(&self, evidence: &Evidence, reads: Vec<CopyRead>) -> Vec<(Source, CopyAttempt)> {
        let attempts = reads.into_iter().filter_map(|CopyRead { source, keep }| {
            let digest = Digest::new(Arc::clone(&evidence.profile), keep, evidence.origin);
            let zone = &evidence.plan.zone;
            let expects_zonemd = expects_zonemd(evidence, source);
            match source {
                Source::Target(target) => {
                    let target = evidence.plan.target(target)?;
                    let is_first =
                        evidence.responses(source).is_none_or(|responses| responses.copy_attempts == 0);
                    let after_end = if is_first { AfterEnd::Close } else { AfterEnd::Linger };
                    let copy = (digest, CopyOptions { after_end, expects_zonemd });
                    let attempt = self.checker.transfers.axfr(target, zone, copy, self.started);
                    Some(async move { (source, Box::pin(self.within_step(attempt)).await) }.right_future())
                }
                Source::ZoneFile => {
                    let file = self.checker.zone_file.as_ref()?;
                    let options = CopyOptions { expects_zonemd, ..CopyOptions::default() };
                    let attempt = file.read_again(zone, (digest, options), self.started);
                    Some(async move { (source, self.within_step(attempt).await) }.left_future())
                }
            }
        });
        join_all(attempts).await
    }

    /// Reads the copy of a source once more, and sorts its RRsets.
    pub(super) async fn read_sorted(
        &self,
        evidence: &Evidence,
        source: Source,
        (digest, sorter): (Digest, RecordSorter),
    ) -> (CopyAttempt, Option<SortedRrsets>) {
        let (zone, checker) = (&evidence.plan.zone, self.checker);
        let options =
            CopyOptions { expects_zonemd: expects_zonemd(evidence, source), ..CopyOptions::default() };
        let sorted = async {
            match source {
                Source::Target(target) => {
                    let target = evidence.plan.target(target)?;
                    let copy = (digest, sorter, options);
                    Some(checker.transfers.axfr_sorted(target, zone, copy, self.started).await)
                }
                Source::ZoneFile => {
                    let file = checker.zone_file.as_ref()?;
                    Some(file.read_again_sorted(zone, (digest, sorter, options), self.started).await)
                }
            }
        };
        let start = self.started.elapsed();
        let sorted = self.limit.of_step().within(sorted).await.flatten();
        sorted.unwrap_or_else(|| (self.not_in_time(start), None))
    }

    /// The copy, unless the time of the step is over before it is whole.
    async fn within_step(&self, attempt: impl Future<Output = CopyAttempt>) -> CopyAttempt {
        let start = self.started.elapsed();
        self.limit.of_step().within(attempt).await.unwrap_or_else(|| self.not_in_time(start))
    }

    /// The attempt to read a copy that was begun then, and was not whole when the time of the step was over.
    pub(super) fn not_in_time(&self, start: Duration) -> CopyAttempt {
        let failure = Failure::LimitExceeded("the time for this check was over".to_owned());
        CopyAttempt { span: self.span_since(start), copy: Err(failure) }
    }

    async fn fetch_deltas(&self, evidence: &Evidence, query: &DeltaQuery) -> Vec<(Serial, Option<Delta>)> {
        let deltas = query
            .since
            .iter()
            .map(async |since| (since.serial, self.delta(evidence, query.reference, since).await.ok()));
        join_all(deltas).await
    }

    /// Asks each address what has changed, and the reference after them: it has their versions by then.
    async fn follow_changes(&self, evidence: &Evidence, query: ChangesQuery) -> ReceivedChanges {
        let ChangesQuery { targets, reference, since } = query;
        let ask = async |(target, since): (TargetId, Soa)| {
            let delta = tokio::time::timeout(MAX_FOLLOW, self.delta(evidence, target, &since)).await;
            let delta = delta.unwrap_or(Err(DeltaError::Interrupted));
            ChangesSince { target, since: since.serial, delta }
        };
        let mut changes = join_all(targets.into_iter().map(&ask)).await;
        changes.extend(join_all(since.into_iter().map(|since| ask((reference, since)))).await);
        ReceivedChanges { reference, changes }
    }

    /// Asks an address what has changed since the version with this SOA.
    pub(super) async fn delta(
        &self,
        evidence: &Evidence,
        target: TargetId,
        since: &Soa,
    ) -> Result<Delta, DeltaError> {
        let address = evidence.plan.target(target).ok_or(DeltaError::Interrupted)?;
        let delta = self.checker.transfers.ixfr(address, &evidence.plan.zone, since, &evidence.profile);
        self.limit.of_step().within(delta).await.unwrap_or(Err(DeltaError::Interrupted))
    }

    /// Looks up the primary that the SOA names, unless it is among the targets already.
    async fn look_up_mname(&self, evidence: &Evidence, name: &Name) -> Vec<Target> {
        if evidence.plan.targets.iter().any(|target| target.host.as_ref() == Some(name)) {
            return Vec::new();
        }
        let targets = self.checker.finder.primary_targets(name, self.servers);
        let targets = self.limit.of_step().within(targets).await.unwrap_or_default();
        self.checker.be_polite(self.servers, &evidence.plan.rules, &targets);
        targets
    }

    async fn query_ns(&self, evidence: &Evidence, target: TargetId) -> Vec<NameServer> {
        let Some(target) = evidence.plan.target(target) else { return Vec::new() };
        let names = self.checker.client.name_servers(target, &evidence.plan.zone).await;
        let mut servers: Vec<NameServer> =
            names.into_iter().map(|name| NameServer { name, addresses: Vec::new() }).collect();
        let is_named = |target: &Target| servers.iter().any(|server| target.is_at(server));
        let is_silent =
            |id: TargetId| evidence.responses(id).is_some_and(|responses| responses.soa().is_none());
        // A primary that does not answer is hidden unless the NS set has its address.
        let has_silent_primary = evidence.primaries().any(is_silent);
        if has_silent_primary || !evidence.plan.targets.iter().all(is_named) {
            self.add_glue(&mut servers, target, &evidence.plan.zone).await;
        }
        if has_silent_primary {
            let is_missing = |server: &&NameServer| server.addresses.is_empty();
            let missing = servers.iter().filter(is_missing).map(|server| server.name.clone()).collect();
            for found in self.checker.finder.name_server_addresses(missing).await {
                if let Some(server) = servers.iter_mut().find(|server| server.name == found.name) {
                    server.addresses = found.addresses;
                }
            }
        }
        servers
    }
}

/// Whether the last copy of a source had a ZONEMD record, which may come after other names.
fn expects_zonemd(evidence: &Evidence, source: Source) -> bool {
    let last = evidence.responses(source).and_then(Responses::copy);
    last.is_some_and(|copy| copy.zonemd.is_some())
}

/// Waits until the query with this number may be sent.
pub(super) async fn wait_for_turn(number: u32) {
    if let Some(after) = number.checked_sub(MAX_BURST) {
        Box::pin(tokio::time::sleep(QUERY_INTERVAL * (after + 1))).await;
    }
}

/// Works on evidence: on a thread for blocking work if it holds large copies, since sockets must not wait for that.
pub(super) async fn judge_on_thread<T: Send + 'static>(
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
