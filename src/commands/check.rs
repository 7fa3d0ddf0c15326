//! `zoneprobe check`: check each zone once, and report.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, bail};
use futures_util::future::FutureExt as _;
use futures_util::stream::{self, Stream, StreamExt as _};
use tokio::sync::Semaphore;

use super::catalog::CatalogMembers;
use super::line_settings::LineSettings;
use super::outcome::end_run;
use super::output::ReportOutput;
use super::reading::UnusedNames;
use super::setup::Setup;
use super::signals::until_termination;
use super::store::HistoryStore;
use super::workers;
use super::zone_settings::{CatalogSettings, SettingsByZone};
use super::zones::{InputError, InputZone, ZoneInput};
use crate::blocking;
use crate::check::{CheckRequest, CheckResult, Checker, TimeLimit};
use crate::cli::{CheckArgs, CheckCommand};
use crate::clock;
use crate::dns::Name;
use crate::judge::Severity;
use crate::judge::catalog::CatalogState;
use crate::plan::{Compare, Plan, Shard};
use crate::report::{RunScope, ZoneReport, zone_report};
use crate::transfer::ZoneFileReadError;

/// The most zones at once whose records are compared: it bounds the memory that their digests take.
const MAX_COMPARISONS: usize = 32;

/// The most zones at once of which only serials are compared.
const MAX_SERIAL_CHECKS: usize = 256;

/// The most zones that are printed at once.
const MAX_BATCH: usize = 64;

/// Runs the command and returns its exit code.
pub(super) async fn run(command: CheckCommand) -> u8 {
    let began = Instant::now();
    let output = command.args.output.clone();
    let mut reports = None;
    let ended = until_termination(check_all(command, &mut reports)).await;
    end_run(ended, reports, &output, began)
}

/// Checks all zones, and returns how severe it is that some could not be checked.
async fn check_all(command: CheckCommand, reports: &mut Option<ReportOutput>) -> anyhow::Result<Severity> {
    let CheckArgs { servers, rules, state, limits, output } = command.args;
    let has_zone_file = servers.zone_file.is_some();
    let mut names = UnusedNames::new(&rules.name);
    let catalog = command.catalog;
    let open = move || {
        let setup = Setup::new(servers, &rules, &limits)?;
        let Setup { checker, settings, zones, lines, state, vantage, pages, .. } = setup;
        let shard = command.shard.or(setup.shard);
        let catalog = catalog.map(|zone| settings.catalog(&zone)).transpose()?;
        let is_named = !command.zone.is_empty();
        let is_all = !is_named && command.zones.is_none() && catalog.is_none();
        let mut named = if is_all { zones } else { command.zone };
        // Zones that are named one by one are checked whatever the configuration says.
        if let Some(shard) = shard.filter(|_| !is_named || command.shard.is_some()) {
            named.retain(|zone| shard.has(zone));
        }
        let lines = LineSettings::new(settings.clone(), lines);
        let zones = ZoneInput::new(named, command.zones.as_deref(), lines)?.of_shard(shard);
        let catalog = catalog.map(|catalog| (catalog, shard));
        Ok::<_, anyhow::Error>((checker, (catalog, settings), (state, vantage, pages), zones))
    };
    // A file may be a pipe, which waits for its writer.
    let (mut checker, (catalog, settings), (configured, vantage, pages), zones) = blocking::run(open).await?;
    if has_zone_file && !zones.is_one() {
        bail!("`--zone-file` is the file of one zone\nhint: give one zone, and check the others without it");
    }
    names.use_in(zones.named());
    if zones.known_count().is_some() && catalog.is_none() {
        names.check(zones.named())?;
    }
    let scope = if zones.is_one() { RunScope::OneZone } else { RunScope::ManyZones };
    let count = || if catalog.is_some() { None } else { zones.expected_count() };
    let reports = reports.insert(ReportOutput::open(&output, scope, count)?);
    reports.set_defaults(vantage, pages);
    let is_list = zones.is_list();
    let store = HistoryStore::open((state, configured), &mut checker, "zoneprobe check").await?;
    let failed = match catalog {
        Some((catalog, shard)) => {
            let run = (checker, store.as_ref(), shard);
            Box::pin(check_catalog(run, (catalog, settings), reports, &mut names)).await?
        }
        None => {
            let checks = checks(checker, &settings, store.as_ref(), zones);
            report_all(checks, scope, reports, &mut names).await?
        }
    };
    if is_list && failed == Severity::Ok {
        reports.end_list();
    }
    if let Some(store) = store {
        store.close().await;
    }
    Ok(failed)
}

/// Checks and reports a catalog, then the zones that it lists: of them those of a shard, if there is one.
async fn check_catalog(
    (checker, store, shard): (Checker, Option<&HistoryStore>, Option<Shard>),
    (settings, by_zone): (CatalogSettings, SettingsByZone),
    reports: &mut ReportOutput,
    names: &mut UnusedNames,
) -> anyhow::Result<Severity> {
    let zone = settings.zone.clone();
    let known = match store {
        Some(store) => store.catalog(&zone).await,
        None => CatalogState::default(),
    };
    let input = InputZone::new(zone.clone(), Arc::clone(&settings.catalog));
    let checked = check(&checker, store, input, Arc::new(known)).await;
    let (report, checked) = checked.map_err(InputError::into_error)?;
    let first = stream::once(std::future::ready(Ok(report)));
    if let (Some(store), Some(state)) = (store, &checked.judgement.catalog) {
        store.save_catalog(zone.clone(), Arc::clone(state)).await;
    }
    let members = match CatalogMembers::new(settings, by_zone.clone(), &checked) {
        Ok(members) => Arc::new(members),
        Err(error) => {
            report_all(first, RunScope::ManyZones, reports, names).await?;
            reports.error(&error);
            return Ok(Severity::Unknown);
        }
    };
    let zones = ZoneInput::of_catalog(Arc::clone(&members), shard);
    let checks = first.chain(checks(checker, &by_zone, store, zones));
    let failed = report_all(checks, RunScope::ManyZones, reports, names).await?;
    if let (Some(store), Some(state)) = (store, members.state_after()) {
        store.save_catalog(zone, state).await;
    }
    Ok(failed)
}

