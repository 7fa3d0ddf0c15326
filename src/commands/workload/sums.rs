//! The sums: what all zones ask for, in all and of each address.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{Config, ConfiguredZone, Limits, MetricsConfig, MetricsDetail, MonitorSettings};
use crate::monitor::{FIRST_COMPARE_INTERVALS, MIN_COMPARE_INTERVAL};
use crate::plan::{Compare, Host, ReadBy, Server};
use crate::report::estimated_series;

/// The memory that does not grow with the zones, the cache of the state file and the checks that run among it
/// (`docs/benchmarks.md`).
const BASE_MEMORY: u64 = 48 << 20;

/// The memory of a healthy zone without its addresses, and of each address (`docs/benchmarks.md`).
const ZONE_MEMORY: u64 = 500;
const ADDRESS_MEMORY: u64 = 400;

/// The CPU time of a check of serials, for each address, and of a comparison (`docs/benchmarks.md`).
const QUERY_CPU: Duration = Duration::from_micros(30);
const TRANSFER_CPU: Duration = Duration::from_micros(100);

/// How long a socket stays open after the last query to its address.
const SOCKET_AGE: Duration = Duration::from_secs(3);

/// The most transfers at once: 32 comparisons of two copies.
const MAX_TRANSFERS: usize = 64;

/// Clients of HTTP, the state file, and what else a process has open.
const OTHER_FILES: u64 = 256 + 32;

/// What all zones of a configuration ask for.
#[derive(Debug)]
pub(in crate::commands) struct Workload {
    pub(super) zones: u64,
    /// How many of them have servers that are looked up.
    pub(super) looked_up: u64,
    /// How many of them are read by queries where records are compared.
    pub(super) by_query: u64,
    /// The number of catalogs, whose members are not known here.
    pub(super) catalogs: usize,
    /// The addresses of each zone, added up.
    pub(super) addresses: u64,
    pub(super) series: u64,
    /// Queries a second.
    pub(super) queries: f64,
    /// Transfers a second.
    pub(super) transfers: f64,
    /// What is asked of each address that is known.
    pub(super) by_address: HashMap<Address, AddressLoad>,
    pub(super) limits: Limits,
    pub(super) metrics: MetricsConfig,
}

/// An address as far as limits tell it from others.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Address(pub(super) String);

/// What all zones together ask of an address.
#[derive(Clone, Copy, Debug)]
pub(super) struct AddressLoad {
    /// Queries in a round, which is one check of every zone.
    pub(super) queries_per_round: f64,
    /// Queries a second.
    pub(super) queries: f64,
    /// Transfers a second.
    pub(super) transfers: f64,
    /// Transfers a second while every zone is compared for the first time.
    pub(super) first_transfers: f64,
    /// The shortest and the longest interval of its zones.
    pub(super) intervals: [Duration; 2],
}

impl Workload {
    /// Adds up what the zones of a configuration ask for.
    pub(in crate::commands) fn new(config: &Config) -> Self {
        let mut workload = Self {
            zones: 0,
            looked_up: 0,
            by_query: 0,
            catalogs: config.catalogs.len(),
            addresses: 0,
            series: 0,
            queries: 0.0,
            transfers: 0.0,
            by_address: HashMap::new(),
            limits: config.limits,
            metrics: config.metrics,
        };
        for (settings, zones) in settings_with_counts(config) {
            workload.add(settings, zones);
        }
        workload
    }

    /// Adds so many zones with these settings.
    fn add(&mut self, settings: &MonitorSettings, zones: u64) {
        let servers = &settings.zone.servers.servers;
        let rules = &settings.zone.comparison;
        let addresses = settings.estimated_addresses();
        self.zones += zones;
        self.looked_up += if servers.is_empty() { zones } else { 0 };
        self.addresses += zones * addresses;
        self.series += zones * estimated_series(addresses);
        let compares = rules.compare == Compare::Records;
        self.by_query += if compares && rules.by == ReadBy::Query { zones } else { 0 };
        let of_each = AddressLoad::of_zones(settings, zones);
        let of_all = |rate: f64| rate * number(addresses);
        self.queries += of_all(of_each.queries);
        self.transfers += of_all(of_each.transfers);
        for (_, server) in servers {
            let load = if server.by == Some(ReadBy::Query) { of_each.without_transfers() } else { of_each };
            let known = self.by_address.entry(Address::of(server));
            known.and_modify(|known| known.add(load)).or_insert(load);
        }
    }

