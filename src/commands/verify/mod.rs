//! `zoneprobe verify`: wait until a change is on every server, or say what stands in the way.

mod attempt;
mod awaited;
mod baseline;
mod queries;
mod redirection;
mod run;
mod streak;
mod wildcard;

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, bail};

use self::baseline::Baseline;
pub(super) use self::run::VerifyRun;
use self::run::{VerifyOutcome, lookup_limit};
use super::outcome::end_run;
use super::output::ReportOutput;
use super::reading::check_names;
use super::setup::Setup;
use super::signals::{Termination, until_termination};
use super::store::HistoryStore;
use crate::blocking;
use crate::cli::{CheckArgs, ExpectArgs, VerifyCommand};
use crate::config::Limits;
use crate::expect::{RrsetTexts, parse_wanted};
use crate::judge::{History, Severity};
use crate::plan::{ComparisonRules, Role, ZoneSettings};
use crate::report::{RunScope, ZoneReport};

/// Why nothing was asked when time was up.
const UNREAD_FILES: &str = "the time to wait was over before the files that are named were read\nhint: does a pipe among \
                            them wait for its writer?";

/// Runs the command and returns its exit code.
pub(super) async fn run(command: VerifyCommand) -> u8 {
    let began = Instant::now();
    let output = command.args.output.clone();
    let mut reports = None;
    let ended = match until_termination(prepare(command, "zoneprobe verify", &mut reports, began)).await {
        Ok(Ok((run, store))) => Box::pin(verify(run, store, &mut reports)).await,
        Ok(Err(signal)) => Ok(Err(signal)),
        Err(error) => Err(error),
    };
    end_run(ended, reports, &output, began)
}

/// Waits for the change, and reports what the last check has shown.
async fn verify(
    mut run: VerifyRun,
    store: Option<HistoryStore>,
    reports: &mut Option<ReportOutput>,
) -> anyhow::Result<Result<Severity, Termination>> {
    let ended = until_termination(run.run()).await?;
    let report = run.final_report();
    conclude((run, report), store, reports).await?;
    Ok(ended.map(|()| Severity::Ok))
}

/// Stores the history of a run, and adds its report to those of the command.
pub(super) async fn conclude(
    (run, report): (VerifyRun, Option<ZoneReport>),
    store: Option<HistoryStore>,
    reports: &mut Option<ReportOutput>,
) -> anyhow::Result<()> {
    if let Some(store) = store {
        store.save(run.zone, run.history).await;
        store.close().await;
    }
    match (report, reports) {
        (Some(report), Some(reports)) => reports.zone(report),
        _ => Ok(()),
    }
}

/// Reads the files that are named, and looks up the servers.
///
/// `name` is that of the command, which other processes see while its state file is open.
pub(super) async fn prepare(
    command: VerifyCommand,
    name: &'static str,
    reports: &mut Option<ReportOutput>,
    began: Instant,
) -> anyhow::Result<(VerifyRun, Option<HistoryStore>)> {
    let VerifyCommand { zone, expect: args, args: check_args } = command;
    let CheckArgs { servers, rules, state, limits, output } = check_args;
    let label = zone.without_final_dot();
    check_names(&rules.name, std::slice::from_ref(&zone))?;
    let ExpectArgs { serial, expect, contains, absent, .. } = &args;
    let wanted = parse_wanted(&zone, *serial, RrsetTexts { records: expect, contains, absent })
        .with_context(|| format!("cannot expect that of `{label}`"))?;
    *reports = Some(ReportOutput::open(&output, RunScope::OneZone, || None)?.without_progress());
    let timeout = limits.timeout.unwrap_or(Limits::default().timeout);
    // A file may be a pipe, which waits for its writer.
    let setup = blocking::run(move || Setup::new(servers, &rules, &limits));
    let setup = tokio::time::timeout_at((began + args.wait + timeout).into(), setup).await;
    let Setup { mut checker, settings, state: configured, vantage, pages, .. } =
        setup.map_err(|_| anyhow::Error::msg(UNREAD_FILES))??;
    if let Some(reports) = reports.as_mut() {
        reports.set_defaults(vantage, pages);
    }
    let settings = settings.get(&zone)?;
    if args.serial.is_some() {
        require_primary(&settings)?;
    }
    let settings = with_expectations(&settings, !wanted.is_empty() || args.baseline.is_some());
    let store = HistoryStore::open((state, configured), &mut checker, name).await?;
    let history = match &store {
        Some(store) => store.history(&zone).await,
        None => History::default(),
    };
    let baseline = Baseline::read(&args, &zone, &checker, &settings).await?;
    let limit = lookup_limit(began + args.wait + checker.client.timeout);
    let plan = checker.plan(zone.clone(), &settings, limit).await;
    let fail_on = output.fail_on;
    let run = VerifyRun {
        zone,
        checker,
        settings,
        plan,
        awaited: None,
        wanted,
        args,
        fail_on,
        history,
        began,
        baseline,
        outcome: VerifyOutcome::default(),
    };
    run.require_warn_only_servers()?;
    Ok((run, store))
}

/// Requires a primary where a signer counts serials of its own: no other server has the serial that is expected.
fn require_primary(settings: &ZoneSettings) -> anyhow::Result<()> {
    let has = |role| settings.servers.servers.iter().any(|(other, _)| *other == role);
    if has(Role::Signer) && !has(Role::Primary) {
        bail!(
            "no server can have the serial of `--serial`: the signer counts its own, and there is no primary\nhint: \
             leave it out; the signer is compared with the zone file"
        );
    }
    Ok(())
}

/// Returns the settings of a zone, with whether anything is expected of its servers.
fn with_expectations(settings: &ZoneSettings, has_expectations: bool) -> Arc<ZoneSettings> {
    let comparison = ComparisonRules { has_expectations, ..settings.comparison.clone() };
    Arc::new(ZoneSettings { servers: settings.servers.clone(), comparison })
}
