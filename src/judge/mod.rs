//! judge
pub mod finding;
pub mod verdict;
pub use finding::{Code, Finding};
pub use verdict::{Severity, Verdict};
