//! Checks a zone again and again, until a change is on every server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures_util::future::{join, join3};

use super::attempt::{Attempt, is_report_of};
use super::baseline::Baseline;
use super::queries::RrsetQueries;
use super::redirection::Redirection;
use super::streak::Streak;
use crate::check::{CheckRequest, CheckResult, Checker, TimeLimit};
use crate::cli::{ExpectArgs, FailOn};
use crate::clock;
use crate::commands::outcome::is_failure;
use crate::commands::progress::WaitProgress;
use crate::dns::Name;
use crate::expect::{self, Wanted};
use crate::judge::{Code, History, Severity, Verdict};
use crate::plan::{Plan, Role, Target, Unasked, UnaskedReason, ZoneSettings};
use crate::report::model::ServerReport;
use crate::report::{ZoneReport, zone_report};
use crate::transfer::ZoneFileReadError;

/// A zone that is checked until all is as expected.
pub(in crate::commands) struct VerifyRun {
    pub(in crate::commands) zone: Name,
    pub(in crate::commands) checker: Checker,
    pub(in crate::commands) settings: Arc<ZoneSettings>,
    /// The addresses to ask, which are looked up once.
    pub(in crate::commands) plan: Plan,
    /// The addresses that are waited for; without a list, all of them.
    pub(super) awaited: Option<Vec<Target>>,
    pub(super) wanted: Vec<Wanted>,
    pub(super) args: ExpectArgs,
    pub(super) fail_on: FailOn,
    pub(super) history: History,
    pub(super) began: Instant,
    /// The zone as it was before the change.
    pub(super) baseline: Option<Baseline>,
    pub(super) outcome: VerifyOutcome,
}

/// What the checks have shown so far.
#[derive(Default)]
pub(super) struct VerifyOutcome {
    /// What the last check has shown.
    pub(super) last: Option<Attempt>,
    /// The servers, compared with the baseline.
    baseline: Option<ZoneReport>,
    /// The good checks in a row.
    streak: Streak,
    /// The checks in a row that saw expected names redirected out of the zone.
    redirection: Redirection,
}

impl VerifyRun {
    /// Checks the serials of all servers once.
    pub(in crate::commands) async fn check_serials(&mut self) -> anyhow::Result<ZoneReport> {
        let settings = Arc::clone(&self.settings);
        let request = CheckRequest::serials(self.plan.clone(), &settings.servers, clock::now());
        let checked = self.check(request, self.end()).await;
        self.take(checked)
    }

    /// Checks until all is as expected, time is up, or waiting cannot help.
    ///
    /// It ends one timeout of a query after the wait at the latest: the last check begins with the time of a whole query
    /// left.
    pub(in crate::commands) async fn run(&mut self) -> anyhow::Result<()> {
        let deadline = self.began + self.args.wait;
        let mut progress = WaitProgress::new(&self.zone, self.began, self.args.wait);
        loop {
            let asked = Instant::now();
            if asked < deadline && !self.awaits_nobody() {
                self.wait_for_serials(deadline, &mut progress).await?;
            }
            self.check_all().await?;
            if self.is_good() {
                self.outcome.streak.add_good();
            } else {
                self.end_streak();
            }
            let is_enough = self.outcome.streak.has(self.args.stable.get());
            self.count_redirection();
            let is_settled = self.is_hopeless() || self.is_unasked_alone() || self.are_awaited_settled();
            if is_enough || is_settled || Instant::now() >= deadline {
                return Ok(());
            }
            if self.plan.targets.is_empty() || !self.plan.lookup_errors.is_empty() {
                // The servers of a new zone may be found later.
                let limit = lookup_limit(self.end());
                self.plan = self.checker.plan(self.zone.clone(), &self.settings, limit).await;
            }
            if let Some(last) = &self.outcome.last {
                progress.show(&last.report, |server| {
                    let is_waited_for = self.is_waited_for(&server.server, server.address_text());
                    server.severity != Severity::Ok && is_waited_for
                });
            }
            self.pause(asked, deadline).await;
        }
    }

    /// When the run ends at the latest.
    fn end(&self) -> Instant {
        self.began + self.args.wait + self.checker.client.timeout
    }

