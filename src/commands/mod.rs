//! The commands: which rounds, which output. Wiring only.

mod check;
mod config;
mod demo;
mod explain;
mod keys;
mod output;
mod progress;
mod serve;
mod setup;
mod signals;
mod store;
mod verify;
mod workers;
mod zones;

use std::io::IsTerminal as _;

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;

use crate::cli::{Cli, CliCommand};

/// Runs a command and returns its exit code.
pub fn run(cli: Cli) -> anyhow::Result<u8> {
    match cli.command {
        CliCommand::Explain(explain) => explain::run(&explain),
        CliCommand::Config(command) => config::run(command),
        CliCommand::Check(check) => {
            log(check.args.output.verbose);
            run_to_end(signals::or(check::run(*check)))
        }
        CliCommand::Verify(verify) => {
            log(verify.args.output.verbose);
            run_to_end(verify::run(*verify))
        }
        CliCommand::Serve(serve) => {
            log_service(serve.verbose);
            run_to_end(serve::run(serve))
        }
        CliCommand::Demo(demo) if demo.serve => {
            log_service(0);
            run_to_end(demo::run(demo))
        }
        CliCommand::Demo(demo) => run_to_end(signals::or(demo::run(demo))),
    }
}

/// Runs a command; a thread that reads a file which never ends is not waited for.
fn run_to_end(command: impl Future<Output = anyhow::Result<u8>>) -> anyhow::Result<u8> {
    let runtime = runtime()?;
    let code = runtime.block_on(command);
    runtime.shutdown_background();
    code
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start the runtime")
}

/// Sends what the program does to standard error, as much of it as was asked for.
fn log(verbose: u8) {
    let directives = match verbose {
        0 => return,
        1 => "zoneprobe=info",
        2 => "zoneprobe=debug",
        _ => "debug",
    };
    log_as(directives);
}

/// The same of a program that runs on: what has changed is always told.
fn log_service(verbose: u8) {
    log_as(match verbose {
        0 => "warn,zoneprobe::monitor=info,zoneprobe::commands=info",
        1 => "info",
        2 => "info,zoneprobe=debug",
        _ => "debug",
    });
}

fn log_as(directives: &str) {
    let builder = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(directives));
    builder.with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr).init();
}

/// Prints an error as people read it: what could not be done, why, and what to do.
pub fn print_error(error: &anyhow::Error) {
    let mut causes = error.chain();
    let top = causes.next().map(ToString::to_string).unwrap_or_default();
    let mut text = format!("error: {top}\n");
    for cause in causes {
        text.push_str(&format!("  {cause}\n"));
    }
    output::complain(&text);
}
