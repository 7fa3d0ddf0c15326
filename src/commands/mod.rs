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
mod verify;
mod workers;
mod zones;

pub use self::console::print_error;

use self::runtime::block_on;
use self::signals::{Termination, until_termination};
use crate::cli::{Cli, CliCommand};

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
