//! From the command line, and the configuration if there is one, to a checker and the settings of each zone.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};

use super::console::print_message;
use super::tls::TlsLoader;
use super::zone_pages::ZonePages;
use super::zone_settings::{CatalogSettings, SettingsByZone};
use super::{caches, config, ds_file, keys, reading};
use crate::check::Checker;
use crate::cli::{ComparisonArgs, DelegationArgs, LimitArgs, MaxLagArg, ReachArgs, ServerArgs};
use crate::config::{CatalogConfig, Config, ConfiguredZone, Limits, MonitorSettings};
use crate::digest::HashKey;
use crate::dns::Name;
use crate::dns::dsfile::DsFile;
use crate::dns::tsig::TsigKey;
use crate::net::{Client, QueryLimiter, TlsClients};
use crate::plan::{
    ChainError, Compare, ComparisonRules, ContentRules, DelegationRules, Host, LineId, QueryRate, ReadBy,
    Resolver, Role, Serials, Server, ServerSelection, Shard, SignatureComparison, TtlDifference,
    ValidationRules, ZoneSettings, check_chain,
};
use crate::resolve::{Families, Finder, interface_index};
use crate::transfer::{TransferClient, TransferLimits, ZoneFile};
use crate::validate::Validator;

/// What checks zones, and the settings that it checks them by.
pub(super) struct Setup {
    pub(super) checker: Checker,
    pub(super) settings: SettingsByZone,
    /// The zones of the configuration, in its order.
    pub(super) zones: Vec<Name>,
    /// What the settings of lines of a list are made from.
    pub(super) lines: LineOptions,
    /// The state file of the configuration.
    pub(super) state: Option<PathBuf>,
    /// The part of the zones that the configuration has checked.
    pub(super) shard: Option<Shard>,
    /// What the configuration calls the place that zones are checked from.
    pub(super) vantage: Option<String>,
    /// The pages that `serve` has for the zones of the configuration, if it says where.
    pub(super) pages: Option<ZonePages>,
}

/// What the settings of lines of a list are made from.
pub(super) struct LineOptions {
    /// The servers and keys of the command line.
    pub(super) selection: ServerSelection,
    pub(super) rules: RuleOptions,
    /// The groups of the configuration, if there is one.
    pub(super) groups: Option<BTreeMap<String, Arc<MonitorSettings>>>,
    /// What lines of the configuration's lists call their zones.
    pub(super) ids: HashMap<Name, Arc<LineId>>,
    pub(super) tls: TlsLoader,
}

impl Setup {
    /// Reads the configuration and the keys that are named, and combines them with the arguments.
    pub(super) fn new(
        mut servers: ServerArgs,
        rules: &ComparisonArgs,
        limits: &LimitArgs,
    ) -> anyhow::Result<Self> {
        let path = servers.config.take();
        let mut config = path.as_deref().map(config::load).transpose()?;
        let state = config.as_ref().and_then(|config| config.state.as_deref()).zip(path);
        let state = state.map(|(state, path)| config::relative_to(&path, state));
        let default_limits = config.as_ref().map_or_else(Limits::default, |config| config.limits);
        let limits = combined_limits(limits, default_limits);
        let selection = server_selection(&mut servers, config.as_ref())?;
        check_servers(&rules.delegation.parent, &selection.keys)?;
        let ds = rules.ds.as_deref().map(ds_file::read).transpose()?;
        let options = RuleOptions { has_zone_file: servers.zone_file.is_some(), rules: rules.clone(), ds };
        let groups = config.as_mut().map(|config| std::mem::take(&mut config.groups));
        let ids = config.as_mut().map(take_ids).unwrap_or_default();
        let shard = config.as_ref().and_then(|config| config.shard);
        let vantage = config.as_mut().and_then(|config| config.vantage.take());
        let external_url = config.as_mut().and_then(|config| config.http.external_url.take());
        let (settings, zones) = match config {
            Some(config) => configured_settings(config, &selection, &options)?,
            None => {
                let default = Some(Arc::new(default_settings(&selection, &options)?));
                (SettingsByZone { default, ..SettingsByZone::default() }, Vec::new())
            }
        };
        let finder =
            Finder::new(families(servers.reach), servers.reach.resolver.map(|Resolver(address)| address));
        let mut tls = TlsLoader::default();
        tls.load(settings.all().flat_map(ZoneSettings::all_servers))?;
        let mut checker = checker(limits, query_limiter(limits), finder, tls.clients());
        let transfer_limits = checker.transfers.limits;
        checker.zone_file = servers.zone_file.map(|path| ZoneFile::new(path, transfer_limits));
        let lines = LineOptions { selection, rules: options, groups, ids, tls };
        let pages = external_url.map(|url| ZonePages { url, settings: settings.clone() });
        Ok(Self { checker, settings, zones, lines, state, shard, vantage, pages })
    }
}

