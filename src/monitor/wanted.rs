//! A zone that is to be monitored.

use std::sync::Arc;

use crate::config::MonitorSettings;
use crate::dns::Name;
use crate::plan::{LineId, Membership};

/// A zone that is to be monitored, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedZone {
    /// The zone.
    pub zone: Name,
    /// How it is checked.
    pub settings: Arc<MonitorSettings>,
    /// The catalog that it comes from; `None` if the configuration names the zone.
    pub membership: Option<Arc<Membership>>,
    /// What the line of a list calls it.
    pub id: Option<Arc<LineId>>,
}
