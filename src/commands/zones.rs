//! The zones to check: from the command line, then from a file, read as they are needed.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, stdin};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use futures_util::stream::{self, Stream, StreamExt as _};
use tokio::sync::{Mutex, mpsc};

use super::text;
use crate::config;
use crate::dns::Name;
use crate::plan::parse_zone;

/// The most bytes of a line; a name has at most 1,004, escapes included.
const MAX_LINE_BYTES: u64 = 4096;

/// The most zones that are handed over at once.
const MAX_BATCH: usize = 128;

/// How many batches are read ahead.
const READ_AHEAD: usize = 4;

/// Zones in the order in which they were given.
pub(super) struct ZoneInput {
    named: std::vec::IntoIter<Name>,
    file: Option<ZoneListFile>,
}

/// A file with a zone on each line.
struct ZoneListFile {
    path: PathBuf,
    line_number: u64,
    reader: BufReader<Box<dyn Read + Send>>,
    /// Whether reading has failed; it is not tried again.
    has_failed: bool,
}

impl ZoneInput {
    /// The zones that were named, then those of a file, if there is one.
    pub(super) fn new(named: Vec<Name>, path: Option<&Path>) -> anyhow::Result<Self> {
        let file = path.map(ZoneListFile::open).transpose()?;
        Ok(Self { named: named.into_iter(), file })
    }

    /// The zones that are not in a file.
    pub(super) fn named(&self) -> &[Name] {
        self.named.as_slice()
    }

    /// Whether there is exactly one zone.
    pub(super) fn is_one(&self) -> bool {
        self.file.is_none() && self.named.len() == 1
    }

    /// How many zones there are, if that is known.
    pub(super) fn known_count(&self) -> Option<u64> {
        self.file.is_none().then_some(self.named.len() as u64)
    }

    /// How many zones there will be, for the display of progress: those of a file that can be read twice are counted.
    pub(super) fn expected_count(&self) -> Option<u64> {
        let in_file = self.file.as_ref().map_or(Some(0), |file| count_zones(&file.path))?;
        Some(self.named.len() as u64 + in_file)
    }

    /// Reads the zones on a thread of their own, which may wait for a pipe.
    pub(super) fn batches(mut self) -> ZoneBatches {
        let (sender, receiver) = mpsc::channel(READ_AHEAD);
        // Not a thread of the runtime: the program would wait for the pipe when a signal ends it.
        let errors = sender.clone();
        let read = move || {
            let mut batch = Vec::new();
            while let Some(zone) = self.next() {
                batch.push(zone);
                let is_full = batch.len() == MAX_BATCH || !self.is_next_ready();
                if is_full && sender.blocking_send(std::mem::take(&mut batch)).is_err() {
                    return;
                }
            }
            // If the receiver is gone, the command has ended already.
            let _ = sender.blocking_send(batch);
        };
        if let Err(error) = std::thread::Builder::new().spawn(read) {
            // There is room: nothing was sent.
            let _ = errors.try_send(vec![Err(error).context("cannot start a thread")]);
        }
        ZoneBatches(Arc::new(Mutex::new(receiver)))
    }

    /// Whether the next zone can be read without waiting.
    fn is_next_ready(&self) -> bool {
        self.named.len() > 0 || self.file.as_ref().is_some_and(|file| file.reader.buffer().contains(&b'\n'))
    }
}

/// Zones in batches; clones share them.
#[derive(Clone, Debug)]
pub(super) struct ZoneBatches(Arc<Mutex<mpsc::Receiver<Vec<anyhow::Result<Name>>>>>);

impl ZoneBatches {
    /// The zones that no other clone takes.
    pub(super) fn stream(self) -> impl Stream<Item = anyhow::Result<Name>> {
        stream::unfold(self, async |batches| {
            let batch = batches.0.lock().await.recv().await?;
            Some((batch, batches))
        })
        .flat_map(stream::iter)
    }
}

impl Iterator for ZoneInput {
    type Item = anyhow::Result<Name>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.named.next() {
            Some(zone) => Some(Ok(zone)),
            None => self.file.as_mut()?.next(),
        }
    }
}

impl ZoneListFile {
    fn open(path: &Path) -> anyhow::Result<Self> {
        let reader: Box<dyn Read + Send> = if path == Path::new("-") {
            Box::new(stdin())
        } else {
            let file =
                File::open(path).with_context(|| format!("cannot read zones from `{}`", path.display()))?;
            Box::new(file)
        };
        Ok(Self { path: path.to_owned(), line_number: 0, reader: BufReader::new(reader), has_failed: false })
    }

