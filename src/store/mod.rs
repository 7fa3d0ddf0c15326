//! The histories of zones on disk, in one redb file: what earlier checks saw.
//!
//! There is one row for each zone, another for each catalog, the key of the fingerprints, and the last checkpoint.
//! Nothing deletes a row, so a zone that is monitored again has its history. Rows are
//! written in transactions of many zones, so a process that is killed loses its last checks and nothing else.
//! A damaged store is set aside and replaced by an empty one: it never makes a command fail. A file that is no store
//! is left as it is, and refused.

mod buffered;
mod catalog;
mod database;
mod encoding;
mod error;
mod files;
mod foreign;
mod lock;
mod overlay;

pub use encoding::{decode, encode};
pub use error::StoreError;
pub use foreign::ForeignFile;

use std::fs::File;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use self::buffered::BufferedDatabase;
use self::database::{OpenBackend, on_disk, read_catalog, read_checkpoint, read_history};
use self::files::check_path;
use self::lock::lock;
use crate::digest::HashKey;
use crate::dns::Name;
use crate::judge::History;
use crate::judge::catalog::CatalogState;

/// The histories of all zones, on disk.
#[derive(Debug)]
pub struct Store {
    database: Mutex<BufferedDatabase>,
    /// Holds the lock as long as it is open.
    _lock: File,
}

impl Store {
    /// Opens a store, or creates one with a new key. Other processes that want it are shown the `command`.
    pub fn open(path: &Path, new_key: &HashKey, command: &str) -> Result<Self, StoreError> {
        Self::open_with(on_disk, path, new_key, command)
    }

    fn open_with(
        open_backend: OpenBackend,
        path: &Path,
        new_key: &HashKey,
        command: &str,
    ) -> Result<Self, StoreError> {
        check_path(path).map_err(|fault| StoreError::of(fault, path.to_owned()))?;
        let lock = lock(path, command)?;
        let database = BufferedDatabase::open(path.to_owned(), new_key, open_backend)?;
        Ok(Self { database: Mutex::new(database), _lock: lock })
    }

    /// Returns the key that the stored fingerprints were made with.
    pub fn key(&self) -> HashKey {
        self.database().key()
    }

    /// Returns the history of a zone; an empty one if there is none, or if the file cannot be read.
    pub fn history(&self, zone: &Name) -> History {
        let mut database = self.database();
        if let Some(row) = database.pending.zones.get(zone.as_wire()) {
            return decode(row).unwrap_or_default();
        }
        let row = database.query(|database| read_history(database, zone));
        row.and_then(|row| decode(&row)).unwrap_or_default()
    }

    /// Returns what is known of a catalog; nothing if there is no row of it that can be read.
    pub fn catalog(&self, zone: &Name) -> CatalogState {
        let mut database = self.database();
        if let Some(row) = database.pending.catalogs.get(zone.as_wire()) {
            return catalog::decode(row).unwrap_or_default();
        }
        let row = database.query(|database| read_catalog(database, zone));
        row.and_then(|row| catalog::decode(&row)).unwrap_or_default()
    }

    /// Saves what is known of a catalog, with the next histories.
    pub fn save_catalog(&self, zone: &Name, state: &CatalogState) {
        let Some(row) = catalog::encode(state) else { return };
        self.database().add_catalog(zone.as_wire(), row);
    }

    /// Saves the history of a zone, now or with a later one.
    pub fn save(&self, zone: &Name, history: &History) {
        let Some(row) = encode(history) else { return };
        self.save_encoded(zone, row);
    }

    /// Saves the history of a zone that is encoded already.
    pub fn save_encoded(&self, zone: &Name, row: Vec<u8>) {
        self.database().add_history(zone.as_wire(), row);
    }

    /// Sets the moment up to which no zone has news but what was saved, and writes as [`flush`](Self::flush) does.
    pub fn checkpoint(&self, moment: SystemTime) {
        let seconds = moment.duration_since(SystemTime::UNIX_EPOCH).ok().map(|since| since.as_secs());
        self.database().set_checkpoint(seconds);
    }

    /// Returns the last checkpoint, if there is one.
    pub fn last_checkpoint(&self) -> Option<SystemTime> {
        let seconds = self.database().query(read_checkpoint)?;
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
    }

    /// Writes what was saved; later, if the file has failed a moment ago.
    pub fn flush(&self) {
        self.database().flush();
    }

    /// Returns what operators should know, each notice once.
    pub fn take_notices(&self) -> Vec<String> {
        self.database().take_notices()
    }

    fn database(&self) -> MutexGuard<'_, BufferedDatabase> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // The last chance to write, however long ago the file failed.
        self.database().attempt();
    }
}

#[cfg(test)]
mod tests;
