//! A copy from a master file: the zone as its operator wrote it.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::TransferLimits;
use crate::blocking;
use crate::digest::Digest;
use crate::dns::Name;
use crate::dns::zonefile::{
    IncludeDirective, NextInput, ZonefileErrorKind, ZonefileParseError, ZonefileReader,
};
use crate::observe::{Copy, CopyAttempt, Failure, TimeSpan};

/// Files within files within files: more are a mistake.
const DEEPEST: usize = 10;

/// The most octets of one line, its end included; [`ZonefileReader`] takes none that is longer.
const LONGEST_LINE: u64 = (1 << 20) + 2;

/// A master file, read anew for each copy.
#[derive(Clone, Debug)]
pub struct ZoneFile {
    path: PathBuf,
    limits: TransferLimits,
}

/// Why a file gives no copy.
#[derive(Debug, thiserror::Error)]
pub enum ZoneFileReadError {
    /// It cannot be opened or read.
    #[error("{}: {reason}", shown(.path))]
    Unreadable {
        /// Its path.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// It is a pipe, a folder or the like.
    #[error("{} is no regular file\nhint: write the zone to a file; it may have to be read twice", shown(.0))]
    NotAFile(PathBuf),
    /// Something in it is wrong.
    #[error("{}:{mistake}", shown(.path))]
    ZonefileParseError {
        /// The file that it stands in.
        path: PathBuf,
        /// What, and where.
        mistake: Box<ZonefileParseError>,
    },
    /// There is no SOA of the zone.
    #[error(
        "{} holds no SOA of {zone}\nhint: is it the file of this zone? a name without a final dot is below it",
        shown(.path)
    )]
    NoSoa {
        /// Its path.
        path: PathBuf,
        /// The zone.
        zone: Name,
    },
    /// It is larger than allowed.
    #[error("{}: more than {most} {what}\nhint: raise {flag}", shown(.path))]
    Large {
        /// Its path.
        path: PathBuf,
        /// How many are allowed.
        most: u64,
        /// Of what.
        what: &'static str,
        /// The flag that sets it.
        flag: &'static str,
    },
}

impl ZoneFileReadError {
    /// Returns it in one line.
    fn brief(&self) -> String {
        match self {
            Self::ZonefileParseError { path, mistake } => format!("{}:{}", shown(path), mistake.brief()),
            other => other.to_string().lines().next().unwrap_or_default().to_owned(),
        }
    }
}

/// A file that could be read at first and cannot now is being written, or was taken away.
impl From<&ZoneFileReadError> for Failure {
    fn from(error: &ZoneFileReadError) -> Self {
        match error {
            ZoneFileReadError::Large { .. } => Self::LimitExceeded(error.brief()),
            _ => Self::TransferIncomplete(error.brief()),
        }
    }
}

impl ZoneFile {
    /// The file at a path, of which no more is read than the bounds allow.
    pub fn new(path: PathBuf, limits: TransferLimits) -> Self {
        Self { path, limits }
    }

    /// Returns its path as it was given.
    pub fn name(&self) -> String {
        shown(&self.path)
    }

    /// Reads the whole file; of a large one, the records that `digest` wants are kept.
    pub async fn read(
        &self,
        zone: &Name,
        digest: Digest,
        started: Instant,
    ) -> Result<CopyAttempt, ZoneFileReadError> {
        let asked = started.elapsed();
        let (file, zone) = (self.clone(), zone.clone());
        let copy = blocking::run(move || file.read_all(zone, digest)).await?;
        let span = TimeSpan { start: asked, end: started.elapsed() };
        let duration = span.end.saturating_sub(asked);
        Ok(CopyAttempt { span, copy: Ok(Copy { duration, ..copy }) })
    }

    /// Reads the file once more; what is wrong with it now is the failure of this reading.
    pub async fn read_again(&self, zone: &Name, digest: Digest, started: Instant) -> CopyAttempt {
        let asked = started.elapsed();
        self.read(zone, digest, started).await.unwrap_or_else(|error| {
            let span = TimeSpan { start: asked, end: started.elapsed() };
            CopyAttempt { span, copy: Err(Failure::from(&error)) }
        })
    }

