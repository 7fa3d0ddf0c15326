mod catalogs;
mod encoding;
mod failing;

use std::os::unix::fs::PermissionsExt as _;
use std::time::UNIX_EPOCH;

use super::files::with_suffix;
use super::*;
use crate::dns::Serial;
use crate::judge::history::{DivergedRrset, Version};

fn history(serial: u32) -> History {
    let first_seen = UNIX_EPOCH + Duration::from_secs(u64::from(serial));
    History {
        diverged: vec![DivergedRrset { owner: (*b"\x03www\x07example\0").into(), rtype: 1 }],
        versions: vec![Version { serial: Serial(serial), first_seen, copy: None }],
        ..History::default()
    }
}

fn zone(number: u32) -> Name {
    format!("z{number}.example").parse().unwrap()
}

fn open(path: &Path) -> Store {
    Store::open(path, &HashKey([9; 16]), "zoneprobe check").unwrap()
}

/// A store of a thousand zones.
fn filled(path: &Path) {
    let store = Store::open(path, &HashKey([1; 16]), "zoneprobe check").unwrap();
    for number in 0..1000 {
        store.save(&zone(number), &history(number));
    }
}

#[test]
fn saved_histories_are_there_in_the_next_process() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.redb");
    filled(&path);
    let store = open(&path);
    assert_eq!(store.key().0, [1; 16], "the key of the fingerprints stays");
    for number in 0..1000 {
        assert_eq!(store.history(&zone(number)), history(number));
    }
    assert_eq!(store.history(&zone(1000)), History::default());
    assert_eq!(store.take_notices(), [""; 0]);
}

#[test]
fn a_saved_history_is_returned_before_it_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory.path().join("state.redb"));
    store.save(&zone(1), &history(1));
    store.save(&zone(1), &history(2));
    assert_eq!(store.history(&zone(1)), history(2));
    store.flush();
    assert_eq!(store.history(&zone(1)), history(2));
}

#[test]
fn other_users_cannot_read_the_files() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.redb");
    let _store = open(&path);
    for file in [path.clone(), with_suffix(&path, "lock")] {
        let mode = std::fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_second_process_gets_the_name_of_the_first() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.redb");
    let first = open(&path);
    let error = Store::open(&path, &HashKey([9; 16]), "zoneprobe verify").unwrap_err().to_string();
    let holder = format!("is in use by process {} (zoneprobe check)\n", std::process::id());
    assert!(error.contains(&holder), "{error}");
    assert!(error.contains("--state"), "{error}");
    drop(first);
    open(&path);
}

/// The error of a path that no store can be opened at.
fn refusal(path: &Path) -> String {
    Store::open(path, &HashKey([9; 16]), "zoneprobe check").unwrap_err().to_string()
}

#[test]
fn a_file_that_is_not_a_store_is_refused_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.redb");
    for content in [b"x".repeat(3), b"no store at all\n".repeat(10_000), vec![0; 100_000], b"redb".to_vec()] {
        std::fs::write(&path, &content).unwrap();
        let error = refusal(&path);
        assert!(error.contains("it has other content\nhint: it was left as it is"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), content);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "there is no other file");
    }
}