/// What lines of lists call their zones.
fn take_ids(config: &mut Config) -> HashMap<Name, Arc<LineId>> {
    let zones = config.zones.iter_mut();
    zones.filter_map(|it| Some((it.zone.clone(), it.id.take()?))).collect()
}

/// The limiter that keeps queries within these limits.
pub(super) fn query_limiter(limits: Limits) -> Arc<QueryLimiter> {
    let interval = limits.max_qps.map(QueryRate::interval);
    Arc::new(QueryLimiter::new(limits.concurrency, limits.max_transfers, interval))
}

/// A checker that keeps within these limits.
pub(super) fn checker(
    limits: Limits,
    limiter: Arc<QueryLimiter>,
    finder: Finder,
    tls: Arc<TlsClients>,
) -> Checker {
    let client = Arc::new(Client::new(limits.timeout, limiter).with_tls(tls));
    let limits = TransferLimits {
        max_bytes: limits.max_transfer_bytes,
        max_records: limits.max_transfer_records,
        idle_timeout: limits.idle_timeout,
    };
    let transfers = TransferClient { client: Arc::clone(&client), limits };
    let validator = Arc::new(Validator::new());
    let (key, status) = (HashKey(rand::random()), Arc::default());
    Checker { zone_file: None, transfers, client, finder, key, validator, status }
}

fn families(reach: ReachArgs) -> Families {
    match (reach.ipv4, reach.ipv6) {
        (true, _) => Families::V4,
        (_, true) => Families::V6,
        (false, false) => Families::Both,
    }
}

/// The limits of the command line, and others where it has none.
fn combined_limits(args: &LimitArgs, default: Limits) -> Limits {
    Limits {
        timeout: args.timeout.unwrap_or(default.timeout),
        concurrency: args.concurrency.map_or(default.concurrency, NonZero::get),
        max_qps: args.max_qps.or(default.max_qps),
        max_transfers: args.max_transfers.map_or(default.max_transfers, NonZero::get),
        idle_timeout: args.idle_timeout.unwrap_or(default.idle_timeout),
        max_transfer_bytes: args.max_transfer_bytes.unwrap_or(default.max_transfer_bytes),
        max_transfer_records: args.max_transfer_records.unwrap_or(default.max_transfer_records),
    }
}

/// The servers and keys of the command line, with the keys of the configuration.
fn server_selection(servers: &mut ServerArgs, config: Option<&Config>) -> anyhow::Result<ServerSelection> {
    let with_role = |role| {
        move |server| {
            let servers = configured_servers(server, config);
            servers.into_iter().map(move |server| (role, server))
        }
    };
    let primaries = std::mem::take(&mut servers.primary).into_iter().flat_map(with_role(Role::Primary));
    let signers = std::mem::take(&mut servers.signer).into_iter().flat_map(with_role(Role::Signer));
    let secondaries = std::mem::take(&mut servers.secondary).into_iter().flat_map(with_role(Role::Secondary));
    let mut keys = keys::read(&servers.tsig_file)?;
    let default_key = match keys.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    };
    for key in config.iter().flat_map(|config| config.keys.iter()) {
        if keys.iter().all(|known| known.name() != key.name()) {
            keys.push(key.clone());
        }
    }
    let selection = ServerSelection {
        servers: without_doubles(primaries.chain(signers).chain(secondaries)),
        source: servers.reach.source,
        default_key,
        keys: keys.into(),
    };
    check_chain(&selection.servers, servers.zone_file.is_some()).map_err(|error| chain_error(&error))?;
    check_sources(selection.source.into_iter())?;
    check_servers(selection.servers.iter().map(|(_, server)| server), &selection.keys)?;
    Ok(selection)
}

/// Checks that servers can be asked: by keys that are there, and from this host.
pub(super) fn check_servers<'s>(
    servers: impl IntoIterator<Item = &'s Server, IntoIter: Clone>,
    keys: &[TsigKey],
) -> anyhow::Result<()> {
    let servers = servers.into_iter();
    keys::check(servers.clone(), keys)?;
    check_interfaces(servers.clone())?;
    check_sources(servers.filter_map(|server| server.source))
}

/// The server of the configuration that is meant where nothing but its name was written, else the one that was written.
fn configured_servers(written: Server, config: Option<&Config>) -> Vec<Server> {
    let config = config.filter(|_| written.is_only_a_name());
    let configured = config.map(|config| config.servers_named(&written.name)).unwrap_or_default();
    if configured.is_empty() { vec![written] } else { configured }
}

