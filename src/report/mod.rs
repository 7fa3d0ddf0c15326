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
pub(crate) use cause::{Causes, SharedCause};
pub use counts::ZoneCounts;
pub(crate) use counts::{ServerAddress, zones_by_address};
pub use format::Format;
pub use formats::prometheus::{ExpositionDetail, estimated_series, exposition, is_exception};
pub(crate) use model::kind_name;
pub use model::schema::schema;
pub use model::{Report, UnreadLine, ZoneReport};
pub use packed::{Outlines, PackedSnapshot};
pub(crate) use packed::{count_outlines, group_by_outline};
pub use run::{RenderOptions, RunScope, RunSummary};
pub use snapshot::{RecordsState, ServerSnapshot, ZoneSnapshot};
pub(crate) use text::caches::{CacheState, advice as cache_advice, sentences as cache_sentences};
pub(crate) use text::conclusion::{Conclusion, is_address, server_label};
pub(crate) use text::notes::answer_notes;
pub(crate) use text::page::symbol;
pub(crate) use text::records::{RecordLine, record_lines};
pub use text::rfc3339;
pub(crate) use text::scope::{reference, scope};
pub(crate) use text::signatures::GroupedDifferences;
pub(crate) use text::{count, grouped};
pub use writer::ReportWriter;
