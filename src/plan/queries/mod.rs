//! What to ask of a zone whose records are known, and what its servers must answer.

mod query;

pub use query::{ExpectedAnswer, RrsetQuery};
