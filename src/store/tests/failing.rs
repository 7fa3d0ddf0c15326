//! A store on a disk that fails for a while.

use std::cell::Cell;
use std::io;
use std::time::Instant;

use redb::backends::FileBackend;
use redb::{Builder, Database, DatabaseError, StorageBackend};

use super::*;
use crate::store::buffered::RETRY_AFTER;

/// The state of the disk of this test.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Disk {
    Fine,
    /// It can be read, but no file can grow.
    Full,
    /// It can be changed this many times more, and is broken then.
    Breaking(u32),
    /// Every call fails.
    Broken,
}

thread_local! {
    static DISK: Cell<Disk> = const { Cell::new(Disk::Fine) };
    static OPENED: Cell<u32> = const { Cell::new(0) };
}

#[derive(Debug)]
struct FailingBackend(FileBackend);

impl FailingBackend {
    /// Fails if the disk is broken.
    fn check() -> io::Result<()> {
        match DISK.get() {
            Disk::Fine | Disk::Full | Disk::Breaking(_) => Ok(()),
            Disk::Broken => Err(io::Error::other("the disk is broken")),
        }
    }

    /// Counts a change, and fails if the disk is broken.
    fn count_change() -> io::Result<()> {
        if let Disk::Breaking(left) = DISK.get() {
            DISK.set(left.checked_sub(1).map_or(Disk::Broken, Disk::Breaking));
        }
        Self::check()
    }
}

impl StorageBackend for FailingBackend {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        Self::check()?;
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        Self::count_change()?;
        if DISK.get() == Disk::Full && len > self.0.len()? {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        Self::count_change()?;
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        Self::count_change()?;
        self.0.write(offset, data)
    }
}

/// Opens a file on that disk, without a cache.
fn on_failing_disk(_: &Builder, file: File) -> Result<Database, DatabaseError> {
    OPENED.set(OPENED.get() + 1);
    Database::builder().set_cache_size(0).create_with_backend(FailingBackend(FileBackend::new(file)?))
}

/// A store of a thousand zones on a disk that is still fine.
fn store(directory: &tempfile::TempDir) -> Store {
    let path = directory.path().join("state.redb");
    filled(&path);
    DISK.set(Disk::Fine);
    Store::open_with(on_failing_disk, &path, &HashKey([9; 16]), "zoneprobe check").unwrap()
}

/// Saves so many zones that the file has to grow.
fn save_many(store: &Store) {
    for number in 2000..6000 {
        store.save(&zone(number), &history(number));
    }
    store.flush();
}

/// The same store with many more zones to write, for which the disk is too full.
fn store_on_full_disk(directory: &tempfile::TempDir) -> Store {
    let store = store(directory);
    DISK.set(Disk::Full);
    save_many(&store);
    store
}

/// Tries to write, as after the time to the next attempt.
fn attempt(store: &Store) {
    store.database().attempt();
}

/// The store as another process would find it on disk after a crash at this moment.
fn on_disk_now(directory: &tempfile::TempDir) -> Store {
    let copy = directory.path().join("copy.redb");
    std::fs::copy(directory.path().join("state.redb"), &copy).unwrap();
    Store::open(&copy, &HashKey([9; 16]), "zoneprobe check").unwrap()
}

/// Whether a store was set aside.
fn was_set_aside(directory: &tempfile::TempDir) -> bool {
    directory.path().join("state.redb.damaged").exists()
}

#[test]
fn zones_that_a_full_disk_refuses_are_written_once_it_has_room() {
    let directory = tempfile::tempdir().unwrap();
    let store = store_on_full_disk(&directory);
    attempt(&store);
    let notices = store.take_notices();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].starts_with("warning: cannot use the state file `"), "{notices:?}");
    assert_eq!(store.history(&zone(5999)), history(5999), "a zone that is not written yet");
    attempt(&store);
    assert_eq!(store.take_notices(), [""; 0], "there is one notice");

    DISK.set(Disk::Fine);
    attempt(&store);
    let notices = store.take_notices();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].ends_with("can be written again\n"), "{notices:?}");
    assert!(store.database().pending.is_empty());
    let written = on_disk_now(&directory);
    for number in [0, 999, 2000, 5999] {
        assert_eq!(written.history(&zone(number)), history(number));
    }
    assert_eq!(written.key().0, [1; 16]);
    store.save(&zone(1), &history(2));
    store.flush();
    assert_eq!(store.take_notices(), [""; 0]);
}

