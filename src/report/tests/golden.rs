//! Compares text with golden files; `UPDATE_GOLDEN=1` rewrites the files.

use std::path::Path;

/// Compares text with a golden file of a report.
#[track_caller]
pub(super) fn compare(name: &str, text: &str) {
    compare_at(&format!("fixtures/golden/report/{name}"), text);
}

/// Compares text with a file of the repository.
#[track_caller]
pub(super) fn compare_at(path: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let golden = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; write it with UPDATE_GOLDEN=1", path.display()));
    assert!(
        golden == text,
        "{} differs; look at it, and rewrite it with UPDATE_GOLDEN=1\n{text}",
        path.display()
    );
}
