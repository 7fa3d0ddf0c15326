//! Where the reports of a run go: standard output, and files.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use indicatif::ProgressBar;

use super::console::{DEFAULT_COLUMNS, Stdout, columns, print_error, print_message};
use super::progress::zone_progress;
use super::zone_pages::ZonePages;
use super::zones::InputLine;
use crate::cli::OutputArgs;
use crate::report::{RenderOptions, ReportWriter, RunScope, RunSummary, ZoneCounts, ZoneReport};

/// The maximum number of unreadable lines that standard error tells of one by one.
const MAX_PRINTED_LINES: u64 = 100;

/// The reports of a run, on standard output and in files.
pub(super) struct ReportOutput {
    console: Console,
    writer: ReportWriter,
    /// The pages that `serve` has for zones, if it is known where.
    pages: Option<ZonePages>,
    /// What is still to be printed.
    unprinted: String,
    files: Vec<FileOutput>,
    scope: RunScope,
    /// Whether all zones were added, as far as their number is known.
    is_complete: bool,
    /// The number of lines that cannot be read.
    unread: u64,
}

/// Standard output, with a line of progress on standard error.
struct Console {
    stdout: Stdout,
    progress: ProgressBar,
    /// Whether standard output still has a reader.
    is_open: bool,
}

/// What is known when all reports have ended.
pub(super) struct FinishedReports {
    /// How many zones there were of each kind.
    pub(super) counts: ZoneCounts,
    /// Whether standard output had a reader to the end.
    pub(super) is_read: bool,
}

/// A report in a file.
struct FileOutput {
    path: PathBuf,
    file: File,
    writer: ReportWriter,
}

impl ReportOutput {
    /// Creates every file at once, so that a bad path fails before any query is sent.
    ///
    /// `count` gives the number of zones, if it can be known, for a terminal.
    pub(super) fn open(
        output: &OutputArgs,
        scope: RunScope,
        count: impl FnOnce() -> Option<u64>,
    ) -> anyhow::Result<Self> {
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
                writer: ReportWriter::new(report.format, options).at(output.vantage.clone()),
            })
        });
        let files = files.collect::<anyhow::Result<_>>()?;
        let mut open = Self { files, ..Self::on_stdout(output, options) };
        open.console.progress = zone_progress(count);
        Ok(open)
    }

    /// Reports on standard output alone, of a run that has failed before it could open the files.
    pub(super) fn without_files(output: &OutputArgs) -> Self {
        let options = RenderOptions { width: columns(), quiet: output.quiet, scope: RunScope::ManyZones };
        Self::on_stdout(output, options)
    }

    /// Reports on standard output, without a display of progress.
    fn on_stdout(output: &OutputArgs, options: RenderOptions) -> Self {
        Self {
            console: Console {
                stdout: Stdout::new(output.format.is_styled(), output.color),
                progress: ProgressBar::hidden(),
                is_open: true,
            },
            writer: ReportWriter::new(output.format, options).at(output.vantage.clone()),
            pages: None,
            unprinted: String::new(),
            files: Vec::new(),
            scope: options.scope,
            is_complete: false,
            unread: 0,
        }
    }

    /// Takes from the configuration the place that zones are checked from, unless the command line names it, and the
    /// pages of zones.
    pub(super) fn set_defaults(&mut self, vantage: Option<String>, pages: Option<ZonePages>) {
        self.pages = pages;
        let Some(vantage) = vantage else { return };
        self.writer.set_default_vantage(&vantage);
        self.files.iter_mut().for_each(|file| file.writer.set_default_vantage(&vantage));
    }

    /// Leaves standard error to another display of progress.
    pub(super) fn without_progress(mut self) -> Self {
        self.console.progress = ProgressBar::hidden();
        self
    }

    /// Adds a zone; its text is printed by [`ReportOutput::print`].
    pub(super) fn zone(&mut self, mut zone: ZoneReport) -> anyhow::Result<()> {
        zone.page = self.pages.as_ref().and_then(|pages| pages.of(&zone));
        self.console.progress.inc(1);
        self.is_complete = self.scope == RunScope::OneZone;
        self.unprinted.push_str(&self.writer.zone(&zone));
        for FileOutput { path, file, writer } in &mut self.files {
            write_file(path, file, &writer.zone(&zone))?;
        }
        Ok(())
    }

    /// Prints what was added; returns whether the reports still have a reader.
    pub(super) fn print(&mut self) -> anyhow::Result<bool> {
        self.console.print(&self.unprinted)?;
        self.unprinted.clear();
        Ok(self.console.is_open || !self.files.is_empty())
    }

    /// Prints why a line of a list cannot be read, and adds it to the reports.
    pub(super) fn unread(&mut self, line: &InputLine, error: anyhow::Error) -> anyhow::Result<()> {
        let unread = line.unread(&error);
        self.console.progress.inc(1);
        self.unprinted.push_str(&self.writer.unread(&unread));
        for FileOutput { path, file, writer } in &mut self.files {
            write_file(path, file, &writer.unread(&unread))?;
        }
        self.unread += 1;
        if self.unread <= MAX_PRINTED_LINES {
            let error = error.context(line.context());
            self.console.progress.suspend(|| print_error(&error));
        } else if self.unread == MAX_PRINTED_LINES + 1 {
            let message = "warning: more lines cannot be read; the report counts them all\n";
            self.console.progress.suspend(|| print_message(message));
        }
        Ok(())
    }

    /// Notes that all zones of a list were added, so that it is no failure if there is none.
    pub(super) fn end_list(&mut self) {
        self.writer.end_list();
        self.files.iter_mut().for_each(|file| file.writer.end_list());
    }

    /// Prints an error, and adds it to the reports for programs.
    pub(super) fn error(&mut self, error: &anyhow::Error) {
        self.console.progress.suspend(|| print_error(error));
        self.add_error(&format!("{error:#}"));
    }

    /// Adds an error to the reports for programs.
    pub(super) fn add_error(&mut self, error: &str) {
        self.unprinted.push_str(&self.writer.error(error));
        for FileOutput { path, file, writer } in &mut self.files {
            // The run reports this error; that a file cannot take it is not reported, too.
            let _ = write_file(path, file, &writer.error(error));
        }
    }

    /// Ends all reports.
    pub(super) fn finish(mut self, run: &RunSummary) -> anyhow::Result<FinishedReports> {
        let counts = self.writer.counts().clone();
        let mut failed = Ok(());
        for FileOutput { path, mut file, writer } in std::mem::take(&mut self.files) {
            failed = failed.and(write_file(&path, &mut file, &writer.end(run.clone())));
        }
        // Standard output says so too.
        if let Err(error) = &failed {
            self.add_error(&format!("{error:#}"));
        }
        self.print()?;
        self.console.progress.finish_and_clear();
        self.console.print(&self.writer.end(run.clone()))?;
        failed.map(|()| FinishedReports { counts, is_read: self.console.is_open })
    }

    /// Ends the reports of a run that ends early: if they are not complete, only programs get what there is, as valid
    /// JSON.
    pub(super) fn end_early(mut self, run: &RunSummary) {
        if self.is_complete {
            // The run has failed already.
            let _ = self.finish(run);
            return;
        }
        self.console.progress.finish_and_clear();
        // The run has failed already.
        let _ = self.print();
        let _ = self.console.print(&self.writer.end_early(run.clone()));
        for FileOutput { path, mut file, writer } in self.files {
            let _ = write_file(&path, &mut file, &writer.end_early(run.clone()));
        }
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
