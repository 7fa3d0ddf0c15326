//! The database file of a store: its tables, and how they are read and written.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;

use redb::backends::FileBackend;
use redb::{
    Builder, Database, DatabaseError, ReadOnlyTable, ReadableDatabase, ReadableTable as _, TableDefinition,
    TableError, TableHandle as _, Value,
};

use super::encoding::FORMAT_VERSION;
use super::files::open_store_file;
use super::foreign::{FileFault, ForeignFile};
use super::overlay::Overlay;
use crate::digest::HashKey;
use crate::dns::Name;

/// Histories by the canonical wire form of their zone. A table with another layout gets another name, so that
/// an older program finds none.
const ZONES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("zones/1");

/// What is known of catalogs, by the canonical wire form of their zone. Each row says which format it has.
const CATALOGS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("catalogs/1");

/// The key of the fingerprints, under the empty name.
const HASH_KEY: TableDefinition<'_, &[u8], [u8; 16]> = TableDefinition::new("key/1");

/// The last checkpoint in seconds since 1970, under the empty name. Its name on disk is older than the word.
const CHECKPOINT: TableDefinition<'_, &[u8], u64> = TableDefinition::new("beat/1");

/// The latest version of a row in [`ZONES`], under the empty name.
const FORMAT: TableDefinition<'_, &[u8], u8> = TableDefinition::new("format/1");

/// The size of the cache for pages of the file.
const CACHE_BYTES: usize = 16 << 20;

/// Makes a database of an open file; in tests, one on a disk that fails.
pub(super) type OpenBackend = fn(&Builder, File) -> Result<Database, DatabaseError>;

/// Makes a database of a file on disk.
pub(super) fn on_disk(builder: &Builder, file: File) -> Result<Database, DatabaseError> {
    builder.create_with_backend(FileBackend::new(file)?)
}

/// Rows by the canonical wire form of their zone.
pub(super) type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// What is to be written, in one transaction.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// Histories.
    pub(super) zones: Rows,
    /// What is known of catalogs.
    pub(super) catalogs: Rows,
    /// The checkpoint that holds with them, in seconds since 1970.
    pub(super) checkpoint: Option<u64>,
}

impl Pending {
    /// Whether nothing is to be written.
    pub(super) fn is_empty(&self) -> bool {
        self.zones.is_empty() && self.catalogs.is_empty() && self.checkpoint.is_none()
    }
}

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum DatabaseFault {
    /// The file cannot be read or written at the moment.
    #[error(transparent)]
    Unusable(io::Error),
    /// Another process uses the file.
    #[error("it is in use by another process")]
    InUse,
    /// The path names something else.
    #[error("{0}")]
    Foreign(ForeignFile),
    /// The file is not a database, or its content is damaged.
    #[error("{0}")]
    Damaged(String),
}

impl From<redb::Error> for DatabaseFault {
    fn from(error: redb::Error) -> Self {
        match error {
            redb::Error::Io(source) if !is_about_content(&source) => Self::Unusable(source),
            redb::Error::PreviousIo => Self::Unusable(io::Error::other(error)),
            redb::Error::DatabaseAlreadyOpen => Self::InUse,
            other => Self::Damaged(other.to_string()),
        }
    }
}

impl From<FileFault> for DatabaseFault {
    fn from(fault: FileFault) -> Self {
        match fault {
            FileFault::Foreign(found) => Self::Foreign(found),
            FileFault::Unusable(source) => Self::Unusable(source),
        }
    }
}

/// Whether a file could be read, and its content is the error.
fn is_about_content(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof)
}

/// Opens a database and checks all its pages; reads the key of the fingerprints, or writes `new_key`.
pub(super) fn open(
    path: &Path,
    new_key: &HashKey,
    open_backend: OpenBackend,
) -> Result<(Database, HashKey), DatabaseFault> {
    let file = open_store_file(path)?;
    let is_new = file.metadata().map_err(DatabaseFault::Unusable)?.len() == 0;
    let unfinished = if is_new { file.try_clone().ok() } else { None };
    if !is_new {
        refuse_foreign(&file)?;
    }
    let opened = open_file(file, new_key, open_backend);
    if opened.is_err()
        && let Some(file) = unfinished
    {
        // It was empty before, and is to be recognized the next time.
        let _ = file.set_len(0);
    }
    opened
}

/// What opens databases and checks all their pages: one that is damaged and not checked may make redb panic.
fn checking_builder() -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE_BYTES).set_check_integrity_on_open(true);
    builder
}

fn open_file(
    file: File,
    new_key: &HashKey,
    open_backend: OpenBackend,
) -> Result<(Database, HashKey), DatabaseFault> {
    let database = open_backend(&checking_builder(), file).map_err(redb::Error::from)?;
    let key = hash_key(&database, new_key)?;
    Ok((database, key))
}

