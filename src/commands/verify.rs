//! `zoneprobe verify`: wait until a change is on every server, or say what stands in the way.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, bail};
use futures_util::future::join_all;

use super::check::{exit_code, run_ending};
use super::output::Reports;
use super::progress::{self, Progress};
use super::setup::Setup;
use super::signals;
use super::store::Memory;
use crate::check::{CheckRequest, CheckResult, Checker};
use crate::cli::{CheckArgs, ExpectArgs, FailOn, VerifyCommand};
use crate::clock;
use crate::dns::Name;
use crate::expect::{self, AddressAnswers, Wanted, parse_permitted, parse_wanted};
use crate::judge::{History, Severity, Verdict};
use crate::plan::{
    Compare, ComparisonRules, ContentRules, Plan, Serials, Target, TtlDifference, ZoneSettings,
};
use crate::report::model::ServerReport;
use crate::report::{self, ZoneReport, zone_report};
use crate::transfer::{ZoneFile, ZoneFileReadError};

/// Runs the command and returns its exit code.
pub(super) async fn run(verify: VerifyCommand) -> anyhow::Result<u8> {
    let begun = Instant::now();
    let label = verify.zone.without_final_dot();
    let ExpectArgs { serial, expect, absent, .. } = &verify.expect;
    let wanted = parse_wanted(&verify.zone, *serial, expect, absent)
        .with_context(|| format!("cannot expect that of `{label}`"))?;
    let CheckArgs { servers, rules, state, limits, output } = verify.args;
    let mut reports = Reports::open(&output, report::RunScope::OneZone, Some(1))?.without_progress();
    let Setup { mut prober, terms } = Setup::new(servers, &rules, &limits)?;
    let terms = terms.of(&verify.zone)?;
    let memory = Memory::of(&mut prober, state, "zoneprobe verify").await?;
    let history = match &memory {
        Some(memory) => memory.history(&verify.zone).await,
        None => History::default(),
    };
    let fail_on = output.fail_on;
    let baseline = Baseline::of(&verify.expect, &verify.zone, &prober, &terms).await?;
    let mut watch = Watch {
        plan: prober.plan(verify.zone.clone(), &terms).await,
        zone: verify.zone,
        prober,
        terms,
        wanted,
        args: verify.expect,
        fail_on,
        history,
        begun,
        last: None,
        baseline,
        held: None,
        too_few: None,
    };
    watch.check_excused()?;
    let interrupted = tokio::select! {
        ended = watch.run() => {
            ended.with_context(|| format!("cannot read the zone file of `{label}`"))?;
            watch.hold().await.with_context(|| format!("cannot read the baseline of `{label}`"))?;
            None
        }
        code = signals::told() => Some(code?),
    };
    if let Some(memory) = memory {
        memory.remember(watch.zone.clone(), watch.history.clone()).await;
        memory.end().await;
    }
    if let Some(report) = watch.told() {
        reports.zone(&report)?;
    }
    let tally = reports.end(&run_ending(begun))?;
    Ok(interrupted.unwrap_or_else(|| exit_code(tally.severity(), fail_on)))
}

/// A look, and what was answered about each expectation.
struct Look {
    report: ZoneReport,
    answers: Vec<(Wanted, AddressAnswers)>,
}

impl Look {
    /// Holds the servers against what is expected; of those that were not asked, an earlier look tells.
    fn new(
        mut report: ZoneReport,
        mut answers: Vec<(Wanted, AddressAnswers)>,
        earlier: Option<Self>,
    ) -> Self {
        for server in earlier.iter().flat_map(|earlier| &earlier.report.servers) {
            let same = |it: &ServerReport| it.server == server.server && it.address == server.address;
            if !report.servers.iter().any(same) {
                report.servers.push(server.clone());
                report.severity = report.severity.worse(server.severity);
            }
        }
        let known = earlier.into_iter().flat_map(|earlier| earlier.answers);
        for ((_, answers), (_, known)) in answers.iter_mut().zip(known) {
            let new: Vec<Target> = answers.iter().map(|(target, _)| target.clone()).collect();
            answers.extend(known.into_iter().filter(|(target, _)| !new.contains(target)));
        }
        expect::add_expectations(&mut report, &answers);
        Self { report, answers }
    }
}

/// A zone that is watched until all is as expected.
struct Watch {
    prober: Checker,
    terms: Arc<ZoneSettings>,
    zone: Name,
    /// Whom to ask; looked up once.
    plan: Plan,
    wanted: Vec<Wanted>,
    args: ExpectArgs,
    fail_on: FailOn,
    history: History,
    begun: Instant,
    last: Option<Look>,
    /// What the zone was before the change.
    baseline: Option<Baseline>,
    /// The servers, held against that.
    held: Option<ZoneReport>,
    /// How many good looks in a row there were, if time was up before there were enough.
    too_few: Option<u32>,
}