/// The error of servers that make no chain, with what to do.
pub(super) fn chain_error(error: &ChainError) -> anyhow::Error {
    let hint = match error {
        ChainError::NothingToSign(_) => {
            "name the primary with --primary, or the unsigned zone with --zone-file"
        }
        ChainError::TwoRoles(..) => "name it with --signer alone",
    };
    anyhow::anyhow!("{error}\nhint: {hint}")
}

/// Leaves out servers that are given a second time, and says so.
fn without_doubles(servers: impl Iterator<Item = (Role, Server)>) -> Vec<(Role, Server)> {
    let mut once: Vec<(Role, Server)> = Vec::new();
    for server in servers {
        if once.contains(&server) {
            let name = server.1.name.escape_debug();
            print_message(&format!("warning: the server `{name}` is given twice, and asked once\n"));
        } else {
            once.push(server);
        }
    }
    once
}

/// Checks that this host has the interfaces that link-local addresses are behind.
fn check_interfaces<'s>(servers: impl Iterator<Item = &'s Server>) -> anyhow::Result<()> {
    for server in servers {
        if let Host::Scoped(address, interface) = &server.host
            && interface_index(interface).is_none()
        {
            bail!(
                "cannot ask `{address}%{}`: this host has no such interface\nhint: `ip link` lists them",
                interface.escape_debug()
            );
        }
    }
    Ok(())
}

/// Checks that queries can be sent from these addresses.
fn check_sources(sources: impl Iterator<Item = IpAddr>) -> anyhow::Result<()> {
    for source in sources {
        UdpSocket::bind(SocketAddr::new(source, 0))
            .with_context(|| format!("cannot ask from `{source}`: this host has no such address"))?;
    }
    Ok(())
}

/// The options for what is compared, and what they depend on.
pub(super) struct RuleOptions {
    has_zone_file: bool,
    rules: ComparisonArgs,
    /// The DS records that keys are held against.
    ds: Option<Arc<DsFile>>,
}

/// The settings of a zone that is not in the configuration.
pub(super) fn default_settings(
    selection: &ServerSelection,
    options: &RuleOptions,
) -> anyhow::Result<ZoneSettings> {
    let args = &options.rules;
    // A user who has the zone file, or names servers, can expect transfers to be allowed.
    let is_looked_up = selection.servers.is_empty() && !options.has_zone_file;
    let compare = if is_looked_up && !reading::is_wanted(args) { Compare::Serials } else { Compare::Records };
    let comparison = combined_rules(options, ComparisonRules::new(compare))?;
    let settings = ZoneSettings { servers: selection.clone(), comparison };
    require_records(&settings)?;
    Ok(settings)
}

/// Requires the records to be compared where a signer counts its own serials.
fn require_records(settings: &ZoneSettings) -> anyhow::Result<()> {
    let has_signer = settings.servers.servers.iter().any(|(role, _)| *role == Role::Signer);
    if has_signer && settings.comparison.compare == Compare::Serials {
        bail!("a signer counts its own serials, which leaves nothing to compare with `--compare serials`");
    }
    Ok(())
}

/// The settings of the zones of a configuration, with those of the command line, and its zones in their order.
fn configured_settings(
    config: Config,
    selection: &ServerSelection,
    options: &RuleOptions,
) -> anyhow::Result<(SettingsByZone, Vec<Name>)> {
    // By their addresses, so they are kept: zones that share their settings share what is made of them.
    let mut known: HashMap<*const MonitorSettings, (Arc<MonitorSettings>, Arc<ZoneSettings>)> =
        HashMap::new();
    let mut combined = |settings: Arc<MonitorSettings>| {
        if let Some((_, combined)) = known.get(&Arc::as_ptr(&settings)) {
            return Ok(Arc::clone(combined));
        }
        let combined = Arc::new(combined_settings(&settings.zone, selection, options)?);
        known.insert(Arc::as_ptr(&settings), (settings, Arc::clone(&combined)));
        Ok::<_, anyhow::Error>(combined)
    };
    let mut by_zone = HashMap::new();
    let mut zones = Vec::new();
    for ConfiguredZone { zone, settings, .. } in config.zones {
        by_zone.insert(zone.clone(), combined(settings)?);
        zones.push(zone);
    }
    let mut catalogs = Vec::new();
    for CatalogConfig { zone, settings, groups, default } in config.catalogs {
        let groups = groups.into_iter().map(|(group, settings)| Ok((group, combined(settings)?)));
        let groups = groups.collect::<anyhow::Result<_>>()?;
        let (catalog, default) = (combined(settings)?, combined(default)?);
        catalogs.push(CatalogSettings { zone, catalog, groups, default });
    }
    let default = match selection.servers.as_slice() {
        [] => None,
        _ => Some(Arc::new(default_settings(selection, options)?)),
    };
    let settings = SettingsByZone { default, configured: Arc::new(by_zone), catalogs: catalogs.into() };
    Ok((settings, zones))
}

