use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::digest::{Buckets, HashKey, Profile};
use crate::plan::ContentRules;
use crate::transfer::ExceededLimit;

const LIMITS: TransferLimits =
    TransferLimits { max_bytes: 1 << 20, max_records: 1000, idle_timeout: Duration::ZERO };

fn read(path: &Path) -> Result<Copy, ZoneFileReadError> {
    let profile = Arc::new(Profile { key: HashKey([7; 16]), content: ContentRules::default() });
    let digest = Digest::new(profile, Buckets::none(), UNIX_EPOCH);
    ZoneFile::new(path.to_owned(), LIMITS)
        .walk("example.test".parse().unwrap(), (Wanted::digest(digest), CopyOptions::default()))
        .map(|sunk| sunk.copy)
}

/// `UPDATE_GOLDEN=1` rewrites the golden files.
#[test]
fn each_bad_file_gives_the_error_in_its_golden_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/zones/bad");
    let mut files = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "zone") {
            continue;
        }
        files += 1;
        let error = read(&path).err().unwrap_or_else(|| panic!("{} is read", path.display()));
        let actual = format!("{error}\n").replace(&format!("{}/", folder.display()), "");
        let golden = path.with_extension("txt");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&golden, &actual).unwrap();
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        assert_eq!(actual, expected, "{}; rewrite it with UPDATE_GOLDEN=1", golden.display());
    }
    assert!(files >= 30, "only {files} files were read");
}

#[test]
fn files_with_the_same_records_give_the_same_copy() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/zones/good");
    let [plain, included, windows] =
        ["plain.zone", "included.zone", "windows.zone"].map(|file| read(&folder.join(file)).unwrap());
    for other in [&included, &windows] {
        assert_eq!(plain.digest.sums(), other.digest.sums());
        assert_eq!((&plain.summary.soa, plain.summary.soa_ttl), (&other.summary.soa, other.summary.soa_ttl));
        assert_eq!(plain.summary.records, other.summary.records);
    }
}

#[test]
fn a_file_larger_than_its_limits_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.zone");
    fs::write(&path, "@ 60 SOA . . 1 1 1 1 1\n$GENERATE 1-2000 h$ 60 A 192.0.2.1\n").unwrap();
    assert!(matches!(read(&path), Err(ZoneFileReadError::TooLarge { limit: ExceededLimit::Records(_), .. })));
    fs::write(&path, "; comment\n".repeat(200_000)).unwrap();
    assert!(matches!(read(&path), Err(ZoneFileReadError::TooLarge { limit: ExceededLimit::Bytes(_), .. })));
}

#[test]
fn a_line_that_is_too_long_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("line.zone");
    fs::write(&path, vec![b'a'; 3 << 20]).unwrap();
    let error = read(&path).err().unwrap().to_string();
    assert!(error.contains("1:1: the entry is longer than any record can be"), "{error}");
}

#[test]
fn a_path_that_is_not_a_regular_file_is_an_error() {
    assert!(matches!(read(Path::new("/dev/null")), Err(ZoneFileReadError::NotAFile(_))));
    assert!(matches!(read(Path::new("no/such/file")), Err(ZoneFileReadError::Unreadable { .. })));
}
