//! What earlier runs saw, on disk: one row for each zone, and the secret of the fingerprints in them.
//!
//! Rows are written in transactions of many zones, so a process that is killed loses its last looks and
//! nothing else. A store that is damaged is set aside and begun anew: that is never a reason to fail.

mod database;
mod file;
mod row;

pub use row::{pack, unpack};

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use redb::Database;

use self::database::{Fault, is_damage, load, read, read_beat, write};
use self::file::{UNKNOWN, lock, set_aside};
use crate::digest::Key;
use crate::dns::Name;
use crate::judge::History;

/// Zones that wait to be written together.
const BATCH: usize = 512;

/// How long a zone waits at most, while others come.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// A disk that failed is not tried again before.
const RETRY: Duration = Duration::from_secs(10);

/// Why there is no store.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file cannot be opened or made.
    #[error("cannot use the state file `{}`", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another process uses it.
    #[error(
        "the state file `{}` is in use by {holder}\n\
         hint: wait until that has ended, or give this one a file of its own with --state", path.display()
    )]
    Held {
        /// The file.
        path: PathBuf,
        /// Who uses it.
        holder: String,
    },
    /// It was set aside, and no new one can be made.
    #[error("cannot make a new state file `{}`: {reason}", path.display())]
    Make {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
}

/// The histories of all zones, on disk.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    key: Key,
    inner: Mutex<Inner>,
    /// Holds the lock as long as it is open.
    _lock: File,
}

#[derive(Debug)]
struct Inner {
    /// Absent once it could not be written or begun anew, until it can be opened again.
    database: Option<Database>,
    /// When it last failed, while it does.
    failed: Option<Instant>,
    pending: BTreeMap<Vec<u8>, Vec<u8>>,
    /// A beat that waits to be written.
    beat: Option<u64>,
    last_commit: Instant,
    notices: Vec<String>,
}

impl Store {
    /// Opens a store, or makes one with a fresh secret. `command` is told to others who want it meanwhile.
    pub fn open(path: &Path, fresh: &Key, command: &str) -> Result<Self, StateError> {
        if path.is_dir() {
            return Err(StateError::Open {
                path: path.to_owned(),
                source: io::ErrorKind::IsADirectory.into(),
            });
        }
        let lock = lock(path, command)?;
        let mut notices = Vec::new();
        let (database, key) = match load(path, fresh) {
            Ok(loaded) => loaded,
            Err(Fault::Unusable(source)) => {
                return Err(StateError::Open { path: path.to_owned(), source });
            }
            Err(Fault::Held) => {
                return Err(StateError::Held { path: path.to_owned(), holder: UNKNOWN.to_owned() });
            }
            Err(Fault::Damaged(reason)) => {
                notices.push(set_aside(path, &reason)?);
                let again = load(path, fresh);
                again
                    .map_err(|fault| StateError::Make { path: path.to_owned(), reason: fault.to_string() })?
            }
        };
        let inner = Inner {
            database: Some(database),
            failed: None,
            pending: BTreeMap::new(),
            beat: None,
            last_commit: Instant::now(),
            notices,
        };
        Ok(Self { path: path.to_owned(), key, inner: Mutex::new(inner), _lock: lock })
    }

    /// Returns the secret under which the remembered fingerprints were made.
    pub fn key(&self) -> Key {
        self.key.clone()
    }

    /// Returns what is known of a zone; of one that was never seen, nothing.
    pub fn history(&self, zone: &Name) -> History {
        let mut inner = self.inner();
        if let Some(row) = inner.pending.get(zone.as_wire()) {
            return unpack(row).unwrap_or_default();
        }
        let Some(database) = &inner.database else { return History::default() };
        match read(database, zone) {
            Ok(row) => row.and_then(|row| unpack(&row)).unwrap_or_default(),
            Err(error) => {
                self.fail(&mut inner, &error);
                History::default()
            }
        }
    }

    /// Takes in what is known of a zone now.
    pub fn remember(&self, zone: &Name, history: &History) {
        let Some(row) = pack(history) else { return };
        self.keep(zone, row);
    }

