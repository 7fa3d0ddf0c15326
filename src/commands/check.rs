//! `zoneprobe check`: look once at each zone, compare, report.

use std::net::{SocketAddr, UdpSocket};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use futures_util::future::FutureExt as _;
use futures_util::stream::{self, StreamExt as _};

use super::memory::Memory;
use super::output::Reports;
use super::zones::Zones;
use super::{keys, loops};
use crate::ask::{Asker, Limits};
use crate::cli::{Check, FailOn, LimitArgs, Looking, MaxLagArg, RuleArgs, Servers};
use crate::clock;
use crate::copy::{Bounds, Reader, ZoneFile};
use crate::digest::Key;
use crate::discover::{Families, Finder};
use crate::dns::Name;
use crate::judge::Severity;
use crate::plan::{Compare, Content, Given, Resolver, Role, Rules, Serials, Terms, TtlDifference};
use crate::report::{self, Probe, Run, ZoneReport, seconds};
use crate::round::Prober;

/// Zones under way at once whose copies are compared: it bounds the memory that their digests take.
const COPIED_AT_ONCE: usize = 32;

/// Zones under way at once of which only serials are compared.
const ASKED_AT_ONCE: usize = 256;

/// Zones printed at once, if as many are done.
const PRINTED_AT_ONCE: usize = 64;

