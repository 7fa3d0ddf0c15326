//! The commands: from arguments to an exit code. Wiring only.

mod check;
mod config;
mod demo;
mod explain;
mod keys;
mod logging;
mod output;
mod progress;
mod serve;
mod setup;
mod signals;
mod store;
mod verify;
mod workers;
mod zones;

use std::time::Instant;

use anyhow::Context as _;

use self::signals::{Termination, until_termination};
use crate::cli::{Cli, CliCommand, FailOn};
use crate::clock;
use crate::judge::Severity;
use crate::report::RunSummary;

/// Runs a command and returns its exit code.
pub fn run(cli: Cli) -> anyhow::Result<u8> {
    match cli.command {
        CliCommand::Explain(command) => explain::run(&command),
        CliCommand::Config(command) => config::run(command),
        CliCommand::Check(command) => {
            logging::for_command(command.args.output.verbose);
            block_on(unless_terminated(check::run(*command)))
        }
        CliCommand::Verify(command) => {
            logging::for_command(command.args.output.verbose);
            block_on(verify::run(*command))
        }
        CliCommand::Serve(command) => {
            logging::for_service(command.verbose);
            block_on(serve::run(command))
        }
        CliCommand::Demo(command) if command.serve => {
            logging::for_service(0);
            block_on(demo::run(command))
        }
        CliCommand::Demo(command) => block_on(unless_terminated(demo::run(command))),
    }
}

/// Runs a command until it ends or a signal ends it.
async fn unless_terminated(command: impl Future<Output = anyhow::Result<u8>>) -> anyhow::Result<u8> {
    Ok(until_termination(command).await?.unwrap_or_else(Termination::exit_code))
}

/// Runs a command to its end; threads that are blocked then, on a file that never ends, are left behind.
fn block_on(command: impl Future<Output = anyhow::Result<u8>>) -> anyhow::Result<u8> {
    let runtime = runtime()?;
    let code = runtime.block_on(command);
    runtime.shutdown_background();
    code
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start the runtime")
}

/// Prints an error as people read it: what could not be done, why, and what to do.
pub fn print_error(error: &anyhow::Error) {
    let mut causes = error.chain();
    let top = causes.next().map(ToString::to_string).unwrap_or_default();
    let mut text = format!("error: {top}\n");
    for cause in causes {
        text.push_str(&format!("  {cause}\n"));
    }
    output::print_message(&text);
}

/// The summary of a run that ends now.
fn run_summary(began: Instant) -> RunSummary {
    RunSummary::new(clock::now(), began.elapsed())
}

/// The exit code of a run: 0 if its severity is below what it fails on.
fn exit_code(severity: Severity, fail_on: FailOn) -> u8 {
    let mildest = match fail_on {
        FailOn::Critical => Severity::Critical,
        FailOn::Unknown => Severity::Unknown,
        FailOn::Warning => Severity::Warning,
    };
    if severity <= mildest { severity.exit_code() } else { Severity::Ok.exit_code() }
}
