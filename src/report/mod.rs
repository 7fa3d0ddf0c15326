//! The same report in every format.
//!
//! In: the [`ZoneReport`]s of a run, one by one, and what is known of the [`RunSummary`] at its end. Out:
//! text. It never judges, and never prints: who calls it decides where the text goes.

mod build;
mod counts;
mod format;
mod formats;
pub mod model;
mod snapshot;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod text;
mod writer;

pub use build::{rfc3339, zone_report};
pub use counts::ZoneCounts;
pub use format::Format;
pub use formats::prometheus::{ExpositionDetail, exposition, series};
pub use model::schema::schema;
pub use model::{Report, ZoneReport};
pub use snapshot::{ServerSnapshot, ZoneSnapshot};
pub use writer::{RenderOptions, ReportWriter, RunScope, RunSummary};
