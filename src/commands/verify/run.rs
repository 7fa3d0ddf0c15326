//! Checks a zone again and again, until a change is on every server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use futures_util::future::join_all;

use super::attempt::{Attempt, is_report_of};
use super::baseline::Baseline;
use crate::check::{CheckRequest, CheckResult, Checker};
use crate::cli::{ExpectArgs, FailOn};
use crate::clock;
use crate::commands::outcome::exit_code;
use crate::commands::progress::WaitProgress;
use crate::dns::{Name, Rtype};
use crate::expect::{self, AddressAnswers, Wanted};
use crate::judge::{Code, History, Severity, Verdict};
use crate::plan::{Plan, Target, Unasked, UnaskedReason, ZoneSettings};
use crate::report::model::ServerReport;
use crate::report::{ZoneReport, zone_report};
use crate::transfer::ZoneFileReadError;

/// A zone that is checked until all is as expected.
pub(super) struct VerifyRun {
    pub(super) zone: Name,
    pub(super) checker: Checker,
    pub(super) settings: Arc<ZoneSettings>,
    /// The addresses to ask, which are looked up once.
    pub(super) plan: Plan,
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
    last: Option<Attempt>,
    /// The servers, compared with the baseline.
    baseline: Option<ZoneReport>,
    /// How many good checks in a row there were, if there was no time for enough.
    too_few_good: Option<u32>,
}

impl VerifyRun {
    /// Waits for the change, then compares with the baseline.
    pub(super) async fn run(&mut self) -> anyhow::Result<()> {
        let label = self.zone.without_final_dot();
        self.wait().await.with_context(|| format!("cannot read the zone file of `{label}`"))?;
        if let Some(baseline) = &self.baseline {
            let report = baseline.check(self.zone.clone()).await;
            let report = report.with_context(|| format!("cannot read the baseline of `{label}`"))?;
            self.outcome.baseline = Some(report);
        }
        Ok(())
    }

    /// Checks until all is as expected, time is up, or waiting cannot help.
    async fn wait(&mut self) -> Result<(), ZoneFileReadError> {
        let deadline = self.began + self.args.wait;
        let mut progress = WaitProgress::new(&self.zone, self.began, self.args.wait);
        let mut good = 0;
        loop {
            let asked = Instant::now();
            if asked < deadline {
                self.wait_for_serials(deadline, &mut progress).await?;
            }
            let report = self.check_all().await?;
            let is_hopeless = self.is_hopeless(&report) || self.is_unasked_alone();
            good = if self.is_good() { good + 1 } else { 0 };
            let is_enough = good >= self.args.stable.get();
            if is_enough || is_hopeless || Instant::now() >= deadline {
                // If the last check was not good, its report says why.
                self.outcome.too_few_good = (!is_enough && good > 0).then_some(good);
                return Ok(());
            }
            if self.plan.targets.is_empty() {
                // The servers of a new zone may be found later.
                self.plan = self.checker.plan(self.zone.clone(), &self.settings).await;
            }
            progress.show(&report, |server| server.severity != Severity::Ok);
            self.pause(asked, deadline).await;
        }
    }

    /// Asks the addresses that lack the change for serials and what is expected, until none lacks it, time is up, or
    /// waiting cannot help.
    async fn wait_for_serials(
        &mut self,
        deadline: Instant,
        progress: &mut WaitProgress,
    ) -> Result<(), ZoneFileReadError> {
        let mut plan = self.plan.clone();
        loop {
            let asked = Instant::now();
            let settings = Arc::clone(&self.settings);
            let report =
                self.check(CheckRequest::serials(plan.clone(), &settings.servers, clock::now())).await?;
            let answers = self.ask_expected(&plan).await;
            let attempt = Attempt::new(report, answers, self.outcome.last.take());
            let is_pending = |target: &&Target| {
                !attempt.is_as_expected(target)
                    && !self.is_warn_only(&target.server, &target.address.to_string())
            };
            let pending: Vec<Target> = plan.targets.iter().filter(is_pending).cloned().collect();
            let report = &attempt.report;
            progress.show(report, |server| pending.iter().any(|target| is_report_of(server, target)));
            let is_over = pending.is_empty() || self.is_hopeless(report) || Instant::now() >= deadline;
            // The others are compared with the reference, which may have a new version by now.
            let reference = report.reference.as_ref().and_then(|reference| reference.address.clone());
            plan.targets.retain(|target| {
                pending.contains(target) || reference.as_ref() == Some(&target.address.to_string())
            });
            self.outcome.last = Some(attempt);
            if is_over {
                return Ok(());
            }
            self.pause(asked, deadline).await;
        }
    }

    /// Checks all servers, by the rules of the zone.
    async fn check_all(&mut self) -> Result<ZoneReport, ZoneFileReadError> {
        let settings = Arc::clone(&self.settings);
        let report = self.check(CheckRequest::all(self.zone.clone(), &settings, clock::now())).await?;
        let answers = self.ask_expected(&self.plan).await;
        let attempt = Attempt::new(report, answers, None);
        let report = attempt.report.clone();
        self.outcome.last = Some(attempt);
        Ok(report)
    }

    /// Checks the zone, with the history of all earlier checks.
    async fn check(&mut self, request: CheckRequest<'_>) -> Result<ZoneReport, ZoneFileReadError> {
        let history = Some(self.history.clone());
        let CheckResult { evidence, judgement, history } =
            self.checker.check(CheckRequest { history, ..request }).await?;
        self.history = history.unwrap_or_default();
        Ok(zone_report(&evidence, &judgement))
    }

