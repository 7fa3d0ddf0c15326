//! Where the reports of a run go: standard output, and files.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use indicatif::ProgressBar;

use super::console::{DEFAULT_COLUMNS, Stdout, columns};
use super::progress::zone_progress;
use crate::cli::OutputArgs;
use crate::report::{RenderOptions, ReportWriter, RunScope, RunSummary, ZoneCounts, ZoneReport};

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
        let stdout = Stdout::new(output.format.is_styled(), output.color);
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

fn write_file(path: &Path, file: &mut File, text: &str) -> anyhow::Result<()> {
    let written = anstream::StripStream::new(file).write_all(text.as_bytes());
    written.with_context(|| cannot_write(path))
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write the report `{}`", path.display())
}
