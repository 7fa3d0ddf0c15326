//! The `zoneprobe` command: parse, run, turn the outcome into an exit code.

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;
use zoneprobe::cli::Cli;
use zoneprobe::commands;
use zoneprobe::judge::Severity;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Nobody is left to tell when even that cannot be printed.
            let _ = error.print();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
                _ => Severity::Unknown.exit_code().into(),
            };
        }
    };
    match commands::run(cli) {
        Ok(code) => code.into(),
        Err(error) => {
            commands::print_error(&error);
            Severity::Unknown.exit_code().into()
        }
    }
}
