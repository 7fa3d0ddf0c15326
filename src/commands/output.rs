//! Where reports go: standard output, and files. The one place that prints.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice};
use anyhow::{Context as _, bail};
use indicatif::ProgressBar;

use super::progress::zone_progress;
use crate::cli::{Color, OutputArgs};
use crate::report::{RenderOptions, ReportWriter, RunScope, RunSummary, ZoneCounts, ZoneReport};

/// The columns of anything but a terminal.
const DEFAULT_COLUMNS: usize = 80;

/// The reports of a run, on standard output and in files.
pub(super) struct ReportOutput {
    console: Console,
    writer: ReportWriter,
    /// What is still to be printed.
    unprinted: String,
    files: Vec<FileOutput>,
}

/// Standard output, with a line of progress on standard error.
struct Console {
    stdout: Stdout,
    progress: ProgressBar,
    /// Whether standard output still has a reader.
    is_open: bool,
}

/// Standard output: unchanged for programs, with or without colour for people.
enum Stdout {
    Plain(io::Stdout),
    Styled(AutoStream<io::Stdout>),
}

/// A report in a file.
struct FileOutput {
    path: PathBuf,
    file: File,
    writer: ReportWriter,
}

impl ReportOutput {
    /// Creates every file at once, so that a bad path fails before any query is sent.
    pub(super) fn open(output: &OutputArgs, scope: RunScope, count: Option<u64>) -> anyhow::Result<Self> {
        for (index, report) in output.report.iter().enumerate() {
            if output.report.iter().take(index).any(|other| other.path == report.path) {
                bail!("two reports go to `{}`", report.path.display());
            }
        }
        let options = RenderOptions { width: columns(), quiet: output.quiet, scope };
        let files = output.report.iter().map(|report| {
            let file = File::create(&report.path).with_context(|| cannot_write(&report.path))?;
            let options = RenderOptions { width: DEFAULT_COLUMNS, ..options };
            Ok(FileOutput {
                path: report.path.clone(),
                file,
                writer: ReportWriter::new(report.format, options),
            })
        });
        let stdout = if output.format.is_styled() {
            Stdout::Styled(AutoStream::new(io::stdout(), color_choice(output.color)))
        } else {
            Stdout::Plain(io::stdout())
        };
        Ok(Self {
            files: files.collect::<anyhow::Result<_>>()?,
            console: Console { stdout, progress: zone_progress(count), is_open: true },
            writer: ReportWriter::new(output.format, options),
            unprinted: String::new(),
        })
    }

    /// Leaves standard error to another display of progress.
    pub(super) fn without_progress(mut self) -> Self {
        self.console.progress = ProgressBar::hidden();
        self
    }

    /// Adds a zone; its text is printed by [`ReportOutput::print`].
    pub(super) fn zone(&mut self, zone: &ZoneReport) -> anyhow::Result<()> {
        self.console.progress.inc(1);
        self.unprinted.push_str(&self.writer.zone(zone));
        for FileOutput { path, file, writer } in &mut self.files {
            write_file(path, file, &writer.zone(zone))?;
        }
        Ok(())
    }

    /// Prints what was added; returns whether the reports still have a reader.
    pub(super) fn print(&mut self) -> anyhow::Result<bool> {
        self.console.print(&self.unprinted)?;
        self.unprinted.clear();
        Ok(self.console.is_open || !self.files.is_empty())
    }

    /// Ends all reports, and returns how many zones there were of each kind.
    pub(super) fn finish(mut self, run: &RunSummary) -> anyhow::Result<ZoneCounts> {
        self.print()?;
        self.console.progress.finish_and_clear();
        let counts = self.writer.counts().clone();
        self.console.print(&self.writer.end(run.clone()))?;
        for FileOutput { path, mut file, writer } in self.files {
            write_file(&path, &mut file, &writer.end(run.clone()))?;
        }
        Ok(counts)
    }
}

impl Console {
    /// Prints a text; a reader that has gone, as `head` does, is no error.
    fn print(&mut self, text: &str) -> anyhow::Result<()> {
        if text.is_empty() || !self.is_open {
            return Ok(());
        }
        match self.progress.suspend(|| self.stdout.write(text)) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.is_open = false,
            written => written.context("cannot write to standard output")?,
        }
        Ok(())
    }
}

impl Stdout {
    fn write(&mut self, text: &str) -> io::Result<()> {
        match self {
            Self::Plain(stdout) => write_all(stdout, text),
            Self::Styled(stdout) => write_all(stdout, text),
        }
    }
}

fn write_all(stdout: &mut impl Write, text: &str) -> io::Result<()> {
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush())
}

fn write_file(path: &Path, file: &mut File, text: &str) -> anyhow::Result<()> {
    let written = anstream::StripStream::new(file).write_all(text.as_bytes());
    written.with_context(|| cannot_write(path))
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write the report `{}`", path.display())
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
