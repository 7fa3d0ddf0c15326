//! A database with the rows that are to be written to it, through times in which its file cannot be used.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use redb::Database;

use super::database::{self, DatabaseFault, OpenBackend, Pending};
use super::error::StoreError;
use super::files::set_aside;
use super::lock::UNKNOWN_HOLDER;
use crate::digest::HashKey;

/// The number of rows that are written together at most: about 8 MiB.
const MAX_BATCH: usize = 16_384;

/// The longest time that a row waits for others to be written with, while rows are added.
const MAX_DELAY: Duration = Duration::from_secs(1);

/// The time between two attempts to use a file that failed.
///
/// Ten seconds: opening it again reads all of it, and a disk that is full stays so for a while.
pub(super) const RETRY_AFTER: Duration = Duration::from_secs(10);

/// A database, and what is to be written to it.
#[derive(Debug)]
pub(super) struct BufferedDatabase {
    path: PathBuf,
    key: HashKey,
    open_backend: OpenBackend,
    /// Absent while the file cannot be used.
    pub(super) database: Option<Database>,
    /// The time of the last failure, unless the file could be used since.
    pub(super) failed: Option<Instant>,
    /// What is to be written. While the file cannot be used, there is one row for each zone at most.
    pub(super) pending: Pending,
    /// When the first row came that is to be written.
    pending_since: Option<Instant>,
    notices: Vec<String>,
}

impl BufferedDatabase {
    /// Opens a database, or creates one with a new key. A damaged one is set aside and replaced.
    pub(super) fn open(path: PathBuf, new_key: &HashKey, open: OpenBackend) -> Result<Self, StoreError> {
        let mut notices = Vec::new();
        let (database, key) = match database::open(&path, new_key, open) {
            Ok(opened) => opened,
            Err(DatabaseFault::Unusable(source)) => return Err(StoreError::Open { path, source }),
            Err(DatabaseFault::InUse) => {
                return Err(StoreError::InUse { path, holder: UNKNOWN_HOLDER.to_owned() });
            }
            Err(DatabaseFault::Foreign(found)) => return Err(StoreError::Foreign { path, found }),
            Err(DatabaseFault::Damaged(reason)) => {
                match set_aside(&path, &reason) {
                    Ok(notice) => notices.push(notice),
                    Err(fault) => return Err(StoreError::of(fault, path)),
                }
                database::open(&path, new_key, open)
                    .map_err(|fault| StoreError::Create { path: path.clone(), reason: fault.to_string() })?
            }
        };
        Ok(Self {
            path,
            key,
            open_backend: open,
            database: Some(database),
            failed: None,
            pending: Pending::default(),
            pending_since: None,
            notices,
        })
    }

    /// Returns the key of the fingerprints.
    pub(super) fn key(&self) -> HashKey {
        self.key.clone()
    }

    /// Returns the notices so far, and forgets them.
    pub(super) fn take_notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    /// Adds a history to be written, and writes if it is time to.
    pub(super) fn add_history(&mut self, zone: &[u8], row: Vec<u8>) {
        self.pending.zones.insert(zone.to_vec(), row);
        let since = self.pending_since.get_or_insert_with(Instant::now);
        if self.pending.zones.len() >= MAX_BATCH || since.elapsed() >= MAX_DELAY {
            self.flush();
        }
    }

    /// Adds what is known of a catalog, which is written with the next histories.
    pub(super) fn add_catalog(&mut self, zone: &[u8], row: Vec<u8>) {
        self.pending.catalogs.insert(zone.to_vec(), row);
    }

    /// Sets the checkpoint to be written, and writes.
    pub(super) fn set_checkpoint(&mut self, checkpoint: Option<u64>) {
        self.pending.checkpoint = checkpoint;
        self.flush();
    }

    /// Returns what a query finds; `None` if the file cannot be used, or turns out to be damaged.
    pub(super) fn query<T>(
        &mut self,
        query: impl FnOnce(&Database) -> Result<Option<T>, redb::Error>,
    ) -> Option<T> {
        let fault = match query(self.database.as_ref()?) {
            Ok(found) => return found,
            Err(error) => DatabaseFault::from(error),
        };
        let outcome = match fault {
            DatabaseFault::Damaged(reason) => self.replace(&reason),
            fault @ (DatabaseFault::Unusable(_) | DatabaseFault::InUse | DatabaseFault::Foreign(_)) => {
                Err(fault)
            }
        };
        if let Err(fault) = outcome {
            self.close(&fault);
        }
        None
    }

    /// Writes all that is to be written, unless the file has failed a moment ago.
    pub(super) fn flush(&mut self) {
        if self.failed.is_none_or(|failed| failed.elapsed() >= RETRY_AFTER) {
            self.attempt();
        }
    }

    /// Tries to write all that is to be written; if that fails, it stays to be written.
    pub(super) fn attempt(&mut self) {
        self.pending_since = None;
        if self.pending.is_empty() {
            return;
        }
        match self.write() {
            Ok(()) => {
                self.pending = Pending::default();
                if self.failed.take().is_some() {
                    self.notice(format!("the state file `{}` can be written again\n", self.path.display()));
                }
            }
            Err(fault) => {
                let was_open = self.database.is_some();
                self.close(&fault);
                if was_open {
                    // A database refuses everything after a fault, but a full disk can still be read.
                    self.database = self.reopen().ok();
                }
            }
        }
    }

    /// Writes to the file: opened again if it had failed, replaced if it is damaged.
    fn write(&mut self) -> Result<(), DatabaseFault> {
        let first = self.write_once();
        let Err(DatabaseFault::Damaged(reason)) = first else { return first };
        self.replace(&reason)?;
        self.write_once()
    }

    fn write_once(&mut self) -> Result<(), DatabaseFault> {
        let database = match self.database.take() {
            Some(database) => database,
            None => self.reopen()?,
        };
        let database = self.database.insert(database);
        Ok(database::write(database, &self.pending)?)
    }

    /// Sets a damaged file aside, and creates another one in its place.
    fn replace(&mut self, reason: &str) -> Result<(), DatabaseFault> {
        self.database = None;
        let notice = set_aside(&self.path, reason)?;
        self.notice(notice);
        self.database = Some(self.reopen()?);
        Ok(())
    }

    fn reopen(&self) -> Result<Database, DatabaseFault> {
        database::open(&self.path, &self.key, self.open_backend).map(|(database, _)| database)
    }

    /// Closes a file that failed, with a notice if it could be used before.
    fn close(&mut self, fault: &DatabaseFault) {
        self.database = None;
        if self.failed.replace(Instant::now()).is_none() {
            self.notice(format!(
                "warning: cannot use the state file `{}`: {fault}; what is seen until it can be written again may be lost\n",
                self.path.display()
            ));
        }
    }

    /// Adds a notice, unless it is there already.
    fn notice(&mut self, notice: String) {
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }
}
