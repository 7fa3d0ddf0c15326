//! From the command line, and the configuration if there is one, to what looks at zones, and how.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::num::NonZero;
use std::sync::Arc;

use anyhow::{Context as _, bail};

use super::{config, keys};
use crate::check::Checker;
use crate::cli::{ComparisonArgs, LimitArgs, MaxLagArg, ServerArgs};
use crate::config::{Config, Limits, MonitorSettings};
use crate::digest::HashKey;
use crate::dns::Name;
use crate::net::{Client, QueryLimiter};
use crate::plan::{
    Compare, ComparisonRules, ContentRules, Resolver, Role, Serials, ServerSelection, TtlDifference,
    ZoneSettings,
};
use crate::resolve::{Families, Finder};
use crate::transfer::{TransferClient, TransferLimits, ZoneFile};

/// What looks at zones, and how.
pub(super) struct Setup {
    pub(super) prober: Checker,
    pub(super) terms: SettingsByZone,
}

/// Whom to ask about each zone, and how to judge it.
#[derive(Clone, Debug)]
pub(super) struct SettingsByZone {
    /// Those of zones that the configuration does not have.
    usual: Option<Arc<ZoneSettings>>,
    configured: Arc<HashMap<Name, Arc<ZoneSettings>>>,
    /// The zones of the configuration, in its order.
    pub(super) zones: Vec<Name>,
}

impl SettingsByZone {
    /// Returns what holds for a zone.
    pub(super) fn of(&self, zone: &Name) -> anyhow::Result<Arc<ZoneSettings>> {
        if let Some(terms) = self.configured.get(zone).or(self.usual.as_ref()) {
            return Ok(Arc::clone(terms));
        }
        bail!(
            "`{}` is no zone of the configuration\nhint: add it there, or say with --primary and --secondary \
             whom to ask",
            zone.without_final_dot()
        )
    }

    /// Returns whether any copies are to be read.
    pub(super) fn compare_records(&self) -> bool {
        let all = self.usual.iter().chain(self.configured.values());
        all.into_iter().any(|terms| terms.rules.compare == Compare::Records)
    }
}

impl Setup {
    /// Reads the files that are named, and plans.
    pub(super) fn new(
        mut servers: ServerArgs,
        rules: &ComparisonArgs,
        cost: &LimitArgs,
    ) -> anyhow::Result<Self> {
        let config = servers.config.take().map(|path| config::load(&path)).transpose()?;
        let costs = costs(cost, config.as_ref().map_or_else(Limits::default, |config| config.limits));
        let given = given(&mut servers, config.as_ref())?;
        let terms = match config {
            Some(config) => configured(config, &given, &servers, rules)?,
            None => SettingsByZone {
                usual: Some(Arc::new(by_flags(&given, &servers, rules)?)),
                configured: Arc::default(),
                zones: Vec::new(),
            },
        };
        let finder = Finder::new(families(&servers), servers.resolver.map(|Resolver(address)| address));
        let mut prober = prober(costs, limits(costs), finder);
        let bounds = prober.reader.limits;
        prober.zone_file = servers.zone_file.map(|path| ZoneFile::new(path, bounds));
        Ok(Self { prober, terms })
    }
}

/// Returns how much is asked at once.
pub(super) fn limits(costs: Limits) -> Arc<QueryLimiter> {
    Arc::new(QueryLimiter::new(costs.concurrency, costs.max_transfers, costs.max_qps))
}

/// Returns what asks, within what it may cost.
pub(super) fn prober(costs: Limits, limits: Arc<QueryLimiter>, finder: Finder) -> Checker {
    let client = Arc::new(Client::new(costs.timeout, limits));
    let limits = TransferLimits {
        max_bytes: costs.max_transfer_bytes,
        max_records: costs.max_transfer_records,
        idle_timeout: costs.idle_timeout,
    };
    let reader = TransferClient { client: Arc::clone(&client), limits };
    Checker { zone_file: None, reader, client, finder, key: HashKey(rand::random()) }
}

fn families(servers: &ServerArgs) -> Families {
    match (servers.ipv4, servers.ipv6) {
        (true, _) => Families::V4,
        (_, true) => Families::V6,
        (false, false) => Families::Both,
    }
}

/// Returns what it may cost: what is given counts, and a configuration where nothing is.
fn costs(args: &LimitArgs, usual: Limits) -> Limits {
    Limits {
        timeout: args.timeout.unwrap_or(usual.timeout),
        concurrency: args.concurrency.map_or(usual.concurrency, NonZero::get),
        max_qps: args.max_qps.map(NonZero::get).or(usual.max_qps),
        max_transfers: args.max_transfers.map_or(usual.max_transfers, NonZero::get),
        idle_timeout: args.idle_timeout.unwrap_or(usual.idle_timeout),
        max_transfer_bytes: args.max_transfer_bytes.unwrap_or(usual.max_transfer_bytes),
        max_transfer_records: args.max_transfer_records.unwrap_or(usual.max_transfer_records),
    }
}

