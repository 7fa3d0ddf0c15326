//! Which process the metrics are of: its version, its vantage, its shard, and where its pages are.

use prometheus::core::Collector as _;
use prometheus::proto::MetricFamily;
use prometheus::{IntGauge, Opts};

use crate::plan::{ExternalUrl, Shard};

/// Which process the metrics are of.
#[derive(Debug, Default)]
pub(super) struct Identity {
    /// What the operator calls the place that zones are checked from.
    pub(super) vantage: Option<String>,
    /// The part of the zones that is checked.
    pub(super) shard: Option<Shard>,
    /// Where people find the pages.
    pub(super) external_url: Option<ExternalUrl>,
}

impl Identity {
    /// The metrics, each of them 1.
    pub(super) fn collect(&self) -> prometheus::Result<Vec<MetricFamily>> {
        let mut build = Opts::new("zoneprobe_build_info", "Version of the program.")
            .const_label("version", env!("CARGO_PKG_VERSION"));
        if let Some(vantage) = &self.vantage {
            build = build.const_label("vantage", vantage);
        }
        let shard = self.shard.map(|shard| {
            Opts::new("zoneprobe_shard_info", "The part of the zones that is checked here.")
                .const_label("shard", shard.index().to_string())
                .const_label("shards", shard.count().to_string())
        });
        let external_url = self.external_url.as_ref().map(|url| {
            Opts::new(
                "zoneprobe_external_url_info",
                "Where people find the pages: that of a zone is URL/zones/ZONE.",
            )
            .const_label("url", url.to_string())
        });
        let mut families = Vec::new();
        for opts in [build].into_iter().chain(shard).chain(external_url) {
            let gauge = IntGauge::with_opts(opts)?;
            gauge.set(1);
            families.extend(gauge.collect());
        }
        Ok(families)
    }
}
