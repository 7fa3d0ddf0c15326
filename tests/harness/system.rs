//! Signals and named pipes.

use std::path::Path;
use std::process::Command;

/// Sends a process a signal by name, such as `TERM`.
#[track_caller]
pub(crate) fn send_signal(process: u32, name: &str) {
    let status = Command::new("kill").args(["-s", name, &process.to_string()]).status();
    assert!(status.unwrap().success(), "the process runs");
}

/// Makes a named pipe.
#[track_caller]
pub(crate) fn make_fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}
