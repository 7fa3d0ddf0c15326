//! What the probe counts of itself.

mod counters;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use prometheus::core::Collector;
use prometheus::process_collector::ProcessCollector;
use prometheus::{IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder};

use crate::config::MetricsDetail;
use crate::dns::Rtype;
use crate::net::QueryRecorder;
use crate::observe::{Failure, Transport};
use crate::plan::Target;
use counters::QueryCounters;

/// The probe's own metrics.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    checks: IntCounter,
    late: IntCounter,
    in_flight: IntGauge,
    reload_succeeded: IntGauge,
    reloaded: IntGauge,
    detail: IntGaugeVec,
    requests: IntCounterVec,
    tally: QueryCounters,
}

impl Metrics {
    /// Counts from 0.
    pub fn new() -> Result<Self, prometheus::Error> {
        let counter = |name: &str, help: &str| IntCounter::new(name, help);
        let gauge = |name: &str, help: &str| IntGauge::new(name, help);
        let build =
            IntGaugeVec::new(Opts::new("zoneprobe_build_info", "Which program this is."), &["version"])?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        let meters = Self {
            registry: Registry::new(),
            checks: counter("zoneprobe_checks_total", "Checks of zones that were begun.")?,
            late: counter(
                "zoneprobe_checks_late_total",
                "Checks that began late: a tenth of the interval after their time.",
            )?,
            in_flight: gauge("zoneprobe_checks_in_flight", "Checks of zones that are under way.")?,
            reload_succeeded: gauge(
                "zoneprobe_config_last_reload_successful",
                "1 if the configuration was read without a mistake when it was last to be read.",
            )?,
            reloaded: gauge(
                "zoneprobe_config_last_reload_success_timestamp_seconds",
                "When the configuration was last read without a mistake.",
            )?,
            detail: IntGaugeVec::new(
                Opts::new("zoneprobe_metrics_detail", "How much the metrics tell of each zone."),
                &["detail"],
            )?,
            // Handlers and codes are fixed words, and no two pairs of them are the same when put together.
            requests: IntCounterVec::new(
                Opts::new("zoneprobe_http_requests_total", "Requests that were answered."),
                &["handler", "code"],
            )?,
            tally: QueryCounters::default(),
        };
        let all: [Box<dyn Collector>; 10] = [
            Box::new(build),
            Box::new(meters.checks.clone()),
            Box::new(meters.late.clone()),
            Box::new(meters.in_flight.clone()),
            Box::new(meters.reload_succeeded.clone()),
            Box::new(meters.reloaded.clone()),
            Box::new(meters.detail.clone()),
            Box::new(meters.requests.clone()),
            Box::new(meters.tally.clone()),
            Box::new(ProcessCollector::for_self()),
        ];
        for collector in all {
            meters.registry.register(collector)?;
        }
        Ok(meters)
    }

    /// A check has begun.
    pub fn check_began(&self, is_late: bool) {
        self.checks.inc();
        self.late.inc_by(u64::from(is_late));
    }

    /// So many checks are under way.
    pub fn in_flight(&self, count: usize) {
        self.in_flight.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// A publication has got to a server, so long after its first sight.
    pub fn arrived(&self, server: &str, latency: Duration) {
        self.tally.arrived(server, latency);
    }

    /// The configuration was read, or was to be.
    pub fn reloaded(&self, when: Result<SystemTime, ()>) {
        self.reload_succeeded.set(i64::from(when.is_ok()));
        if let Some(since) = when.ok().and_then(|when| when.duration_since(SystemTime::UNIX_EPOCH).ok()) {
            self.reloaded.set(i64::try_from(since.as_secs()).unwrap_or(i64::MAX));
        }
    }

    /// The metrics tell so much from now on.
    pub fn detail(&self, detail: MetricsDetail) {
        self.detail.reset();
        self.detail.with_label_values(&[detail.name()]).set(1);
    }

    /// Forgets all servers but these, each with the addresses under which it was seen.
    pub fn keep_servers(&self, seen: &BTreeMap<&str, BTreeSet<&str>>) {
        self.tally.keep_servers(seen);
    }

    /// A request was answered.
    pub fn request(&self, handler: &str, code: u16) {
        self.requests.with_label_values(&[handler, &code.to_string()]).inc();
    }

    /// Adds all of it to a text.
    pub fn write(&self, text: &mut String) {
        let families = self.registry.gather();
        if let Err(error) = TextEncoder::new().encode_utf8(&families, text) {
            tracing::error!("the probe's own metrics cannot be written: {error}");
        }
    }
}

impl QueryRecorder for Metrics {
    fn record_query(&self, target: &Target, transport: Transport, outcome: Result<Duration, &Failure>) {
        self.tally.asked(target, transport, outcome);
    }

    fn record_transfer(&self, target: &Target, rtype: Rtype, outcome: Result<(), &Failure>) {
        self.tally.transferred(target, rtype, outcome);
    }
}

#[cfg(test)]
mod tests;
