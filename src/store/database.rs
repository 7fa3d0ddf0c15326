//! What is in the file of a store: the tables, and how they are read and written.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;

use redb::backends::FileBackend;
use redb::{
    Builder, Database, DatabaseError, ReadOnlyTable, ReadableDatabase as _, TableDefinition, TableError,
    Value,
};

use super::file::private;
use crate::digest::HashKey;
use crate::dns::Name;

/// Zones by their canonical wire form. Another layout gets another name, so that an older program finds none.
const ZONES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("zones/1");

/// The secret of the fingerprints, under the empty name.
const KEY: TableDefinition<'_, &[u8], [u8; 16]> = TableDefinition::new("key/1");

/// The last moment up to which nothing was news, in seconds since 1970, under the empty name.
const CHECKPOINT: TableDefinition<'_, &[u8], u64> = TableDefinition::new("beat/1");

/// Memory for pages of the file.
const CACHE: usize = 16 << 20;

/// Makes a database of an open file; a test has one whose disk fails.
pub(super) type Opening = fn(&Builder, File) -> Result<Database, DatabaseError>;

/// Makes a database of a file on a disk.
pub(super) fn on_disk(builder: &Builder, file: File) -> Result<Database, DatabaseError> {
    builder.create_with_backend(FileBackend::new(file)?)
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error(transparent)]
    Unusable(io::Error),
    #[error("it is in use by another process")]
    Held,
    #[error("{0}")]
    Damaged(String),
}

impl From<redb::Error> for Fault {
    fn from(error: redb::Error) -> Self {
        match error {
            redb::Error::Io(source) if !is_about_content(&source) => Self::Unusable(source),
            redb::Error::PreviousIo => Self::Unusable(io::Error::other(error)),
            redb::Error::DatabaseAlreadyOpen => Self::Held,
            other => Self::Damaged(other.to_string()),
        }
    }
}

/// Returns whether a file could be read, and what is in it is wrong.
fn is_about_content(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof)
}

/// Opens a database, all its pages checked, and reads the secret, or writes a fresh one.
pub(super) fn load(path: &Path, fresh: &HashKey, opening: Opening) -> Result<(Database, HashKey), Fault> {
    let file = private().open(path).map_err(Fault::Unusable)?;
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE).set_check_integrity_on_open(true);
    let database = opening(&builder, file).map_err(redb::Error::from)?;
    let key = secret(&database, fresh)?;
    Ok((database, key))
}

/// Returns the secret. One that is known is only read: a full disk does not keep a store from being opened.
fn secret(database: &Database, fresh: &HashKey) -> Result<HashKey, redb::Error> {
    if let Some(table) = table(database, KEY)?
        && let Some(known) = table.get([].as_slice())?
    {
        return Ok(HashKey(known.value()));
    }
    let transaction = database.begin_write()?;
    transaction.open_table(KEY)?.insert([].as_slice(), fresh.0)?;
    transaction.commit()?;
    Ok(fresh.clone())
}

/// Returns the row of a zone, if there is one.
pub(super) fn read(database: &Database, zone: &Name) -> Result<Option<Vec<u8>>, redb::Error> {
    let Some(table) = table(database, ZONES)? else { return Ok(None) };
    Ok(table.get(zone.as_wire())?.map(|row| row.value().to_vec()))
}

/// Returns the last checkpoint, if there was one.
pub(super) fn read_checkpoint(database: &Database) -> Result<Option<u64>, redb::Error> {
    let Some(table) = table(database, CHECKPOINT)? else { return Ok(None) };
    Ok(table.get([].as_slice())?.map(|checkpoint| checkpoint.value()))
}

/// Opens a table to read it; one that nothing was written to yet is none.
fn table<V: Value>(
    database: &Database,
    table: TableDefinition<'_, &'static [u8], V>,
) -> Result<Option<ReadOnlyTable<&'static [u8], V>>, redb::Error> {
    match database.begin_read()?.open_table(table) {
        Ok(table) => Ok(Some(table)),
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Writes rows, and with them the checkpoint that vouches for them: both or neither.
pub(super) fn write(
    database: &Database,
    rows: &BTreeMap<Vec<u8>, Vec<u8>>,
    checkpoint: Option<u64>,
) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    if let Some(checkpoint) = checkpoint {
        transaction.open_table(CHECKPOINT)?.insert([].as_slice(), checkpoint)?;
    }
    {
        let mut table = transaction.open_table(ZONES)?;
        for (zone, row) in rows {
            table.insert(zone.as_slice(), row.as_slice())?;
        }
    }
    transaction.commit()?;
    Ok(())
}