impl Watch {
    /// Looks until all is well, or time is up, or waiting does not help.
    async fn run(&mut self) -> Result<(), ZoneFileReadError> {
        let deadline = self.begun + self.args.wait;
        let mut progress = Progress::new(&self.zone, self.begun, self.args.wait);
        let mut good = 0;
        loop {
            let looked = Instant::now();
            if looked < deadline {
                self.poll(deadline, &mut progress).await?;
            }
            let report = self.look().await?;
            let hopeless = self.is_hopeless(&report);
            good = if self.is_well() { good + 1 } else { 0 };
            let enough = good >= self.args.stable.get();
            if enough || hopeless || Instant::now() >= deadline {
                // Where the last look was not good, that says what is wrong.
                self.too_few = (!enough && good > 0).then_some(good);
                return Ok(());
            }
            if self.plan.targets.is_empty() {
                // Of a zone that is new, the servers may be found later.
                self.plan = self.prober.plan(self.zone.clone(), &self.terms).await;
            }
            progress.tell(&report, |server| server.severity != Severity::Ok);
            self.pause(looked, deadline).await;
        }
    }

    /// Asks those that are not good yet for their serials and for what is expected, until all are good, time
    /// is up, or it seems that waiting does not help.
    async fn poll(&mut self, deadline: Instant, progress: &mut Progress) -> Result<(), ZoneFileReadError> {
        let mut lacking = self.plan.clone();
        loop {
            let asked = Instant::now();
            let terms = Arc::clone(&self.terms);
            let report =
                self.check(CheckRequest::serials(lacking.clone(), &terms.given, clock::now())).await?;
            let answers = self.ask(&lacking).await;
            let look = Look::new(report, answers, self.last.take());
            let report = &look.report;
            let good = |target: &Target| is_good(report, target) || self.is_excused(target);
            let waited_for: Vec<Target> =
                lacking.targets.iter().filter(|target| !good(target)).cloned().collect();
            progress.tell(report, |server| waited_for.iter().any(|it| is_of(it, server)));
            let over = waited_for.is_empty() || self.is_hopeless(report) || Instant::now() >= deadline;
            // They are held against the reference, which may have moved on.
            let chosen = report.reference.as_ref().and_then(|reference| reference.address.clone());
            lacking.targets.retain(|target| {
                waited_for.contains(target) || chosen.as_ref() == Some(&target.address.to_string())
            });
            self.last = Some(look);
            if over {
                return Ok(());
            }
            self.pause(asked, deadline).await;
        }
    }

    /// Looks at all servers, and compares what was to be compared.
    async fn look(&mut self) -> Result<ZoneReport, ZoneFileReadError> {
        let terms = Arc::clone(&self.terms);
        let report = self.check(CheckRequest::all(self.zone.clone(), &terms, clock::now())).await?;
        let answers = self.ask(&self.plan).await;
        let look = Look::new(report, answers, None);
        let report = look.report.clone();
        self.last = Some(look);
        Ok(report)
    }

    /// Checks the zone after all earlier checks of it.
    async fn check(&mut self, request: CheckRequest<'_>) -> Result<ZoneReport, ZoneFileReadError> {
        let history = Some(self.history.clone());
        let CheckResult { evidence, judgement, history } =
            self.prober.check(CheckRequest { history, ..request }).await?;
        self.history = history.unwrap_or_default();
        Ok(zone_report(&evidence, &judgement))
    }

    /// Waits until servers are asked again that were asked `since`: one that does not answer holds nobody up
    /// for longer than it takes to wait for its answer.
    async fn pause(&self, since: Instant, deadline: Instant) {
        let next = (since + progress::pause(self.begun.elapsed())).min(deadline);
        tokio::time::sleep_until(next.into()).await;
    }

    async fn ask(&self, plan: &Plan) -> Vec<(Wanted, AddressAnswers)> {
        let ask = async |wanted: &Wanted| {
            let answers = match wanted.question() {
                Some((owner, rtype)) => self.prober.rrset(plan, owner, rtype).await,
                None => Vec::new(),
            };
            (wanted.clone(), answers)
        };
        join_all(self.wanted.iter().map(ask)).await
    }

    /// Returns whether waiting does not help: who is ahead stays so, and whoever wants to know the first
    /// trouble at once is told.
    fn is_hopeless(&self, report: &ZoneReport) -> bool {
        let counted = || report.servers.iter().filter(|server| !excused(&self.args.warn_only, server));
        let critical = || {
            counted().any(|server| server.severity == Severity::Critical)
                || report.findings.iter().any(|finding| finding.severity == Severity::Critical)
        };
        counted().any(|server| server.verdict == Verdict::Ahead) || (self.args.fail_fast && critical())
    }

    /// Returns whether nothing that counts is wrong.
    fn is_well(&self) -> bool {
        self.told().is_some_and(|report| {
            let excused = |server| excused(&self.args.warn_only, server);
            let mut counted = report.servers.iter().filter(|server| !excused(server)).peekable();
            let fine = |severity| exit_code(severity, self.fail_on) == 0;
            counted.peek().is_some()
                && counted.all(|server| fine(server.severity))
                && report.findings.iter().all(|finding| fine(finding.severity))
        })
    }

