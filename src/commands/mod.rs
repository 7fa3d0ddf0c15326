//! The commands: from arguments to an exit code. Wiring only.

mod check;
mod config;
mod console;
mod demo;
mod explain;
mod keys;
mod logging;
mod outcome;
mod output;
mod progress;
mod runtime;
mod serve;
mod setup;
mod signals;
mod store;
mod text;
mod verify;
mod workers;
mod zones;

use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::bail;

pub use self::console::print_error;

use self::runtime::block_on;
use self::signals::{Termination, exit_if_blocked, survive_file_size_limit, until_termination};
use crate::cli::{Cli, CliCommand};

/// Runs a command and returns its exit code.
pub fn run(cli: Cli) -> anyhow::Result<u8> {
    survive_file_size_limit()?;
    // The system may refuse a thread, for which the runtime panics. The panic has been printed.
    let Ok(code) = catch_unwind(AssertUnwindSafe(|| run_command(cli.command))) else {
        bail!("internal error: the program panicked");
    };
    code
}

fn run_command(command: CliCommand) -> anyhow::Result<u8> {
    match command {
        CliCommand::Explain(command) => explain::run(&command),
        CliCommand::Config(command) => config::run(command),
        CliCommand::Check(command) => {
            logging::for_command(command.args.output.verbose);
            await_command(unless_terminated(check::run(*command)), Termination::exit_code)
        }
        CliCommand::Verify(command) => {
            logging::for_command(command.args.output.verbose);
            await_command(verify::run(*command), Termination::exit_code)
        }
        CliCommand::Serve(command) => {
            logging::for_service(command.verbose);
            await_command(serve::run(command), Termination::exit_code_of_service)
        }
        CliCommand::Demo(command) if command.serve => {
            logging::for_service(0);
            await_command(demo::run(command), Termination::exit_code_of_service)
        }
        CliCommand::Demo(command) => {
            await_command(unless_terminated(demo::run(command)), Termination::exit_code)
        }
    }
}

/// Runs a command to its end, which is soon after a signal in any case, then with this exit code.
fn await_command(
    command: impl Future<Output = anyhow::Result<u8>>,
    exit_code: fn(Termination) -> u8,
) -> anyhow::Result<u8> {
    exit_if_blocked(exit_code)?;
    block_on(command)
}

/// Runs a command until it ends or a signal ends it.
async fn unless_terminated(command: impl Future<Output = anyhow::Result<u8>>) -> anyhow::Result<u8> {
    Ok(until_termination(command).await?.unwrap_or_else(Termination::exit_code))
}
