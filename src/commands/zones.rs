//! The zones to look at: from the command line, then from a file, read as they are needed.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read, stdin};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use futures_util::stream::{self, Stream, StreamExt as _};
use tokio::sync::{Mutex, mpsc};

use crate::config;
use crate::dns::Name;

/// The longest line of a file of zones; a name has at most 1,004 characters, escapes included.
const LONGEST_LINE: u64 = 4096;

/// Zones handed over at once, if as many are at hand.
const BATCH: usize = 128;

/// Batches read before they are asked for.
const READ_AHEAD: usize = 4;

/// Zones in the order given.
pub(super) struct Zones {
    given: std::vec::IntoIter<Name>,
    file: Option<ZoneFile>,
}

struct ZoneFile {
    path: PathBuf,
    line: u64,
    lines: BufReader<Box<dyn Read + Send>>,
    /// Whether a line could not be read, and so no other is tried.
    broken: bool,
}

impl Zones {
    /// Zones that were given, and those of a file, if there is one.
    pub(super) fn new(given: Vec<Name>, path: Option<&Path>) -> anyhow::Result<Self> {
        let file = path.map(ZoneFile::open).transpose()?;
        Ok(Self { given: given.into_iter(), file })
    }

    /// Returns whether there is exactly one.
    pub(super) fn is_one(&self) -> bool {
        self.file.is_none() && self.given.len() == 1
    }

    /// Returns how many there are, where that is known.
    pub(super) fn known(&self) -> Option<u64> {
        self.file.is_none().then_some(self.given.len() as u64)
    }
}

impl Zones {
    /// Returns the zones as they can be had; what waits for a file or a pipe waits beside everything else.
    pub(super) fn batches(mut self) -> Batches {
        let (sender, receiver) = mpsc::channel(READ_AHEAD);
        // Not a thread of the runtime, which would wait for the pipe when the program is told to end.
        std::thread::spawn(move || {
            let mut batch = Vec::new();
            while let Some(zone) = self.next() {
                batch.push(zone);
                let full = batch.len() == BATCH || !self.has_more_at_hand();
                if full && sender.blocking_send(std::mem::take(&mut batch)).is_err() {
                    return;
                }
            }
            // Nobody is left to tell that there are no more.
            let _ = sender.blocking_send(batch);
        });
        Batches(Arc::new(Mutex::new(receiver)))
    }

    /// Returns whether the next zone can be had without waiting.
    fn has_more_at_hand(&self) -> bool {
        self.given.len() > 0 || self.file.as_ref().is_some_and(|file| file.lines.buffer().contains(&b'\n'))
    }
}

/// Zones in batches, for whoever takes them first.
#[derive(Clone, Debug)]
pub(super) struct Batches(Arc<Mutex<mpsc::Receiver<Vec<anyhow::Result<Name>>>>>);

impl Batches {
    /// Returns the zones that nobody else takes.
    pub(super) fn stream(self) -> impl Stream<Item = anyhow::Result<Name>> {
        stream::unfold(self, async |batches| {
            let batch = batches.0.lock().await.recv().await?;
            Some((batch, batches))
        })
        .flat_map(stream::iter)
    }
}

impl Iterator for Zones {
    type Item = anyhow::Result<Name>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.given.next() {
            Some(zone) => Some(Ok(zone)),
            None => self.file.as_mut()?.next(),
        }
    }
}

impl ZoneFile {
    fn open(path: &Path) -> anyhow::Result<Self> {
        let lines: Box<dyn Read + Send> = if path == Path::new("-") {
            Box::new(stdin())
        } else {
            let file =
                File::open(path).with_context(|| format!("cannot read zones from `{}`", path.display()))?;
            Box::new(file)
        };
        Ok(Self { path: path.to_owned(), line: 0, lines: BufReader::new(lines), broken: false })
    }

    fn next(&mut self) -> Option<anyhow::Result<Name>> {
        while !self.broken {
            let mut line = Vec::new();
            self.line += 1;
            let place = || format!("cannot read zones from `{}`, line {}", self.path.display(), self.line);
            match self.lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => {
                    let error = Err(error).with_context(place);
                    self.broken = true;
                    return Some(error);
                }
            }
            if line.len() as u64 == LONGEST_LINE
                && !line.ends_with(b"\n")
                && let Err(error) = self.lines.skip_until(b'\n')
            {
                self.broken = true;
                return Some(Err(error).with_context(place));
            }
            let text = String::from_utf8_lossy(&line);
            if let Some(zone) = config::zone_in_line(&text) {
                return Some(zone.parse::<Name>().with_context(place));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_line_is_one_line_however_long() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "#{}\nexample.com", "x".repeat(10_000)).unwrap();
        let zones = Zones::new(Vec::new(), Some(file.path())).unwrap();
        let read: Vec<String> = zones.map(|zone| zone.unwrap().to_string()).collect();
        assert_eq!(read, ["example.com."]);
    }

    #[test]
    fn what_cannot_be_read_ends_the_reading() {
        let directory = tempfile::tempdir().unwrap();
        let zones = Zones::new(Vec::new(), Some(directory.path())).unwrap();
        assert_eq!(zones.take(3).filter(Result::is_err).count(), 1);
    }

    #[test]
    fn comments_and_empty_lines_are_passed_over_and_mistakes_named_by_line() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"# ours\nexample.com\n\n  example.net.  # theirs\nnot a zone\nexample.org").unwrap();
        let zones = Zones::new(vec!["given.example".parse().unwrap()], Some(file.path())).unwrap();
        let read: Vec<Result<String, String>> = zones
            .map(|zone| zone.map(|zone| zone.to_string()).map_err(|error| format!("{error:#}")))
            .collect();
        assert_eq!(
            read[..3],
            ["given.example.", "example.com.", "example.net."].map(|zone| Ok(zone.to_owned()))
        );
        let mistake = read[3].as_ref().unwrap_err();
        assert!(mistake.contains("line 5"), "{mistake}");
        assert_eq!(read[4], Ok("example.org.".to_owned()));
    }
}
