//! The lines of a list of zones, read one by one from a file or a pipe.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use super::text;
use crate::config::{ListLine, ListLines, MAX_LINE_BYTES};

/// The lines of a list of zones; of a line that is too long, the beginning is kept.
pub(super) struct LineReader<R> {
    reader: R,
    line: Vec<u8>,
    /// The number of the last line, counted from 1.
    number: u64,
}

/// What was read of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LineRead {
    /// There is no line any more.
    End,
    /// All of a line.
    Whole,
    /// The beginning of a line that is too long.
    Beginning,
}

impl LineReader<BufReader<File>> {
    /// Opens a list that a configuration names.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        if file.metadata()?.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Ok(Self::new(BufReader::new(file)))
    }
}

impl<R: BufRead> LineReader<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, line: Vec::new(), number: 0 }
    }

    /// What the lines are read from.
    pub(super) fn reader(&self) -> &R {
        &self.reader
    }

    /// The number of the last line, or of the one that cannot be read.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Reads the next line; `None` at the end. A byte order mark in front of the first line is left out.
    pub(super) fn next(&mut self) -> anyhow::Result<Option<ListLine<'_>>> {
        self.number += 1;
        let read = self.read_line()?;
        let bytes = match self.number {
            1 => text::without_mark(&self.line)?,
            _ => self.line.as_slice(),
        };
        let line = ListLine { number: self.number, bytes, is_whole: read == LineRead::Whole };
        Ok((read != LineRead::End).then_some(line))
    }

    /// Reads a line, of a long one the beginning.
    fn read_line(&mut self) -> io::Result<LineRead> {
        const LIMIT: u64 = MAX_LINE_BYTES as u64 + "\r\n".len() as u64;
        let line = &mut self.line;
        line.clear();
        let length = self.reader.by_ref().take(LIMIT).read_until(b'\n', line)?;
        let is_whole = line.ends_with(b"\n") || (length as u64) < LIMIT;
        if !is_whole {
            self.reader.skip_until(b'\n')?;
        }
        Ok(match length {
            0 => LineRead::End,
            _ if is_whole && line.trim_ascii_end().len() <= MAX_LINE_BYTES => LineRead::Whole,
            _ => LineRead::Beginning,
        })
    }
}

impl<R: BufRead> ListLines for LineReader<R> {
    fn next_line(&mut self) -> Result<Option<ListLine<'_>>, String> {
        let next = self.number + 1;
        self.next().map_err(|error| format!("line {next}: {error:#}"))
    }
}