    /// Asks the addresses that lack the change for serials and what is expected, until none lacks it, time is up, or
    /// waiting cannot help.
    async fn wait_for_serials(
        &mut self,
        deadline: Instant,
        progress: &mut WaitProgress,
    ) -> anyhow::Result<()> {
        let mut plan = self.plan.clone();
        loop {
            let asked = Instant::now();
            let settings = Arc::clone(&self.settings);
            let request = CheckRequest::serials(plan.clone(), &settings.servers, clock::now());
            let checked = self.check(request, deadline);
            let (checked, answers) = join(checked, self.queries(deadline).send(&plan)).await;
            if Instant::now() >= deadline {
                // The check was not completed; one of all servers follows.
                return Ok(());
            }
            let report = self.take(checked)?;
            let attempt = Attempt::new(report, answers, self.outcome.last.take());
            let is_pending = |target: &&Target| {
                !attempt.is_as_expected(target)
                    && self.is_waited_for(&target.server, &target.address.to_string())
            };
            let pending: Vec<Target> = plan.targets.iter().filter(is_pending).cloned().collect();
            let report = &attempt.report;
            progress.show(report, |server| pending.iter().any(|target| is_report_of(server, target)));
            // The others are compared with the reference, which may have a new version by now, or with a signer.
            let reference = report.reference.as_ref().and_then(|reference| reference.address.clone());
            plan.targets.retain(|target| {
                pending.contains(target)
                    || target.role == Role::Signer
                    || reference.as_ref() == Some(&target.address.to_string())
            });
            self.outcome.last = Some(attempt);
            if !pending.is_empty() {
                self.end_streak();
            }
            self.count_redirection();
            if pending.is_empty() || self.is_hopeless() {
                return Ok(());
            }
            self.pause(asked, deadline).await;
            if Instant::now() >= deadline {
                return Ok(());
            }
        }
    }

    /// Checks all servers, by the rules of the zone, and compares them with the baseline.
    async fn check_all(&mut self) -> anyhow::Result<()> {
        let end = self.end();
        let settings = Arc::clone(&self.settings);
        let request = CheckRequest::planned(self.plan.clone(), &settings.servers, clock::now());
        let compared = async {
            match &self.baseline {
                Some(baseline) => baseline.check(self.plan.clone(), end).await.map(Some),
                None => Ok(None),
            }
        };
        let checked = self.check(request, end);
        let (checked, answers, compared) = join3(checked, self.queries(end).send(&self.plan), compared).await;
        let compared = compared
            .with_context(|| format!("cannot read the baseline of `{}`", self.zone.without_final_dot()))?;
        // With `--stable`, each bad answer counts.
        let answers =
            if self.args.stable.get() > 1 { answers } else { self.queries(end).confirm(answers).await };
        let answers = self.queries(end).add_wildcards(answers).await;
        self.outcome.last = Some(Attempt::new(self.take(checked)?, answers, None));
        self.outcome.baseline = compared;
        Ok(())
    }

    /// Checks the zone, with the history of all earlier checks.
    async fn check(
        &self,
        request: CheckRequest<'_>,
        until: Instant,
    ) -> Result<CheckResult, ZoneFileReadError> {
        let request = CheckRequest { history: Some(self.history.clone()), until: Some(until), ..request };
        Box::pin(self.checker.check(request)).await
    }

    /// Takes the history and the report from the result of a check.
    fn take(&mut self, checked: Result<CheckResult, ZoneFileReadError>) -> anyhow::Result<ZoneReport> {
        let CheckResult { evidence, judgement, history, caches, statuses } = checked
            .with_context(|| format!("cannot read the zone file of `{}`", self.zone.without_final_dot()))?;
        self.history = history.unwrap_or_default();
        Ok(zone_report(&evidence, &judgement, &caches, &statuses))
    }

