//! How a run ends: its summary and its exit code.

use std::time::Instant;

use crate::cli::FailOn;
use crate::clock;
use crate::judge::Severity;
use crate::report::RunSummary;

/// The summary of a run that ends now.
pub(super) fn run_summary(began: Instant) -> RunSummary {
    RunSummary::new(clock::now(), began.elapsed())
}

/// The exit code of a run: 0 if its severity is below what it fails on.
pub(super) fn exit_code(severity: Severity, fail_on: FailOn) -> u8 {
    let mildest = match fail_on {
        FailOn::Critical => Severity::Critical,
        FailOn::Unknown => Severity::Unknown,
        FailOn::Warning => Severity::Warning,
    };
    if severity <= mildest { severity.exit_code() } else { Severity::Ok.exit_code() }
}
