//! The `zoneprobe` command: parse the arguments, run, exit with a code.

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;
use zoneprobe::cli::{self, Cli};
use zoneprobe::commands;
use zoneprobe::judge::Severity;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // If that cannot be printed, there is nowhere to say so.
            let _ = error.print();
            if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
                return ExitCode::SUCCESS;
            }
            if let Some(format) = cli::requested_format(std::env::args_os().skip(1)) {
                commands::print_failure(format, &cli::usage_error(&error));
            }
            return Severity::Unknown.exit_code().into();
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
