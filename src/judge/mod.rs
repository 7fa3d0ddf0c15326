//! judge
pub mod advice;
pub mod explain;
pub mod finding;
pub mod task;
pub mod verdict;
pub use finding::{Code, Finding};
pub use verdict::{Severity, Verdict};