#[test]
fn a_database_of_another_program_is_refused_and_left_as_it_is() {
    const TABLE: redb::TableDefinition<'_, u64, u64> = redb::TableDefinition::new("theirs");
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.redb");
    let database = redb::Database::create(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(TABLE).unwrap().insert(1, 2).unwrap();
    transaction.commit().unwrap();
    // As a program that was killed leaves it, and as one that has ended.
    let running = std::fs::read(&path).unwrap();
    drop(database);
    let closed = std::fs::read(&path).unwrap();
    std::fs::write(&path, &closed).unwrap();
    assert!(refusal(&path).contains("it is a database of another program"));
    assert_eq!(std::fs::read(&path).unwrap(), closed);
    std::fs::write(&path, &running).unwrap();
    assert!(refusal(&path).contains("it is a database of another program"));
    assert_eq!(std::fs::read(&path).unwrap(), running);
    let database = redb::Database::open(&path).unwrap();
    let transaction = redb::ReadableDatabase::begin_read(&database).unwrap();
    assert_eq!(transaction.open_table(TABLE).unwrap().get(1).unwrap().unwrap().value(), 2);
    assert!(!with_suffix(&path, "damaged").exists());
}

#[test]
fn a_store_of_a_later_version_is_refused_and_left_as_it_is() {
    const ZONES: redb::TableDefinition<'_, &[u8], u64> = redb::TableDefinition::new("zones/2");
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.redb");
    let later_row = |store: Store| {
        let row = encode(&history(1)).unwrap();
        store.save_encoded(&zone(1), [&[row[0] + 1], &row[1..]].concat());
        store.save(&zone(2), &history(2));
        store.flush();
        store.save(&zone(3), &history(3));
    };
    let later_table = |store: Store| {
        drop(store);
        let database = redb::Database::open(&path).unwrap();
        let transaction = database.begin_write().unwrap();
        transaction.open_table(ZONES).unwrap().insert([].as_slice(), 1).unwrap();
        transaction.commit().unwrap();
    };
    let later_format = |store: Store| {
        drop(store);
        let mut content = std::fs::read(&path).unwrap();
        content[64] += 1;
        content[192] += 1;
        std::fs::write(&path, content).unwrap();
    };
    let cases: [&dyn Fn(Store); 3] = [&later_row, &later_table, &later_format];
    for make_later in cases {
        make_later(open(&path));
        let content = std::fs::read(&path).unwrap();
        let error = refusal(&path);
        let reason = "it was written by a later version of zoneprobe\nhint: it was left as it is";
        assert!(error.contains(reason), "{error}");
        assert!(std::fs::read(&path).unwrap() == content, "the file has changed");
        assert!(!with_suffix(&path, "damaged").exists());
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_damaged_store_is_set_aside() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.redb");
    let unfinished = [&[0; 9][..], &[4, 0, 0, 0, 0x10, 0, 0], &[0; 5000]].concat();
    for content in [b"redb\x1a\n\xa9\r\n".to_vec(), b"redb\x1a\n\xa9\r\n".repeat(10_000), unfinished] {
        std::fs::write(&path, &content).unwrap();
        let store = open(&path);
        let notices = store.take_notices();
        assert!(notices[0].contains("is damaged"), "{notices:?}");
        let aside = notices[0].split('`').nth(3).unwrap();
        assert_eq!(std::fs::read(aside).unwrap(), content);
        store.save(&zone(1), &history(1));
        assert_eq!(store.history(&zone(1)), history(1));
    }
    assert!(with_suffix(&path, "damaged.3").exists());
}

#[test]
fn an_empty_file_and_a_hard_link_to_a_store_are_used() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.redb");
    std::fs::write(&path, "").unwrap();
    open(&path).save(&zone(1), &history(1));
    let link = directory.path().join("link.redb");
    std::fs::hard_link(&path, &link).unwrap();
    assert_eq!(open(&link).history(&zone(1)), history(1));
}

#[test]
fn a_lock_that_is_something_else_is_refused_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let (path, precious) = (directory.path().join("state.redb"), directory.path().join("precious"));
    let lock = with_suffix(&path, "lock");
    let text = "process 7 (of the court)\nprecious\n";
    let make_lock: [&dyn Fn(); 5] = [
        &|| std::os::unix::fs::symlink(&precious, &lock).unwrap(),
        &|| std::fs::hard_link(&precious, &lock).unwrap(),
        &|| std::fs::write(&lock, b"process 1 (\xff)\n").unwrap(),
        &|| std::fs::write(&lock, "process 1 (zoneprobe check)\n".repeat(20)).unwrap(),
        &|| std::os::unix::fs::symlink("no such file", &lock).unwrap(),
    ];
    for make_lock in make_lock {
        std::fs::write(&precious, text).unwrap();
        make_lock();
        let content = std::fs::read(&lock).ok();
        let error = refusal(&path);
        assert!(error.contains("cannot use the lock of the state file, `"), "{error}");
        assert_eq!(
            (std::fs::read(&lock).ok(), std::fs::read_to_string(&precious).unwrap()),
            (content, text.into())
        );
        assert!(!path.exists() && !directory.path().join("no such file").exists());
        std::fs::remove_file(&lock).unwrap();
    }
    std::fs::create_dir(&lock).unwrap();
    assert!(refusal(&path).contains("it is a directory"));
}

#[test]
fn a_file_that_takes_the_place_of_the_store_is_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let (path, target) = (directory.path().join("state.redb"), directory.path().join("target"));
    filled(&path);
    std::fs::rename(&path, &target).unwrap();
    std::os::unix::fs::symlink(&target, &path).unwrap();
    assert!(files::set_aside(&path, "damaged").is_err());
    assert!(files::open_store_file(&path).is_err());
    assert!(path.is_symlink() && target.exists());
}

#[test]
fn a_store_that_is_damaged_at_any_point_can_be_used_and_has_no_wrong_history() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.redb");
    filled(&path);
    let whole = std::fs::read(&path).unwrap();
    let steps = 15;
    for step in 0..steps {
        let offset = whole.len() * step / steps + step;
        let mut damaged = whole.clone();
        let end = damaged.len().min(offset + 200);
        // Without the bytes that it begins with, it is not recognized.
        damaged[offset.max(9)..end].iter_mut().for_each(|byte| *byte ^= 0x5a);
        for content in [damaged, whole[..offset].to_vec()] {
            std::fs::write(&path, &content).unwrap();
            let store = open(&path);
            for number in (0..1000).step_by(97) {
                let found = store.history(&zone(number));
                assert!(found == history(number) || found == History::default(), "{offset}");
            }
            store.save(&zone(7), &history(8));
            drop(store);
            assert_eq!(open(&path).history(&zone(7)), history(8), "{offset}");
        }
    }
}

#[test]
fn a_path_where_no_file_can_be_is_an_error_that_names_it() {
    let directory = tempfile::tempdir().unwrap();
    for path in [Path::new("/no/such/folder/state.redb"), directory.path()] {
        let error = Store::open(path, &HashKey([9; 16]), "zoneprobe check").unwrap_err().to_string();
        let named = format!("cannot use the state file `{}`", path.display());
        assert!(error.contains(&named), "{error}");
        assert!(!with_suffix(path, "lock").exists());
    }
}

#[test]
fn the_last_checkpoint_is_there_in_the_next_process() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.redb");
    let moment = UNIX_EPOCH + Duration::from_secs(1_000_000);
    let store = open(&path);
    assert_eq!(store.last_checkpoint(), None);
    store.save_encoded(&zone(1), encode(&history(1)).unwrap());
    store.checkpoint(moment);
    drop(store);
    let store = open(&path);
    assert_eq!((store.last_checkpoint(), store.history(&zone(1))), (Some(moment), history(1)));
}
