//! What earlier runs saw, on disk: one row for each zone, and the secret of the fingerprints in them.
//!
//! Rows are written in transactions of many zones, so a process that is killed loses its last looks and
//! nothing else. A store that is damaged is set aside and begun anew: that is never a reason to fail.

mod database;
mod file;
mod row;

pub use row::{decode, encode};

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use redb::Database;

use self::database::{Fault, Opening, load, on_disk, read, read_checkpoint, write};
use self::file::{UNKNOWN, lock, set_aside};
use crate::digest::HashKey;
use crate::dns::Name;
use crate::judge::History;

/// Zones that wait to be written together.
const BATCH: usize = 512;

/// How long a zone waits at most, while others come.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// How long a file that failed is left alone.
///
/// Ten seconds: opening it again reads all of it, and a full disk does not have room again at once.
const RETRY: Duration = Duration::from_secs(10);

/// Why there is no store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
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
    key: HashKey,
    opening: Opening,
    inner: Mutex<Inner>,
    /// Holds the lock as long as it is open.
    _lock: File,
}

#[derive(Debug)]
struct Inner {
    /// Absent while the file cannot be used.
    database: Option<Database>,
    /// When it last failed, while it does.
    failed: Option<Instant>,
    /// Rows that wait to be written, one for each zone, for as long as that takes.
    pending: BTreeMap<Vec<u8>, Vec<u8>>,
    /// A checkpoint that waits to be written.
    checkpoint: Option<u64>,
    last_commit: Instant,
    notices: Vec<String>,
}

impl Store {
    /// Opens a store, or makes one with a fresh secret. `command` is told to others who want it meanwhile.
    pub fn open(path: &Path, fresh: &HashKey, command: &str) -> Result<Self, StoreError> {
        Self::open_with(on_disk, path, fresh, command)
    }

    fn open_with(opening: Opening, path: &Path, fresh: &HashKey, command: &str) -> Result<Self, StoreError> {
        if path.is_dir() {
            return Err(StoreError::Open {
                path: path.to_owned(),
                source: io::ErrorKind::IsADirectory.into(),
            });
        }
        let lock = lock(path, command)?;
        let mut notices = Vec::new();
        let (database, key) = match load(path, fresh, opening) {
            Ok(loaded) => loaded,
            Err(Fault::Unusable(source)) => {
                return Err(StoreError::Open { path: path.to_owned(), source });
            }
            Err(Fault::Held) => {
                return Err(StoreError::Held { path: path.to_owned(), holder: UNKNOWN.to_owned() });
            }
            Err(Fault::Damaged(reason)) => {
                let aside = set_aside(path, &reason);
                notices.push(aside.map_err(|source| StoreError::Open { path: path.to_owned(), source })?);
                load(path, fresh, opening)
                    .map_err(|fault| StoreError::Make { path: path.to_owned(), reason: fault.to_string() })?
            }
        };
        let inner = Inner {
            database: Some(database),
            failed: None,
            pending: BTreeMap::new(),
            checkpoint: None,
            last_commit: Instant::now(),
            notices,
        };
        Ok(Self { path: path.to_owned(), key, opening, inner: Mutex::new(inner), _lock: lock })
    }

    /// Returns the secret under which the remembered fingerprints were made.
    pub fn key(&self) -> HashKey {
        self.key.clone()
    }

    /// Returns what is known of a zone; of one that was never seen, or while the file cannot be read, nothing.
    pub fn history(&self, zone: &Name) -> History {
        let mut inner = self.inner();
        if let Some(row) = inner.pending.get(zone.as_wire()) {
            return decode(row).unwrap_or_default();
        }
        let row = self.ask(&mut inner, |database| read(database, zone));
        row.and_then(|row| decode(&row)).unwrap_or_default()
    }

    /// Takes in what is known of a zone now.
    pub fn save(&self, zone: &Name, history: &History) {
        let Some(row) = encode(history) else { return };
        self.save_encoded(zone, row);
    }

    /// Takes in what is known of a zone now, packed already.
    pub fn save_encoded(&self, zone: &Name, row: Vec<u8>) {
        let mut inner = self.inner();
        inner.pending.insert(zone.as_wire().to_vec(), row);
        if inner.pending.len() >= BATCH || inner.last_commit.elapsed() >= LONGEST_WAIT {
            self.commit(&mut inner);
        }
    }

