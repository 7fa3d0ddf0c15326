//! Tests of a store on a disk that fails for a while.

use std::cell::Cell;

use redb::backends::FileBackend;
use redb::{Builder, DatabaseError, StorageBackend};

use super::*;

/// What the disk of this test does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Disk {
    Fine,
    /// It has no room for another octet, and can be read.
    Full,
    /// It changes so many times more, and then answers nothing.
    Breaking(u32),
    /// It answers nothing.
    Broken,
}

thread_local! {
    static DISK: Cell<Disk> = const { Cell::new(Disk::Fine) };
    static OPENED: Cell<u32> = const { Cell::new(0) };
}

#[derive(Debug)]
struct FailingBackend(FileBackend);

impl FailingBackend {
    /// Fails if nothing can be read.
    fn answer() -> io::Result<()> {
        match DISK.get() {
            Disk::Fine | Disk::Full | Disk::Breaking(_) => Ok(()),
            Disk::Broken => Err(io::Error::other("the disk does not answer")),
        }
    }

    /// Fails if nothing can be changed, once the changes that are left are made.
    fn change() -> io::Result<()> {
        if let Disk::Breaking(left) = DISK.get() {
            DISK.set(left.checked_sub(1).map_or(Disk::Broken, Disk::Breaking));
        }
        Self::answer()
    }
}

impl StorageBackend for FailingBackend {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        Self::answer()?;
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        Self::change()?;
        if DISK.get() == Disk::Full && len > self.0.len()? {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        Self::change()?;
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        Self::change()?;
        self.0.write(offset, data)
    }
}

/// Opens a file on that disk, and keeps none of it in memory.
fn failing(_: &Builder, file: File) -> Result<Database, DatabaseError> {
    OPENED.set(OPENED.get() + 1);
    Database::builder().set_cache_size(0).create_with_backend(FailingBackend(FileBackend::new(file)?))
}

/// A store of a thousand zones on a disk that is fine so far.
fn store(directory: &tempfile::TempDir) -> Store {
    let path = directory.path().join("state.redb");
    filled(&path);
    DISK.set(Disk::Fine);
    Store::open_with(failing, &path, &HashKey([9; 16]), "zoneprobe check").unwrap()
}

/// Remembers so many zones that the file has to grow.
fn remember_much(store: &Store) {
    for number in 2000..6000 {
        store.save(&zone(number), &history(number));
    }
    store.flush();
}

/// The same, whose disk has no room any more for all that is to be remembered.
fn store_without_room(directory: &tempfile::TempDir) -> Store {
    let store = store(directory);
    DISK.set(Disk::Full);
    remember_much(&store);
    store
}

/// As if the time until the next attempt had passed.
fn attempt(store: &Store) {
    store.attempt(&mut store.inner());
}

/// What is on the disk at this moment, as another process would find it after a crash.
fn on_disk_now(directory: &tempfile::TempDir) -> Store {
    let copy = directory.path().join("copy.redb");
    std::fs::copy(directory.path().join("state.redb"), &copy).unwrap();
    Store::open(&copy, &HashKey([9; 16]), "zoneprobe check").unwrap()
}

/// Returns whether a store was set aside.
fn was_set_aside(directory: &tempfile::TempDir) -> bool {
    directory.path().join("state.redb.damaged").exists()
}

#[test]
fn what_a_full_disk_refuses_is_written_once_there_is_room() {
    let directory = tempfile::tempdir().unwrap();
    let store = store_without_room(&directory);
    attempt(&store);
    let notices = store.take_notices();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].starts_with("warning: cannot use the state file `"), "{notices:?}");
    assert_eq!(store.history(&zone(5999)), history(5999), "what waits is known");
    attempt(&store);
    assert_eq!(store.take_notices(), [""; 0], "it is told once");

    DISK.set(Disk::Fine);
    attempt(&store);
    let notices = store.take_notices();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].ends_with("can be written again\n"), "{notices:?}");
    assert!(store.inner().pending.is_empty());
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
    let store = store_without_room(&directory);
    attempt(&store);
    assert_eq!(store.history(&zone(7)), history(7));
    assert!(!was_set_aside(&directory));
}

#[test]
fn no_checkpoint_is_written_without_the_rows_it_vouches_for() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory);
    let moment = |second| UNIX_EPOCH + Duration::from_secs(second);
    store.checkpoint(moment(1000));
    DISK.set(Disk::Full);
    remember_much(&store);
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
fn a_disk_that_cannot_be_read_costs_no_store() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory);
    DISK.set(Disk::Broken);
    store.save(&zone(1), &history(2));
    assert_eq!(store.history(&zone(1)), history(2), "what waits is known");
    for number in 2..100 {
        assert_eq!(store.history(&zone(number)), History::default());
    }
    assert_eq!(store.last_checkpoint(), None);
    let notices = store.take_notices();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].contains("the disk does not answer"), "{notices:?}");
    assert!(!was_set_aside(&directory));
    DISK.set(Disk::Fine);
    attempt(&store);
    assert_eq!(store.history(&zone(1)), history(2));
    assert_eq!(store.history(&zone(3)), history(3));
    assert_eq!(store.take_notices().len(), 1);
}

#[test]
fn a_write_that_ends_anywhere_costs_nothing_that_was_known() {
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
fn a_disk_that_fails_is_tried_again_after_a_while_and_not_at_every_row() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory);
    DISK.set(Disk::Broken);
    let before = OPENED.get();
    remember_much(&store);
    assert!(OPENED.get() <= before + 1, "{}", OPENED.get() - before);
    DISK.set(Disk::Fine);
    store.flush();
    assert!(!store.inner().pending.is_empty(), "nor at once");
    store.inner().failed = Some(Instant::now().checked_sub(RETRY).unwrap());
    store.flush();
    assert!(store.inner().pending.is_empty());
}

#[test]
fn the_end_of_a_process_is_a_time_to_write() {
    let directory = tempfile::tempdir().unwrap();
    let store = store_without_room(&directory);
    DISK.set(Disk::Fine);
    drop(store);
    assert_eq!(on_disk_now(&directory).history(&zone(5999)), history(5999));
}

#[test]
fn a_file_that_is_opened_again_is_held_and_private_all_along() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.redb");
    let store = store(&directory);
    let held = || {
        let error = Store::open(&path, &HashKey([9; 16]), "zoneprobe verify").unwrap_err();
        matches!(error, StoreError::Held { .. })
    };
    DISK.set(Disk::Broken);
    remember_much(&store);
    assert!(store.inner().database.is_none() && held());
    std::fs::remove_file(&path).unwrap();
    DISK.set(Disk::Fine);
    attempt(&store);
    assert!(store.inner().database.is_some() && held());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    drop(store);
    let store = Store::open(&path, &HashKey([9; 16]), "zoneprobe check").unwrap();
    assert_eq!((store.key().0, store.history(&zone(5999))), ([1; 16], history(5999)));
}
