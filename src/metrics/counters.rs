//! Counters for each server and address.
//!
//! They do not use the vectors of the library, which find a series by a hash of its label values put together:
//! `ns1` at `1.2.3.4` would be the same as `ns` at `11.2.3.4`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use prometheus::core::{Collector, Desc};
use prometheus::proto;

use crate::dns::Rtype;
use crate::observe::{Failure, Transport};
use crate::plan::Target;

/// Buckets for the time that a new version takes to reach a server, in seconds: around common refresh timers.
const LATENCY_BUCKETS: &[f64] = &[
    0.0, 1.0, 2.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 2100.0, 3900.0, 7200.0, 21600.0,
    86400.0,
];

/// Buckets for the time from a query to its response, in seconds.
const DURATION_BUCKETS: &[f64] = &[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0];

/// The values of the labels `server`, `address`, and `transport` or `method`.
type LabelValues = [String; 3];

/// Counters for each server and address.
#[derive(Clone, Debug, Default)]
pub(super) struct QueryCounters(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    queries: BTreeMap<LabelValues, QueryCounts>,
    transfers: BTreeMap<LabelValues, TransferCounts>,
    /// By server name.
    latencies: BTreeMap<String, Histogram>,
}

#[derive(Debug)]
struct QueryCounts {
    count: u64,
    failures: BTreeMap<&'static str, u64>,
    durations: Histogram,
}

#[derive(Debug, Default)]
struct TransferCounts {
    count: u64,
    failures: BTreeMap<&'static str, u64>,
}

#[derive(Debug)]
struct Histogram {
    /// The upper bounds of the buckets.
    bounds: &'static [f64],
    /// For each bound, the number of values up to it that are above the bound before.
    counts: Vec<u64>,
    count: u64,
    sum: f64,
}

impl Histogram {
    fn new(bounds: &'static [f64]) -> Self {
        Self { bounds, counts: vec![0; bounds.len()], count: 0, sum: 0.0 }
    }

    fn observe(&mut self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        let bucket = self.bounds.iter().position(|bound| seconds <= *bound);
        if let Some(count) = bucket.and_then(|bucket| self.counts.get_mut(bucket)) {
            *count += 1;
        }
        self.count += 1;
        self.sum += seconds;
    }

    fn proto(&self) -> proto::Histogram {
        let mut buckets = Vec::new();
        let mut cumulative = 0;
        for (bound, count) in self.bounds.iter().zip(&self.counts) {
            cumulative += count;
            let mut bucket = proto::Bucket::default();
            bucket.set_upper_bound(*bound);
            bucket.set_cumulative_count(cumulative);
            buckets.push(bucket);
        }
        let mut histogram = proto::Histogram::default();
        histogram.set_bucket(buckets);
        histogram.set_sample_count(self.count);
        histogram.set_sample_sum(self.sum);
        histogram
    }
}

impl QueryCounters {
    pub(super) fn record_query(
        &self,
        target: &Target,
        transport: Transport,
        outcome: Result<Duration, &Failure>,
    ) {
        let transport = match transport {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
        };
        let mut counts = self.counts();
        let new = || QueryCounts {
            count: 0,
            failures: BTreeMap::new(),
            durations: Histogram::new(DURATION_BUCKETS),
        };
        let queries = counts.queries.entry(labels(target, transport)).or_insert_with(new);
        queries.count += 1;
        match outcome {
            Ok(took) => queries.durations.observe(took),
            Err(failure) => *queries.failures.entry(failure.kind()).or_default() += 1,
        }
    }

    pub(super) fn record_transfer(&self, target: &Target, rtype: Rtype, outcome: Result<(), &Failure>) {
        let method = if rtype == Rtype::IXFR { "ixfr" } else { "axfr" };
        let mut counts = self.counts();
        let transfers = counts.transfers.entry(labels(target, method)).or_default();
        transfers.count += 1;
        if let Err(failure) = outcome {
            *transfers.failures.entry(failure.kind()).or_default() += 1;
        }
    }

    pub(super) fn record_publication(&self, server: &str, latency: Duration) {
        let mut counts = self.counts();
        let latencies = counts.latencies.entry(server.to_owned());
        latencies.or_insert_with(|| Histogram::new(LATENCY_BUCKETS)).observe(latency);
    }

