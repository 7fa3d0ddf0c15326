//! Which process the metrics are of: its version, its vantage and its shard.

use std::fmt::Write as _;

use crate::plan::Shard;

/// Which process the metrics are of.
#[derive(Debug, Default)]
pub(super) struct Identity {
    /// What the operator calls the place that zones are checked from.
    pub(super) vantage: Option<String>,
    /// The part of the zones that is checked.
    pub(super) shard: Option<Shard>,
}

impl Identity {
    /// Appends the metrics to an exposition.
    pub(super) fn write(&self, text: &mut String) {
        let mut labels = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
        if let Some(vantage) = &self.vantage {
            // Writing to a string cannot fail.
            let _ = write!(labels, ",vantage=\"{}\"", vantage.replace('\\', "\\\\").replace('"', "\\\""));
        }
        gauge(text, "zoneprobe_build_info", "Version of the program.", &labels);
        if let Some(shard) = self.shard {
            let labels = format!("shard=\"{}\",shards=\"{}\"", shard.index(), shard.count());
            gauge(text, "zoneprobe_shard_info", "The part of the zones that is checked here.", &labels);
        }
    }
}

fn gauge(text: &mut String, name: &str, help: &str, labels: &str) {
    // Writing to a string cannot fail.
    let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name}{{{labels}}} 1\n");
}