/// Returns the servers and keys of the command line; keys of the configuration can be named too.
fn given(servers: &mut ServerArgs, config: Option<&Config>) -> anyhow::Result<ServerSelection> {
    let with_role = |role| move |server| (role, server);
    let primaries = std::mem::take(&mut servers.primary).into_iter().map(with_role(Role::Primary));
    let secondaries = std::mem::take(&mut servers.secondary).into_iter().map(with_role(Role::Secondary));
    let mut keys = keys::read(&servers.tsig_file)?;
    let usual_key = match keys.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    };
    for key in config.iter().flat_map(|config| config.keys.iter()) {
        if keys.iter().all(|known| known.name() != key.name()) {
            keys.push(key.clone());
        }
    }
    let servers_given: Vec<_> = primaries.chain(secondaries).collect();
    let given =
        ServerSelection { servers: servers_given, source: servers.source, usual_key, keys: keys.into() };
    keys::check(given.servers.iter().map(|(_, server)| server), &given.keys)?;
    check_sources(given.servers.iter().filter_map(|(_, server)| server.source).chain(given.source))?;
    Ok(given)
}

fn check_sources(sources: impl Iterator<Item = IpAddr>) -> anyhow::Result<()> {
    for source in sources {
        UdpSocket::bind(SocketAddr::new(source, 0))
            .with_context(|| format!("cannot ask from `{source}`: this host has no such address"))?;
    }
    Ok(())
}

/// Returns what holds for a zone of which only the command line tells.
fn by_flags(
    given: &ServerSelection,
    servers: &ServerArgs,
    args: &ComparisonArgs,
) -> anyhow::Result<ZoneSettings> {
    // Who has the file of a zone looks at a zone of their own.
    let looked_up = given.servers.is_empty() && servers.zone_file.is_none();
    let usual = if looked_up && !args.independent_serials { Compare::Serials } else { Compare::Records };
    Ok(ZoneSettings { given: given.clone(), rules: rules(args, ComparisonRules::new(usual))? })
}

/// Returns what holds for each zone of a configuration where the command line says nothing else.
fn configured(
    config: Config,
    given: &ServerSelection,
    servers: &ServerArgs,
    args: &ComparisonArgs,
) -> anyhow::Result<SettingsByZone> {
    let mut known: Vec<(Arc<MonitorSettings>, Arc<ZoneSettings>)> = Vec::new();
    let mut by_zone = HashMap::new();
    let mut zones = Vec::new();
    for (zone, settings) in config.zones {
        // Many zones one after the other share what holds for them.
        let same = known.iter().rev().find(|(known, _)| Arc::ptr_eq(known, &settings));
        let terms = match same {
            Some((_, terms)) => Arc::clone(terms),
            None => {
                let terms = Arc::new(over(&settings.zone, given, servers, args)?);
                known.push((settings, Arc::clone(&terms)));
                terms
            }
        };
        by_zone.insert(zone.clone(), terms);
        zones.push(zone);
    }
    let usual = match given.servers.as_slice() {
        [] => None,
        _ => Some(Arc::new(by_flags(given, servers, args)?)),
    };
    Ok(SettingsByZone { usual, configured: Arc::new(by_zone), zones })
}

/// Returns what holds for a zone, but for what the command line says.
fn over(
    terms: &ZoneSettings,
    given: &ServerSelection,
    servers: &ServerArgs,
    args: &ComparisonArgs,
) -> anyhow::Result<ZoneSettings> {
    let mut terms = terms.clone();
    if !given.servers.is_empty() {
        terms.given.servers.clone_from(&given.servers);
    }
    if servers.zone_file.is_some() || !given.servers.is_empty() || args.independent_serials {
        terms.rules.compare = Compare::Records;
    }
    terms.given.keys = Arc::clone(&given.keys);
    terms.given.usual_key.clone_from(&given.usual_key);
    terms.given.source = given.source.or(terms.given.source);
    terms.rules = rules(args, terms.rules)?;
    Ok(terms)
}

/// Returns rules, but for what the command line says.
fn rules(args: &ComparisonArgs, usual: ComparisonRules) -> anyhow::Result<ComparisonRules> {
    let rules = ComparisonRules {
        compare: args.compare.unwrap_or(usual.compare),
        content: ContentRules {
            ignored: match args.ignore_type.as_slice() {
                [] => usual.content.ignored,
                given => given.to_vec(),
            },
            dnssec: args.dnssec.unwrap_or(usual.content.dnssec),
            permitted: usual.content.permitted,
        },
        ttl: if args.strict_ttl { TtlDifference::Diverged } else { usual.ttl },
        serials: if args.independent_serials { Serials::Independent } else { usual.serials },
        grace: args.grace.map_or(usual.grace, |grace| grace.0),
        max_lag: args.max_lag.map(|MaxLagArg(most)| most).or(usual.max_lag),
        samples: args.samples.map_or(usual.samples, NonZero::get),
        max_differences: args.max_differences,
        interval: usual.interval,
    };
    if rules.serials == Serials::Independent && rules.compare == Compare::Serials {
        let said =
            if args.independent_serials { "`--independent-serials`" } else { "`serials: independent`" };
        bail!("{said} leaves nothing to compare with `--compare serials`");
    }
    Ok(rules)
}