/// Reports zones as their checks end, and returns how severe it is that some could not be checked.
async fn report_all(
    checks: impl Stream<Item = Result<ZoneReport, InputError>>,
    scope: RunScope,
    reports: &mut ReportOutput,
    names: &mut UnusedNames,
) -> anyhow::Result<Severity> {
    let mut failed = Severity::Ok;
    let mut batches = std::pin::pin!(checks.ready_chunks(MAX_BATCH));
    while let Some(batch) = batches.next().await {
        for zone in batch {
            match zone {
                Ok(zone) => {
                    if !names.is_empty() {
                        names.use_in(&zone.zone.parse::<Name>());
                    }
                    reports.zone(zone)?;
                }
                Err(InputError::Line(line, error)) => reports.unread(&line, error)?,
                // There is no other zone to report.
                Err(InputError::Failed(_, error)) if scope == RunScope::OneZone => return Err(error),
                Err(InputError::Failed(line, error)) => {
                    match line {
                        Some(line) => reports.unread(&line, error)?,
                        None => reports.error(&error),
                    }
                    failed = Severity::Unknown;
                }
            }
        }
        if !reports.print()? {
            break;
        }
        // Let everything else run that is ready, so that the next batch is large.
        tokio::task::yield_now().await;
    }
    if let Err(error) = names.check(&[]) {
        reports.error(&error);
        failed = Severity::Unknown;
    }
    Ok(failed)
}

/// Checks all zones, many at once: zones of a known number in their order, others on all cores as they come.
fn checks(
    checker: Checker,
    settings: &SettingsByZone,
    store: Option<&HistoryStore>,
    zones: ZoneInput,
) -> impl Stream<Item = Result<ZoneReport, InputError>> + use<> {
    let compares_records = settings.compares_records();
    let concurrency = if compares_records { MAX_COMPARISONS } else { MAX_SERIAL_CHECKS };
    // Lines may have servers of their own, whose records are compared.
    let comparisons = Arc::new(Semaphore::new(MAX_COMPARISONS));
    let members = zones.members().cloned();
    let check_with = |checker: Checker| {
        let (checker, store, comparisons) = (Arc::new(checker), store.cloned(), Arc::clone(&comparisons));
        let members = members.clone();
        move |zone: Result<InputZone, InputError>| {
            let (checker, store, comparisons) =
                (Arc::clone(&checker), store.clone(), Arc::clone(&comparisons));
            let members = members.clone();
            async move {
                let zone = zone?;
                let is_comparison = zone.settings.comparison.compare == Compare::Records;
                let _permit = if is_comparison { comparisons.acquire().await.ok() } else { None };
                let (report, checked) = check(&checker, store.as_ref(), zone, Arc::default()).await?;
                if let Some(members) = &members {
                    members.observe(&checked.evidence);
                }
                Ok(report)
            }
        }
    };
    if zones.is_ordered() {
        zones.batches().stream().map(check_with(checker)).buffered(concurrency).left_stream()
    } else {
        let count = workers::count();
        let checks = (0..count).map(|_| check_with(checker.fork())).collect();
        workers::run(&zones.batches(), concurrency / count, checks).right_stream()
    }
}

/// Checks one zone; a panic ends no other check. `catalog` is what is known of the zone, if it is a catalog.
async fn check(
    checker: &Checker,
    store: Option<&HistoryStore>,
    input: InputZone,
    catalog: Arc<CatalogState>,
) -> Result<(ZoneReport, CheckResult), InputError> {
    let InputZone { zone, settings, id, line, membership, catalog_lags } = input;
    let label = zone.without_final_dot();
    let check = async move {
        let history = match store {
            Some(store) => Some(store.history(&zone).await),
            None => None,
        };
        let request = match membership {
            None => CheckRequest::all(zone.clone(), &settings, clock::now()),
            Some(membership) => {
                let membership = Some(Arc::new(membership));
                let plan = checker.plan(zone.clone(), &settings, TimeLimit::default()).await;
                CheckRequest::planned(
                    Plan { membership, catalog_lags, ..plan },
                    &settings.servers,
                    clock::now(),
                )
            }
        };
        let mut checked = checker.check(CheckRequest { history, catalog, ..request }).await?;
        if let (Some(store), Some(history)) = (store, checked.history.take()) {
            store.save(zone, history).await;
        }
        let CheckResult { evidence, judgement, caches, statuses, .. } = &checked;
        let report = zone_report(evidence, judgement, caches, statuses);
        Ok::<_, ZoneFileReadError>((ZoneReport { id, ..report }, checked))
    };
    // What checks share is behind locks that outlive a panic.
    let checked = match AssertUnwindSafe(check).catch_unwind().await {
        Ok(checked) => checked.with_context(|| format!("cannot read the zone file of `{label}`")),
        Err(_) => Err(anyhow::anyhow!("internal error: the check of `{label}` panicked")),
    };
    checked.map_err(|error| InputError::Failed(line, error))
}