/// Refuses a database of another program, or of a later version, without changing it: to open one changes its file.
fn refuse_foreign(file: &File) -> Result<(), DatabaseFault> {
    let overlay = file.try_clone().and_then(Overlay::new).map_err(DatabaseFault::Unusable)?;
    let Ok(database) = checking_builder().create_with_backend(overlay) else {
        // It is found to be damaged when its file is opened.
        return Ok(());
    };
    match foreign(&database) {
        Ok(Some(foreign)) => Err(DatabaseFault::Foreign(foreign)),
        Ok(None) | Err(_) => Ok(()),
    }
}

/// What a database is instead of a store that this program can use. One without any table is new.
fn foreign(database: &impl ReadableDatabase) -> Result<Option<ForeignFile>, redb::Error> {
    let transaction = database.begin_read()?;
    let tables: Vec<String> = transaction.list_tables()?.map(|table| table.name().to_owned()).collect();
    if tables.iter().any(|name| is_of_later_version(name)) {
        return Ok(Some(ForeignFile::LaterVersion));
    }
    let is_empty = tables.is_empty() && transaction.list_multimap_tables()?.next().is_none();
    if !is_empty && !tables.iter().any(|name| name == HASH_KEY.name()) {
        return Ok(Some(ForeignFile::Database));
    }
    let format = table(database, FORMAT)?.map(|table| table.get([].as_slice())).transpose()?.flatten();
    let is_later = format.is_some_and(|format| format.value() > FORMAT_VERSION);
    Ok(is_later.then_some(ForeignFile::LaterVersion))
}

/// Whether a table is one of ours with another layout, as only a later version has it.
fn is_of_later_version(name: &str) -> bool {
    let ours = [ZONES.name(), CATALOGS.name(), HASH_KEY.name(), CHECKPOINT.name(), FORMAT.name()];
    let stem = |name: &str| name.split('/').next().unwrap_or_default().to_owned();
    !ours.contains(&name) && ours.iter().any(|own| stem(own) == stem(name))
}

/// Returns the key. Where there is one, nothing is written, so a store on a full disk can be opened.
fn hash_key(database: &Database, new_key: &HashKey) -> Result<HashKey, redb::Error> {
    if let Some(table) = table(database, HASH_KEY)?
        && let Some(key) = table.get([].as_slice())?
    {
        return Ok(HashKey(key.value()));
    }
    let transaction = database.begin_write()?;
    transaction.open_table(HASH_KEY)?.insert([].as_slice(), new_key.0)?;
    transaction.commit()?;
    Ok(new_key.clone())
}

/// Returns the history of a zone, if there is one.
pub(super) fn read_history(database: &Database, zone: &Name) -> Result<Option<Vec<u8>>, redb::Error> {
    read_row(database, ZONES, zone)
}

/// Returns what is known of a catalog, if anything is.
pub(super) fn read_catalog(database: &Database, zone: &Name) -> Result<Option<Vec<u8>>, redb::Error> {
    read_row(database, CATALOGS, zone)
}

fn read_row(
    database: &Database,
    rows: TableDefinition<'_, &'static [u8], &'static [u8]>,
    zone: &Name,
) -> Result<Option<Vec<u8>>, redb::Error> {
    let Some(table) = table(database, rows)? else { return Ok(None) };
    Ok(table.get(zone.as_wire())?.map(|row| row.value().to_vec()))
}

/// Returns the last checkpoint, if there is one.
pub(super) fn read_checkpoint(database: &Database) -> Result<Option<u64>, redb::Error> {
    let Some(table) = table(database, CHECKPOINT)? else { return Ok(None) };
    Ok(table.get([].as_slice())?.map(|checkpoint| checkpoint.value()))
}

/// Opens a table to read it; `None` if nothing was ever written to it.
fn table<V: Value>(
    database: &impl ReadableDatabase,
    table: TableDefinition<'_, &'static [u8], V>,
) -> Result<Option<ReadOnlyTable<&'static [u8], V>>, redb::Error> {
    match database.begin_read()?.open_table(table) {
        Ok(table) => Ok(Some(table)),
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Writes rows and the checkpoint that holds with them, in one transaction.
pub(super) fn write(database: &Database, pending: &Pending) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    {
        let mut format = transaction.open_table(FORMAT)?;
        let before = format.get([].as_slice())?.map_or(0, |version| version.value());
        let written = pending.zones.values().filter_map(|row| row.first()).max().copied().unwrap_or_default();
        if written > before {
            format.insert([].as_slice(), written)?;
        }
    }
    if let Some(checkpoint) = pending.checkpoint {
        transaction.open_table(CHECKPOINT)?.insert([].as_slice(), checkpoint)?;
    }
    for (table, rows) in [(ZONES, &pending.zones), (CATALOGS, &pending.catalogs)] {
        let mut table = transaction.open_table(table)?;
        for (zone, row) in rows {
            table.insert(zone.as_slice(), row.as_slice())?;
        }
    }
    transaction.commit()?;
    Ok(())
}
