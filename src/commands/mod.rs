//! The commands: from arguments to an exit code. Wiring only.

mod caches;
mod catalog;
mod check;
mod completions;
mod config;
mod console;
mod demo;
mod diff;
mod ds_file;
mod explain;
mod health;
mod init;
mod keys;
mod line_settings;
mod list_lines;
mod logging;
mod man;
mod notify;
mod outcome;
mod output;
mod progress;
mod reading;
mod rlimit;
mod runtime;
mod serve;
mod setup;
mod signals;
mod store;
mod text;
mod tls;
mod verify;
mod workers;
mod workload;
mod zone_pages;
mod zone_settings;
mod zones;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

pub use self::console::print_error;
pub use self::rlimit::is_address_space_short;
pub use self::signals::survive_file_size_limit;

use self::console::{DEFAULT_COLUMNS, Stdout};
use self::outcome::run_summary;
use self::runtime::block_on;
use self::signals::{Termination, exit_if_blocked, until_termination};
use crate::cli::{Cli, CliCommand, Color, LogFormat};
use crate::report::{Format, RenderOptions, ReportWriter, RunScope};

/// Runs a command and returns its exit code.
pub fn run(cli: Cli) -> anyhow::Result<u8> {
    let format = match &cli.command {
        CliCommand::Check(command) => command.args.output.format,
        CliCommand::Verify(command) => command.args.output.format,
        CliCommand::Notify(command) => command.args.output.format,
        CliCommand::Diff(_)
        | CliCommand::Serve(_)
        | CliCommand::Demo(_)
        | CliCommand::Config(_)
        | CliCommand::Explain(_)
        | CliCommand::Health(_)
        | CliCommand::Init(_)
        | CliCommand::Completions(_)
        | CliCommand::Man(_) => Format::default(),
    };
    // The system may refuse a thread, for which the runtime panics. The panic has been printed.
    let code = catch_unwind(AssertUnwindSafe(|| run_command(cli.command)))
        .unwrap_or_else(|_| Err(anyhow::anyhow!("internal error: the program panicked")));
    code.inspect_err(|error| print_failure(format, &format!("{error:#}")))
}

fn run_command(command: CliCommand) -> anyhow::Result<u8> {
    match command {
        CliCommand::Explain(command) => explain::run(&command),
        CliCommand::Config(command) => config::run(command),
        CliCommand::Health(command) => health::run(&command),
        CliCommand::Completions(command) => completions::run(&command),
        CliCommand::Man(command) => man::run(&command),
        CliCommand::Check(command) => {
            logging::for_command(command.args.output.verbose);
            await_command(async { Ok(check::run(*command).await) }, Termination::exit_code)
        }
        CliCommand::Verify(command) => {
            logging::for_command(command.args.output.verbose);
            await_command(async { Ok(Box::pin(verify::run(*command)).await) }, Termination::exit_code)
        }
        CliCommand::Notify(command) => {
            logging::for_command(command.args.output.verbose);
            await_command(async { Ok(Box::pin(notify::run(*command)).await) }, Termination::exit_code)
        }
        CliCommand::Diff(command) => {
            logging::for_command(command.verbose);
            let diff = async { Box::pin(diff::run(*command)).await };
            await_command(unless_terminated(diff), Termination::exit_code)
        }
        CliCommand::Init(command) => {
            let init = async { Box::pin(init::run(*command)).await };
            await_command(unless_terminated(init), Termination::exit_code)
        }
        CliCommand::Serve(command) => {
            logging::for_service(command.verbose, command.log_format);
            await_command(serve::run(command), Termination::exit_code_of_service)
        }
        CliCommand::Demo(command) if command.serve => {
            logging::for_service(0, LogFormat::Text);
            await_command(demo::run(command), Termination::exit_code_of_service)
        }
        CliCommand::Demo(command) => {
            await_command(unless_terminated(demo::run(command)), Termination::exit_code)
        }
    }
}

/// Prints the report of a run that has failed before it began, in formats for programs.
pub fn print_failure(format: Format, error: &str) {
    let options = RenderOptions { width: DEFAULT_COLUMNS, quiet: false, scope: RunScope::ManyZones };
    let mut writer = ReportWriter::new(format, options);
    let text = writer.error(error) + &writer.end_early(run_summary(Instant::now()));
    // If that cannot be printed, there is nowhere to say so.
    let _ = Stdout::new(false, Color::Never).write(&text);
}

/// Runs a command to its end. If a signal does not end it within some seconds, the process ends with `exit_code`.
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
