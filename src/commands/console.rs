//! Standard output and standard error. The one place that prints.

use std::io::{self, IsTerminal as _, Write};

use anstream::{AutoStream, ColorChoice};
use anyhow::Context as _;

use crate::cli::Color;

/// The columns of anything but a terminal.
pub(super) const DEFAULT_COLUMNS: usize = 80;

/// Standard output: unchanged for programs, with or without colour for people.
pub(super) enum Stdout {
    Plain(io::Stdout),
    Styled(AutoStream<io::Stdout>),
}

impl Stdout {
    /// Standard output for styled or plain text.
    pub(super) fn new(is_styled: bool, color: Color) -> Self {
        if is_styled {
            Self::Styled(AutoStream::new(io::stdout(), color_choice(color)))
        } else {
            Self::Plain(io::stdout())
        }
    }

    pub(super) fn write(&mut self, text: &str) -> io::Result<()> {
        match self {
            Self::Plain(stdout) => write_all(stdout, text),
            Self::Styled(stdout) => write_all(stdout, text),
        }
    }
}

fn write_all(stdout: &mut impl Write, text: &str) -> io::Result<()> {
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush())
}

fn color_choice(color: Color) -> ColorChoice {
    match color {
        Color::Auto => AutoStream::choice(&io::stdout()),
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    }
}

/// Prints a text on standard output, in colour where that is wanted.
pub(super) fn print_stdout(text: &str, color: Color) -> anyhow::Result<()> {
    match write_all(&mut AutoStream::new(io::stdout(), color_choice(color)), text) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// Prints a message on standard error; if that fails, there is nowhere to say so.
pub(super) fn print_message(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// The columns of the terminal.
pub(super) fn columns() -> usize {
    match terminal_size::terminal_size() {
        Some((width, _)) if io::stdout().is_terminal() => width.0.into(),
        _ => DEFAULT_COLUMNS,
    }
}

/// Prints an error as people read it: what could not be done, why, and what to do.
pub fn print_error(error: &anyhow::Error) {
    let mut causes = error.chain();
    let top = causes.next().map(ToString::to_string).unwrap_or_default();
    let mut text = format!("error: {top}\n");
    for cause in causes {
        text.push_str(&format!("  {cause}\n"));
    }
    print_message(&text);
}