#[test]
fn a_full_disk_can_still_be_read() {
    let directory = tempfile::tempdir().unwrap();
    let store = store_on_full_disk(&directory);
    attempt(&store);
    assert_eq!(store.history(&zone(7)), history(7));
    assert!(!was_set_aside(&directory));
}

#[test]
fn a_checkpoint_is_only_written_with_the_rows_before_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory);
    let moment = |second| UNIX_EPOCH + Duration::from_secs(second);
    store.checkpoint(moment(1000));
    DISK.set(Disk::Full);
    save_many(&store);
    store.checkpoint(moment(2000));
    attempt(&store);
    assert_eq!(on_disk_now(&directory).last_checkpoint(), Some(moment(1000)));
    DISK.set(Disk::Fine);
    store.checkpoint(moment(3000));
    attempt(&store);
    let written = on_disk_now(&directory);
    assert_eq!(
        (written.last_checkpoint(), written.history(&zone(5999))),
        (Some(moment(3000)), history(5999))
    );
}

#[test]
fn a_store_on_a_broken_disk_is_not_set_aside() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory);
    DISK.set(Disk::Broken);
    store.save(&zone(1), &history(2));
    assert_eq!(store.history(&zone(1)), history(2), "a zone that is not written yet");
    for number in 2..100 {
        assert_eq!(store.history(&zone(number)), History::default());
    }
    assert_eq!(store.last_checkpoint(), None);
    let notices = store.take_notices();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].contains("the disk is broken"), "{notices:?}");
    assert!(!was_set_aside(&directory));
    DISK.set(Disk::Fine);
    attempt(&store);
    assert_eq!(store.history(&zone(1)), history(2));
    assert_eq!(store.history(&zone(3)), history(3));
    assert_eq!(store.take_notices().len(), 1);
}

#[test]
fn a_write_that_fails_at_any_point_loses_no_row_from_before() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory);
    let mut whole = 0;
    for changes in 0.. {
        DISK.set(Disk::Breaking(changes));
        for number in 2000..2400 {
            store.save(&zone(number), &history(number + changes));
        }
        attempt(&store);
        let failed = DISK.get() == Disk::Broken;
        DISK.set(Disk::Fine);
        attempt(&store);
        for number in (0..1000).step_by(111) {
            assert_eq!(store.history(&zone(number)), history(number), "{changes}");
        }
        assert_eq!(store.history(&zone(2399)), history(2399 + changes), "{changes}");
        assert_eq!(store.take_notices().len(), if failed { 2 } else { 0 }, "{changes}");
        whole = changes;
        if !failed {
            break;
        }
    }
    assert!(whole > 5 && !was_set_aside(&directory), "{whole}");
}

#[test]
fn a_disk_that_fails_is_tried_again_after_a_while_and_not_for_every_row() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory);
    DISK.set(Disk::Broken);
    let before = OPENED.get();
    save_many(&store);
    assert!(OPENED.get() <= before + 1, "{}", OPENED.get() - before);
    DISK.set(Disk::Fine);
    store.flush();
    assert!(!store.database().pending.is_empty(), "it is too soon");
    store.database().failed = Some(Instant::now().checked_sub(RETRY_AFTER).unwrap());
    store.flush();
    assert!(store.database().pending.is_empty());
}

#[test]
fn a_store_that_is_dropped_writes_what_was_saved() {
    let directory = tempfile::tempdir().unwrap();
    let store = store_on_full_disk(&directory);
    DISK.set(Disk::Fine);
    drop(store);
    assert_eq!(on_disk_now(&directory).history(&zone(5999)), history(5999));
}

#[test]
fn a_file_that_is_opened_again_stays_locked_and_private() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.redb");
    let store = store(&directory);
    let is_locked = || {
        let error = Store::open(&path, &HashKey([9; 16]), "zoneprobe verify").unwrap_err();
        matches!(error, StoreError::InUse { .. })
    };
    DISK.set(Disk::Broken);
    save_many(&store);
    assert!(store.database().database.is_none() && is_locked());
    std::fs::remove_file(&path).unwrap();
    DISK.set(Disk::Fine);
    attempt(&store);
    assert!(store.database().database.is_some() && is_locked());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    drop(store);
    let store = Store::open(&path, &HashKey([9; 16]), "zoneprobe check").unwrap();
    assert_eq!((store.key().0, store.history(&zone(5999))), ([1; 16], history(5999)));
}
