//! What is known of a run, and how its report is to be rendered.

use std::time::{Duration, SystemTime};

use super::build::seconds;
use super::model::Probe;
use super::text::rfc3339;

/// How many zones a run was asked to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunScope {
    /// Exactly one; formats for people show it in full.
    OneZone,
    /// Several, or a number that is not known in advance.
    ManyZones,
}

/// How a report is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenderOptions {
    /// Columns of the terminal; the table is 60 to 120 columns wide.
    pub width: usize,
    /// Whether formats for people leave out zones that are ok.
    pub quiet: bool,
    /// How many zones the run was asked to check.
    pub scope: RunScope,
}

/// What is known of a run when it ends.
#[derive(Clone, Debug)]
pub struct RunSummary {
    /// When the run ended, RFC 3339.
    pub(super) generated_at: String,
    /// How long the run took.
    pub(super) duration_seconds: f64,
    /// The program that checked.
    pub(super) probe: Probe,
}

impl RunSummary {
    /// Returns `from VANTAGE`, if the place that zones are checked from has a name.
    pub(super) fn place_in_words(&self) -> Option<String> {
        self.probe.vantage.as_ref().map(|vantage| format!("from {vantage}"))
    }

    /// The summary of a run by this program.
    pub fn new(ended: SystemTime, duration: Duration) -> Self {
        Self {
            generated_at: rfc3339(ended),
            duration_seconds: seconds(duration),
            probe: Probe { version: env!("CARGO_PKG_VERSION"), vantage: None },
        }
    }
}