    /// Asks the addresses of a plan for every RRset of which something is expected, once each.
    async fn ask_expected(&self, plan: &Plan) -> Vec<(Wanted, AddressAnswers)> {
        let mut questions: Vec<(&Name, Rtype)> = Vec::new();
        for question in self.wanted.iter().filter_map(Wanted::question) {
            if !questions.contains(&question) {
                questions.push(question);
            }
        }
        let ask = async |(owner, rtype)| self.checker.rrset(plan, owner, rtype).await;
        let answers = join_all(questions.iter().copied().map(ask)).await;
        let answers_to = |wanted: &Wanted| {
            let asked =
                wanted.question().and_then(|it| questions.iter().position(|question| *question == it));
            asked.and_then(|asked| answers.get(asked)).cloned().unwrap_or_default()
        };
        self.wanted.iter().map(|wanted| (wanted.clone(), answers_to(wanted))).collect()
    }

    /// Waits until addresses that were asked at `asked` are asked again: the time that they took to answer counts.
    async fn pause(&self, asked: Instant, deadline: Instant) {
        let next = (asked + poll_interval(self.began.elapsed())).min(deadline);
        tokio::time::sleep_until(next.into()).await;
    }

    /// Whether waiting cannot help: a server that is ahead stays so, and `--fail-fast` wants no more than one
    /// critical finding.
    fn is_hopeless(&self, report: &ZoneReport) -> bool {
        let counted = || report.servers.iter().filter(|server| !self.is_warn_only_report(server));
        let is_critical = || {
            counted().any(|server| server.severity == Severity::Critical)
                || report.findings.iter().any(|finding| finding.severity == Severity::Critical)
        };
        counted().any(|server| server.verdict == Verdict::Ahead) || (self.args.fail_fast && is_critical())
    }

    /// Whether nothing is wrong but servers that no waiting makes this host ask, or that there is only one address.
    fn is_unasked_alone(&self) -> bool {
        let is_fine = |severity| exit_code(severity, self.fail_on) == 0;
        let may_get_address = |unasked: &Unasked| match unasked.reason {
            UnaskedReason::FamilyExcluded(_) => false,
            UnaskedReason::NoAddress { .. } | UnaskedReason::MemberWithoutAddress { .. } => true,
        };
        let can_be_asked = |server: &&ServerReport| {
            server.address.is_some()
                || self.plan.unasked.iter().any(|it| it.server == server.server && may_get_address(it))
        };
        self.report().is_some_and(|report| {
            let is_alone = |code: &str| code == Code::NothingToCompare.name();
            let has_one_address = report.findings.iter().any(|finding| is_alone(finding.code));
            let bad = report.servers.iter().filter(|server| !is_fine(server.severity));
            let (asked, unasked): (Vec<&ServerReport>, Vec<&ServerReport>) = bad.partition(can_be_asked);
            let is_settled = |server: &&ServerReport| has_one_address && server.verdict == Verdict::Unknown;
            asked.iter().all(is_settled)
                && (has_one_address || !unasked.is_empty())
                && report.findings.iter().all(|finding| is_fine(finding.severity) || is_alone(finding.code))
        })
    }

    /// Whether nothing that counts is wrong.
    fn is_good(&self) -> bool {
        self.report().is_some_and(|report| {
            let mut counted =
                report.servers.iter().filter(|server| !self.is_warn_only_report(server)).peekable();
            let is_fine = |severity| exit_code(severity, self.fail_on) == 0;
            counted.peek().is_some()
                && counted.all(|server| is_fine(server.severity))
                && report.findings.iter().all(|finding| is_fine(finding.severity))
        })
    }

    /// The report of the last check, with all that is expected.
    pub(super) fn report(&self) -> Option<ZoneReport> {
        let attempt = self.outcome.last.as_ref()?;
        let mut report = attempt.report.clone();
        expect::add_unmet_findings(&mut report, &attempt.answers);
        expect::add_zone_file(&mut report);
        if let (Some(baseline), Some(compared)) = (&self.baseline, &self.outcome.baseline) {
            expect::add_only_changed(&mut report, &baseline.expected, compared);
        }
        if let Some(good) = self.outcome.too_few_good {
            expect::add_unstable_finding(&mut report, self.args.stable.get(), good);
        }
        if !self.args.warn_only.is_empty() {
            expect::limit_to_warning(&mut report, |server| self.is_warn_only_report(server));
        }
        Some(report)
    }

    /// Whether `--warn-only` names a server.
    fn is_warn_only(&self, server: &str, address: &str) -> bool {
        self.args.warn_only.iter().any(|name| name == server || name == address)
    }

    fn is_warn_only_report(&self, server: &ServerReport) -> bool {
        self.is_warn_only(&server.server, server.address_text())
    }

    /// Requires every server that `--warn-only` names to be one of the zone.
    pub(super) fn require_warn_only_servers(&self) -> anyhow::Result<()> {
        for name in &self.args.warn_only {
            let is_named = |target: &Target| *name == target.server || *name == target.address.to_string();
            let is_unasked = self.plan.unasked.iter().any(|unasked| *name == unasked.server);
            if !is_unasked && !self.plan.targets.iter().any(is_named) {
                let asked = self.plan.targets.iter().map(|it| it.server.as_str());
                let unasked = self.plan.unasked.iter().map(|it| it.server.as_str());
                let mut names: Vec<&str> = asked.chain(unasked).collect();
                names.dedup();
                bail!(
                    "`--warn-only {}` is none of the servers of this zone\nhint: they are {}",
                    name.escape_debug(),
                    names.join(", ").escape_debug()
                );
            }
        }
        Ok(())
    }
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
