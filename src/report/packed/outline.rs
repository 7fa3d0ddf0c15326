//! What the reports of many zones have in common.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::report::model::ZoneReport;

/// Fewer outlines are never looked through for those that are not used any more.
const MIN_SWEEP: usize = 1024;

/// A report without its values.
#[derive(Debug, PartialEq)]
pub(super) struct Outline(ZoneReport);

// Ratios are the only floating-point numbers that are left in it, and none of them is NaN.
impl Eq for Outline {}

impl Hash for Outline {
    /// Hashes what differs most between zones: equality tells the rest.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self(report) = self;
        (report.verdict, report.severity, report.servers.len(), report.findings.len()).hash(state);
        for server in &report.servers {
            (&server.server, &server.address, server.verdict, server.serial.is_some()).hash(state);
            (server.copy.is_some(), server.compared_at.is_some(), server.findings.len()).hash(state);
            server.instances.iter().for_each(|instance| instance.nsid.hash(state));
        }
    }
}

impl Outline {
    pub(super) fn report(&self) -> &ZoneReport {
        &self.0
    }
}

/// The outlines of all zones, each of them once.
#[derive(Debug, Default)]
pub struct Outlines {
    outlines: HashSet<Arc<Outline>>,
    /// With more outlines than this, those that are not used any more are dropped.
    next_sweep: usize,
}

impl Outlines {
    /// Returns the outline that is equal to this one, if there is one already.
    pub(super) fn share(&mut self, report: ZoneReport) -> Arc<Outline> {
        let outline = Arc::new(Outline(report));
        if let Some(known) = self.outlines.get(&outline) {
            return Arc::clone(known);
        }
        if self.outlines.len() >= self.next_sweep {
            self.outlines.retain(|outline| Arc::strong_count(outline) > 1);
            self.next_sweep = (self.outlines.len() * 2).max(MIN_SWEEP);
        }
        self.outlines.insert(Arc::clone(&outline));
        outline
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.outlines.len()
    }
}
