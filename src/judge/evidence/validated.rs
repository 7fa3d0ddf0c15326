//! A copy whose signatures were verified, or could not be.

use std::sync::Arc;

use super::responses::ServedVersion;
use crate::observe::{NotValidated, Validation};
use crate::plan::Source;

/// The result of verifying the signatures of a copy, or why they could not be verified.
pub type ValidationResult = Result<Arc<Validation>, NotValidated>;

/// A copy whose signatures were verified, or could not be.
#[derive(Debug)]
pub(super) struct ValidatedCopy {
    /// Where it was read.
    pub(super) source: Source,
    /// The copy.
    pub(super) version: ServedVersion,
    /// The result.
    pub(super) result: ValidationResult,
}
