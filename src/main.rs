//! The `zoneprobe` command: parse the arguments, run, exit with a code.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;
use clap::error::ErrorKind;
use zoneprobe::cli::{self, Cli};
use zoneprobe::commands;
use zoneprobe::judge::Severity;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ADDRESS_SPACE_SHORT: &[u8] = b"error: the limit on address space (ulimit -v) is below 1 GiB; the \
    program reserves that much, and uses little of it: raise it, or limit memory by a control group\n";

fn main() -> ExitCode {
    // An allocation that fails aborts the program, and this message needs none.
    if commands::is_address_space_short() {
        let _ = std::io::stderr().write_all(ADDRESS_SPACE_SHORT);
        return Severity::Unknown.exit_code().into();
    }
    let code = commands::survive_file_size_limit().and_then(|()| match Cli::try_parse() {
        Ok(cli) => commands::run(cli),
        Err(error) => print_help_or_usage(&error),
    });
    match code {
        Ok(code) => code.into(),
        Err(error) => {
            commands::print_error(&error);
            Severity::Unknown.exit_code().into()
        }
    }
}

/// Prints the help that was asked for, or what is wrong with the arguments, and returns the exit code.
fn print_help_or_usage(error: &clap::Error) -> anyhow::Result<u8> {
    let printed = error.print();
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // A reader that closes the pipe, such as `head`, has read enough.
        let printed = printed.or_else(|error| match error.kind() {
            std::io::ErrorKind::BrokenPipe => Ok(()),
            _ => Err(error),
        });
        printed.context("cannot write to standard output")?;
        return Ok(Severity::Ok.exit_code());
    }
    if let Some(format) = cli::requested_format(std::env::args_os().skip(1)) {
        commands::print_failure(format, &cli::usage_error(error));
    }
    Ok(Severity::Unknown.exit_code())
}
