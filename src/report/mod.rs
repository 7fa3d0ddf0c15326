//! Renders the results of checks in every format.
//!
//! In: the judgement of each zone, and the [`RunSummary`] at the end of the run. Out: text. This room judges
//! nothing and prints nothing: the caller decides where the text goes.

mod addresses;
mod build;
mod cause;
mod counts;
mod format;
mod formats;
pub mod model;
mod outages;
mod packed;
mod run;
mod snapshot;
#[cfg(test)]
pub(crate) mod tests;
mod text;
mod writer;

pub(crate) use addresses::{
    AddressDetails, AddressSummary, FailureExamples, Measured, Sample, address_details, address_summaries,
    measure,
};
pub use build::zone_report;
pub use counts::ZoneCounts;
pub(crate) use counts::{ServerAddress, zones_by_address};
pub use format::Format;
pub use formats::prometheus::{ExpositionDetail, estimated_series, exposition, is_exception};
pub use model::schema::schema;
pub use model::{Report, UnreadLine, ZoneReport};
pub(crate) use outages::{Ended, Outages};
pub(crate) use packed::count_outlines;
pub use packed::{Outlines, PackedSnapshot};
pub use run::{RenderOptions, RunScope, RunSummary};
pub use snapshot::{RecordsState, ServerSnapshot, ZoneSnapshot};
pub(crate) use text::conclusion::server_label;
pub use text::rfc3339;
pub(crate) use text::{count, grouped};
pub use writer::ReportWriter;