    fn next(&mut self) -> Option<anyhow::Result<Name>> {
        while !self.has_failed {
            let mut line = Vec::new();
            self.line_number += 1;
            let context =
                || format!("cannot read zones from `{}`, line {}", self.path.display(), self.line_number);
            match read_line(&mut self.reader, &mut line) {
                Ok(false) => return None,
                Ok(true) => {}
                Err(error) => {
                    let error = Err(error).with_context(context);
                    self.has_failed = true;
                    return Some(error);
                }
            }
            let mut line = line.as_slice();
            if self.line_number == 1 {
                line = match text::without_mark(line) {
                    Ok(line) => line,
                    Err(error) => {
                        self.has_failed = true;
                        return Some(Err(error).with_context(context));
                    }
                };
            }
            let text = String::from_utf8_lossy(line);
            if let Some(zone) = config::zone_in_line(&text) {
                let parsed = parse_zone(zone);
                let is_not = || format!("`{}` is not the name of a zone", zone.escape_debug());
                return Some(parsed.with_context(is_not).with_context(context));
            }
        }
        None
    }
}

/// The zones in a regular file; of a pipe they are not known before they are read.
fn count_zones(path: &Path) -> Option<u64> {
    if path == Path::new("-") || !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut reader = BufReader::new(File::open(path).ok()?);
    let mut line = Vec::new();
    let mut count = 0;
    while read_line(&mut reader, &mut line).ok()? {
        count += u64::from(config::zone_in_line(&String::from_utf8_lossy(&line)).is_some());
    }
    Some(count)
}

/// Reads a line, of a long one the beginning; returns whether there was one.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<bool> {
    line.clear();
    let length = reader.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', line)?;
    if line.len() as u64 == MAX_LINE_BYTES && !line.ends_with(b"\n") {
        reader.skip_until(b'\n')?;
    }
    Ok(length > 0)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn the_rest_of_a_long_line_is_skipped() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "#{}\nexample.com", "x".repeat(10_000)).unwrap();
        let zones = ZoneInput::new(Vec::new(), Some(file.path())).unwrap();
        let read: Vec<String> = zones.map(|zone| zone.unwrap().to_string()).collect();
        assert_eq!(read, ["example.com."]);
    }

    #[test]
    fn the_zones_of_a_regular_file_are_counted_before_they_are_read() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "# ours\nexample.com\n\n{}\n  example.net # theirs\nexample.org", "#".repeat(10_000))
            .unwrap();
        let named = vec!["given.example".parse().unwrap()];
        let zones = ZoneInput::new(named, Some(file.path())).unwrap();
        assert_eq!((zones.expected_count(), zones.known_count()), (Some(4), None));
        assert_eq!(zones.count(), 4);
        let pipe = ZoneInput::new(Vec::new(), Some(Path::new("-"))).unwrap();
        assert_eq!(pipe.expected_count(), None);
        assert_eq!(ZoneInput::new(Vec::new(), Some(Path::new("/dev/null"))).unwrap().expected_count(), None);
    }

    #[test]
    fn reading_ends_at_the_first_error() {
        let directory = tempfile::tempdir().unwrap();
        let zones = ZoneInput::new(Vec::new(), Some(directory.path())).unwrap();
        assert_eq!(zones.take(3).filter(Result::is_err).count(), 1);
    }

    #[test]
    fn comments_and_empty_lines_are_skipped_and_errors_name_their_line() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"# ours\nexample.com\n\n  example.net.  # theirs\nnot a zone\nexample.org").unwrap();
        let zones = ZoneInput::new(vec!["given.example".parse().unwrap()], Some(file.path())).unwrap();
        let read: Vec<Result<String, String>> = zones
            .map(|zone| zone.map(|zone| zone.to_string()).map_err(|error| format!("{error:#}")))
            .collect();
        assert_eq!(
            read[..3],
            ["given.example.", "example.com.", "example.net."].map(|zone| Ok(zone.to_owned()))
        );
        let error = read[3].as_ref().unwrap_err();
        assert!(error.contains("line 5"), "{error}");
        assert_eq!(read[4], Ok("example.org.".to_owned()));
    }
}
