//! `zoneprobe check`: look once at each zone, compare, report.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, bail};
use futures_util::future::FutureExt as _;
use futures_util::stream::{self, StreamExt as _};

use super::output::Reports;
use super::setup::{SettingsByZone, Setup};
use super::store::Memory;
use super::workers;
use super::zones::Zones;
use crate::check::{CheckRequest, CheckResult, Checker};
use crate::cli::{CheckArgs, CheckCommand, FailOn};
use crate::clock;
use crate::dns::Name;
use crate::judge::Severity;
use crate::plan::ZoneSettings;
use crate::report::{self, RunSummary, ZoneReport, zone_report};
use crate::transfer::ZoneFileReadError;

/// Zones under way at once whose copies are compared: it bounds the memory that their digests take.
const COPIED_AT_ONCE: usize = 32;

/// Zones under way at once of which only serials are compared.
const ASKED_AT_ONCE: usize = 256;

/// Zones printed at once, if as many are done.
const PRINTED_AT_ONCE: usize = 64;

/// Runs the command and returns its exit code.
pub(super) async fn run(check: CheckCommand) -> anyhow::Result<u8> {
    let begun = Instant::now();
    let CheckArgs { servers, rules, state, limits, output } = check.args;
    let is_file_one_zones = servers.zone_file.is_some();
    let Setup { mut prober, terms } = Setup::new(servers, &rules, &limits)?;
    let zones = match (check.zone, check.zones) {
        (given, None) if given.is_empty() => Zones::new(terms.zones.clone(), None)?,
        (given, file) => Zones::new(given, file.as_deref())?,
    };
    let known = if zones.is_one() { report::RunScope::OneZone } else { report::RunScope::ManyZones };
    if is_file_one_zones && !zones.is_one() {
        bail!("`--zone-file` is the file of one zone\nhint: give one zone, and check the others without it");
    }
    let mut reports = Reports::open(&output, known, zones.known())?;
    let memory = Memory::of(&mut prober, state, "zoneprobe check").await?;
    let mut unread = Severity::Ok;
    let mut looks =
        std::pin::pin!(looks(prober, &terms, memory.as_ref(), zones).ready_chunks(PRINTED_AT_ONCE));
    while let Some(looks) = looks.next().await {
        for look in looks {
            match look {
                Ok(zone) => reports.zone(&zone)?,
                // Of one zone there is nothing else to tell.
                Err(error) if known == report::RunScope::OneZone => return Err(error),
                Err(error) => {
                    super::print_error(&error);
                    unread = Severity::Unknown;
                }
            }
        }
        if !reports.print()? {
            break;
        }
        // All that is ready to be done is done first, so that much is printed at once.
        tokio::task::yield_now().await;
    }
    if let Some(memory) = memory {
        memory.end().await;
    }
    let tally = reports.end(&run_ending(begun))?;
    Ok(exit_code(tally.severity().worse(unread), output.fail_on))
}

/// Returns what is known of a run that ends now.
pub(super) fn run_ending(begun: Instant) -> RunSummary {
    RunSummary::new(clock::now(), begun.elapsed())
}

/// Looks at each zone, many at once; zones that were given come out in their order, others from loops on
/// all cores.
fn looks(
    prober: Checker,
    terms: &SettingsByZone,
    memory: Option<&Memory>,
    zones: Zones,
) -> impl stream::Stream<Item = anyhow::Result<ZoneReport>> + use<> {
    let at_once = if terms.compare_records() { COPIED_AT_ONCE } else { ASKED_AT_ONCE };
    let look_with = |prober: Checker| {
        let (prober, terms, memory) = (Arc::new(prober), terms.clone(), memory.cloned());
        move |zone: anyhow::Result<Name>| {
            let planned = zone.and_then(|zone| Ok((terms.of(&zone)?, zone)));
            look(Arc::clone(&prober), memory.clone(), planned)
        }
    };
    if zones.known().is_some() {
        zones.batches().stream().map(look_with(prober)).buffered(at_once).left_stream()
    } else {
        let count = workers::count();
        let looks = (0..count).map(|_| look_with(prober.fork())).collect();
        workers::run(&zones.batches(), at_once / count, looks).right_stream()
    }
}

/// Looks at one zone; what goes wrong there takes no other zone with it.
async fn look(
    prober: Arc<Checker>,
    memory: Option<Memory>,
    planned: anyhow::Result<(Arc<ZoneSettings>, Name)>,
) -> anyhow::Result<ZoneReport> {
    let (terms, zone) = planned?;
    let label = zone.without_final_dot();
    let checked = async move {
        let history = match &memory {
            Some(memory) => Some(memory.history(&zone).await),
            None => None,
        };
        let request = CheckRequest { history, ..CheckRequest::all(zone.clone(), &terms, clock::now()) };
        let CheckResult { evidence, judgement, history } = prober.check(request).await?;
        if let (Some(memory), Some(history)) = (memory, history) {
            memory.remember(zone, history).await;
        }
        Ok::<_, ZoneFileReadError>(zone_report(&evidence, &judgement))
    };
    // Nothing that is shared is left halfway: it is behind locks that know of panics.
    let Ok(looked) = AssertUnwindSafe(checked).catch_unwind().await else {
        bail!("the check of `{label}` ended in a fault of this program");
    };
    looked.with_context(|| format!("cannot read the zone file of `{label}`"))
}

/// Milder results than the operator wants to fail on are fine.
pub(super) fn exit_code(severity: Severity, fail_on: FailOn) -> u8 {
    let mildest = match fail_on {
        FailOn::Critical => Severity::Critical,
        FailOn::Unknown => Severity::Unknown,
        FailOn::Warning => Severity::Warning,
    };
    if severity <= mildest { severity.exit_code() } else { Severity::Ok.exit_code() }
}