    /// Takes in that nothing else is news up to a moment, and writes what waits, as [`flush`](Self::flush) does.
    pub fn checkpoint(&self, moment: SystemTime) {
        let mut inner = self.inner();
        inner.checkpoint = moment.duration_since(SystemTime::UNIX_EPOCH).ok().map(|since| since.as_secs());
        self.commit(&mut inner);
    }

    /// Returns the last moment up to which there was no news but what is remembered, if there was one.
    pub fn last_checkpoint(&self) -> Option<SystemTime> {
        let checkpoint = self.ask(&mut self.inner(), read_checkpoint)?;
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(checkpoint))
    }

    /// Writes what waits; if the file failed a moment ago, some other time.
    pub fn flush(&self) {
        self.commit(&mut self.inner());
    }

    /// Returns what people should know, and forgets it.
    pub fn take_notices(&self) -> Vec<String> {
        std::mem::take(&mut self.inner().notices)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what the file knows; nothing once it turns out to be damaged, or while it cannot be used.
    fn ask<T>(
        &self,
        inner: &mut Inner,
        question: impl FnOnce(&Database) -> Result<Option<T>, redb::Error>,
    ) -> Option<T> {
        let fault = match question(inner.database.as_ref()?) {
            Ok(answer) => return answer,
            Err(error) => Fault::from(error),
        };
        let outcome = match fault {
            Fault::Damaged(reason) => self.begin_anew(inner, &reason),
            fault @ (Fault::Unusable(_) | Fault::Held) => Err(fault),
        };
        if let Err(fault) = outcome {
            self.fail(inner, &fault);
        }
        None
    }

    fn commit(&self, inner: &mut Inner) {
        if inner.failed.is_none_or(|failed| failed.elapsed() >= RETRY) {
            self.attempt(inner);
        }
    }

    /// Tries to write what waits; if that fails, it goes on waiting.
    fn attempt(&self, inner: &mut Inner) {
        inner.last_commit = Instant::now();
        if inner.pending.is_empty() && inner.checkpoint.is_none() {
            return;
        }
        match self.write(inner) {
            Ok(()) => {
                inner.pending.clear();
                inner.checkpoint = None;
                if inner.failed.take().is_some() {
                    inner.notice(format!("the state file `{}` can be written again\n", self.path.display()));
                }
            }
            Err(fault) => {
                let was_open = inner.database.is_some();
                self.fail(inner, &fault);
                if was_open {
                    // After a fault a database refuses all, but a full disk can still be read.
                    inner.database = self.load().ok();
                }
            }
        }
    }

    /// Writes what waits to the file: opened again if it failed, begun anew if it is damaged.
    fn write(&self, inner: &mut Inner) -> Result<(), Fault> {
        let first = self.write_once(inner);
        let Err(Fault::Damaged(reason)) = first else { return first };
        self.begin_anew(inner, &reason)?;
        self.write_once(inner)
    }

    fn write_once(&self, inner: &mut Inner) -> Result<(), Fault> {
        let database = match inner.database.take() {
            Some(database) => database,
            None => self.load()?,
        };
        let database = inner.database.insert(database);
        Ok(write(database, &inner.pending, inner.checkpoint)?)
    }

    /// Sets a store aside that turned out to be damaged, and begins another one in its place.
    fn begin_anew(&self, inner: &mut Inner, reason: &str) -> Result<(), Fault> {
        inner.database = None;
        let notice = set_aside(&self.path, reason).map_err(Fault::Unusable)?;
        inner.notice(notice);
        inner.database = Some(self.load()?);
        Ok(())
    }

    fn load(&self) -> Result<Database, Fault> {
        load(&self.path, &self.key, self.opening).map(|(database, _)| database)
    }

    /// Lets go of a file that failed, and tells of it if it worked before.
    fn fail(&self, inner: &mut Inner, fault: &Fault) {
        inner.database = None;
        if inner.failed.replace(Instant::now()).is_none() {
            inner.notice(format!(
                "warning: cannot use the state file `{}`: {fault}; what is seen now may not be remembered\n",
                self.path.display()
            ));
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // There is no other time.
        self.attempt(&mut self.inner());
    }
}

impl Inner {
    /// Says something once.
    fn notice(&mut self, notice: String) {
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }
}

#[cfg(test)]
mod tests;
