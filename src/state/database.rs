//! What is in the file of a store: the tables, and how they are read and written.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use redb::backends::FileBackend;
use redb::{Database, DatabaseError, ReadableDatabase as _, ReadableTable as _, TableDefinition};

use super::file::private;
use crate::digest::Key;
use crate::dns::Name;

/// Zones by their canonical wire form. Another layout gets another name, so that an older program finds none.
const ZONES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("zones/1");

/// The secret of the fingerprints, under the empty name.
const KEY: TableDefinition<'_, &[u8], [u8; 16]> = TableDefinition::new("key/1");

/// The last moment up to which nothing was news, in seconds since 1970, under the empty name.
const BEAT: TableDefinition<'_, &[u8], u64> = TableDefinition::new("beat/1");

/// Memory for pages of the file.
const CACHE: usize = 16 << 20;

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
pub(super) fn load(path: &Path, fresh: &Key) -> Result<(Database, Key), Fault> {
    let file = private().open(path).map_err(Fault::Unusable)?;
    let backend =
        FileBackend::new(file).map_err(|error: DatabaseError| Fault::from(redb::Error::from(error)))?;
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE).set_check_integrity_on_open(true);
    let database = builder.create_with_backend(backend).map_err(redb::Error::from)?;
    let key = secret(&database, fresh)?;
    Ok((database, key))
}

fn secret(database: &Database, fresh: &Key) -> Result<Key, redb::Error> {
    let transaction = database.begin_write()?;
    let key = {
        transaction.open_table(ZONES)?;
        let mut table = transaction.open_table(KEY)?;
        let known = table.get([].as_slice())?.map(|value| value.value());
        if known.is_none() {
            table.insert([].as_slice(), fresh.0)?;
        }
        known.unwrap_or(fresh.0)
    };
    transaction.commit()?;
    Ok(Key(key))
}

pub(super) fn read(database: &Database, zone: &Name) -> Result<Option<Vec<u8>>, redb::Error> {
    let table = database.begin_read()?.open_table(ZONES)?;
    Ok(table.get(zone.as_wire())?.map(|value| value.value().to_vec()))
}

pub(super) fn read_beat(database: &Database) -> Result<Option<u64>, redb::Error> {
    let table = database.begin_read()?.open_table(BEAT)?;
    Ok(table.get([].as_slice())?.map(|value| value.value()))
}

pub(super) fn write(
    database: &Database,
    rows: &BTreeMap<Vec<u8>, Vec<u8>>,
    beat: Option<u64>,
) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    if let Some(beat) = beat {
        transaction.open_table(BEAT)?.insert([].as_slice(), beat)?;
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

pub(super) fn is_damage(error: &redb::Error) -> bool {
    match error {
        redb::Error::Io(source) => is_about_content(source),
        redb::Error::PreviousIo => false,
        _ => true,
    }
}