    /// The queries for what is expected, until then.
    fn queries(&self, until: Instant) -> RrsetQueries<'_> {
        let limit = TimeLimit { until: Some(until) };
        RrsetQueries { checker: &self.checker, zone: &self.zone, wanted: &self.wanted, limit }
    }

    /// Waits until addresses that were asked at `asked` are asked again: the time that they took to answer counts.
    async fn pause(&self, asked: Instant, deadline: Instant) {
        // Good checks in a row are a second apart, however long it took until the first.
        let elapsed = if self.outcome.streak.is_good() { Duration::ZERO } else { self.began.elapsed() };
        let next = (asked + poll_interval(elapsed)).min(deadline);
        tokio::time::sleep_until(next.into()).await;
    }

    /// Ends the streak of good checks, for what is bad in the last one.
    fn end_streak(&mut self) {
        let what = self.report().and_then(|report| {
            let mut counted = report.servers.iter().filter(|server| !self.is_warn_only_report(server));
            let bad = counted.find(|server| !self.is_fine(server.severity));
            bad.map(expect::describe_bad_server)
        });
        self.outcome.streak.end(what);
    }

    /// Counts whether the last check saw names that are expected redirected out of the zone.
    fn count_redirection(&mut self) {
        let owners = self.outcome.last.as_ref().map(|attempt| {
            let counts = |server: &str, address: &str| !self.is_warn_only(server, address);
            expect::redirecting_owners(&attempt.report, &attempt.answers, counts)
        });
        let owners = owners.unwrap_or_default();
        let may_change = self.baseline.as_ref().is_some_and(|baseline| baseline.permits_redirecting(&owners));
        self.outcome.redirection.count(!owners.is_empty() && !may_change);
    }

    /// Whether waiting cannot help: a server that is ahead stays so, names that are redirected out of the zone are in
    /// others, and `--fail-fast` wants no more than one critical finding.
    fn is_hopeless(&self) -> bool {
        let Some(Attempt { report, .. }) = &self.outcome.last else { return false };
        let counted = || {
            let servers = report.servers.iter();
            servers.filter(|server| self.is_waited_for(&server.server, server.address_text()))
        };
        let is_critical = || {
            counted().any(|server| server.severity == Severity::Critical)
                || report.findings.iter().any(|finding| finding.severity == Severity::Critical)
        };
        counted().any(|server| server.verdict == Verdict::Ahead)
            || self.outcome.redirection.is_settled()
            || (self.args.fail_fast && is_critical())
    }

    /// Whether all that is wrong is that servers can never be asked from this host, or that there is only one address.
    fn is_unasked_alone(&self) -> bool {
        let may_get_address = |unasked: &Unasked| match unasked.reason {
            UnaskedReason::FamilyExcluded(_) | UnaskedReason::NoInterface { .. } => false,
            UnaskedReason::NoAddress { .. } | UnaskedReason::MemberWithoutAddress { .. } => true,
        };
        let can_be_asked = |server: &&ServerReport| {
            server.address.is_some()
                || self.plan.unasked.iter().any(|it| it.server == server.server && may_get_address(it))
        };
        self.report().is_some_and(|report| {
            let is_alone = |code: &str| code == Code::NothingToCompare.name();
            let has_one_address = report.findings.iter().any(|finding| is_alone(finding.code));
            let bad = report.servers.iter().filter(|server| !self.is_fine(server.severity));
            let (asked, unasked): (Vec<&ServerReport>, Vec<&ServerReport>) = bad.partition(can_be_asked);
            let is_settled = |server: &&ServerReport| has_one_address && server.verdict == Verdict::Unknown;
            asked.iter().all(is_settled)
                && (has_one_address || !unasked.is_empty())
                && report
                    .findings
                    .iter()
                    .all(|finding| self.is_fine(finding.severity) || is_alone(finding.code))
        })
    }

    /// Whether nothing that counts is wrong.
    fn is_good(&self) -> bool {
        self.report().is_some_and(|report| {
            let mut counted =
                report.servers.iter().filter(|server| !self.is_warn_only_report(server)).peekable();
            counted.peek().is_some()
                && counted.all(|server| self.is_fine(server.severity))
                && report.findings.iter().all(|finding| self.is_fine(finding.severity))
        })
    }

    /// Whether a severity is no failure.
    fn is_fine(&self, severity: Severity) -> bool {
        !is_failure(severity, self.fail_on)
    }

    /// The report of the whole run.
    pub(in crate::commands) fn final_report(&self) -> Option<ZoneReport> {
        let mut report = self.unlimited_report()?;
        if let (Some(baseline), Some(compared)) = (&self.baseline, &self.outcome.baseline) {
            expect::add_only_changed(&mut report, &baseline.expected, compared);
        }
        if let Some(instability) = self.outcome.streak.instability(self.args.stable.get()) {
            expect::add_unstable_finding(&mut report, &instability);
        }
        Some(self.limited(report))
    }

    /// The report of the last check with its unmet expectations. Differences from the baseline are left out: waiting does
    /// not remove them.
    fn report(&self) -> Option<ZoneReport> {
        self.unlimited_report().map(|report| self.limited(report))
    }

    fn unlimited_report(&self) -> Option<ZoneReport> {
        let attempt = self.outcome.last.as_ref()?;
        let mut report = attempt.report.clone();
        expect::add_unmet_findings(&mut report, &attempt.answers);
        expect::add_zone_file(&mut report);
        Some(report)
    }

    /// A report in which the servers that `--warn-only` names are warnings at most.
    fn limited(&self, mut report: ZoneReport) -> ZoneReport {
        if !self.args.warn_only.is_empty() {
            expect::limit_to_warning(&mut report, |server| self.is_warn_only_report(server));
        }
        report
    }
}

/// The limit of lookups that begin now, which leaves time for the servers.
pub(super) fn lookup_limit(end: Instant) -> TimeLimit {
    let now = Instant::now();
    TimeLimit { until: Some(now + end.saturating_duration_since(now) / 2) }
}

/// The time from one query of a server to the next, which grows as the wait does.
fn poll_interval(elapsed: Duration) -> Duration {
    Duration::from_secs(match elapsed.as_secs() {
        0..60 => 1,
        60..180 => 2,
        180..600 => 5,
        _ => 10,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_asked_less_often_the_longer_it_takes() {
        let intervals = [0, 59, 60, 179, 180, 599, 600, 100_000]
            .map(|elapsed| poll_interval(Duration::from_secs(elapsed)).as_secs());
        assert_eq!(intervals, [1, 1, 2, 2, 5, 5, 10, 10]);
    }
}