    pub(super) fn retain_servers(&self, servers: &BTreeMap<&str, BTreeSet<&str>>) {
        let is_retained = |[server, address, _]: &LabelValues| {
            servers.get(server.as_str()).is_some_and(|addresses| addresses.contains(address.as_str()))
        };
        let mut counts = self.counts();
        counts.queries.retain(|labels, _| is_retained(labels));
        counts.transfers.retain(|labels, _| is_retained(labels));
        counts.latencies.retain(|server, _| servers.contains_key(server.as_str()));
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn labels(target: &Target, last: &str) -> LabelValues {
    [target.server.clone(), target.address.to_string(), last.to_owned()]
}

const BY_TRANSPORT: &[&str] = &["server", "address", "transport"];
const BY_METHOD: &[&str] = &["server", "address", "method"];

impl Collector for QueryCounters {
    /// No descriptions: the families that are collected carry their own help and labels.
    fn desc(&self) -> Vec<&Desc> {
        Vec::new()
    }

    fn collect(&self) -> Vec<proto::MetricFamily> {
        let counts = self.counts();
        let queries = || counts.queries.iter();
        let transfers = || counts.transfers.iter();
        let failures = |labels: &LabelValues, names: &[&str], failures: &BTreeMap<&'static str, u64>| {
            let all: Vec<proto::Metric> = failures
                .iter()
                .map(|(reason, count)| {
                    let mut pairs = pairs(names, labels);
                    pairs.push(pair("reason", reason));
                    counter(pairs, *count)
                })
                .collect();
            all
        };
        let families = [
            family(
                "zoneprobe_queries_total",
                "Queries that were answered or given up.",
                proto::MetricType::COUNTER,
                queries().map(|(labels, it)| counter(pairs(BY_TRANSPORT, labels), it.count)).collect(),
            ),
            family(
                "zoneprobe_query_failures_total",
                "Queries that brought no usable response, by reason.",
                proto::MetricType::COUNTER,
                queries().flat_map(|(labels, it)| failures(labels, BY_TRANSPORT, &it.failures)).collect(),
            ),
            family(
                "zoneprobe_query_duration_seconds",
                "From a query to its response.",
                proto::MetricType::HISTOGRAM,
                queries().map(|(labels, it)| histogram(pairs(BY_TRANSPORT, labels), &it.durations)).collect(),
            ),
            family(
                "zoneprobe_transfers_total",
                "Transfers that ended, complete or not.",
                proto::MetricType::COUNTER,
                transfers().map(|(labels, it)| counter(pairs(BY_METHOD, labels), it.count)).collect(),
            ),
            family(
                "zoneprobe_transfer_failures_total",
                "Transfers that were not complete, by reason.",
                proto::MetricType::COUNTER,
                transfers().flat_map(|(labels, it)| failures(labels, BY_METHOD, &it.failures)).collect(),
            ),
            family(
                "zoneprobe_publication_latency_seconds",
                "From the first sight of a new serial to its sight at this server, over all zones.",
                proto::MetricType::HISTOGRAM,
                counts
                    .latencies
                    .iter()
                    .map(|(server, latencies)| histogram(vec![pair("server", server)], latencies))
                    .collect(),
            ),
        ];
        families.into_iter().filter(|family| !family.get_metric().is_empty()).collect()
    }
}

fn family(
    name: &str,
    help: &str,
    kind: proto::MetricType,
    metrics: Vec<proto::Metric>,
) -> proto::MetricFamily {
    let mut family = proto::MetricFamily::default();
    family.set_name(name.to_owned());
    family.set_help(help.to_owned());
    family.set_field_type(kind);
    family.set_metric(metrics);
    family
}

fn counter(pairs: Vec<proto::LabelPair>, count: u64) -> proto::Metric {
    let mut counter = proto::Counter::default();
    #[expect(clippy::cast_precision_loss, reason = "no counter gets near 2^53")]
    counter.set_value(count as f64);
    let mut metric = proto::Metric::from_label(pairs);
    metric.set_counter(counter);
    metric
}

fn histogram(pairs: Vec<proto::LabelPair>, histogram: &Histogram) -> proto::Metric {
    let mut metric = proto::Metric::from_label(pairs);
    metric.set_histogram(histogram.proto());
    metric
}

fn pairs(names: &[&str], labels: &LabelValues) -> Vec<proto::LabelPair> {
    names.iter().zip(labels).map(|(name, value)| pair(name, value)).collect()
}

fn pair(name: &str, value: &str) -> proto::LabelPair {
    let mut pair = proto::LabelPair::default();
    pair.set_name(name.to_owned());
    pair.set_value(value.to_owned());
    pair
}
