//! The program's own metrics: checks, queries, transfers, requests.

mod counters;
mod identity;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use prometheus::core::Collector;
use prometheus::process_collector::ProcessCollector;
use prometheus::{IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder};

use crate::config::MetricsDetail;
use crate::dns::Rtype;
use crate::net::QueryRecorder;
use crate::observe::{Failure, Transport};
use crate::plan::{ExternalUrl, Shard, Target};
use counters::QueryCounters;
use identity::Identity;

/// The program's own metrics.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    checks: IntCounter,
    late_checks: IntCounter,
    running_checks: IntGauge,
    catalog_members: IntGaugeVec,
    catalog_read: IntGaugeVec,
    last_reload_successful: IntGauge,
    /// Whether the configuration had a mistake when it was last read whole.
    has_mistake: AtomicBool,
    last_reload_success: IntGauge,
    detail: IntGaugeVec,
    http_requests: IntCounterVec,
    queries: QueryCounters,
    identity: Mutex<Identity>,
}

impl Metrics {
    /// Registers all metrics, each at 0.
    pub fn new() -> Result<Self, prometheus::Error> {
        let counter = |name: &str, help: &str| IntCounter::new(name, help);
        let gauge = |name: &str, help: &str| IntGauge::new(name, help);
        let metrics = Self {
            registry: Registry::new(),
            checks: counter("zoneprobe_checks_total", "Checks of zones that were begun.")?,
            late_checks: counter(
                "zoneprobe_checks_late_total",
                "Checks that began late, by more than a tenth of the interval.",
            )?,
            running_checks: gauge("zoneprobe_checks_in_flight", "Checks of zones that are running.")?,
            catalog_members: IntGaugeVec::new(
                Opts::new("zoneprobe_catalog_members", "Members of the list of a catalog that is in force."),
                &["catalog"],
            )?,
            catalog_read: IntGaugeVec::new(
                Opts::new(
                    "zoneprobe_catalog_read_timestamp_seconds",
                    "When the list of a catalog that is in force was last read.",
                ),
                &["catalog"],
            )?,
            last_reload_successful: gauge(
                "zoneprobe_config_last_reload_successful",
                "1 if the configuration had no mistake when it was last read.",
            )?,
            has_mistake: AtomicBool::new(false),
            last_reload_success: gauge(
                "zoneprobe_config_last_reload_success_timestamp_seconds",
                "When the configuration was last read without a mistake.",
            )?,
            detail: IntGaugeVec::new(
                Opts::new("zoneprobe_metrics_detail", "1 for the detail in use."),
                &["detail"],
            )?,
            // The library hashes label values put together; no two pairs of handler and code are the same then.
            http_requests: IntCounterVec::new(
                Opts::new("zoneprobe_http_requests_total", "HTTP requests that were answered."),
                &["handler", "code"],
            )?,
            queries: QueryCounters::default(),
            identity: Mutex::default(),
        };
        let all: [Box<dyn Collector>; 11] = [
            Box::new(metrics.checks.clone()),
            Box::new(metrics.late_checks.clone()),
            Box::new(metrics.running_checks.clone()),
            Box::new(metrics.catalog_members.clone()),
            Box::new(metrics.catalog_read.clone()),
            Box::new(metrics.last_reload_successful.clone()),
            Box::new(metrics.last_reload_success.clone()),
            Box::new(metrics.detail.clone()),
            Box::new(metrics.http_requests.clone()),
            Box::new(metrics.queries.clone()),
            Box::new(ProcessCollector::for_self()),
        ];
        for collector in all {
            metrics.registry.register(collector)?;
        }
        Ok(metrics)
    }

    /// Counts a check that begins.
    pub fn count_check(&self, is_late: bool) {
        self.checks.inc();
        self.late_checks.inc_by(u64::from(is_late));
    }

    /// Sets how many checks are running.
    pub fn set_running_checks(&self, count: usize) {
        self.running_checks.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// Records how long after its first sight a new version has reached a server.
    pub fn record_publication(&self, server: &str, latency: Duration) {
        self.queries.record_publication(server, latency);
    }

    /// Sets how many members a catalog has, and when they were read; one without a list yet has none.
    pub fn set_catalog(&self, catalog: &str, list: Option<(usize, SystemTime)>) {
        let members = list.map_or(0, |(members, _)| i64::try_from(members).unwrap_or(i64::MAX));
        self.catalog_members.with_label_values(&[catalog]).set(members);
        if let Some((_, read)) = list {
            self.catalog_read.with_label_values(&[catalog]).set(unix_seconds(read));
        }
    }

    /// Drops the series of a catalog.
    pub fn drop_catalog(&self, catalog: &str) {
        // One that is not there is gone already.
        let _ = self.catalog_members.remove_label_values(&[catalog]);
        let _ = self.catalog_read.remove_label_values(&[catalog]);
    }

    /// Records that the configuration was read at `time`, or could not be read.
    pub fn record_reload(&self, time: Result<SystemTime, ()>) {
        self.has_mistake.store(time.is_err(), Ordering::Relaxed);
        match time {
            Ok(time) => {
                self.last_reload_success.set(unix_seconds(time));
                // The web configuration is read with the rest.
                self.record_web_config(true);
            }
            Err(()) => self.last_reload_successful.set(0),
        }
    }

    /// Records that the web configuration was read by itself, or could not be read.
    pub fn record_web_config(&self, is_read: bool) {
        let has_mistake = self.has_mistake.load(Ordering::Relaxed) || !is_read;
        self.last_reload_successful.set(i64::from(!has_mistake));
    }

    /// Sets how much the metrics say of each zone.
    pub fn set_detail(&self, detail: MetricsDetail) {
        self.detail.reset();
        self.detail.with_label_values(&[detail.name()]).set(1);
    }

    /// Sets where zones are checked from, which part of them, and where the pages are.
    pub fn set_identity(
        &self,
        vantage: Option<String>,
        shard: Option<Shard>,
        external_url: Option<ExternalUrl>,
    ) {
        let identity = Identity { vantage, shard, external_url };
        *self.identity.lock().unwrap_or_else(PoisonError::into_inner) = identity;
    }

    /// Drops the series of all servers but these, each with its addresses.
    pub fn retain_servers(&self, servers: &BTreeMap<&str, BTreeSet<&str>>) {
        self.queries.retain_servers(servers);
    }

    /// Counts an HTTP request that was answered.
    pub fn count_request(&self, handler: &str, code: u16) {
        self.http_requests.with_label_values(&[handler, &code.to_string()]).inc();
    }

    /// Appends all metrics to an exposition.
    pub fn write(&self, text: &mut String) {
        let identity = self.identity.lock().unwrap_or_else(PoisonError::into_inner).collect();
        let encoded = identity.and_then(|mut families| {
            families.extend(self.registry.gather());
            TextEncoder::new().encode_utf8(&families, text)
        });
        if let Err(error) = encoded {
            tracing::error!(%error, "cannot encode the metrics");
        }
    }
}

impl QueryRecorder for Metrics {
    fn record_query(&self, target: &Target, transport: Transport, outcome: Result<Duration, &Failure>) {
        self.queries.record_query(target, transport, outcome);
    }

    fn record_transfer(&self, target: &Target, rtype: Rtype, outcome: Result<(), &Failure>) {
        self.queries.record_transfer(target, rtype, outcome);
    }
}

fn unix_seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
