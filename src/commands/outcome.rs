//! How a run ends: its summary and its exit code.

use std::time::Instant;

use super::console::print_error;
use super::output::{FinishedReports, ReportOutput};
use super::signals::Termination;
use crate::cli::{FailOn, OutputArgs};
use crate::clock;
use crate::judge::Severity;
use crate::report::RunSummary;

/// The summary of a run that ends now.
pub(super) fn run_summary(began: Instant) -> RunSummary {
    RunSummary::new(clock::now(), began.elapsed())
}

/// Finishes the reports of a run and returns its exit code.
///
/// `ended` is the severity beside that of the zones, the signal that ended the run, or the error that did.
pub(super) fn end_run(
    ended: anyhow::Result<Result<Severity, Termination>>,
    reports: Option<ReportOutput>,
    output: &OutputArgs,
    began: Instant,
) -> u8 {
    let mut reports = reports.unwrap_or_else(|| ReportOutput::without_files(output));
    let run = run_summary(began);
    match ended {
        Ok(Ok(severity)) => match reports.finish(&run) {
            Ok(FinishedReports { counts, is_read }) => {
                let lost = !is_read && output.fail_on == FailOn::Never;
                if lost {
                    print_error(&anyhow::anyhow!("the reader of the output ended before all was printed"));
                }
                let severity = if lost { Severity::Unknown } else { severity };
                exit_code(counts.severity(), severity, output.fail_on)
            }
            Err(error) => {
                print_error(&error);
                Severity::Unknown.exit_code()
            }
        },
        Ok(Err(signal)) => {
            reports.add_error(&format!("ended by {signal}"));
            reports.end_early(&run);
            signal.exit_code()
        }
        Err(error) => {
            reports.error(&error);
            reports.end_early(&run);
            Severity::Unknown.exit_code()
        }
    }
}

/// The exit code of a run, whose zones have a severity, and what it could not do another one.
fn exit_code(of_zones: Severity, of_run: Severity, fail_on: FailOn) -> u8 {
    let severity = match fail_on {
        FailOn::Never => of_run,
        _ => of_zones.worse(of_run),
    };
    if is_failure(severity, fail_on) { severity.exit_code() } else { Severity::Ok.exit_code() }
}

/// Whether something with a severity counts as wrong, be it a reason to fail or not.
pub(super) fn is_failure(severity: Severity, fail_on: FailOn) -> bool {
    let mildest = match fail_on {
        FailOn::Critical => Severity::Critical,
        FailOn::Unknown => Severity::Unknown,
        FailOn::Warning | FailOn::Never => Severity::Warning,
    };
    severity <= mildest
}
