//! A copy whose signatures were verified, or could not be.

use std::sync::Arc;

use super::responses::ServedVersion;
use crate::observe::{NotValidated, Validation};
use crate::plan::Source;

/// What came of verifying the signatures of a copy.
pub type ValidationResult = Result<Arc<Validation>, NotValidated>;

/// A copy whose signatures were verified, or could not be.
#[derive(Debug)]
pub(super) struct ValidatedCopy {
    /// Where it was read.
    pub(super) source: Source,
    /// The copy.
    pub(super) version: ServedVersion,
    /// What came of it.
    pub(super) result: ValidationResult,
}