/// The settings of a zone of the configuration, with those of the command line.
pub(super) fn combined_settings(
    settings: &ZoneSettings,
    selection: &ServerSelection,
    options: &RuleOptions,
) -> anyhow::Result<ZoneSettings> {
    let args = &options.rules;
    let mut settings = settings.clone();
    if !selection.servers.is_empty() {
        settings.servers.servers.clone_from(&selection.servers);
    }
    if options.has_zone_file || !selection.servers.is_empty() || reading::is_wanted(args) {
        settings.comparison.compare = Compare::Records;
    }
    if args.by.is_some() {
        for (_, server) in &mut settings.servers.servers {
            server.by = None;
        }
    }
    settings.servers.keys = Arc::clone(&selection.keys);
    settings.servers.default_key.clone_from(&selection.default_key);
    settings.servers.source = selection.source.or(settings.servers.source);
    settings.comparison = combined_rules(options, settings.comparison)?;
    require_records(&settings)?;
    Ok(settings)
}

/// The rules of the command line, and others where it has none.
fn combined_rules(options: &RuleOptions, default: ComparisonRules) -> anyhow::Result<ComparisonRules> {
    let args = &options.rules;
    reading::check(args)?;
    let catalog = default.catalog;
    let rules = ComparisonRules {
        compare: args.compare.map_or(default.compare, Compare::from),
        content: ContentRules {
            ignored: match args.ignore_type.as_slice() {
                [] => default.content.ignored,
                types => types.to_vec(),
            },
            dnssec: args.dnssec.map_or(default.content.dnssec, SignatureComparison::from),
            permitted: default.content.permitted,
            multi_signer: args.multi_signer || default.content.multi_signer,
        },
        by: args.by.map_or(default.by, ReadBy::from),
        follows_changes: default.follows_changes,
        names: if args.name.is_empty() { default.names } else { args.name.clone() },
        cover: args.cover.or(default.cover),
        validation: match catalog {
            Some(_) => None,
            None => combined_validation(options, default.validation)?,
        },
        delegation: combined_delegation(&args.delegation, default.delegation),
        ttl: if args.strict_ttl { TtlDifference::Diverged } else { default.ttl },
        serials: if args.independent_serials { Serials::Independent } else { default.serials },
        grace: args.grace.map_or(default.grace, |grace| grace.0),
        max_lag: args.max_lag.map(|MaxLagArg(max_lag)| max_lag).or(default.max_lag),
        samples: args.samples.map_or(default.samples, NonZero::get),
        max_differences: args.max_differences,
        caches: caches::combined(&args.caches, default.caches)?,
        catalog,
        has_expectations: default.has_expectations,
        interval: default.interval,
    };
    let rules = match catalog {
        Some(catalog) => rules.of_catalog(catalog.max_members),
        None => rules,
    };
    if rules.serials == Serials::Independent && rules.compare == Compare::Serials {
        let option =
            if args.independent_serials { "`--independent-serials`" } else { "`serials: independent`" };
        bail!("{option} leaves nothing to compare with `--compare serials`");
    }
    check_multi_signer(args, &rules)?;
    Ok(rules)
}

/// Whether signatures are verified, and by which DS records.
fn combined_validation(
    options: &RuleOptions,
    default: Option<ValidationRules>,
) -> anyhow::Result<Option<ValidationRules>> {
    let validation = default.or_else(|| options.rules.validate.then(ValidationRules::default));
    match (&options.ds, validation) {
        (Some(ds), Some(_)) => Ok(Some(ValidationRules { ds: Some(Arc::clone(ds)) })),
        (Some(_), None) => bail!(
            "`--ds` says what keys are held against, and no signatures are verified\nhint: add --validate"
        ),
        (None, validation) => Ok(validation),
    }
}

/// Whether the delegation is looked at, and where.
fn combined_delegation(args: &DelegationArgs, default: Option<DelegationRules>) -> Option<DelegationRules> {
    match (args.parent.as_slice(), default) {
        ([], default) => default.or_else(|| args.delegation.then(DelegationRules::default)),
        (parents, _) => Some(DelegationRules { parents: parents.into() }),
    }
}

/// Checks that the keys of several signers are read and compared as they must be.
fn check_multi_signer(args: &ComparisonArgs, rules: &ComparisonRules) -> anyhow::Result<()> {
    let option = if args.multi_signer { "`--multi-signer`" } else { "`multi_signer: true`" };
    if rules.content.contradicts_multi_signer() {
        bail!("{option} requires `--dnssec meaning`, and no `--ignore-type DNSKEY`: it is about keys");
    }
    if args.multi_signer && rules.compare == Compare::Serials {
        bail!("{option} leaves nothing to compare with `--compare serials`");
    }
    Ok(())
}
