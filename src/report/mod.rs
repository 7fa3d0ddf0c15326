//! The same report in every format.
//!
//! In: a [`Report`], or the [`ZoneReport`]s of a run one by one. Out: text. It never judges, and never
//! prints: who calls it decides where the text goes.

pub mod model;
mod zone;

pub use model::{Report, ZoneReport};
pub use zone::{seconds, time, zone_report};
