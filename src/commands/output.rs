//! Where reports go: standard output, and files. The one place that prints.

use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal as _, Write};
use std::path::PathBuf;
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use anyhow::{Context as _, bail};
use indicatif::{HumanDuration, ProgressBar, ProgressState, ProgressStyle};

use crate::cli::{Color, OutputArgs};
use crate::report::{RenderOptions, ReportWriter, RunScope, RunSummary, ZoneCounts, ZoneReport};

/// Columns of what is not a terminal.
const COLUMNS: usize = 80;

/// How long work lasts before a terminal is told that it goes on.
const PATIENCE: Duration = Duration::from_millis(700);

/// Standard output: as it is for machines, with as much colour as is wanted for people.
enum Stdout {
    Plain(io::Stdout),
    Styled(AutoStream<io::Stdout>),
}

impl Stdout {
    fn write(&mut self, text: &str) -> io::Result<()> {
        match self {
            Self::Plain(stdout) => stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()),
            Self::Styled(stdout) => stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()),
        }
    }
}

/// Reports on their way out.
pub(super) struct Reports {
    stdout: Stdout,
    shown: ReportWriter,
    /// What was not printed yet.
    unprinted: String,
    files: Vec<(PathBuf, File, ReportWriter)>,
    progress: ProgressBar,
    /// Whether somebody still reads standard output.
    read: bool,
}

impl Reports {
    /// Opens every file at once, so that a bad path fails before any question is asked.
    pub(super) fn open(output: &OutputArgs, scope: RunScope, count: Option<u64>) -> anyhow::Result<Self> {
        for (place, report) in output.report.iter().enumerate() {
            if output.report.iter().take(place).any(|other| other.path == report.path) {
                bail!("two reports go to `{}`", report.path.display());
            }
        }
        let view = RenderOptions { width: columns(), quiet: output.quiet, scope };
        let files = output.report.iter().map(|report| {
            let file = File::create(&report.path)
                .with_context(|| format!("cannot write the report `{}`", report.path.display()))?;
            let view = RenderOptions { width: COLUMNS, ..view };
            Ok((report.path.clone(), file, ReportWriter::new(report.format, view)))
        });
        Ok(Self {
            stdout: if output.format.is_styled() {
                Stdout::Styled(AutoStream::new(io::stdout(), choice(output.color)))
            } else {
                Stdout::Plain(io::stdout())
            },
            shown: ReportWriter::new(output.format, view),
            unprinted: String::new(),
            files: files.collect::<anyhow::Result<_>>()?,
            progress: progress(count),
            read: true,
        })
    }

    /// Leaves standard error to others.
    pub(super) fn without_progress(mut self) -> Self {
        self.progress = ProgressBar::hidden();
        self
    }

    /// Takes in a zone; what is to be said of it waits for [`Reports::print`].
    pub(super) fn zone(&mut self, zone: &ZoneReport) -> anyhow::Result<()> {
        self.progress.inc(1);
        self.unprinted.push_str(&self.shown.zone(zone));
        for (path, file, writer) in &mut self.files {
            write(file, &writer.zone(zone)).with_context(|| cannot_write(path))?;
        }
        Ok(())
    }

    /// Prints what there is to be said so far; returns whether anybody still wants to know.
    pub(super) fn print(&mut self) -> anyhow::Result<bool> {
        // Its room is used again.
        let mut text = std::mem::take(&mut self.unprinted);
        self.show(&text)?;
        text.clear();
        self.unprinted = text;
        Ok(self.read || !self.files.is_empty())
    }

    /// Ends all reports and returns how the zones were.
    pub(super) fn end(mut self, run: &RunSummary) -> anyhow::Result<ZoneCounts> {
        self.print()?;
        self.progress.finish_and_clear();
        let tally = self.shown.counts().clone();
        let shown = std::mem::replace(
            &mut self.shown,
            ReportWriter::new(
                crate::report::Format::Ndjson,
                RenderOptions { width: COLUMNS, quiet: true, scope: RunScope::ManyZones },
            ),
        );
        let text = shown.end(run.clone());
        self.show(&text)?;
        for (path, mut file, writer) in self.files {
            write(&mut file, &writer.end(run.clone())).with_context(|| cannot_write(&path))?;
        }
        Ok(tally)
    }

    /// Prints; a reader that has gone, as `head` does, is no error.
    fn show(&mut self, text: &str) -> anyhow::Result<()> {
        if text.is_empty() || !self.read {
            return Ok(());
        }
        let stdout = &mut self.stdout;
        let written = self.progress.suspend(|| stdout.write(text));
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.read = false,
            written => written.context("cannot write to standard output")?,
        }
        Ok(())
    }
}

/// Prints text on standard output, in colour where that is wanted.
pub(super) fn print(text: &str, color: Color) -> anyhow::Result<()> {
    let mut stdout = AutoStream::new(io::stdout(), choice(color));
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// Prints a message on standard error; if that cannot be done, nobody is left to tell.
pub(super) fn complain(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Returns the columns of the terminal.
pub(super) fn columns() -> usize {
    match terminal_size::terminal_size() {
        Some((width, _)) if io::stdout().is_terminal() => width.0.into(),
        _ => COLUMNS,
    }
}

fn write(file: &mut File, text: &str) -> io::Result<()> {
    anstream::StripStream::new(file).write_all(text.as_bytes())
}

fn cannot_write(path: &std::path::Path) -> String {
    format!("cannot write the report `{}`", path.display())
}

fn choice(color: Color) -> ColorChoice {
    match color {
        Color::Auto => AutoStream::choice(&io::stdout()),
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    }
}

/// A line on standard error for long work, if that is a terminal.
fn progress(count: Option<u64>) -> ProgressBar {
    let progress = match count {
        Some(count) => ProgressBar::new(count),
        None => ProgressBar::no_length(),
    };
    let style = match count {
        Some(_) => "{spinner} {bar:20} {pos} of {len} zones, {elapsed}{left}",
        None => "{spinner} {pos} zones, {elapsed}",
    };
    if !io::stderr().is_terminal() {
        progress.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
    let style = ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_spinner());
    progress.set_style(style.with_key("left", left));
    progress.enable_steady_tick(PATIENCE);
    progress
}

/// Writes the estimated time left, once there is an estimate.
fn left(state: &ProgressState, text: &mut dyn fmt::Write) {
    let left = state.eta();
    if !left.is_zero() {
        // Writing to the line in memory cannot fail.
        let _ = write!(text, ", {:#} left", HumanDuration(left));
    }
}