/// Runs the command and returns its exit code.
pub(super) async fn run(check: Check) -> anyhow::Result<u8> {
    let begun = Instant::now();
    let zones = Zones::new(check.zone, check.zones.as_deref())?;
    let known = if zones.is_one() { report::Zones::One } else { report::Zones::Many };
    let Looking { servers, rules, state, limits, output } = check.looking;
    if servers.zone_file.is_some() && !zones.is_one() {
        bail!("`--zone-file` is the file of one zone\nhint: give one zone, and check the others without it");
    }
    let mut reports = Reports::open(&output, known, zones.known())?;
    let (mut prober, terms) = prober(servers, rules, &limits)?;
    let memory = Memory::of(&mut prober, state, "zoneprobe check").await?;
    let mut unread = Severity::Ok;
    let mut looks =
        std::pin::pin!(looks(prober, &Arc::new(terms), memory.as_ref(), zones).ready_chunks(PRINTED_AT_ONCE));
    while let Some(looks) = looks.next().await {
        for look in looks {
            match look {
                Ok(zone) => reports.zone(&zone)?,
                // Of one zone there is nothing else to tell.
                Err(error) if known == report::Zones::One => return Err(error),
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
pub(super) fn run_ending(begun: Instant) -> Run {
    Run {
        generated_at: report::time(clock::now()),
        duration_seconds: seconds(begun.elapsed()),
        probe: Probe { version: env!("CARGO_PKG_VERSION"), vantage: None },
    }
}

/// Looks at each zone, many at once; zones that were given come out in their order, others from loops on
/// all cores.
fn looks(
    prober: Prober,
    terms: &Arc<Terms>,
    memory: Option<&Memory>,
    zones: Zones,
) -> impl stream::Stream<Item = anyhow::Result<ZoneReport>> + use<> {
    let at_once = match terms.rules.compare {
        Compare::Records => COPIED_AT_ONCE,
        Compare::Serials | Compare::Remembered => ASKED_AT_ONCE,
    };
    let look_with = |prober: Prober| {
        let (prober, terms, memory) = (Arc::new(prober), Arc::clone(terms), memory.cloned());
        move |zone| look(Arc::clone(&prober), Arc::clone(&terms), memory.clone(), zone)
    };
    if zones.known().is_some() {
        zones.batches().stream().map(look_with(prober)).buffered(at_once).left_stream()
    } else {
        let count = loops::count();
        let looks = (0..count).map(|_| look_with(prober.beside())).collect();
        loops::run(&zones.batches(), at_once / count, looks).right_stream()
    }
}

/// Looks at one zone; what goes wrong there takes no other zone with it.
async fn look(
    prober: Arc<Prober>,
    terms: Arc<Terms>,
    memory: Option<Memory>,
    zone: anyhow::Result<Name>,
) -> anyhow::Result<ZoneReport> {
    let zone = zone?;
    let label = zone.without_final_dot();
    let round = async move {
        let Some(memory) = memory else { return prober.look(zone, &terms, clock::now()).await };
        let history = memory.history(&zone).await;
        let (report, history) = prober.round(zone.clone(), &terms, history, clock::now()).await?;
        memory.remember(zone, history).await;
        Ok(report)
    };
    // Nothing that is shared is left halfway: it is behind locks that know of panics.
    let Ok(looked) = AssertUnwindSafe(round).catch_unwind().await else {
        bail!("the look at `{label}` ended in a fault of this program");
    };
    looked.with_context(|| format!("cannot read the zone file of `{label}`"))
}

pub(super) fn prober(
    servers: Servers,
    rules: RuleArgs,
    limits: &LimitArgs,
) -> anyhow::Result<(Prober, Terms)> {
    let families = match (servers.ipv4, servers.ipv6) {
        (true, _) => Families::V4,
        (_, true) => Families::V6,
        (false, false) => Families::Both,
    };
    let with_role = |role| move |server| (role, server);
    let primaries = servers.primary.into_iter().map(with_role(Role::Primary));
    let keys = keys::read(&servers.tsig_file)?;
    let given = Given {
        servers: primaries.chain(servers.secondary.into_iter().map(with_role(Role::Secondary))).collect(),
        source: servers.source,
        usual_key: match keys.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        },
        keys: keys.into(),
    };
    keys::check(given.servers.iter().map(|(_, server)| server), &given.keys)?;
    let sources = given.servers.iter().filter_map(|(_, server)| server.source).chain(given.source);
    for source in sources {
        UdpSocket::bind(SocketAddr::new(source, 0))
            .with_context(|| format!("cannot ask from `{source}`: this host has no such address"))?;
    }
    // Who has the file of a zone looks at a zone of their own.
    let rules = self::rules(rules, given.servers.is_empty() && servers.zone_file.is_none())?;
    let shared = Limits::new(
        limits.concurrency.get(),
        limits.max_transfers.get(),
        limits.max_qps.map(std::num::NonZero::get),
    );
    let asker = Arc::new(Asker::new(limits.timeout.into(), Arc::new(shared)));
    let bounds = Bounds {
        octets: limits.max_transfer_bytes,
        records: limits.max_transfer_records,
        idle: limits.idle_timeout.into(),
    };
    let prober = Prober {
        zone_file: servers.zone_file.map(|path| ZoneFile::new(path, bounds)),
        reader: Reader { asker: Arc::clone(&asker), bounds },
        asker,
        finder: Finder::new(families, servers.resolver.map(|Resolver(address)| address)),
        key: Key(rand::random()),
    };
    Ok((prober, Terms { given, rules }))
}

fn rules(args: RuleArgs, looked_up: bool) -> anyhow::Result<Rules> {
    let independent = args.independent_serials;
    let usual = if looked_up && !independent { Compare::Serials } else { Compare::Records };
    let compare = args.compare.unwrap_or(usual);
    if independent && compare == Compare::Serials {
        bail!("`--independent-serials` leaves nothing to compare with `--compare serials`");
    }
    Ok(Rules {
        compare,
        content: Content { ignored: args.ignore_type, dnssec: args.dnssec },
        ttl: if args.strict_ttl { TtlDifference::Diverged } else { TtlDifference::Noted },
        serials: if independent { Serials::Independent } else { Serials::Shared },
        grace: args.grace.0,
        max_lag: args.max_lag.map(|MaxLagArg(most)| most),
        samples: args.samples.get(),
        most_differences: args.max_differences,
        interval: Duration::ZERO,
    })
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
