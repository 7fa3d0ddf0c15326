//! What the parts of the page share.

use std::sync::Arc;

use crate::config::MonitorSettings;
use crate::dns::Name;
use crate::http::pages::layout::Site;
use crate::judge::History;
use crate::plan::LineId;
use crate::report::ZoneSnapshot;

/// What is known of a zone that was checked.
pub(super) struct ZoneView<'v> {
    pub(super) site: &'v Site,
    pub(super) zone: Name,
    pub(super) snapshot: ZoneSnapshot,
    pub(super) history: History,
    pub(super) settings: Option<Arc<MonitorSettings>>,
    pub(super) id: Option<Arc<LineId>>,
}
