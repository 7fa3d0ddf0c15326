//! `metrics`: how much the metrics of `serve` show.

use super::keys::METRICS_KEYS;
use super::reader::ConfigReader;
use super::yaml::Node;

/// How much the metrics show of each zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricsDetail {
    /// As [`Server`](Self::Server) unless there are too many series, else as [`Exceptions`](Self::Exceptions).
    Auto,
    /// Everything.
    Server,
    /// Everything but series with both a zone and a server.
    Zone,
    /// Only zones that are not in order.
    Exceptions,
}

impl MetricsDetail {
    /// Returns the name in a configuration and in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Server => "server",
            Self::Zone => "zone",
            Self::Exceptions => "exceptions",
        }
    }
}

/// How much the metrics show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricsConfig {
    /// How much they show of each zone.
    pub detail: MetricsDetail,
    /// The maximum number of series for zones that are shown as exceptions.
    pub max_series: u64,
}

impl Default for MetricsConfig {
    fn default() -> Self {
        Self { detail: MetricsDetail::Auto, max_series: 200_000 }
    }
}

/// Reads `metrics`.
pub(super) fn read(node: &Node<'_>, reader: &mut ConfigReader<'_>) -> MetricsConfig {
    let mut metrics = MetricsConfig::default();
    let mapping = reader.mapping(node, METRICS_KEYS);
    let details =
        [MetricsDetail::Auto, MetricsDetail::Server, MetricsDetail::Zone, MetricsDetail::Exceptions];
    let details = details.map(|detail| (detail.name(), detail));
    mapping.set("detail", &mut metrics.detail, |node| reader.one_of(node, &details));
    mapping.set("max_series", &mut metrics.max_series, |node| reader.count(node));
    metrics
}