    /// Holds every server against what the zone was before the change.
    async fn hold(&mut self) -> Result<(), ZoneFileReadError> {
        if let Some(baseline) = &self.baseline {
            let request = CheckRequest::all(self.zone.clone(), &baseline.terms, clock::now());
            let CheckResult { evidence, judgement, .. } = Box::pin(baseline.prober.check(request)).await?;
            self.held = Some(zone_report(&evidence, &judgement));
        }
        Ok(())
    }

    /// Returns what is known, as it is told.
    fn told(&self) -> Option<ZoneReport> {
        let look = self.last.as_ref()?;
        let mut report = look.report.clone();
        expect::add_unmet_findings(&mut report, &look.answers);
        expect::add_zone_file(&mut report);
        if let (Some(baseline), Some(held)) = (&self.baseline, &self.held) {
            expect::add_only_changed(&mut report, &baseline.expected, held);
        }
        if let Some(good) = self.too_few {
            expect::add_unstable_finding(&mut report, self.args.stable.get(), good);
        }
        if !self.args.warn_only.is_empty() {
            expect::limit_to_warning(&mut report, |server| excused(&self.args.warn_only, server));
        }
        Some(report)
    }

    fn is_excused(&self, target: &Target) -> bool {
        let address = target.address.to_string();
        self.args.warn_only.iter().any(|name| *name == target.server || *name == address)
    }

    /// A server that is not there cannot be excused.
    fn check_excused(&self) -> anyhow::Result<()> {
        for name in &self.args.warn_only {
            let known = |target: &Target| *name == target.server || *name == target.address.to_string();
            if !self.plan.targets.iter().any(known) {
                let mut names: Vec<&str> = self.plan.targets.iter().map(|it| it.server.as_str()).collect();
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

/// What the zone was before the change, and what of it may be another way now.
struct Baseline {
    /// Holds servers against its file.
    prober: Checker,
    terms: ZoneSettings,
    /// What is expected, in words.
    expected: String,
}

impl Baseline {
    /// Reads it for the first time, before anybody is asked.
    async fn of(
        args: &ExpectArgs,
        zone: &Name,
        prober: &Checker,
        terms: &ZoneSettings,
    ) -> anyhow::Result<Option<Self>> {
        let Some(path) = &args.baseline else { return Ok(None) };
        let label = zone.without_final_dot();
        let permitted = parse_permitted(zone, &args.only_changed)
            .with_context(|| format!("cannot take that for a change of `{label}`"))?;
        check_form(path)?;
        let named: Vec<String> = permitted.iter().map(|(owner, rtype)| format!("{owner} {rtype}")).collect();
        let shown = path.display().to_string().escape_debug().to_string();
        let expected = match named.as_slice() {
            [] => format!("nothing to differ from {shown}"),
            named => format!("nothing but {} to differ from {shown}", named.join(", ")),
        };
        let file = ZoneFile::new(path.clone(), prober.reader.limits);
        let rules = ComparisonRules {
            compare: Compare::Records,
            content: ContentRules { permitted, ..terms.rules.content.clone() },
            ttl: TtlDifference::Diverged,
            serials: Serials::Independent,
            samples: 1,
            ..terms.rules.clone()
        };
        let terms = ZoneSettings { given: terms.given.clone(), rules };
        let prober = Checker { zone_file: Some(file), ..prober.fork() };
        prober
            .check_zone_file(zone)
            .await
            .with_context(|| format!("cannot read the baseline of `{label}`"))?;
        Ok(Some(Self { prober, terms, expected }))
    }
}

/// A report is no zone file, and holds no records.
fn check_form(path: &Path) -> anyhow::Result<()> {
    let mut first = Vec::new();
    let file = File::open(path).with_context(|| format!("cannot read the baseline `{}`", path.display()))?;
    file.take(64).read_to_end(&mut first)?;
    if first.trim_ascii_start().starts_with(b"{") {
        bail!(
            "the baseline `{}` is JSON, and reports hold no records\nhint: give a zone file, as \
             `dig @PRIMARY ZONE AXFR +onesoa` writes it before the change",
            path.display()
        );
    }
    Ok(())
}

fn excused(names: &[String], server: &ServerReport) -> bool {
    names.iter().any(|name| *name == server.server || *name == server.address)
}

fn is_of(target: &Target, server: &ServerReport) -> bool {
    target.server == server.server && target.address.to_string() == server.address
}

/// Returns whether an address has the reference's serial, and all that is expected of it.
fn is_good(report: &ZoneReport, target: &Target) -> bool {
    let server = report.servers.iter().find(|server| is_of(target, server));
    server.is_some_and(|server| server.verdict == Verdict::InSync && report.meets_expectations(server))
}
