//! Walks a zone file and the files that it includes.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use super::error::{ZoneFileReadError, printable};
use crate::dns::Name;
use crate::dns::zonefile::{
    IncludeDirective, NextInput, ZoneFileErrorKind, ZoneFileParseError, ZoneFileReader,
};
use crate::transfer::sink::{Sink, SunkCopy};

/// The most files that include one another.
const MAX_INCLUDE_DEPTH: usize = 10;

/// The longest line with its end; [`ZoneFileReader`] accepts none that is longer.
const MAX_LINE_LEN: u64 = (1 << 20) + 2;

/// Walks a zone file and the files that it includes, each record into the sink.
pub(super) struct ZoneFileWalker {
    reader: ZoneFileReader,
    sink: Sink,
    /// The canonical paths of the files that are being read, each including the next.
    open: Vec<PathBuf>,
    /// The error that the file is, if it has no SOA of the zone but one of another.
    foreign_soa: Option<ZoneFileReadError>,
}

impl ZoneFileWalker {
    pub(super) fn new(zone: Name, sink: Sink) -> Self {
        Self { reader: ZoneFileReader::new(zone), sink, open: Vec::new(), foreign_soa: None }
    }

    /// Walks a file, and the files that it includes.
    pub(super) fn walk(&mut self, path: &Path) -> Result<(), ZoneFileReadError> {
        let unreadable = |error| ZoneFileReadError::Unreadable { path: path.to_owned(), error };
        // A pipe is not even opened, since that waits for its writer.
        if !path.metadata().map_err(unreadable)?.is_file() {
            return Err(ZoneFileReadError::NotAFile(path.to_owned()));
        }
        let file = File::open(path).map_err(unreadable)?;
        self.open.push(path.canonicalize().map_err(unreadable)?);
        let mut lines = BufReader::with_capacity(1 << 16, file);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = lines.by_ref().take(MAX_LINE_LEN).read_until(b'\n', &mut line).map_err(unreadable)?;
            if read == 0 {
                break;
            }
            self.walk_line(path, &line)?;
        }
        self.open.pop();
        self.reader.leave().map_err(|error| ZoneFileReadError::syntax(path, error))
    }

    /// Walks one line with its end.
    fn walk_line(&mut self, path: &Path, line: &[u8]) -> Result<(), ZoneFileReadError> {
        let counted = self.sink.count_bytes(line.len());
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let sink = &mut self.sink;
        let next = self.reader.read_line(line, &mut |record| sink.record(record));
        if let NextInput::Include(include) = next.map_err(|error| ZoneFileReadError::syntax(path, error))? {
            self.include(path, include)?;
        }
        self.sink.soa(self.reader.soa());
        if let Some(error) = self.reader.take_foreign_soa() {
            self.foreign_soa.get_or_insert(ZoneFileReadError::syntax(path, error));
        }
        counted
            .and_then(|()| self.sink.check_records(self.reader.records()))
            .map_err(|limit| ZoneFileReadError::TooLarge { path: path.to_owned(), limit })
    }

    /// Walks the file of an `$INCLUDE` directive.
    fn include(
        &mut self,
        outer: &Path,
        IncludeDirective { path, origin, excerpt }: IncludeDirective,
    ) -> Result<(), ZoneFileReadError> {
        let written = PathBuf::from(OsString::from_vec(path));
        let path = outer.parent().unwrap_or(Path::new("")).join(written);
        let unreadable = |reason: String| {
            let kind = ZoneFileErrorKind::UnreadableInclude { path: printable(&path), reason };
            ZoneFileReadError::syntax(outer, ZoneFileParseError { excerpt, kind })
        };
        let resolved = match path.canonicalize() {
            Ok(resolved) => resolved,
            Err(error) => return Err(unreadable(error.to_string())),
        };
        if self.open.contains(&resolved) {
            return Err(unreadable("it would include itself".to_owned()));
        }
        if self.open.len() >= MAX_INCLUDE_DEPTH {
            return Err(unreadable(format!("{MAX_INCLUDE_DEPTH} files include each other already")));
        }
        self.reader.enter(origin);
        match self.walk(&path) {
            Err(ZoneFileReadError::Unreadable { path: failed, error }) if failed == path => {
                Err(unreadable(error.to_string()))
            }
            Err(ZoneFileReadError::NotAFile(failed)) if failed == path => {
                Err(unreadable("it is no regular file".to_owned()))
            }
            walked => walked,
        }
    }

    /// The owner and the line of the first record that is not in the zone.
    pub(super) fn first_dropped(&self) -> Option<&str> {
        self.reader.first_dropped()
    }

    /// Makes the copy of the zone, which must have a SOA.
    pub(super) fn finish(self, path: &Path, zone: Name) -> Result<SunkCopy, ZoneFileReadError> {
        let Self { reader, sink, foreign_soa, .. } = self;
        let no_soa = || ZoneFileReadError::NoSoa { path: path.to_owned(), zone };
        let summary = reader.end().ok_or_else(|| foreign_soa.unwrap_or_else(no_soa))?;
        sink.finish(summary).map_err(|error| ZoneFileReadError::NotSorted { path: path.to_owned(), error })
    }
}
