//! `zoneprobe diff`: what makes the records of one server equal to those of a reference.

mod asked;
mod chosen;
mod output;
mod printed;
mod read;
mod records;
mod sides;
mod words;

use anyhow::bail;

use self::output::DiffPrinter;
use self::read::read;
use self::sides::Sides;
use super::console::print_message;
use super::reading::check_names;
use crate::blocking;
use crate::cli::{DiffCommand, DiffOutput};

/// The exit codes: equal, and different. Unknown is an error.
const EQUAL: u8 = 0;
const DIFFERENT: u8 = 1;

/// Runs the command and returns its exit code.
pub(super) async fn run(command: DiffCommand) -> anyhow::Result<u8> {
    let (by, output) = (command.by, command.output);
    check_names(&command.name, std::slice::from_ref(&command.zone))?;
    // A file may be a pipe, which waits for its writer.
    let prepared = blocking::run(move || sides::prepare(command)).await?;
    let sides = Sides::look_up(prepared).await?;
    let compared = read(&sides, by).await?;
    if output == DiffOutput::Zone && !compared.is_whole() {
        bail!(
            "the whole zone is not known, since a server gives no transfer\nhint: `--output text` prints what is known"
        );
    }
    for warning in compared.warnings() {
        print_message(&format!("warning: {warning}\n"));
    }
    // Records may be in a temporary file, and standard output may be a slow pipe.
    let is_equal = blocking::run(move || DiffPrinter::new(output, compared).print()).await?;
    Ok(if is_equal { EQUAL } else { DIFFERENT })
}