    /// Takes in what is known of a zone now, packed already.
    pub fn keep(&self, zone: &Name, row: Vec<u8>) {
        let mut inner = self.inner();
        inner.pending.insert(zone.as_wire().to_vec(), row);
        if inner.pending.len() >= BATCH || inner.last_commit.elapsed() >= LONGEST_WAIT {
            self.commit(&mut inner);
        }
    }

    /// Takes in that nothing else is news up to a moment, and writes what waits.
    pub fn beat(&self, moment: SystemTime) {
        let mut inner = self.inner();
        inner.beat = moment.duration_since(SystemTime::UNIX_EPOCH).ok().map(|since| since.as_secs());
        self.commit(&mut inner);
    }

    /// Returns the last moment up to which there was no news but what is remembered, if there was one.
    pub fn last_beat(&self) -> Option<SystemTime> {
        let beat = read_beat(self.inner().database.as_ref()?).ok()??;
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(beat))
    }

    /// Writes what waits.
    pub fn flush(&self) {
        self.commit(&mut self.inner());
    }

    /// Returns what people should know, and forgets it.
    pub fn notices(&self) -> Vec<String> {
        std::mem::take(&mut self.inner().notices)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn commit(&self, inner: &mut Inner) {
        inner.last_commit = Instant::now();
        if inner.pending.is_empty() && inner.beat.is_none() {
            return;
        }
        if inner.failed.is_some_and(|failed| failed.elapsed() >= RETRY) {
            self.open_again(inner);
        }
        // It says that every row is written, so it is written with them or not at all.
        let beat = inner.beat.take();
        if let Err(error) = inner.write(beat) {
            self.fail(inner, &error);
            if inner.failed.is_none()
                && let Err(again) = inner.write(beat)
            {
                self.fail(inner, &again);
            }
        }
        if inner.database.is_some() && inner.failed.take().is_some() {
            inner.notice(format!("the state file `{}` can be written again\n", self.path.display()));
        }
    }

    /// Takes in that the store failed. A damaged one is begun anew. Of another one, the library wants nothing more
    /// to do with the file until it is opened again; a full disk may have room by then, and what is to be written
    /// waits, one row for each zone.
    fn fail(&self, inner: &mut Inner, error: &redb::Error) {
        if is_damage(error) {
            return self.begin_anew(inner, &error.to_string());
        }
        inner.database = None;
        if inner.failed.replace(Instant::now()).is_none() {
            inner.notice(format!(
                "warning: cannot use the state file `{}`: {error}; what is seen now may not be remembered\n",
                self.path.display()
            ));
        }
    }

    /// Opens a store again that failed.
    fn open_again(&self, inner: &mut Inner) {
        match load(&self.path, &self.key) {
            Ok((database, _)) => inner.database = Some(database),
            Err(Fault::Damaged(reason)) => self.begin_anew(inner, &reason),
            Err(Fault::Unusable(_) | Fault::Held) => inner.failed = Some(Instant::now()),
        }
    }

    /// Sets a store aside that turned out to be damaged, and begins another one in its place.
    fn begin_anew(&self, inner: &mut Inner, reason: &str) {
        inner.database = None;
        match set_aside(&self.path, reason) {
            Ok(notice) => inner.notice(notice),
            Err(error) => inner.notice(format!("warning: {error}\n")),
        }
        match load(&self.path, &self.key) {
            Ok((database, _)) => inner.database = Some(database),
            Err(fault) => {
                inner.failed = Some(Instant::now());
                inner.notice(format!("warning: for now, nothing more is remembered: {fault}\n"));
            }
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.flush();
    }
}

impl Inner {
    /// Writes what waits, where there is a store.
    fn write(&mut self, beat: Option<u64>) -> Result<(), redb::Error> {
        if let Some(database) = &self.database {
            write(database, &self.pending, beat)?;
            self.pending.clear();
        }
        Ok(())
    }

    /// Says something once.
    fn notice(&mut self, notice: String) {
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }
}

#[cfg(test)]
mod tests;