    /// Whether part of what is asked for is not known before servers are asked.
    pub(super) fn is_estimate(&self) -> bool {
        self.looked_up > 0 || self.by_query > 0 || self.catalogs > 0
    }

    /// The memory that the process takes once every zone was compared.
    pub(super) fn memory(&self) -> u64 {
        BASE_MEMORY + self.zones * ZONE_MEMORY + self.addresses * ADDRESS_MEMORY
    }

    /// The cores that the checks take.
    pub(super) fn cores(&self) -> f64 {
        self.queries * QUERY_CPU.as_secs_f64() + self.transfers * TRANSFER_CPU.as_secs_f64()
    }

    /// The address that is asked most by a measure; of equal ones, the first by name.
    pub(super) fn busiest(&self, measure: fn(&AddressLoad) -> f64) -> Option<(&Address, &AddressLoad)> {
        let loads = self.by_address.iter();
        loads.max_by(|(first, a), (second, b)| measure(a).total_cmp(&measure(b)).then(second.cmp(first)))
    }

    /// The series that one scrape has.
    pub(super) fn series(&self) -> u64 {
        match self.metrics.detail {
            MetricsDetail::Zone => self.zones * estimated_series(0),
            MetricsDetail::Server | MetricsDetail::Auto | MetricsDetail::Exceptions => self.series,
        }
    }

    /// The files that are open at once: a socket for each address that was asked a moment ago among them.
    pub(super) fn open_files(&self) -> u64 {
        let of_address = |load: &AddressLoad| (load.queries * SOCKET_AGE.as_secs_f64()).min(1.0);
        let sockets: f64 = self.by_address.values().map(of_address).sum();
        let transfers = MAX_TRANSFERS.min(self.by_address.len() * self.limits.max_transfers);
        OTHER_FILES + transfers as u64 + ceiling(sockets)
    }
}

/// All settings, each with the number of zones that have them. Zones share settings.
fn settings_with_counts(config: &Config) -> Vec<(&MonitorSettings, u64)> {
    let mut counts: HashMap<*const MonitorSettings, (&MonitorSettings, u64)> = HashMap::new();
    for ConfiguredZone { settings, .. } in &config.zones {
        counts.entry(Arc::as_ptr(settings)).or_insert((settings, 0)).1 += 1;
    }
    // Catalogs are zones too, which every shard checks.
    let catalogs = config.catalogs.iter().map(|catalog| (&*catalog.settings, 1));
    counts.into_values().chain(catalogs).collect()
}

impl Address {
    fn of(server: &Server) -> Self {
        let host = match &server.host {
            Host::Address(address) if address.is_ipv6() => format!("[{address}]"),
            Host::Address(address) => address.to_string(),
            Host::Scoped(address, interface) => format!("[{address}%{}]", interface.escape_debug()),
            Host::Name(name) => name.without_final_dot(),
        };
        Self(format!("{host}:{}", server.port))
    }
}

impl AddressLoad {
    /// What so many zones with these settings ask of each of their addresses.
    fn of_zones(settings: &MonitorSettings, zones: u64) -> Self {
        let zones = number(zones);
        let rules = &settings.zone.comparison;
        let queries_per_round = zones * f64::from(rules.samples);
        let compare_interval = settings.compare_interval.max(MIN_COMPARE_INTERVAL);
        let first_period = settings.compare_interval.min(settings.interval * FIRST_COMPARE_INTERVALS);
        let load = Self {
            queries_per_round,
            queries: queries_per_round / settings.interval.as_secs_f64(),
            transfers: zones / compare_interval.as_secs_f64(),
            first_transfers: zones / first_period.as_secs_f64(),
            intervals: [settings.interval; 2],
        };
        let transfers = rules.compare == Compare::Records && rules.by != ReadBy::Query;
        if transfers { load } else { load.without_transfers() }
    }

    fn without_transfers(self) -> Self {
        Self { transfers: 0.0, first_transfers: 0.0, ..self }
    }

    fn add(&mut self, other: Self) {
        self.queries_per_round += other.queries_per_round;
        self.queries += other.queries;
        self.transfers += other.transfers;
        self.first_transfers += other.first_transfers;
        let [shortest, longest] = self.intervals;
        self.intervals = [shortest.min(other.intervals[0]), longest.max(other.intervals[1])];
    }
}

/// The next whole number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it saturates, and no rate is negative"
)]
pub(super) fn ceiling(value: f64) -> u64 {
    value.ceil() as u64
}

#[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^52 zones")]
pub(super) fn number(count: u64) -> f64 {
    count as f64
}
