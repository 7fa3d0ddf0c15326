//! Text on its way to standard output, in large pieces.

use std::io;

use anyhow::Context as _;

use crate::cli::Color;
use crate::commands::console::Stdout;

/// The characters that are printed at once.
const CHUNK: usize = 64 * 1024;

/// Text that is printed when there is enough of it.
pub(super) struct PrintedText {
    stdout: Stdout,
    /// What is not printed yet.
    text: String,
    /// Whether anything was printed, or is about to be.
    is_used: bool,
    /// Whether standard output still has a reader.
    is_open: bool,
}

impl PrintedText {
    pub(super) fn new() -> Self {
        Self { stdout: Stdout::new(false, Color::Never), text: String::new(), is_used: false, is_open: true }
    }

    /// Whether nothing was written so far.
    pub(super) fn is_unused(&self) -> bool {
        !self.is_used
    }

    /// Adds a short text.
    pub(super) fn push(&mut self, text: &str) {
        self.is_used = true;
        self.text.push_str(text);
    }

    /// Adds what a function writes, and prints what there is if that is enough.
    pub(super) fn write_with(&mut self, write: impl FnOnce(&mut String)) -> anyhow::Result<()> {
        self.is_used = true;
        write(&mut self.text);
        if self.text.len() >= CHUNK { self.flush() } else { Ok(()) }
    }

    /// Prints what there is; a reader that has gone, as `head` does, is no error.
    pub(super) fn flush(&mut self) -> anyhow::Result<()> {
        if self.is_open {
            match self.stdout.write(&self.text) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.is_open = false,
                written => written.context("cannot write to standard output")?,
            }
        }
        self.text.clear();
        Ok(())
    }
}
