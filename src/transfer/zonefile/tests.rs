use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::digest::{Buckets, HashKey, Profile};
use crate::plan::ContentRules;

const LIMITS: TransferLimits =
    TransferLimits { max_bytes: 1 << 20, max_records: 1000, idle_timeout: Duration::ZERO };

fn read(path: &Path) -> Result<Copy, ZoneFileReadError> {
    let profile = Arc::new(Profile { key: HashKey([7; 16]), content: ContentRules::default() });
    let digest = Digest::new(profile, Buckets::none(), UNIX_EPOCH);
    ZoneFile::new(path.to_owned(), LIMITS).read_all("example.test".parse().unwrap(), digest)
}

/// `UPDATE_GOLDEN=1` writes the messages anew.
#[test]
fn each_bad_file_is_refused_with_the_message_beside_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/zones/bad");
    let mut seen = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "zone") {
            continue;
        }
        seen += 1;
        let error = read(&path).err().unwrap_or_else(|| panic!("{} is read", path.display()));
        let said = format!("{error}\n").replace(&format!("{}/", folder.display()), "");
        let message = path.with_extension("txt");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&message, &said).unwrap();
        }
        let expected = fs::read_to_string(&message).unwrap_or_default();
        assert_eq!(said, expected, "{}; rewrite it with UPDATE_GOLDEN=1", message.display());
    }
    assert!(seen >= 30, "only {seen} files were read");
}

#[test]
fn files_of_the_same_records_are_the_same_copy() {
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
fn a_file_is_no_larger_than_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.zone");
    fs::write(&path, "@ 60 SOA . . 1 1 1 1 1\n$GENERATE 1-2000 h$ 60 A 192.0.2.1\n").unwrap();
    assert!(matches!(read(&path), Err(ZoneFileReadError::Large { what: "records", .. })));
    fs::write(&path, "; comment\n".repeat(200_000)).unwrap();
    assert!(matches!(read(&path), Err(ZoneFileReadError::Large { what: "bytes", .. })));
}

#[test]
fn a_line_that_never_ends_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("line.zone");
    fs::write(&path, vec![b'a'; 3 << 20]).unwrap();
    let error = read(&path).err().unwrap().to_string();
    assert!(error.contains("1:1: the entry is longer than any record can be"), "{error}");
}

#[test]
fn what_is_no_file_is_not_waited_for() {
    assert!(matches!(read(Path::new("/dev/null")), Err(ZoneFileReadError::NotAFile(_))));
    assert!(matches!(read(Path::new("no/such/file")), Err(ZoneFileReadError::Unreadable { .. })));
}