    fn read_all(&self, zone: Name, digest: Digest) -> Result<Copy, ZoneFileReadError> {
        let mut walk = Walk {
            master: ZonefileReader::new(zone.clone()),
            digest,
            octets: 0,
            limits: self.limits,
            open: Vec::new(),
        };
        walk.file(&self.path)?;
        let Walk { master, digest, octets, .. } = walk;
        if let Some(first) = master.first_dropped() {
            tracing::warn!(%zone, file = self.name(), "passed over what is not of the zone: first {first}");
        }
        let whole = master.end().ok_or_else(|| ZoneFileReadError::NoSoa { path: self.path.clone(), zone })?;
        Ok(Copy { summary: whole, digest, bytes: octets, duration: std::time::Duration::ZERO })
    }
}

/// A file and all that it includes, on their way into a digest.
struct Walk {
    master: ZonefileReader,
    digest: Digest,
    octets: u64,
    limits: TransferLimits,
    /// The files that are being read, each including the next.
    open: Vec<PathBuf>,
}

impl Walk {
    fn file(&mut self, path: &Path) -> Result<(), ZoneFileReadError> {
        let unreadable = |reason| ZoneFileReadError::Unreadable { path: path.to_owned(), reason };
        let file = File::open(path).map_err(unreadable)?;
        if !file.metadata().map_err(unreadable)?.is_file() {
            return Err(ZoneFileReadError::NotAFile(path.to_owned()));
        }
        self.open.push(path.canonicalize().map_err(unreadable)?);
        let mut lines = BufReader::with_capacity(1 << 16, file);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(unreadable)?;
            if read == 0 {
                break;
            }
            self.octets += read as u64;
            self.line(path, &line)?;
        }
        self.open.pop();
        self.master.leave().map_err(|mistake| at(path, mistake))
    }

    fn line(&mut self, path: &Path, line: &[u8]) -> Result<(), ZoneFileReadError> {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let digest = &mut self.digest;
        let next = self.master.line(line, &mut |record| digest.add(record));
        if let NextInput::Include(include) = next.map_err(|mistake| at(path, mistake))? {
            self.include(path, include)?;
        }
        let large = |most, what, flag| ZoneFileReadError::Large { path: path.to_owned(), most, what, flag };
        let TransferLimits { max_bytes, max_records, .. } = self.limits;
        if self.octets > max_bytes {
            return Err(large(max_bytes, "bytes", "--max-transfer-bytes"));
        }
        if self.master.records() > max_records {
            return Err(large(max_records, "records", "--max-transfer-records"));
        }
        Ok(())
    }

    /// Reads a file in the place of a line of another.
    fn include(
        &mut self,
        outer: &Path,
        IncludeDirective { path, origin, excerpt }: IncludeDirective,
    ) -> Result<(), ZoneFileReadError> {
        let written = PathBuf::from(OsString::from_vec(path));
        let path = outer.parent().unwrap_or(Path::new("")).join(written);
        let refused = |reason: String| {
            let path = shown(&path);
            at(
                outer,
                ZonefileParseError { excerpt, kind: ZonefileErrorKind::UnreadableInclude { path, reason } },
            )
        };
        let resolved = match path.canonicalize() {
            Ok(resolved) => resolved,
            Err(error) => return Err(refused(error.to_string())),
        };
        if self.open.contains(&resolved) {
            return Err(refused("it would include itself".to_owned()));
        }
        if self.open.len() >= DEEPEST {
            return Err(refused(format!("{DEEPEST} files include each other already")));
        }
        self.master.enter(origin);
        match self.file(&path) {
            Err(ZoneFileReadError::Unreadable { path: unread, reason }) if unread == path => {
                Err(refused(reason.to_string()))
            }
            Err(ZoneFileReadError::NotAFile(unread)) if unread == path => {
                Err(refused("it is no regular file".to_owned()))
            }
            read => read,
        }
    }
}

/// Returns a path with nothing in it that a terminal obeys.
fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    text.chars().map(|it| if it.is_control() { '?' } else { it }).collect()
}

fn at(path: &Path, mistake: ZonefileParseError) -> ZoneFileReadError {
    ZoneFileReadError::ZonefileParseError { path: path.to_owned(), mistake: Box::new(mistake) }
}

#[cfg(test)]
mod tests;
